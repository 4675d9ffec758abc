"""A deviation: what was promised, usual or expected, and did not come about. It follows from data.

Nobody opens or closes one by a word: whoever follows the log computes the same deviations with the
same ids (docs/spec/conformity.md).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from openquality_validator.conformity.point import name_of

Json = Mapping[str, Any]


class Kind(StrEnum):
    """Say from what is deviated."""

    PROMISE = "promise"  # a measured value misses what was promised
    LIMIT = "limit"  # a control chart signals
    GAP = "gap"  # data that are due have not come, or were never measured
    LEVEL = "level"  # a watched profile's level is lower than it was
    INDICATOR = "indicator"  # an indicator of a watched profile passes no longer


class Why(StrEnum):
    """Say why a deviation is closed."""

    MET = "met"  # by the data: the next value is as it should be, the missing days are measured
    WITHDRAWN = "withdrawn"  # the promise, or the value that deviated, no longer stands
    ENDED = "ended"  # the promise or the watch is over: nothing was made good


@dataclass(frozen=True, slots=True)
class Moment:
    """Say after which entry something followed, or from the beginning of which UTC day alone."""

    day: dt.date
    index: int | None = None
    statement: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Write it with stable members."""
        return {"day": self.day.isoformat(), "index": self.index, "statement": self.statement}

    @classmethod
    def from_json(cls, said: Json) -> "Moment":
        """Read what `to_json` wrote."""
        return cls(dt.date.fromisoformat(said["day"]), said["index"], said["statement"])


@dataclass(frozen=True, slots=True)
class Found:
    """Hold what is not as it should be at a moment: whose data, where they stand, and the figures.

    `sources` are statements with the claim in them.
    """

    issuer: str
    sources: tuple[tuple[str, str], ...]
    detail: Json


@dataclass(frozen=True, slots=True)
class Deviation:
    """Hold a deviation from its opening on; `matter` names what is held against what.

    `about` is the metric, or the profile. What was found is that of the opening.
    """

    kind: Kind
    matter: str
    subject: str
    about: str
    found: Found
    opened: Moment
    closed: Moment | None = None
    why: Why | None = None

    @property
    def id(self) -> str:
        """Its name: the same for whoever computes it."""
        opened = self.opened
        return name_of([self.kind, self.matter, opened.day.isoformat(), opened.index])

    def to_json(self) -> dict[str, Any]:
        """Write it with stable members."""
        return {
            "id": self.id,
            "kind": self.kind.value,
            "state": "open" if self.closed is None else "closed",
            "subject": self.subject,
            "about": self.about,
            "issuer": self.found.issuer,
            "matter": self.matter,
            "follows": [{"statement": s, "part": part} for s, part in self.found.sources],
            "detail": dict(self.found.detail),
            "opened": self.opened.to_json(),
            "closed": self.closed
            and {**self.closed.to_json(), "why": None if self.why is None else self.why.value},
        }

    @classmethod
    def from_json(cls, said: Json) -> "Deviation":
        """Read what `to_json` wrote."""
        closed = said["closed"]
        sources = tuple((each["statement"], each["part"]) for each in said["follows"])
        return cls(
            kind=Kind(said["kind"]),
            matter=said["matter"],
            subject=said["subject"],
            about=said["about"],
            found=Found(said["issuer"], sources, said["detail"]),
            opened=Moment.from_json(said["opened"]),
            closed=None if closed is None else Moment.from_json(closed),
            why=None if closed is None else Why(closed["why"]),
        )


def number(value: Fraction | float) -> str:
    """Write a figure for people, with six digits; what is judged is never rounded."""
    return f"{Decimal(f'{float(value):.6g}'):f}"


def statements(found: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return the sources sorted, each once."""
    return tuple(sorted(set(found)))
