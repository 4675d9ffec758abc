"""What is known of a value at a place: the schemas that hold for it, and those that do not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any, Final

from openquality_validator.compatibility.schema import Place, in_place
from openquality_validator.compatibility.scope import Vocabulary, vocabulary
from openquality_validator.compatibility.values import (
    EVERY,
    TYPES,
    Undecided,
    fits,
    identity,
    may_match,
    surely_matches,
    type_of,
)

MAX_ALTERNATIVES: Final = 64
Known = tuple[Place, ...]


@dataclass(frozen=True, eq=False)
class Facts:
    """Hold what is known of a value.

    `known` are schema objects that it is valid against, with references and `allOf` resolved;
    `denied` are such that it is not valid against. `scope` are the places of the writer's schema
    that may describe it, where only described members are written (the lenient reading), else
    nothing.
    """

    known: Known
    denied: Known = ()
    scope: Known = ()
    refuted: bool = field(default=False)

    @cached_property
    def key(self) -> str:
        """The same text for the same facts."""
        groups = (self.known, self.denied, self.scope)
        return " | ".join(" ".join(sorted(p.key for p in group)) for group in groups)

    @cached_property
    def types(self) -> frozenset[str]:
        """The types that the value can have."""
        found = EVERY
        for schema in self._schemas:
            if "type" in schema:
                found &= named_types(schema["type"])
            for keyword in ("anyOf", "oneOf"):
                if keyword in schema:
                    found &= _types_of_choice(schema[keyword])
        for place in self.denied:
            if place.schema.keys() == {"type"}:
                found -= named_types(place.schema["type"])
            elif place.schema.keys() <= {"required", "properties"}:
                found &= TYPES["object"]
        if self.values is not None:
            found &= {type_of(value) for value in self.values}
        return found

    @cached_property
    def values(self) -> tuple[Any, ...] | None:
        """The values that are possible, if they are listed."""
        found: dict[str, Any] | None = None
        for schema in self._schemas:
            for listed in _listed(schema):
                these = {identity(value): value for value in listed}
                found = these if found is None else {k: found[k] for k in found if k in these}
        if found is None:
            return None
        for place in self.denied:
            if place.schema.keys() in ({"enum"}, {"const"}):
                for value in next(_listed(place.schema)):
                    found.pop(identity(value), None)
        return tuple(value for value in found.values() if self._may_be(value))

    def _may_be(self, value: object) -> bool:
        try:
            return all(fits(value, place) for place in self.known)
        except Undecided:
            return True

    @cached_property
    def required(self) -> frozenset[str]:
        """The members that an object has."""
        found = {name for schema in self._schemas for name in schema.get("required", ())}
        for place in self.denied:
            if place.schema.keys() == {"properties"} and len(place.schema["properties"]) == 1:
                found |= place.schema["properties"].keys()
        size = -1
        while size < len(found):
            size = len(found)
            for schema in self._schemas:
                for name, others in schema.get("dependentRequired", {}).items():
                    if name in found:
                        found.update(others)
        return frozenset(found)

    @cached_property
    def absent(self) -> frozenset[str]:
        """The members that an object does not have, as its denials say."""
        lists = (p.schema["required"] for p in self.denied if p.schema.keys() == {"required"})
        return frozenset(names[0] for names in lists if len(names) == 1)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The members that the schemas name; if there can be no others, all that there can be."""
        found = dict.fromkeys(n for s in self._schemas for n in s.get("properties", ()))
        if self._vocabulary.is_closed:
            found |= dict.fromkeys(sorted(self._vocabulary.names))
        for place in self.known:
            if _is_closed_by_names(place):
                found |= dict.fromkeys(sorted(vocabulary((place,)).names))
        return tuple(found)

    @property
    def _schemas(self) -> Iterator[Mapping[str, Any]]:
        for place in self.known:
            yield place.schema

    def least(self, *keywords: str) -> Any:  # noqa: ANN401 - a number, or None
        """Return the strongest lower limit that these keywords set."""
        limits = [s[k] for s in self._schemas for k in keywords if k in s]
        return max(limits, default=None)

    def most(self, *keywords: str) -> Any:  # noqa: ANN401 - a number, or None
        """Return the strongest upper limit that these keywords set."""
        limits = [s[k] for s in self._schemas for k in keywords if k in s]
        return min(limits, default=None)

    def stated(self, keyword: str) -> list[Any]:
        """Return what each schema says under a keyword."""
        return [schema[keyword] for schema in self._schemas if keyword in schema]

    def member(self, name: str) -> tuple[Known, Known] | None:
        """Return the schemas that hold for a member, and those that do not; None if it cannot be.

        A schema that may hold, and does not surely, is left out.
        """
        if name in self.absent or self._closed_to(name):
            return None
        found: list[Place] = []
        for place in self.known:
            if not _may_be_called(place, name):
                return None
            found.extend(_of_member(place, name))
        if any(place.schema is False for place in found):
            return None
        denied = [p.below("properties", name) for p in self.denied if _denies(p, name)]
        return tuple(found), tuple(denied)

    def _closed_to(self, name: str) -> bool:
        words = self._vocabulary
        return words.is_closed and not words.may_hold(name)

    def others(self, skipped: frozenset[str] = frozenset()) -> Iterator[Known]:
        """Yield, for members that no schema names, what holds for each kind of them.

        Members whose names match one of the patterns in `skipped` are none of these. Nothing is
        yielded if there can be no such member.
        """
        if self._vocabulary.is_closed and not self._vocabulary.patterns:
            return
        if any(_is_closed_by_names(place) for place in self.known):
            return
        choices: list[list[Place | None]] = []
        for place in self.known:
            schema = place.schema
            patterns = schema.get("patternProperties", {})
            ways: list[Place | None] = [
                place.below("patternProperties", each) for each in patterns if each not in skipped
            ]
            rest = schema.get("additionalProperties", True)
            ways.append(None if rest is True else place.below("additionalProperties"))
            choices.append([way for way in ways if way is None or way.schema is not False])
        count = 1
        for ways in choices:
            count *= len(ways)
        if count > MAX_ALTERNATIVES:
            yield ()
            return
        for combination in product(*choices):
            yield tuple(place for place in combination if place is not None)

    def matching(self, pattern: str) -> Known:
        """Return what holds for every member whose name matches this very pattern."""
        return tuple(
            place.below("patternProperties", pattern)
            for place in self.known
            if pattern in place.schema.get("patternProperties", ())
        )

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return vocabulary(self.scope)

    def item(self, index: int | None) -> Known:
        """Return the schemas that hold for an item; None stands for all after the numbered."""
        found = []
        for place in self.known:
            numbered = place.schema.get("prefixItems", ())
            if index is not None and index < len(numbered):
                found.append(place.below("prefixItems", index))
            elif "items" in place.schema:
                found.append(place.below("items"))
        return tuple(found)

    @property
    def numbered(self) -> int:
        """How many first items have schemas of their own."""
        return max((len(listed) for listed in self.stated("prefixItems")), default=0)


def named_types(named: str | list[str]) -> frozenset[str]:
    """Return the types that the keyword `type` names."""
    listed = [named] if isinstance(named, str) else named
    return frozenset[str]().union(*(TYPES[name] for name in listed))


def _of_member(place: Place, name: str) -> Iterator[Place]:
    schema = place.schema
    patterns = schema.get("patternProperties", ())
    if name in schema.get("properties", ()):
        yield place.below("properties", name)
    for pattern in patterns:
        if surely_matches(pattern, name):
            yield place.below("patternProperties", pattern)
    is_named = name in schema.get("properties", ()) or any(may_match(p, name) for p in patterns)
    if not is_named and "additionalProperties" in schema:
        yield place.below("additionalProperties")


def _may_be_called(place: Place, name: str) -> bool:
    schema = place.schema
    try:
        if "propertyNames" in schema and not fits(name, place.below("propertyNames")):
            return False
    except Undecided:
        pass
    if schema.get("unevaluatedProperties") is not False:
        return True
    # It evaluates at most what some schema in it names.
    return any(
        name in each.schema.get("properties", ())
        or any(may_match(pattern, name) for pattern in each.schema.get("patternProperties", ()))
        or each.schema.get("additionalProperties", False) is not False
        or (each is not place and "unevaluatedProperties" in each.schema)
        for each in in_place((place,))
        if isinstance(each.schema, dict)
    )


def _is_closed_by_names(place: Place) -> bool:
    """Tell whether `unevaluatedProperties` leaves only members that some schema in it names."""
    return place.schema.get("unevaluatedProperties") is False and not any(
        "patternProperties" in each.schema
        or each.schema.get("additionalProperties", False) is not False
        or (each is not place and "unevaluatedProperties" in each.schema)
        for each in in_place((place,))
        if isinstance(each.schema, dict)
    )


def _denies(place: Place, name: str) -> bool:
    schema: Mapping[str, Any] = place.schema
    return schema.keys() == {"properties"} and schema["properties"].keys() == {name}


def _listed(schema: Mapping[str, Any]) -> Iterator[list[Any]]:
    if "enum" in schema:
        yield schema["enum"]
    if "const" in schema:
        yield [schema["const"]]


def _types_of_choice(choices: list[Any]) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for choice in choices:
        if choice is False:
            continue
        if choice is True:
            return EVERY
        own = EVERY
        if "type" in choice:
            own &= named_types(choice["type"])
        for listed in _listed(choice):
            own &= {type_of(value) for value in listed}
        found |= own
    return found
