"""A schema as a tree of places: what stands at a JSON Pointer, and where its references lead."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

from openquality_validator.compatibility.effort import spend
from openquality_validator.errors import InvalidInput
from openquality_validator.findings import escape
from openquality_validator.message import message

# Where subschemas stand in a schema object (JSON Schema 2020-12 Core, section 10).
MAPS: Final = ("properties", "patternProperties", "dependentSchemas")
LISTS: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
SINGLE: Final = (
    *("not", "if", "then", "else", "items", "contains", "additionalProperties"),
    *("propertyNames", "unevaluatedProperties", "unevaluatedItems"),
)
# What judges the same value again: without a step down into it.
IN_PLACE: Final = frozenset(
    ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas")
)
ASSERTIONS: Final = frozenset(
    (
        *("type", "enum", "const", "required", "dependentRequired", "pattern", "format"),
        *("minLength", "maxLength", "minItems", "maxItems", "uniqueItems"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minProperties", "maxProperties", "minContains", "maxContains"),
    )
)
ANNOTATIONS: Final = frozenset(
    (
        *("$schema", "$id", "$comment", "$defs", "title", "description", "default", "examples"),
        *("deprecated", "readOnly", "writeOnly"),
    )
)
KNOWN: Final = ASSERTIONS | ANNOTATIONS | {*MAPS, *LISTS, *SINGLE, "$ref"}


_LONG: Final = 512  # characters of a key that are put together in one step
_MANY: Final = 8  # keywords that are looked at in one step


class Unresolved(InvalidInput):
    """A reference leads out of the schema, to nothing, or back to itself."""


class Schema:
    """Hold one schema document; `side` says which of two it is, such as `old`.

    It is the value of a schema that passed the checks of `linting`, or at least of one that is
    valid 2020-12: `place` raises Unresolved (Z002, Z003) where a reference cannot be followed.
    """

    def __init__(self, value: object, *, side: str) -> None:
        self.value = value
        self.side = side
        self._places: dict[str, Place] = {}

    @cached_property
    def root(self) -> "Place":
        """The whole document."""
        return Place(self, "", self.value)

    @cached_property
    def weight(self) -> int:
        """How many subschemas may judge one value (`weight.py`)."""
        from openquality_validator.compatibility.weight import weigh

        return weigh(self)

    def place(self, reference: str) -> "Place":
        """Return where a `$ref` of this document leads."""
        if reference not in self._places:
            self._places[reference] = self._found(reference)
        return self._places[reference]

    def _found(self, reference: str) -> "Place":
        if reference != "#" and not reference.startswith("#/"):
            raise Unresolved(
                "Z002",
                message("The reference {ref!r} leads out of the schema.", ref=reference[:100]),
                message("Copy what it names under $defs, and refer to that."),
            )
        value: Any = self.value
        for token in reference[2:].split("/") if len(reference) > 1 else ():
            name = token.replace("~1", "/").replace("~0", "~")
            if isinstance(value, list) and name.isdecimal() and int(name) < len(value):
                value = value[int(name)]
            elif isinstance(value, dict) and name in value:
                value = value[name]
            else:
                value = None
                break
        if not isinstance(value, dict | bool):
            raise Unresolved(
                "Z003",
                message("The reference {ref!r} leads to no schema.", ref=reference[:100]),
                message("Correct it, or add what it names under $defs."),
            )
        return Place(self, reference[1:], value)


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Hold the schema that stands at a JSON Pointer of a document.

    `schema` is an object, True or False; what is derived, and stands so in no document, has the
    pointer of what it was derived from and a `name` of its own.
    """

    document: Schema
    pointer: str
    schema: Any
    name: str = ""

    @property
    def key(self) -> str:
        """The place as one text."""
        key = f"{self.document.side}{self.pointer}{self.name}"
        spend(1 + len(key) // _LONG)
        return key

    def below(self, *path: str | int) -> "Place":
        """Return the subschema under these names."""
        schema = self.schema
        for step in path:
            schema = schema[step]
        at = self.at(*path)
        spend(1 + len(at) // _LONG)
        return Place(self.document, at, schema)

    def at(self, *path: str | int) -> str:
        """Return the pointer to what stands under these names."""
        return self.pointer + "".join(f"/{escape(str(step))}" for step in path)

    def derived(self, schema: Mapping[str, Any]) -> "Place":
        """Return a schema that follows from this one."""
        return Place(self.document, self.pointer, schema, f"{self.name}?{schema!r}")

    def target(self) -> "Place":
        """Return where `$ref` leads."""
        return self.document.place(self.schema["$ref"])


class Child(NamedTuple):
    """Name one subschema: the keyword that holds it, its path from there, and the place."""

    keyword: str
    path: tuple[str | int, ...]
    place: Place


def children(place: Place) -> Iterator[Child]:
    """Yield every subschema that stands directly in a schema object; `$defs` are none."""
    schema = place.schema
    if not isinstance(schema, dict):
        return
    for keyword in SINGLE:
        if keyword in schema:
            yield Child(keyword, (), place.below(keyword))
    for keyword in MAPS:
        for name in schema.get(keyword, ()):
            yield Child(keyword, (name,), place.below(keyword, name))
    for keyword in LISTS:
        for index in range(len(schema.get(keyword, ()))):
            yield Child(keyword, (index,), place.below(keyword, index))


def in_place(places: tuple[Place, ...]) -> tuple[Place, ...]:
    """Return every subschema that may judge the same value as these do, these included."""
    found: dict[str, Place] = {}
    queue = list(places)
    for place in queue:  # the list grows while it is read
        if place.key in found:
            continue
        found[place.key] = place
        if isinstance(place.schema, dict):
            if "$ref" in place.schema:
                queue.append(place.target())
            queue.extend(child.place for child in children(place) if child.keyword in IN_PLACE)
    return tuple(found.values())


def is_annotation(keyword: str) -> bool:
    """Tell whether a keyword says something to people and judges no value."""
    return keyword in ANNOTATIONS or keyword.startswith("x-")


def asserted(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keywords that judge values."""
    spend(1 + len(schema) // _MANY)
    return {keyword: value for keyword, value in schema.items() if not is_annotation(keyword)}
