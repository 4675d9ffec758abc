"""Questions at a terminal; elsewhere nothing is asked, and the given or example value counts."""

from collections.abc import Callable
from typing import TypeVar

import typer

from openquality.cli.output import say
from openquality.language import local
from openquality.refused import RefusedInput
from openquality.terminal import is_terminal

Answer = TypeVar("Answer")


def ask(question: str, example: str) -> str:
    """Return the answer, or the example where nobody can answer or nothing is typed."""
    if not is_terminal():
        return example
    return str(typer.prompt(local(question), default=example, err=True))


def ask_again(question: str, read: Callable[[str], Answer]) -> Answer | None:
    """Return what `read` makes of the answer, None if nothing is typed; asks until it reads.

    Asks nothing where nobody can answer.
    """
    while is_terminal():
        text = typer.prompt(local(question), default="", show_default=False, err=True)
        if not text.strip():
            return None
        try:
            return read(text)
        except RefusedInput as error:
            say(str(error))
    return None


def agrees(question: str) -> bool:
    """Return whether the answer is yes; no where nobody can answer."""
    return is_terminal() and typer.confirm(local(question), default=False, err=True)
