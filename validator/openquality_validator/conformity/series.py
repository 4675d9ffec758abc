"""What is kept of a line: the base of its limits and the newest values; no more is ever judged.

Of several values of one period the newest entry stands.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from openquality_validator.conformity.limits import BASE, WINDOW
from openquality_validator.conformity.point import Line, Point


@dataclass(frozen=True, slots=True)
class Series:
    """Hold a line with its first 20 values and the last 8 of those that follow.

    Values between the two change nothing, so that a long series costs no more than a short one.
    """

    line: Line
    base: tuple[Point, ...] = ()
    last: tuple[Point, ...] = ()

    @classmethod
    def of(cls, line: Line, points: Iterable[Point]) -> "Series":
        """Build it from all values that stand, in any order."""
        newest: dict[object, Point] = {}
        for point in sorted(points, key=lambda each: each.order):
            newest[point.start, point.end] = point
        ordered = tuple(newest.values())
        return cls(line, ordered[:BASE], ordered[BASE:][-WINDOW:])

    def add(self, point: Point) -> "Series":
        """Add one value that came in, wherever its period lies."""
        period = (point.start, point.end)
        known = [each for each in (*self.base, *self.last) if (each.start, each.end) == period]
        if any(each.order > point.order for each in known):
            return self
        base = _ordered(each for each in (*self.base, point) if each not in known)
        pushed, base = base[BASE:], base[:BASE]
        last = _ordered(each for each in (*self.last, *pushed) if each not in known)
        return replace(self, base=base, last=last[-WINDOW:])

    def holds(self, digest: str) -> bool:
        """Say whether it would change if the statement were taken away or came back."""
        return any(each.digest == digest for each in (*self.base, *self.last))

    def to_json(self) -> list[Any]:
        """Write it as a list."""
        both = (self.base, self.last)
        return [self.line.to_json(), *([p.to_json() for p in points] for points in both)]

    @classmethod
    def from_json(cls, said: Sequence[Any]) -> "Series":
        """Read what `to_json` wrote."""
        line, *both = said
        base, last = (tuple(map(Point.from_json, points)) for points in both)
        return cls(Line.from_json(line), base, last)


def _ordered(points: Iterable[Point]) -> tuple[Point, ...]:
    return tuple(sorted(points, key=lambda each: each.order))
