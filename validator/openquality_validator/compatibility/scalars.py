"""What follows about types, listed values, numbers and texts."""

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from openquality_validator.compatibility.automaton import implies
from openquality_validator.compatibility.facts import Facts, named_types
from openquality_validator.compatibility.failure import Effect, Failure
from openquality_validator.compatibility.patterns import is_portable
from openquality_validator.compatibility.schema import Place
from openquality_validator.compatibility.values import identity
from openquality_validator.keywords import shown
from openquality_validator.message import message

if TYPE_CHECKING:
    from openquality_validator.compatibility.proof import Proof

_PATTERN: Final = 200  # steps that comparing two patterns counts as: it may take as long
_NUMBERS: Final = frozenset({"integer", "fraction"})


def prove(proof: "Proof", facts: Facts, place: Place) -> Iterator[Failure]:
    """Yield each keyword about values as such that does not follow from the facts."""
    yield from _type(proof, facts, place)
    if "enum" in place.schema or "const" in place.schema:
        yield from _listed(proof, facts, place)
    if facts.types & _NUMBERS:
        yield from _number(proof, facts, place)
    if "string" in facts.types:
        yield from _text(proof, facts, place)


def lost(proof: "Proof", facts: Facts, place: Place, values: Iterable[Any]) -> Iterator[Failure]:
    """Say of each value that is not listed any more."""
    keyword = "enum" if "enum" in place.schema else "const"
    listed = {
        identity(value): known.at("enum", index)
        for known in facts.known
        if known.document is proof.writer
        for index, value in enumerate(known.schema.get("enum", ()))
    }
    for value in values:
        text = message(
            "The {reader} schema does not list {value}, which the {writer} one allows.",
            value=shown(value),
            **proof.sides,
        )
        written = listed.get(identity(value))
        yield proof.failure("Z102", facts, place, text, keyword, written=written)


def _type(proof: "Proof", facts: Facts, place: Place) -> Iterator[Failure]:
    if "type" not in place.schema:
        return
    gone = facts.types - named_types(place.schema["type"])
    if gone:
        names = ["number" if each == "fraction" else each for each in sorted(gone)]
        text = message(
            "The {reader} schema takes no {types} here, which the {writer} one allows.",
            types=", ".join(names),
            **proof.sides,
        )
        yield proof.failure("Z101", facts, place, text, "type")


def _listed(proof: "Proof", facts: Facts, place: Place) -> Iterator[Failure]:
    keyword = "enum" if "enum" in place.schema else "const"
    if facts.values is not None:  # of which some could not be tried
        yield from lost(proof, facts, place, facts.values)
        return
    text = message(
        "The {reader} schema lists the values, the {writer} one does not.", **proof.sides
    )
    yield proof.failure("Z102", facts, place, text, keyword)


def _number(proof: "Proof", facts: Facts, place: Place) -> Iterator[Failure]:
    schema = place.schema
    for keyword in ("minimum", "exclusiveMinimum"):
        if keyword in schema and not _is_above(facts, schema[keyword], keyword):
            yield proof.limit("Z106", facts, place, keyword)
    for keyword in ("maximum", "exclusiveMaximum"):
        if keyword in schema and not _is_below(facts, schema[keyword], keyword):
            yield proof.limit("Z106", facts, place, keyword)
    if "multipleOf" in schema:
        wanted = Fraction(str(schema["multipleOf"]))
        stated = [Fraction(str(each)) for each in facts.stated("multipleOf")]
        # Of fractions the engines judge by rounding, so that only the same one follows.
        whole = wanted.denominator == 1
        if not any(each == wanted or (whole and each % wanted == 0) for each in stated) and not (
            wanted == 1 and "fraction" not in facts.types
        ):
            yield proof.limit("Z120", facts, place, "multipleOf")


def _is_above(facts: Facts, limit: float, keyword: str) -> bool:
    least, above = facts.least("minimum"), facts.least("exclusiveMinimum")
    if "fraction" not in facts.types:  # x > 0 is x >= 1
        whole = [math.ceil(n) for n in (least,) if n is not None]
        whole += (math.floor(n) + 1 for n in (above,) if n is not None)
        least = max(whole, default=None)
    if keyword == "minimum":
        return any(n is not None and n >= limit for n in (least, above))
    return (least is not None and least > limit) or (above is not None and above >= limit)


def _is_below(facts: Facts, limit: float, keyword: str) -> bool:
    most, below = facts.most("maximum"), facts.most("exclusiveMaximum")
    if "fraction" not in facts.types:
        whole = [math.floor(n) for n in (most,) if n is not None]
        whole += (math.ceil(n) - 1 for n in (below,) if n is not None)
        most = min(whole, default=None)
    if keyword == "maximum":
        return any(n is not None and n <= limit for n in (most, below))
    return (most is not None and most < limit) or (below is not None and below <= limit)


def _text(proof: "Proof", facts: Facts, place: Place) -> Iterator[Failure]:
    schema = place.schema
    least, most = facts.least("minLength"), facts.most("maxLength")
    if "minLength" in schema and (least or 0) < schema["minLength"]:
        yield proof.limit("Z107", facts, place, "minLength")
    if "maxLength" in schema and (most is None or most > schema["maxLength"]):
        yield proof.limit("Z107", facts, place, "maxLength")
    if "pattern" in schema:
        yield from _pattern(proof, facts, place)
    if "format" in schema and schema["format"] not in facts.stated("format"):
        text = message(
            "The {reader} schema asks for the format {form!r}, the {writer} one does not.",
            form=schema["format"],
            **proof.sides,
        )
        yield proof.failure("Z109", facts, place, text, "format")


def _pattern(proof: "Proof", facts: Facts, place: Place) -> Iterator[Failure]:
    wanted = place.schema["pattern"]
    stated = facts.stated("pattern")
    if wanted in stated:
        return
    for each in stated if is_portable(wanted) else ():
        proof.step(_PATTERN)
        if is_portable(each) and implies(each, wanted):
            return
    text = message(
        "Not every text that the {writer} schema allows surely has the form {pattern!r}.",
        pattern=wanted[:80],
        **proof.sides,
    )
    # Without a pattern before, any text was allowed; of two patterns the proof may be too long.
    effect = Effect.UNKNOWN if stated or facts.stated("format") else Effect.BREAKS
    yield proof.failure("Z108", facts, place, text, "pattern", effect=effect)
