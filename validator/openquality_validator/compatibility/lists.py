"""What follows about lists: how long they are, and what their items are."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from openquality_validator.compatibility.facts import Facts
from openquality_validator.compatibility.failure import ITEM, Effect, Failure
from openquality_validator.compatibility.schema import Place
from openquality_validator.message import message

if TYPE_CHECKING:
    from openquality_validator.compatibility.proof import Proof


def prove(proof: "Proof", facts: Facts, place: Place) -> Iterator[Failure]:
    """Yield each keyword about lists that does not follow from the facts."""
    schema = place.schema
    least, most = facts.least("minItems") or 0, facts.most("maxItems")
    if "minItems" in schema and least < schema["minItems"]:
        yield proof.limit("Z110", facts, place, "minItems")
    if "maxItems" in schema and (most is None or most > schema["maxItems"]):
        yield proof.limit("Z110", facts, place, "maxItems")
    repeats = (most is None or most > 1) and True not in facts.stated("uniqueItems")
    if schema.get("uniqueItems") is True and repeats:
        text = message(
            "The {reader} schema wants no item twice, which the {writer} one allows.",
            **proof.sides,
        )
        yield proof.failure("Z111", facts, place, text, "uniqueItems")
    yield from _items(proof, facts, place)
    if "contains" in schema:
        yield from _contains(proof, facts, place)
    if schema.get("unevaluatedItems", True) is not True and "items" not in schema:
        text = message(
            "Whether the {reader} schema describes every item cannot be told.", **proof.sides
        )
        yield proof.failure("Z119", facts, place, text, "unevaluatedItems", effect=Effect.UNKNOWN)


def _items(proof: "Proof", facts: Facts, place: Place) -> Iterator[Failure]:
    schema = place.schema
    numbered = len(schema.get("prefixItems", ()))
    most = facts.most("maxItems")

    def is_possible(index: int) -> bool:
        return most is None or index < most

    for index in range(numbered):
        if is_possible(index):
            item = proof.item(facts, index)
            yield from _below(proof.prove(item, place.below("prefixItems", index)))
    if "items" in schema:
        rest = place.below("items")
        for index in range(numbered, max(numbered, facts.numbered)):
            if is_possible(index):
                yield from _below(proof.prove(proof.item(facts, index), rest))
        if is_possible(max(numbered, facts.numbered)):
            yield from _below(proof.prove(proof.item(facts, None), rest))


def _below(failures: Iterable[Failure]) -> Iterator[Failure]:
    return (failure.below(ITEM) for failure in failures)


def _contains(proof: "Proof", facts: Facts, place: Place) -> Iterator[Failure]:
    schema = place.schema
    wanted = place.below("contains")
    least = schema.get("minContains", 1)
    if "maxContains" in schema:
        text = message(
            "Whether a list holds no more items than the {reader} schema allows cannot be told.",
            **proof.sides,
        )
        limit = facts.most("maxItems")
        if limit is None or limit > schema["maxContains"]:
            yield proof.failure("Z118", facts, place, text, "maxContains", effect=Effect.UNKNOWN)
    if not least:
        return
    for known in facts.known:
        held = known.schema
        asked = "contains" in held and held.get("minContains", 1) >= least
        if asked and proof.follows(proof.gather((known.below("contains"),)), wanted):
            return
    if (facts.least("minItems") or 0) >= least and not any(
        proof.prove(proof.item(facts, index), wanted) for index in (*range(facts.numbered), None)
    ):
        return
    text = message(
        "The {reader} schema wants an item that the {writer} one does not ask for.", **proof.sides
    )
    yield proof.failure("Z118", facts, place, text, "contains", effect=Effect.UNKNOWN)
