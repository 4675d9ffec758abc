"""Bytes to JSON values, strictly: the one place where JSON from outside is read.

UTF-8, no duplicate keys, no lone surrogates, integers within ±(2^53−1), no NaN, limits on size
and depth (RFC 8259 leaves all of these open; I-JSON, RFC 7493, closes most).
"""

import json
import math
from dataclasses import dataclass
from typing import Any

import orjson

from openquality_validator.errors import MalformedDocument
from openquality_validator.message import message

MAX_BYTES = 1_048_576  # a signed statement; large data belongs into evidence, by digest
MAX_DEPTH = 32  # the deepest valid record has 10 levels
MAX_INTEGER = 2**53 - 1  # RFC 7493, section 2.2: the integers that every reader agrees on
_KINDS = {
    "list": message("a list"),
    "str": message("a text"),
    "int": message("a number"),
    "float": message("a number"),
    "bool": message("true or false"),
    "NoneType": message("null"),
}
_NOT_NESTING = bytes(set(range(0x100)) - set(b'{}[]"'))


@dataclass(frozen=True, slots=True)
class Record:
    """Hold a parsed, not yet validated, document: the exact bytes and their JSON object.

    `is_compact` says that the bytes are the very ones that our serializer writes for the value:
    what is proved about the one then holds for the other.
    """

    data: bytes
    value: dict[str, Any]
    is_compact: bool = False


def parse(data: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Any:  # noqa: ANN401 - any JSON value
    """Read bytes as one JSON value, or raise MalformedDocument (codes D001 to D006)."""
    return _read(data, max_bytes=max_bytes, max_depth=max_depth)[0]


def _read(data: bytes, *, max_bytes: int, max_depth: int) -> tuple[Any, bool]:
    """Return the value, and whether its bytes are the serializer's own."""
    if len(data) > max_bytes:
        raise MalformedDocument(
            "D001",
            message("The document has more than {max_bytes} bytes.", max_bytes=max_bytes),
            message("Move bulk data into evidence files and name them by digest."),
        )
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise _not_json(data, error) from None
    # Bytes that the serializer itself would write hold no duplicate key, no unsafe integer and no
    # number spelled unusually: the common, compact case needs no second, slower reading.
    is_compact = _is_own_spelling(value, data)
    if not is_compact:
        _read_again(data)
    if not _surely_within(data, max_depth) and _deeper_than(value, max_depth):
        raise MalformedDocument(
            "D005",
            message("The document is nested deeper than {max_depth} levels.", max_depth=max_depth),
            message("No record needs that; look for a value wrapped into itself."),
        )
    return value, is_compact


def parse_object(data: bytes, *, max_bytes: int = MAX_BYTES) -> Record:
    """Read bytes as one JSON object, or raise MalformedDocument."""
    value, is_compact = _read(data, max_bytes=max_bytes, max_depth=MAX_DEPTH)
    if not isinstance(value, dict):
        raise MalformedDocument(
            "D006",
            message("The document is {kind}, not an object.", kind=_KINDS[type(value).__name__]),
            message("A record starts with { and ends with }."),
        )
    return Record(data, value, is_compact)


def canonical(value: object) -> bytes:
    """Write a value in RFC 8785 form.

    Holds for what our own formats contain: ASCII member names, strings, safe integers, booleans,
    null, lists, objects; a property test compares with an independent implementation. Raises
    MalformedDocument (D007) on anything else.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER)
    except orjson.JSONEncodeError as error:
        raise _no_form(error) from None


def canonical_any(value: object) -> bytes:
    """Write any JSON value in RFC 8785 form, for formats of others; slower than `canonical`.

    Raises MalformedDocument (D007) on what has none.
    """
    import rfc8785

    try:
        return rfc8785.dumps(value)  # type: ignore[arg-type]  # it checks what it gets
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise _no_form(error) from None


def _no_form(error: Exception) -> MalformedDocument:
    return MalformedDocument(
        "D007",
        message("The value has no canonical form: {error}.", error=error),
        message("Use strings for decimals, and integers within ±(2^53−1)."),
    )


def _is_own_spelling(value: object, data: bytes) -> bool:
    try:
        return orjson.dumps(value, option=orjson.OPT_STRICT_INTEGER) == data
    except orjson.JSONEncodeError:
        return False


def _surely_within(data: bytes, levels: int) -> bool:
    """Say whether brackets alone prove a JSON text nested no deeper; False proves nothing.

    Of the text only brackets and quotes are kept, and neighbours that make a pair taken away. An
    even number of quotes before a bracket says that it nests, an odd one that it stands in a
    string; no pair changes that, so one never holds a bracket of each kind. A round takes away one
    level of objects and one of lists.
    """
    if b"\\" in data:
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    left = data.translate(None, _NOT_NESTING).replace(b'""', b"")
    for _ in range((levels + 1) // 2):  # the outermost value is at level 0
        if not left:
            return True
        left = left.replace(b"{}", b"").replace(b"[]", b"").replace(b'""', b"")
    return not left


def _deeper_than(value: object, levels: int) -> bool:
    layer = [value]
    while layer and levels >= 0:
        below: list[object] = []
        for item in layer:
            if type(item) is dict:
                below.extend(item.values())
            elif type(item) is list:
                below.extend(item)
        layer = [item for item in below if type(item) is dict or type(item) is list]
        levels -= 1
    return bool(layer)


def _not_json(data: bytes, error: orjson.JSONDecodeError) -> MalformedDocument:
    from openquality_validator.foreign import foreign

    said = foreign(data)
    if said is not None:
        return MalformedDocument(*said)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as utf8:
        return MalformedDocument(
            "D002",
            message("Byte {start} is not UTF-8.", start=utf8.start),
            message(
                "Save the file as UTF-8 (in Excel: 'CSV UTF-8'; in an editor: encoding UTF-8)."
            ),
        )
    return MalformedDocument(
        "D003",
        message(
            "Not JSON at line {lineno}, column {colno}: {msg}.",
            lineno=error.lineno,
            colno=error.colno,
            msg=error.msg,
        ),
        message("Check that place for a missing comma, quote or bracket."),
    )


def _read_again(data: bytes) -> None:
    try:
        json.loads(data, object_pairs_hook=_members, parse_int=_integer, parse_float=_number)
    except RecursionError:
        raise MalformedDocument(
            "D005",
            message("The document is nested too deeply to be read."),
            message("No record needs that; look for a value wrapped into itself."),
        ) from None
    except ValueError as error:
        raise MalformedDocument(
            "D003",
            message("Not JSON: {error}.", error=error),
            message("Check that place for a missing comma or quote."),
        ) from None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise MalformedDocument(
            "D004",
            message("The member {twice!r} stands twice in one object.", twice=twice),
            message("Keep one of them: readers disagree on which one counts."),
        )
    return found


def _integer(text: str) -> int:
    # The length check comes first: int() of a million digits is itself an attack.
    if len(text) > len(str(MAX_INTEGER)) + 1 or abs(int(text)) > MAX_INTEGER:
        raise _unsafe_number(text)
    return int(text)


def _number(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise _unsafe_number(text)
    return value


def _unsafe_number(text: str) -> MalformedDocument:
    return MalformedDocument(
        "D007",
        message("The number {text} is beyond what every reader can hold.", text=text[:24]),
        message("Write large or exact numbers as decimal strings."),
    )
