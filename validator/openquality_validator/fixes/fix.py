"""One change to the text of a record."""

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from openquality_validator.positions import Position


@dataclass(frozen=True, slots=True)
class Fix:
    """Replace the characters from `start` to `end` of a JSON text by `after`.

    `code` and `pointer` are those of the finding that it mends; `before` is what stands there, and
    `what` says in a few words what is done, such as "decimal comma". `place` is where it starts.
    """

    code: str
    pointer: str
    start: int
    end: int
    before: str
    after: str
    what: str
    place: Position

    @property
    def expected(self) -> str:
        """What is written, for people: a text without its quotes."""
        try:
            value = orjson.loads(self.after)
        except orjson.JSONDecodeError:
            return self.after
        return value if isinstance(value, str) else self.after

    def to_json(self) -> dict[str, object]:
        """Return what is written, and why; the place is that of the finding or of its name."""
        return {"before": self.before, "after": self.after, "what": self.what}


def apply(text: str, fixes: Iterable[Fix]) -> str:
    """Return the text with all fixes; all else keeps every character.

    Fixes that touch each other's characters cannot both be meant: the first one counts.
    """
    parts: list[str] = []
    done = 0
    for fix in sorted(fixes, key=lambda each: each.start):
        if fix.start >= done:
            parts += (text[done : fix.start], fix.after)
            done = fix.end
    return "".join((*parts, text[done:]))
