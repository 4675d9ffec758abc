"""What a writer's schema describes at a place: the lenient reading of open content.

Members that no schema at their place names are not written then. A schema may name them anywhere
in it, under conditions and alternatives too. An object whose schema names none, or describes all
others in `additionalProperties`, is a map, and stays as open as it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from openquality_validator.compatibility.schema import Place, in_place
from openquality_validator.compatibility.values import may_match


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Hold the names and patterns that describe members, and whether nothing else is written."""

    names: frozenset[str]
    patterns: frozenset[str]
    is_closed: bool

    def may_hold(self, name: str) -> bool:
        """Tell whether a member may be described."""
        return name in self.names or any(may_match(pattern, name) for pattern in self.patterns)


def vocabulary(scope: tuple[Place, ...]) -> Vocabulary:
    """Return what the places describe; without any, everything may be written."""
    names: set[str] = set()
    patterns: set[str] = set()
    is_map = False
    for place in in_place(scope):
        schema = place.schema
        if isinstance(schema, dict):
            names.update(schema.get("properties", ()))
            patterns.update(schema.get("patternProperties", ()))
            for keyword in ("additionalProperties", "unevaluatedProperties"):
                is_map |= bool(schema.get(keyword)) and schema[keyword] is not True
    return Vocabulary(frozenset(names), frozenset(patterns), bool(names) and not is_map)


def scope_of_member(scope: tuple[Place, ...], name: str) -> tuple[Place, ...]:
    """Return the places that may describe a member of what these describe."""
    return tuple(
        place
        for holder in in_place(scope)
        if isinstance(holder.schema, dict)
        for place in _may_describe(holder, name)
    )


def scope_of_item(scope: tuple[Place, ...]) -> tuple[Place, ...]:
    """Return the places that may describe an item of what these describe."""
    found: list[Place] = []
    for holder in in_place(scope):
        if isinstance(holder.schema, dict):
            schema = holder.schema
            found += (
                holder.below(k) for k in ("items", "contains", "unevaluatedItems") if k in schema
            )
            found += (
                holder.below("prefixItems", index)
                for index in range(len(schema.get("prefixItems", ())))
            )
    return tuple(found)


def _may_describe(place: Place, name: str) -> Iterator[Place]:
    schema = place.schema
    if name in schema.get("properties", ()):
        yield place.below("properties", name)
    for pattern in schema.get("patternProperties", ()):
        if may_match(pattern, name):
            yield place.below("patternProperties", pattern)
    for keyword in ("additionalProperties", "unevaluatedProperties"):
        if keyword in schema:
            yield place.below(keyword)
