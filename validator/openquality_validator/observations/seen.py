"""What is known around a record, in one log at one size: the rules read it, and nothing else.

Days are counted from 1970-01-01, in UTC; values and bounds are in the metric's canonical unit.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from openquality_validator.evidence import Relation
from openquality_validator.observations.marks import Mark

_EPOCH: Final = dt.date(1970, 1, 1).toordinal()


def day(text: str) -> int:
    """Return the day (UTC) of a date, or of a time with its offset, both as ISO 8601 writes them.

    Raises ValueError for anything else.
    """
    if len(text) == len("2026-11-20"):
        return dt.date.fromisoformat(text).toordinal() - _EPOCH
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC).toordinal() - _EPOCH


@dataclass(frozen=True, slots=True)
class Naming:
    """Say that a party names a thing about a subject, first and last at these log indexes.

    `stands` is whether one of these statements is neither superseded, suspended nor revoked.
    """

    party: str
    subject: str
    first: int
    last: int
    stands: bool = True


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Place a statement by which the issuer replaced or revoked a value of the same series.

    A newer record of a later period continues the series, and is none.
    """

    index: int
    day: int


@dataclass(frozen=True, slots=True)
class Peer:
    """Hold a value that stands in the same comparability group, and whose it is."""

    value: float
    issuer: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """Hold the one-sided 95 % bounds of a value, and the log index of its statement."""

    index: int
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True)
class Value:
    """Hold one measured value of the record with what stands around it.

    `ended` is the last day of its period. `newer` are log indexes before the record's own, of
    values of the same series and characteristic whose period ends later. `peers` are of the
    producers' own values that stand in its group, the newest ones; `buyers` what buyers observed
    of the same subject, group and characteristic, as far as it stands.
    """

    claim: str
    relation: Relation
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    ended: int | None = None
    newer: Sequence[int] = ()
    rewrites: Sequence[Rewrite] = ()
    peers: Sequence[Peer] = ()
    buyers: Sequence[Bounds] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """Hold a record's place in the log, and what is known around it.

    `namings` goes by the record's own marks and holds every naming of them, the record's too.
    """

    index: int
    issuer: str
    subject: str
    admitted: int
    valid_from: int
    namings: Mapping[Mark, Sequence[Naming]] = field(default_factory=dict)
    values: Sequence[Value] = ()
