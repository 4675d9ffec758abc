"""The columns of a part of the schema: every value below it that a cell can hold."""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Final

from openquality_schemas import attestation_schema
from openquality_validator.sheets.column import Column, Kind, Need, keyed

ROOT: Final = "Attestation"
_KINDS: Final = {
    "Decimal": Kind.NUMBER,
    "NonNegativeDecimal": Kind.NUMBER,
    "Count": Kind.COUNT,
    "PositiveCount": Kind.COUNT,
    "Date": Kind.DAY,
    "DateTime": Kind.MOMENT,
    "Unit": Kind.UNIT,
    "Metric": Kind.METRIC,
    "Country": Kind.LETTERS,
    "Currency": Kind.LETTERS,
    "PartId": Kind.PART,
}
# Texts in which spreadsheets see numbers, and eat their zeros.
_DIGITS: Final = frozenset(
    ("BatchNumber", "SerialNumber", "GivenNumber", "Token", "CasNumber", "Digest", "RecordId")
)
_ANY_FILE: Final = ("Dataset", "type")  # the sheet of data has files of every other type too
_TYPES: Final = {"integer": Kind.COUNT, "boolean": Kind.ANSWER}


@cache
def definition(name: str) -> dict[str, Any]:
    """Return a part of the newest schema by its name in `$defs`; the whole is `Attestation`."""
    schema = attestation_schema()
    found: dict[str, Any] = schema if name == ROOT else schema["$defs"][name]
    return found


def columns(
    root: str, members: Sequence[str], *, skip: Sequence[str], identifiers: Mapping[str, list[str]]
) -> Iterator[Column]:
    """Yield the columns of these members of a definition, in this order.

    Lists of objects give none: they have sheets of their own; `identifiers` are the exception,
    which have a column for each listed scheme.
    """
    walk = _Walk(skip, identifiers)
    for member in members:
        yield from walk.member(root, member.split("/"))


class _Walk:
    """Walk down the schema, with what is left out and the schemes of identifiers."""

    def __init__(self, skip: Sequence[str], identifiers: Mapping[str, list[str]]) -> None:
        self._skip = skip
        self._identifiers = identifiers

    def member(self, root: str, path: Sequence[str]) -> Iterator[Column]:
        """Yield what stands at a path below a definition."""
        titles: tuple[str, ...] = ()
        name, required = root, True
        for token in path[:-1]:
            holder = definition(name)
            below = holder["properties"][token]
            required = required and token in holder.get("required", ())
            # The subject itself is what the row is about: its name would stand above every column.
            if name != ROOT:
                titles = (*titles, below["title"])
            name = _reference(below)
        trail = tuple(path[:-1])
        need = Need.ALWAYS if required else Need.GROUP
        yield from self._property(name, path[-1], trail, titles, need)

    def _property(
        self, holder: str, token: str, trail: tuple[str, ...], titles: tuple[str, ...], need: Need
    ) -> Iterator[Column]:
        path = (*trail, token)
        if self._is_left_out(path):
            return
        whole = definition(holder)
        found = whole["properties"][token]
        if (holder, token) == _ANY_FILE:
            found = definition("Evidence")["properties"]["type"]
        if "const" in found:
            return
        is_required = token in whole.get("required", ()) or (holder, token) == _ANY_FILE
        if holder == "Dataset" and token in {"columns", "rowCount"}:
            is_required = False  # of data alone
        need = need if is_required else Need.OPTIONAL
        titles = (*titles, found["title"])
        name = _reference(found)
        below = definition(name) if name else {}
        if "properties" in below:
            inner = Need.ALWAYS if need is Need.ALWAYS else Need.GROUP
            for each in below["properties"]:
                yield from self._property(name, each, path, titles, inner)
        elif found.get("type") == "array":
            yield from self._list(holder, found, path, titles, need)
        else:
            yield _column(found, name, path, titles, need)

    def _is_left_out(self, path: tuple[str, ...]) -> bool:
        return any(fnmatchcase(f"/{'/'.join(path)}", pattern) for pattern in self._skip)

    def _list(
        self,
        holder: str,
        found: Mapping[str, Any],
        path: tuple[str, ...],
        titles: tuple[str, ...],
        need: Need,
    ) -> Iterator[Column]:
        name = _reference(found["items"])
        if name == "Identifier":
            item = definition(name)
            about = item["properties"]["scheme"]["x-enum-descriptions"]
            for scheme in self._identifiers[holder]:
                below = (*path, keyed("scheme", scheme), "value")
                if self._is_left_out(below):
                    continue
                said = about.get(scheme, "")
                yield Column(
                    below,
                    Kind.DIGITS,
                    (*titles[:-1], scheme.upper() if scheme != "register" else "Register"),
                    said,
                )
        elif "properties" not in definition(name):
            column = _column(found, name, path, titles, need)
            yield Column(column.path, column.kind, column.titles, column.about, need, many=True)


def _column(
    found: Mapping[str, Any],
    name: str,
    path: tuple[str, ...],
    titles: tuple[str, ...],
    need: Need,
) -> Column:
    below = definition(name) if name else {}
    choices = tuple(found.get("enum") or below.get("enum", ()))
    meanings = found.get("x-enum-descriptions") or below.get("x-enum-descriptions", {})
    kind = (
        _KINDS.get(name) or _TYPES.get(found.get("type", "")) or _TYPES.get(below.get("type", ""))
    )
    if kind is None:
        kind = Kind.CHOICE if choices else Kind.DIGITS if name in _DIGITS else Kind.TEXT
    about = found["description"]
    return Column(
        path, kind, titles, about, need, choices, tuple(meanings.get(each, "") for each in choices)
    )


def _reference(found: Mapping[str, Any]) -> str:
    return str(found.get("$ref", "")).rpartition("/")[2]
