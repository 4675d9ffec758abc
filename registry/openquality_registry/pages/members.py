"""What a record states, member by member, with the titles of its schema.

The schema also tells who chose the words: what is `Text` or `Name` there, and what a qualifier or
a place says freely, is the issuer's own wording, and is shown as that.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import openquality_schemas
from openquality.language import local
from openquality_registry.pages.words import sentence
from openquality_validator.message import message

Json = Mapping[str, Any]
_FREE = frozenset({"Text", "Name"})  # definitions whose words the issuer chose
_FREE_MEMBERS = frozenset({"region", "columns"})
_AMOUNTS = {"amount", "unit"}
_MONEY = {"amount", "currency"}
_IDENTIFIER = {"scheme", "value"}
# What a record says of its own independence, which is derived and never believed.
_OWN_WORD = frozenset({"assessor", "verification", "recognition"})


@dataclass(frozen=True, slots=True)
class Member:
    """Hold one member: a title, and either a text or members below it.

    `free` marks words that the issuer chose; `unit` is the code of an amount's unit.
    """

    title: str
    text: str | None = None
    unit: str | None = None
    free: bool = False
    below: tuple["Member", ...] = ()


def members(
    value: Json, definition: str, *, version: str, skip: frozenset[str] = frozenset()
) -> tuple[Member, ...]:
    """List the members of an object of a definition of the attestation schema, in its order."""
    defs = _definitions(version)
    return tuple(_object(value, defs[definition], defs, skip))


@cache
def _definitions(version: str) -> Json:
    found: Json = openquality_schemas.attestation_schema(version=version)["$defs"]
    return found


def _object(
    value: Json, schema: Json, defs: Json, skip: frozenset[str] = frozenset()
) -> Iterator[Member]:
    known = schema.get("properties", {})
    for name in [*known, *(name for name in value if name not in known)]:
        if name in value and name not in skip:
            yield _member(name, value[name], known.get(name, {}), defs)


def _member(name: str, value: object, schema: Json, defs: Json) -> Member:
    title = str(schema.get("title", name))
    if name in _OWN_WORD:
        title = message("{title} (the issuer’s word)", title=message(title))
    definition = str(schema.get("$ref", "")).rpartition("/")[2]
    inner = defs.get(definition, schema)
    if isinstance(value, Mapping):
        if (whole := _written(value)) is not None:
            return Member(title, *whole)
        return Member(title, below=tuple(_object(value, inner, defs)))
    if isinstance(value, list):
        items = inner.get("items", {})
        kind = str(items.get("$ref", "")).rpartition("/")[2]
        each = defs.get(kind, items)
        free = kind in _FREE or name in _FREE_MEMBERS
        return Member(
            title,
            below=tuple(
                _item(item, each, defs)
                if isinstance(item, Mapping)
                else Member("", str(item), free=free)
                for item in value
            ),
        )
    text = (
        local(message("yes") if value else message("no")) if isinstance(value, bool) else str(value)
    )
    if "enum" in inner:
        text = sentence(text)
    return Member(title, text, free=definition in _FREE or name in _FREE_MEMBERS)


def _item(value: Json, schema: Json, defs: Json) -> Member:
    whole = _written(value)
    if whole is not None:
        return Member("", *whole)
    return Member("", below=tuple(_object(value, schema, defs)))


def _written(value: Json) -> tuple[str, str | None] | None:
    """Write an amount or an identifier as one text, with its unit if it has one."""
    if value.keys() == _AMOUNTS:
        return str(value["amount"]), str(value["unit"])
    if value.keys() == _MONEY:
        return str(value["amount"]), str(value["currency"])
    if value.keys() == _IDENTIFIER:
        return f"{str(value['scheme']).upper()} {value['value']}", None
    return None
