"""JSON values as JSON Schema sees them: which are equal, of which type, and which fit a place."""

import json
import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from openquality_validator.compatibility.effort import spend
from openquality_validator.compatibility.schema import Place, Schema
from openquality_validator.engines import is_date, is_date_time

# `number` is split, so that `integer` is a part of it as it is in JSON Schema: 1.0 is an integer.
TYPES: Final = {
    "null": frozenset({"null"}),
    "boolean": frozenset({"boolean"}),
    "object": frozenset({"object"}),
    "array": frozenset({"array"}),
    "string": frozenset({"string"}),
    "integer": frozenset({"integer"}),
    "number": frozenset({"integer", "fraction"}),
}
EVERY: Final = frozenset[str]().union(*TYPES.values())
FORMATS: Final = {"date": is_date, "date-time": is_date_time}


_WRITTEN: Final = 64  # characters of a value that are written in one step
_JUDGED: Final = 4  # subschemas that judge a value in one step


class Undecided(Exception):
    """Whether a value fits cannot be told here: a keyword or format is not one of ours."""


def identity(value: object) -> str:
    """Return a text that is the same for equal values: 1 and 1.0, whatever the order of members."""
    written = json.dumps(_normal(value), sort_keys=True)
    spend(1 + len(written) // _WRITTEN)
    return written


def _normal(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_normal(each) for each in value]
    if isinstance(value, dict):
        return {name: _normal(each) for name, each in value.items()}
    return value


def size(value: object) -> int:
    """Count a value and all values in it, and its characters by the hundred."""
    queue = [value]
    count = 0
    for each in queue:  # the list grows while it is read
        count += 1
        if isinstance(each, str):
            count += len(each) // 100
        elif isinstance(each, list):
            queue.extend(each)
        elif isinstance(each, dict):
            queue.extend(each)
            queue.extend(each.values())
    return count


def type_of(value: object) -> str:
    """Return the name of a value's type, one of EVERY."""
    if isinstance(value, float):
        return "integer" if value.is_integer() else "fraction"
    return _TYPE_NAMES.get(type(value), "object")


_TYPE_NAMES: Final = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    str: "string",
    list: "array",
}


def fits(value: object, place: Place) -> bool:
    """Tell whether a value is valid at a place of a schema; raises Undecided where nobody can."""
    spend(1 + size(value) * max(1, place.document.weight // _JUDGED))
    validator = _validator(place.document)
    return bool(validator.evolve(schema=_nameless(place.schema)).is_valid(value))


def matches(pattern: str, text: str) -> bool:
    """Tell whether a pattern is found in a text, in time linear in its length.

    Raises Undecided for a pattern that engines read differently, or that may take them for ever.
    """
    from openquality_validator.compatibility.automaton import is_harmless
    from openquality_validator.compatibility.patterns import compiled, is_portable

    if not is_portable(pattern) or not is_harmless(pattern):
        raise Undecided
    spend(1 + len(text) // _WRITTEN)
    return compiled(pattern).search(text) is not None


def may_match(pattern: str, name: str) -> bool:
    """Tell whether a name matches a pattern; True where that cannot be told."""
    try:
        return matches(pattern, name)
    except Undecided:
        return True


def surely_matches(pattern: str, name: str) -> bool:
    """Tell whether a name matches a pattern; False where that cannot be told."""
    try:
        return matches(pattern, name)
    except Undecided:
        return False


@lru_cache(maxsize=16)  # a comparison has two documents
def _validator(document: Schema) -> Any:  # noqa: ANN401 - the library ships no types
    from jsonschema import Draft202012Validator, validators  # type: ignore[import-untyped]

    adapted = validators.extend(
        Draft202012Validator,
        {
            "pattern": _pattern,
            "patternProperties": _pattern_properties,
            "additionalProperties": _additional,
            "unevaluatedProperties": _undecided,
            "unevaluatedItems": _undecided,
            "format": _format,
            "uniqueItems": _unique,
            "$dynamicRef": _undecided,
        },
    )
    return adapted(_nameless(document.value))


def _nameless(schema: Any) -> Any:  # noqa: ANN401 - an object or a boolean
    # By `$schema` the library would take its own class again, which is not adapted.
    if isinstance(schema, dict) and "$schema" in schema:
        return {keyword: value for keyword, value in schema.items() if keyword != "$schema"}
    return schema


def _pattern(_: object, pattern: str, value: object, __: object) -> Iterator[Exception]:
    if isinstance(value, str) and not matches(pattern, value):
        yield _refused()


def _pattern_properties(
    validator: Any,  # noqa: ANN401 - the library ships no types
    patterns: dict[str, Any],
    value: object,
    _: object,
) -> Iterator[Exception]:
    named = value if isinstance(value, dict) else {}
    for pattern, schema in patterns.items():
        for name, member in named.items():
            if matches(pattern, name):
                yield from validator.descend(member, schema, path=name, schema_path=pattern)


def _additional(
    validator: Any,  # noqa: ANN401 - the library ships no types
    schema: Any,  # noqa: ANN401 - an object or a boolean
    value: object,
    holder: dict[str, Any],
) -> Iterator[Exception]:
    patterns = holder.get("patternProperties", ())
    named = value if isinstance(value, dict) else {}
    for name, member in named.items():
        if name not in holder.get("properties", ()) and not any(
            matches(pattern, name) for pattern in patterns
        ):
            yield from validator.descend(member, schema, path=name)


def _format(_: object, form: str, value: object, __: object) -> Iterator[Exception]:
    if form not in FORMATS:
        raise Undecided
    if not FORMATS[form](value):
        yield _refused()


def _unique(_: object, unique: object, value: object, __: object) -> Iterator[Exception]:
    listed = value if unique is True and isinstance(value, list) else []
    if len({identity(item) for item in listed}) < len(listed):
        yield _refused()


def _undecided(*_: object) -> Iterator[Exception]:
    raise Undecided


def _refused() -> Exception:
    from jsonschema import ValidationError

    refused: Exception = ValidationError("")
    return refused
