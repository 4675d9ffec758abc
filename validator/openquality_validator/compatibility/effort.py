"""How much work a question about schemas may take, counted in steps and never by a clock.

Whoever asks about documents of strangers asks within `at_most`: what takes more steps is given up
with TooMuch. A step is some microseconds of work. The count follows from the documents alone,
whatever was asked before, so that the same documents get the same answer everywhere: what is
remembered of an earlier question costs as many steps as it did then.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class TooMuch(Exception):
    """The question takes more steps than were allowed."""


class _Left:
    """Count down."""

    __slots__ = ("steps",)

    def __init__(self, steps: int) -> None:
        self.steps = steps


_left: ContextVar[_Left | None] = ContextVar("openquality_effort", default=None)


@contextmanager
def at_most(steps: int) -> Iterator[None]:
    """Allow so many steps for what is asked within; beyond, `spend` raises TooMuch."""
    token = _left.set(_Left(steps))
    try:
        yield
    finally:
        _left.reset(token)


def spend(steps: int = 1) -> None:
    """Take steps, if somebody counts them."""
    left = _left.get()
    if left is not None:
        left.steps -= steps
        if left.steps < 0:
            raise TooMuch
