"""A document being read, which remembers what was taken from it.

What no projection has taken is a loss, and is named by pointer: nothing is dropped in silence,
because dropping is not something that a projection does itself.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from openquality_validator.errors import ConversionError
from openquality_validator.message import message
from openquality_validator.projections.exact import decimal_text
from openquality_validator.projections.loss import Loss

_NAMES = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
_BRIEF = 40  # characters of a value in a message


@dataclass(slots=True)
class _Book:
    taken: set[str] = field(default_factory=set)
    lost: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Node:
    """Stand at one value of a document.

    Reading a value takes it. Looking (`has`, `peek`, `word`, `member`, `members`) takes nothing.
    """

    value: Any
    pointer: str = ""
    book: _Book = field(default_factory=_Book)

    def has(self, name: str) -> bool:
        """Tell whether the object here has the member, other than null."""
        return isinstance(self.value, dict) and self.value.get(name) is not None

    def peek(self, name: str) -> Any:  # noqa: ANN401 - whatever stands there
        """Return a member without taking it, or None."""
        return self.value.get(name) if isinstance(self.value, dict) else None

    def word(self, name: str) -> str:
        """Return a text without taking it; '' where there is none."""
        found = self.peek(name)
        return found if isinstance(found, str) else ""

    def member(self, name: str) -> "Node":
        """Return the place of an object, which may be empty."""
        below = self.below(name)
        if not isinstance(below.value, dict):
            if below.value is not None:
                raise below.wrong("an object")
            return Node({}, below.pointer, self.book)
        return below

    def members(self, name: str, *, alone: bool = False) -> Iterator["Node"]:
        """Yield the places of a list of objects; with `alone`, one object may stand for a list."""
        below = self.below(name)
        if alone and isinstance(below.value, dict):
            yield below
            return
        for each in below.items():
            if not isinstance(each.value, dict):
                raise each.wrong("an object")
            yield each

    def items(self) -> Iterator["Node"]:
        """Yield the places of the list that stands here, if one does."""
        if self.value is None:
            return
        if not isinstance(self.value, list):
            raise self.wrong("a list")
        for index, value in enumerate(self.value):
            yield Node(value, f"{self.pointer}/{index}", self.book)

    def text(self, name: str) -> str | None:
        """Take a text."""
        found: str | None = self._take(name, str, "a text")
        return found

    def texts(self, name: str) -> list[str]:
        """Take a list of texts."""
        found = []
        for each in self.below(name).items():
            if not isinstance(each.value, str):
                raise each.wrong("a text")
            each.take()
            found.append(each.value)
        return found

    def flag(self, name: str) -> bool | None:
        """Take a true or false."""
        found: bool | None = self._take(name, bool, "true or false")
        return found

    def amount(self, name: str) -> str | None:
        """Take a number, or a text that spells one, as our decimal string: exact."""
        below = self.below(name)
        if below.value is None:
            return None
        below.take()
        text = decimal_text(below.value)
        if text is None:
            raise ConversionError(
                "F004",
                message(
                    "{pointer} holds {brief}, which is no decimal number of at most 18 digits "
                    "before the point and 15 after it.",
                    pointer=below.pointer,
                    brief=_brief(below.value),
                ),
                message("Write it with a point and without exponent, grouping or unit."),
            )
        return text

    def take(self) -> Any:  # noqa: ANN401 - whatever stands here
        """Take all that stands here."""
        self.book.taken.add(self.pointer)
        return self.value

    def lose(self, *path: str, reason: str) -> None:
        """Say why a value below, or this one, is lost wholly or in part. The first reason stays."""
        at = self
        for name in path:
            at = at.below(name)
        if at.value is not None:
            self.book.lost.setdefault(at.pointer, reason)

    def losses(self, reasons: Mapping[str, str], *, otherwise: str) -> tuple[Loss, ...]:
        """Return what was lost, in the order of the document.

        `reasons` are by member name, for what nobody took and nobody gave a reason for.
        """
        touched = {""}
        for pointer in (*self.book.taken, *self.book.lost):
            above = pointer
            while above not in touched:
                touched.add(above)
                above = above.rpartition("/")[0]
        return tuple(_losses(self, reasons, otherwise, touched))

    def below(self, name: str) -> "Node":
        """Return the place of a member, whatever stands there."""
        key = name.replace("~", "~0").replace("/", "~1")
        return Node(self.peek(name), f"{self.pointer}/{key}", self.book)

    def _take(self, name: str, kind: type, expected: str) -> Any:  # noqa: ANN401 - of that kind
        below = self.below(name)
        if below.value is None:
            return None
        if not isinstance(below.value, kind):
            raise below.wrong(expected)
        return below.take()

    def wrong(self, expected: str) -> ConversionError:
        """Say that something else belongs here."""
        return ConversionError(
            "F003",
            message(
                "{value} is {kind}, where {expected} belongs.",
                value=self.pointer or "The document",
                kind=_kind(self.value),
                expected=expected,
            ),
            message("Export the document again, or mend that member."),
        )


def _losses(
    node: Node, reasons: Mapping[str, str], reason: str, touched: AbstractSet[str]
) -> Iterator[Loss]:
    if node.pointer in node.book.lost:
        yield Loss(node.pointer, node.book.lost[node.pointer])
    elif node.pointer in node.book.taken or node.value in (None, {}, []):
        return
    elif node.pointer not in touched:
        yield Loss(node.pointer, reason)
    elif isinstance(node.value, dict):
        for name in node.value:
            yield from _losses(node.below(name), reasons, reasons.get(name, reason), touched)
    else:
        for each in node.items():
            yield from _losses(each, reasons, reason, touched)


def _kind(value: object) -> str:
    return "null" if value is None else _NAMES.get(type(value), "a number")


def _brief(value: object) -> str:
    text = value if isinstance(value, str) else str(value)
    return repr(text if len(text) <= _BRIEF else text[:_BRIEF] + "…")
