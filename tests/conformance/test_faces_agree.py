"""JSON Schema and SHACL give the same verdict on each record; where they cannot, this says why.

The names of the differences stand in docs/spec/ontology.md.
"""

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from mutated_records import Mutant, mutants, renamed

import openquality_ontology
import openquality_schemas
from openquality_ontology.generator.source import JSON, Source
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


def is_decimal(mutant: Mutant) -> bool:
    owner, _, member = mutant.place.partition(".")
    datatype = source().term(owner, member).datatype
    return mutant.kind == "type" and datatype is not None and datatype.endswith("#decimal")


def is_json(mutant: Mutant) -> bool:
    owner, _, member = mutant.place.partition(".")
    return mutant.kind == "type" and source().term(owner, member).datatype == JSON


def is_said_elsewhere(mutant: Mutant) -> bool:
    return mutant.kind == "removed" and mutant.place in {"Party.name", "Issuer.name"}


DIFFERENCES: dict[str, Callable[[Mutant], bool]] = {
    "how a number is written": is_decimal,
    "JSON inside": is_json,
    "what another object says of the same id": is_said_elsewhere,
}


def disagreements(chosen: Sequence[Mutant]) -> Iterator[tuple[str, bool]]:
    """Yield the changes on which the two verdicts differ and no difference is named."""
    for start in range(0, len(chosen), BATCH):
        batch = {
            mutant.name: renamed(mutant.record, start + index)
            for index, mutant in enumerate(chosen[start : start + BATCH])
        }
        # The schema's own id is the same in every record: what damages it stands alone.
        alone = {
            name for name in batch if "/credentialSchema" in name or ":credentialSchema" in name
        }
        reports = semantics.check_many({n: r for n, r in batch.items() if n not in alone})
        for name in alone:
            reports[name] = semantics.check(batch[name])
        for mutant in chosen[start : start + BATCH]:
            is_valid = engine().is_valid(batch[mutant.name])
            is_fitting = not reports[mutant.name].errors
            if is_valid != is_fitting and not any(named(mutant) for named in DIFFERENCES.values()):
                yield mutant.name, is_valid


def test_every_valid_example_fits_the_shapes(valid_name: str) -> None:
    record = records()[valid_name]
    assert engine().is_valid(record)
    assert semantics.check(record).errors == ()


def test_a_sample_of_changes_gets_one_verdict() -> None:
    changes = every_change()
    assert len(changes) > 1_000
    assert list(disagreements(changes[::23])) == []


@pytest.mark.heavy
def test_every_change_gets_one_verdict() -> None:
    assert list(disagreements(every_change())) == []


@pytest.mark.heavy
def test_every_named_difference_is_one() -> None:
    # A difference that no longer happens is taken off the list.
    for name, named in DIFFERENCES.items():
        chosen = [mutant for mutant in every_change() if named(mutant)][:8]
        verdicts = [
            engine().is_valid(mutant.record) != (not semantics.check(mutant.record).errors)
            for mutant in chosen
        ]
        assert any(verdicts), name


def test_the_page_names_the_differences() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in DIFFERENCES if f"| {name} |" not in page] == []
