"""How one indicator came out, and why."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Name how an indicator can come out."""

    PASSED = "passed"
    FAILED = "failed"
    MISSING = "missing"
    STALE = "stale"
    NOT_APPLICABLE = "notApplicable"


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """Name the statement, and the claim or criterion in it, on which a judgement rests."""

    statement: str
    part: str


@dataclass(frozen=True, slots=True)
class Judged:
    """Hold a state with its reasons: the codes say why it is not `passed`.

    `sources` are what was judged, `until` the last day on which it still passes with the same
    records, `evidence` the kinds of evidence bound to it.
    """

    state: State
    reasons: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    until: dt.date | None = None
    evidence: frozenset[str] = frozenset()


def passed(
    sources: Sequence[Source],
    *,
    until: dt.date | None = None,
    evidence: frozenset[str] = frozenset(),
) -> Judged:
    """Make the judgement of what is as it should be."""
    return Judged(State.PASSED, (), tuple(sorted(sources)), until, evidence)


def failed(*reasons: str, sources: Sequence[Source] = ()) -> Judged:
    """Make the judgement of what is there and is not as it should be."""
    return Judged(State.FAILED, reasons, tuple(sorted(sources)))


def stale(*reasons: str, sources: Sequence[Source] = ()) -> Judged:
    """Make the judgement of what was there and is too old."""
    return Judged(State.STALE, reasons, tuple(sorted(sources)))


def missing(*reasons: str, sources: Sequence[Source] = ()) -> Judged:
    """Make the judgement of what is not there, or does not count."""
    return Judged(State.MISSING, reasons or ("nothing",), tuple(sorted(sources)))


def earliest(*days: dt.date | None) -> dt.date | None:
    """Return the earliest of the days that are there."""
    return min((day for day in days if day is not None), default=None)
