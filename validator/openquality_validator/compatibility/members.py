"""What follows about objects: which members they have, and what these are."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from openquality_validator.compatibility.facts import Facts
from openquality_validator.compatibility.failure import OTHER, Effect, Failure
from openquality_validator.compatibility.schema import Place, asserted
from openquality_validator.compatibility.values import (
    Undecided,
    fits,
    may_match,
    surely_matches,
)
from openquality_validator.message import message

if TYPE_CHECKING:
    from openquality_validator.compatibility.proof import Proof


def prove(proof: "Proof", facts: Facts, place: Place) -> Iterator[Failure]:
    """Yield each keyword about objects that does not follow from the facts."""
    yield from _required(proof, facts, place)
    yield from _number(proof, facts, place)
    yield from _named(proof, facts, place)
    yield from _others(proof, facts, place)
    yield from _names(proof, facts, place)
    yield from _dependent(proof, facts, place)
    if place.schema.get("unevaluatedProperties", True) is not True:
        yield from _unevaluated(proof, facts, place)


def _required(proof: "Proof", facts: Facts, place: Place) -> Iterator[Failure]:
    for index, name in enumerate(place.schema.get("required", ())):
        if name not in facts.required:
            text = message(
                "The {reader} schema requires {name!r}, which the {writer} one does not.",
                name=name,
                **proof.sides,
            )
            yield proof.failure("Z103", facts, place, text, "required", index)


def _number(proof: "Proof", facts: Facts, place: Place) -> Iterator[Failure]:
    schema = place.schema
    least = max(facts.least("minProperties") or 0, len(facts.required))
    if "minProperties" in schema and least < schema["minProperties"]:
        yield proof.limit("Z112", facts, place, "minProperties")
    if "maxProperties" in schema:
        most = facts.most("maxProperties")
        if not any(True for _ in facts.others()):
            possible = sum(facts.member(name) is not None for name in facts.names)
            most = possible if most is None else min(most, possible)
        if most is None or most > schema["maxProperties"]:
            yield proof.limit("Z112", facts, place, "maxProperties")


def _named(proof: "Proof", facts: Facts, place: Place) -> Iterator[Failure]:
    """Prove what is said about the members that either schema names."""
    schema = place.schema
    patterns = schema.get("patternProperties", {})
    known = schema.get("properties", {})
    for name in dict.fromkeys((*known, *facts.names, *facts.required)):
        wanted = [place.below("properties", name)] if name in known else []
        wanted += (
            place.below("patternProperties", pattern)
            for pattern in patterns
            if may_match(pattern, name)
        )
        is_named = name in known or any(surely_matches(pattern, name) for pattern in patterns)
        if "additionalProperties" in schema and not is_named:
            wanted.append(place.below("additionalProperties"))
        if not any(_says_something(each) for each in wanted):
            continue
        member = proof.member(facts, name)
        if member is not None:
            for each in wanted:
                for failure in _member(proof, facts, name, member, each):
                    yield failure.below(name)


def _says_something(place: Place) -> bool:
    return place.schema is False or (place.schema is not True and bool(asserted(place.schema)))


def _member(
    proof: "Proof", facts: Facts, name: str, member: Facts, wanted: Place
) -> Iterator[Failure]:
    if member.refuted:
        return
    written = next(
        (p.at("properties", name) for p in facts.known if name in p.schema.get("properties", ())),
        None,
    )
    if wanted.schema is False:
        text = message(
            "The {reader} schema allows no member {name!r}, which the {writer} one allows.",
            name=name,
            **proof.sides,
        )
        yield proof.failure("Z104", facts, wanted, text, written=written)
    elif not member.known and not member.denied:
        if proof.prove(member, wanted):
            yield _open(proof, facts, wanted, name)
    else:
        yield from proof.prove(member, wanted)


def _open(proof: "Proof", facts: Facts, wanted: Place, name: str) -> Failure:
    text = message(
        "The {reader} schema describes {name!r}, which may be anything under the {writer} one: its "
        "content is open there.",
        name=name,
        **proof.sides,
    )
    return proof.failure("Z105", facts, wanted, text)


def _others(proof: "Proof", facts: Facts, place: Place) -> Iterator[Failure]:
    """Prove what is said about members that neither schema names."""
    schema = place.schema
    patterns = schema.get("patternProperties", {})
    for pattern in patterns:
        wanted = place.below("patternProperties", pattern)
        held = facts.matching(pattern)
        if _says_something(wanted):
            for other in facts.others():
                yield from _other(proof, facts, wanted, (*held, *other))
    if "additionalProperties" in schema:
        wanted = place.below("additionalProperties")
        if _says_something(wanted):
            for other in facts.others(frozenset(patterns)):
                yield from _other(proof, facts, wanted, other)


def _other(
    proof: "Proof", facts: Facts, wanted: Place, known: tuple[Place, ...]
) -> Iterator[Failure]:
    other = proof.other(facts, known)
    if other.refuted:
        return
    if wanted.schema is False:
        text = message(
            "The {reader} schema is closed here, and the {writer} one allows members that it does "
            "not name.",
            **proof.sides,
        )
        yield proof.failure("Z104", facts, wanted, text).below(OTHER)
    elif not known:
        if proof.prove(other, wanted):
            yield _open(proof, facts, wanted, "*").below(OTHER)
    else:
        for failure in proof.prove(other, wanted):
            yield failure.below(OTHER)


def _names(proof: "Proof", facts: Facts, place: Place) -> Iterator[Failure]:
    if "propertyNames" not in place.schema:
        return
    wanted = place.below("propertyNames")
    stated = tuple(p.below("propertyNames") for p in facts.known if "propertyNames" in p.schema)
    text = place.derived({"type": "string"})
    if proof.follows(proof.gather((*stated, text)), wanted):
        return
    try:
        lost = [
            name
            for name in facts.names
            if facts.member(name) is not None and not fits(name, wanted)
        ]
    except Undecided:
        lost = ["*"]
    if lost or any(True for _ in facts.others()):
        said = message(
            "The {reader} schema refuses names of members that the {writer} one allows.",
            **proof.sides,
        )
        yield proof.failure("Z113", facts, place, said, "propertyNames")


def _dependent(proof: "Proof", facts: Facts, place: Place) -> Iterator[Failure]:
    schema = place.schema
    for name, others in schema.get("dependentRequired", {}).items():
        if facts.member(name) is None:
            continue
        held = proof.with_fact(facts, place.derived({"type": "object", "required": [name]}))
        if not held.refuted and not held.required >= set(others):
            text = message(
                "The {reader} schema wants {others} beside {name!r}, which the {writer} one does "
                "not.",
                name=name,
                others=", ".join(others),
                **proof.sides,
            )
            yield proof.failure("Z114", facts, place, text, "dependentRequired", name)
    for name in schema.get("dependentSchemas", ()):
        if facts.member(name) is not None:
            held = proof.with_fact(facts, place.derived({"type": "object", "required": [name]}))
            yield from proof.prove(held, place.below("dependentSchemas", name))


def _unevaluated(proof: "Proof", facts: Facts, place: Place) -> Iterator[Failure]:
    """Prove it for every member that the schema does not surely look at."""
    names, patterns, is_all = _surely_evaluated(place)
    if is_all:
        return
    wanted = place.below("unevaluatedProperties")
    lacking = [
        facts.member(name) is not None
        for name in dict.fromkeys((*facts.names, *facts.required))
        if name not in names and not any(surely_matches(pattern, name) for pattern in patterns)
    ]
    if any(lacking) or any(True for _ in facts.others(frozenset(patterns))):
        if wanted.schema is False:
            said = message(
                "Whether the {reader} schema describes every member that the {writer} one allows "
                "cannot be told.",
                **proof.sides,
            )
        else:
            said = message(
                "Whether every member that the {reader} schema does not describe fits cannot be "
                "told.",
                **proof.sides,
            )
        yield proof.failure(
            "Z119", facts, place, said, "unevaluatedProperties", effect=Effect.UNKNOWN
        )


def _surely_evaluated(place: Place) -> tuple[set[str], set[str], bool]:
    """Return the names and patterns that a valid object has surely been looked at for."""
    names: set[str] = set()
    patterns: set[str] = set()
    seen: dict[str, Place] = {}
    queue = [place]
    for each in queue:  # the list grows while it is read
        if each.key in seen or isinstance(each.schema, bool):
            continue
        seen[each.key] = each
        schema = each.schema
        if "additionalProperties" in schema or (
            each is not place and "unevaluatedProperties" in schema
        ):
            return names, patterns, True
        names.update(schema.get("properties", ()))
        patterns.update(schema.get("patternProperties", ()))
        if "$ref" in schema:
            queue.append(each.target())
        queue.extend(each.below("allOf", n) for n in range(len(schema.get("allOf", ()))))
    return names, patterns, False
