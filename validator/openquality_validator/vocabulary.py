"""The words that our own schemas and catalogue fix, and what is shown of every other text.

Whatever stands in here was written by us, wherever it turns up: no supplier can make a sentence of
it. docs/spec/text.md says what is shown of the rest.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

import orjson

import openquality_schemas
from openquality_validator import catalogue as catalogues
from openquality_validator import kinds
from openquality_validator.text import labels

_FREE = {"Text", "Name", "Heading"}  # the definitions of free text in the schemas
_NUMBERED = {"id", "drawingRevision"}  # a characteristic's number or name on the drawing
_HEAD = 3  # parts of a group's key that are ours: metric and version, subject type, granularity
_AMOUNT = re.compile(r"-?[0-9]{1,40}(?:[./][0-9]{1,40})?", re.ASCII)


def shown(text: str) -> str:
    """Return a value as an answer may show it.

    That is a word of ours, a number, or an exact amount with the kind of its quantity (`86400
    time`) as it is, and the label of everything else.
    """
    amount, blank, kind = text.partition(" ")
    if text in words() or (_AMOUNT.fullmatch(amount) and (not blank or kind in quantities())):
        return text
    return labels.label(text)


def shown_key(key: str) -> str:
    """Return the key of a comparability group as an answer may show it: each value as above.

    Keys with equal values stay equal, and others stay different.
    """
    head, rest = key.split("|")[:_HEAD], key.split("|")[_HEAD:]
    return "|".join((*head, *map(_shown_part, rest)))


def shown_qualifiers(qualifiers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return qualifiers as an answer may show them; the names of a metric set are not ours."""
    return {shown(name): shown(value) for name, value in qualifiers}


def shown_reason(reason: str) -> str:
    """Return a reason code as an answer may show it: what follows the colon as above."""
    code, colon, rest = reason.partition(":")
    if not colon or words().issuperset(rest.split(".")):
        return reason
    return f"{code}:{shown(rest)}"


def _shown_part(part: str) -> str:
    name, sign, value = part.partition("=")
    if sign and words().issuperset(name.split(".")):
        return f"{name}={shown(value)}"
    return labels.label(part)  # the rest of a free text that held the sign between parts


@cache
def words() -> frozenset[str]:
    """Return every word that is ours: member names, enumerations, metrics, units, qualifiers."""
    found = {word for schema in _schemas() for word in _fixed(schema)}
    held = catalogues.load()
    found.update(held.metrics, held.units)
    for each in held.metrics.values():
        for qualifier in each.qualifiers:
            found.update((qualifier.name, *qualifier.codes))
    return frozenset(found)


@cache
def free() -> frozenset[str]:
    """Return the names of members that hold free text, however short."""
    return frozenset(name for schema in _schemas() for name in _named(schema)) - _NUMBERED


@cache
def quantities() -> frozenset[str]:
    """Return the kinds of quantity that units measure."""
    return frozenset(each.quantity_kind for each in catalogues.load().units.values())


def _schemas() -> Iterable[Any]:
    for kind in kinds.KINDS.values():
        for version in openquality_schemas.known_schemas(kind.schema).values():
            yield orjson.loads(openquality_schemas.read(kind.schema, version=version))


def _fixed(schema: Any) -> Iterable[str]:  # noqa: ANN401 - any JSON value
    if isinstance(schema, dict):
        for name, value in schema.items():
            if name == "properties":
                yield from value
            elif name in {"enum", "const"}:
                yield from _texts(value)
            yield from _fixed(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from _fixed(item)


def _texts(value: Any) -> Iterable[str]:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _named(schema: Any) -> Iterable[str]:  # noqa: ANN401 - any JSON value
    """Yield the names of members that hold free text, alone or in a list."""
    if isinstance(schema, list):
        for item in schema:
            yield from _named(item)
    if not isinstance(schema, dict):
        return
    properties = schema.get("properties")
    for name, each in properties.items() if isinstance(properties, dict) else ():
        for one in (each, each.get("items", {})):
            if str(one.get("$ref", "")).rpartition("/")[2] in _FREE:
                yield name
    for value in schema.values():
        yield from _named(value)
