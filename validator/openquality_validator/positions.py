"""JSON Pointers to lines and columns, for people who mend a document in an editor.

Computed only when there is a finding: the C scanner of the standard library skips what no pointer
touches, so the look-up of all pointers together costs about one parse of the text.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, pairwise

from openquality_validator.documents import MAX_DEPTH, MAX_INTEGER

_SPACE = re.compile(r"[ \t\n\r]*")
_SCAN = json.JSONDecoder(strict=False).raw_decode
FAULTS = frozenset({"D004", "D005", "D007"})
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s"\[\]{}:,]+', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Position:
    """Name a place in a text: line and column, both from 1, the column in characters."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"

    @classmethod
    def of(cls, text: str, offset: int) -> "Position":
        """Return the line and column of an offset."""
        return cls(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


@dataclass(frozen=True, slots=True)
class Span:
    """Say where a value stands in a text, in characters from 0, the end excluded.

    `name` is where its key stands, if it is a member. Of a value that is missing, this is the span
    of what lacks it.
    """

    start: int
    end: int
    name: tuple[int, int] | None = None
    is_missing: bool = False


def locate(data: bytes | str, pointers: Iterable[str]) -> dict[str, Position]:
    """Find where in a JSON text each pointer's value starts.

    A member that is missing is shown at the key of the object that should hold it (or at that
    object, where it has no key). A text that is not JSON gives its first character. Never raises.
    """
    text = data if isinstance(data, str) else data.decode("utf-8", "replace")
    return {
        pointer: Position.of(text, span.name[0] if span.is_missing and span.name else span.start)
        for pointer, span in spans(text, pointers).items()
    }


def spans(text: str, pointers: Iterable[str]) -> dict[str, Span]:
    """Find where in a JSON text each pointer's value stands. Never raises."""
    wanted = list(pointers)
    # Of nothing but blanks, the last one.
    start = min(_skip(text, 0), max(len(text) - 1, 0))
    root = Span(start, max(start, len(text.rstrip())))
    found = dict.fromkeys(wanted, root)
    tree = _Node()
    for pointer in wanted:
        node = tree
        for token in pointer.split("/")[1:]:
            node = node.below.setdefault(token.replace("~1", "/").replace("~0", "~"), _Node())
        node.pointers.append(pointer)
    # A list instead of recursion: a text may be nested deeper than Python's stack.
    pending = [(tree, root)]
    while pending:
        node, span = pending.pop()
        found.update(dict.fromkeys(node.pointers, span))
        left = dict(node.below)
        try:
            for name, below in _children(text, span.start, left):
                pending.append((left.pop(name), below))
                if not left:
                    break
        except (StopIteration, ValueError, IndexError, RecursionError):
            pass  # the text ends, or stops being JSON, before the value
        lacking = Span(span.start, span.end, span.name, is_missing=True)
        for missing in left.values():
            found.update(dict.fromkeys(missing.all(), lacking))
    return found


def fault(text: str, code: str) -> tuple[int, int] | None:
    """Find where a text breaks a rule of strict JSON that its parser tells no place of.

    `code` is one of `FAULTS`: D004 (a member twice), D005 (nested too deeply) or D007 (an unsafe
    number). Returns where what breaks it begins and ends, or None.
    """
    holders: list[set[str] | None] = []
    for token, after in pairwise(chain(_TOKEN.finditer(text), (None,))):
        assert token is not None  # only the last one is
        word = token[0]
        if word in "{[":
            holders.append(set() if word == "{" else None)
            # The outermost value is at level 0.
            if code == "D005" and len(holders) > MAX_DEPTH + 1:
                return token.span()
        elif word in "}]":
            if holders:
                holders.pop()
        elif word[0] == '"' and after is not None and after[0] == ":":
            names = holders[-1] if holders else None
            if names is not None:
                if code == "D004" and word in names:
                    return token.span()
                names.add(word)
        elif code == "D007" and _is_unsafe(word):
            return token.span()
    return None


class _Node:
    """Hold the pointers that end at one place, and those that go on below it."""

    __slots__ = ("below", "pointers")

    def __init__(self) -> None:
        self.below: dict[str, _Node] = {}
        self.pointers: list[str] = []

    def all(self) -> Iterator[str]:
        pending = [self]
        for node in pending:  # the list grows while it is read
            yield from node.pointers
            pending.extend(node.below.values())


def _children(text: str, start: int, wanted: dict[str, _Node]) -> Iterator[tuple[str, Span]]:
    if not wanted:
        return
    if text[start] == "{":
        yield from _members(text, start, wanted)
    elif text[start] == "[":
        yield from _elements(text, start, wanted)


def _members(text: str, start: int, wanted: dict[str, _Node]) -> Iterator[tuple[str, Span]]:
    index = _skip(text, start + 1)
    while text[index] == '"':
        key, end = _SCAN(text, index)
        value = _skip(text, _skip(text, end) + 1)
        after = _SCAN(text, value)[1]
        if key in wanted:
            yield key, Span(value, after, (index, end))
        index = _skip(text, _skip(text, after) + 1)


def _elements(text: str, start: int, wanted: dict[str, _Node]) -> Iterator[tuple[str, Span]]:
    index = _skip(text, start + 1)
    number = 0
    while text[index] != "]":
        after = _SCAN(text, index)[1]
        if str(number) in wanted:
            yield str(number), Span(index, after)
        index = _skip(text, after)
        if text[index] == "]":
            return
        index = _skip(text, index + 1)
        number += 1


def _is_unsafe(word: str) -> bool:
    try:
        value = float(word)
    except ValueError:
        return False
    return math.isinf(value) or (word.lstrip("-").isdecimal() and abs(value) > MAX_INTEGER)


def _skip(text: str, index: int) -> int:
    found = _SPACE.match(text, index)
    return found.end() if found else index
