"""JSON Pointers to lines and columns, for people who mend a document in an editor.

Computed only when there is a finding: the C scanner of the standard library skips what a pointer
does not touch, so one look-up costs about one parse of the text before it.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

_SPACE = re.compile(r"[ \t\n\r]*")
_SCAN = json.JSONDecoder(strict=False).raw_decode
_Place = tuple[int, int]  # where a value starts, and where its key (or itself) starts


@dataclass(frozen=True, slots=True)
class Position:
    """Name a place in a text: line and column, both from 1, the column in characters."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


def locate(data: bytes | str, pointers: Iterable[str]) -> dict[str, Position]:
    """Find where in a JSON text each pointer's value starts.

    A member that is missing is shown at the key of the object that should hold it (or at that
    object, where it has no key). A text that is not JSON gives its first character. Never raises.
    """
    text = data if isinstance(data, str) else data.decode("utf-8", "replace")
    return {pointer: _position(text, _offset(text, pointer)) for pointer in pointers}


def _position(text: str, offset: int) -> Position:
    return Position(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


def _offset(text: str, pointer: str) -> int:
    value = key = _skip(text, 0)
    tokens = [t.replace("~1", "/").replace("~0", "~") for t in pointer.split("/")[1:]]
    try:
        for token in tokens:
            found = _step(text, value, token)
            if found is None:
                return key
            value, key = found
    except (StopIteration, ValueError, IndexError, RecursionError):
        return min(key, max(len(text) - 1, 0))
    return value


def _step(text: str, start: int, token: str) -> _Place | None:
    if text[start] == "{":
        return _member(text, start, token)
    if text[start] == "[" and token.isascii() and token.isdecimal():
        return _element(text, start, int(token[:9]))
    return None


def _member(text: str, start: int, name: str) -> _Place | None:
    index = _skip(text, start + 1)
    while text[index] == '"':
        key, end = _SCAN(text, index)
        value = _skip(text, _skip(text, end) + 1)
        if key == name:
            return value, index
        index = _skip(text, _skip(text, _SCAN(text, value)[1]) + 1)
    return None


def _element(text: str, start: int, number: int) -> _Place | None:
    index = _skip(text, start + 1)
    if text[index] == "]":
        return None
    for _ in range(number):
        index = _skip(text, _SCAN(text, index)[1])
        if text[index] == "]":
            return None
        index = _skip(text, index + 1)
    return index, index


def _skip(text: str, index: int) -> int:
    found = _SPACE.match(text, index)
    return found.end() if found else index
