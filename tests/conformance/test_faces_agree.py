"""JSON Schema and SHACL give the same verdict on each record; where they cannot, this says why.

The names of the differences stand in docs/spec/ontology.md.
"""

import json
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from mutated_records import Mutant, mutants, renamed

import openquality_ontology
import openquality_schemas
from openquality_ontology.generator.source import Source
from openquality_validator import semantics
from openquality_validator.engines import Engine, compiled

VERSION = openquality_ontology.VERSION
PAGE = Path(__file__).parents[2] / "docs/spec/ontology.md"
BATCH = 40


@pytest.fixture(autouse=True, scope="module")
def _silence() -> None:
    # rdflib logs a traceback for each literal that is ill-formed on purpose.
    logging.getLogger("rdflib.term").setLevel(logging.CRITICAL)


@cache
def source() -> Source:
    return Source(openquality_schemas.attestation_schema(version=VERSION))


@cache
def engine() -> Engine:
    return compiled(openquality_schemas.read("attestation.schema.json", version=VERSION))


def records() -> dict[str, Any]:
    found = openquality_schemas.examples("valid")
    return {
        name: json.loads(data)
        for name, data in found.items()
        if not name.endswith(".expected.json")
    }


def every_change() -> list[Mutant]:
    """Change each member of the schema in each way, in the first example that has it."""
    seen = set()
    found = []
    for name, record in records().items():
        for mutant in mutants(name, record, source()):
            if (mutant.place, mutant.kind) not in seen:
                seen.add((mutant.place, mutant.kind))
                found.append(mutant)
    return found


@dataclass(frozen=True, slots=True)
class Case:
    """A record, what is wrong with it (the schema's codes), and at which members of a class."""

    name: str
    record: Any
    codes: frozenset[str]
    places: frozenset[str]  # class.member, or pointers


def changes() -> list[Case]:
    kinds = {"type": "S001", "removed": "S002", "value": "S004", "form": "S006", "bound": "S013"}
    return [
        Case(each.name, each.record, frozenset({kinds[each.kind]}), frozenset({each.place}))
        for each in every_change()
    ]


def known_invalid(examples: Sequence[Any]) -> list[Case]:
    """Take every invalid example that the schema refuses."""
    return [
        Case(
            each.name,
            each.value,
            frozenset(code for code, _ in each.expected),
            frozenset(pointer for _, pointer in each.expected),
        )
        for each in examples
        if isinstance(each.value, dict) and not engine().is_valid(each.value)
    ]


def written_otherwise(case: Case) -> bool:
    """Tell a decimal of another type or form, or a time of another form."""
    decimals = {
        f"{term.owner}.{term.name}"
        for owner in source().classes.values()
        for term in owner.terms
        if (term.datatype or "").endswith("#decimal")
    }
    names = {place.partition(".")[2] for place in decimals}
    is_decimal = case.places <= decimals or {p.rpartition("/")[2] for p in case.places} <= names
    return "S007" in case.codes or (is_decimal and case.codes <= {"S001", "S006", "X001"})


def json_inside(case: Case) -> bool:
    return all(re.search(r"[./](mapping|extensions)\b", place) for place in case.places)


DIFFERENCES: dict[str, Callable[[Case], bool]] = {
    "how a number or a time is written": written_otherwise,
    "JSON inside": json_inside,
    "what another object says of the same id": lambda case: (
        case.codes == {"S002"}
        and case.places
        <= {"Party.name", "Issuer.name", "/issuer", "/credentialSubject/producer/party"}
    ),
    "a member that the language does not have": lambda case: (
        "S003" in case.codes and all(not place.endswith("/claims") for place in case.places)
    ),
    "an empty set": lambda case: case.codes == {"S010"},
    "equal items of a set": lambda case: case.codes == {"S012"},
}


def differing(chosen: Sequence[Case]) -> Iterator[Case]:
    """Yield the cases on which the two verdicts differ."""
    for start in range(0, len(chosen), BATCH):
        batch = chosen[start : start + BATCH]
        given = {case.name: renamed(case.record, start + index) for index, case in enumerate(batch)}
        # The schema's own id is the same in every record: what damages it stands alone.
        alone = {case.name for case in batch if "credentialschema" in "".join(case.places).lower()}
        reports = semantics.check_many({n: r for n, r in given.items() if n not in alone})
        for name in alone:
            reports[name] = semantics.check(given[name])
        for case in batch:
            if engine().is_valid(given[case.name]) != (not reports[case.name].errors):
                yield case


def unnamed(chosen: Sequence[Case]) -> list[str]:
    return [
        case.name
        for case in differing(chosen)
        if not any(is_one(case) for is_one in DIFFERENCES.values())
    ]


def test_every_valid_example_fits_the_shapes(valid_name: str) -> None:
    record = records()[valid_name]
    assert engine().is_valid(record)
    assert semantics.check(record).errors == ()


def test_a_sample_of_changes_gets_one_verdict(all_invalid_examples: Sequence[Any]) -> None:
    assert len(changes()) > 1_000
    assert unnamed(changes()[::23]) == []
    assert unnamed(known_invalid(all_invalid_examples)[::23]) == []


@pytest.mark.heavy
def test_every_change_gets_one_verdict() -> None:
    assert unnamed(changes()) == []


@pytest.mark.heavy
def test_every_invalid_example_gets_one_verdict(all_invalid_examples: Sequence[Any]) -> None:
    known = known_invalid(all_invalid_examples)
    assert len(known) > 600
    different = list(differing(known))
    assert [c.name for c in different if not any(d(c) for d in DIFFERENCES.values())] == []
    # A difference that no longer happens is taken off the list.
    assert [name for name, is_one in DIFFERENCES.items() if not any(map(is_one, different))] == []


def test_the_page_names_the_differences() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in DIFFERENCES if f"| {name} |" not in page] == []
