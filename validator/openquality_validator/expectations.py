"""What a keyword of a schema asks for, in a few words: for people who see it beside a value."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from openquality_validator.message import any_of, message

Schema = Mapping[str, Any]


def expected(keyword: str, schema: Schema) -> str:
    """Say what belongs where a keyword failed; an empty text where the message says it all."""
    say = _SAYING.get(keyword)
    return say(schema) if say else ""


def _type(schema: Schema) -> str:
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return any_of(
        {
            "string": message("a text"),
            "integer": message("a whole number"),
            "object": message("an object"),
            "array": message("a list"),
            "boolean": message("true or false"),
            "null": message("null"),
        }.get(each, "")
        for each in types
    )


def _enum(schema: Schema) -> str:
    return message("one of {listed}", listed=", ".join(map(str, schema["enum"])))


def _const(schema: Schema) -> str:
    fixed = schema["const"]
    return ", ".join(map(str, fixed)) if isinstance(fixed, list) else str(fixed)


def _titled(schema: Schema) -> str:
    return message(str(schema.get("title", "")))


_SAYING: Final[Mapping[str, Callable[[Schema], str]]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "pattern": _titled,
    "format": _titled,
    "minLength": lambda schema: message("at least {n} characters", n=schema["minLength"]),
    "maxLength": lambda schema: message("at most {n} characters", n=schema["maxLength"]),
    "minItems": lambda schema: message("at least {n} items", n=schema["minItems"]),
    "maxItems": lambda schema: message("at most {n} items", n=schema["maxItems"]),
    "minimum": lambda schema: message("at least {n}", n=schema["minimum"]),
    "maximum": lambda schema: message("at most {n}", n=schema["maximum"]),
}
