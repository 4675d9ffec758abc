"""Never `compatible` when a value breaks: verdicts against validation, over a corpus of changes."""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import orjson
import pytest
from changed_schemas import Corpus, described

import openquality_schemas
from openquality_validator.compatibility import Direction, Reading, Schema, compare
from openquality_validator.compatibility.proof import Proof

PAIRS = 120  # of each of the parts in the quick run
SLOW_PAIRS = 20_000
VALUES = 40


def broken(seed: object, reading: Reading, *, values: int = VALUES) -> Iterator[tuple[Any, ...]]:
    """Yield each value that breaks a change which is said to keep it."""
    corpus = Corpus(seed)
    old, new = corpus.pair()
    difference = compare(Schema(old, side="old"), Schema(new, side="new"), reading=reading)
    for direction, writer, reader in (
        (Direction.BACKWARD, old, new),
        (Direction.FORWARD, new, old),
    ):
        if not difference.keeps(direction):
            continue
        writes, reads = (
            jsonschema_rs.Draft202012Validator(s, validate_formats=True) for s in (writer, reader)
        )
        for n in range(values):
            value = corpus.value(reader if n % 4 == 0 else writer, reader if n % 4 == 0 else writer)
            if not writes.is_valid(value) or reads.is_valid(value):
                continue
            if reading is Reading.STRICT or described(value, writer):
                yield seed, direction, writer, reader, value


@pytest.mark.parametrize("reading", Reading)
@pytest.mark.parametrize("part", range(4))
def test_no_value_breaks_a_change_that_is_said_to_keep_it(part: int, reading: Reading) -> None:
    found = [b for n in range(PAIRS) for b in broken(f"{part}/{n}", reading)]

    assert found == []


@pytest.mark.heavy
@pytest.mark.parametrize("reading", Reading)
def test_no_value_breaks_any_of_many_changes(reading: Reading) -> None:
    found = [b for n in range(SLOW_PAIRS) for b in broken(f"heavy/{n}", reading, values=60)]

    assert found == []


def test_the_corpus_holds_changes_of_every_kind_and_values_that_break() -> None:
    kept, lost, breaking = 0, 0, 0
    for n in range(PAIRS):
        corpus = Corpus(f"kinds/{n}")
        old, new = corpus.pair()
        difference = compare(Schema(old, side="old"), Schema(new, side="new"))
        before, after = (
            jsonschema_rs.Draft202012Validator(s, validate_formats=True) for s in (old, new)
        )
        values = [corpus.value(old, old) for _ in range(VALUES)]
        is_broken = any(before.is_valid(v) and not after.is_valid(v) for v in values)
        kept += difference.keeps(Direction.BACKWARD)
        lost += not difference.keeps(Direction.BACKWARD)
        breaking += is_broken

    # Else the test above would hold for a verdict that is always the same.
    assert kept > PAIRS / 3
    assert lost > PAIRS / 8
    assert breaking > lost / 2


def test_an_independent_proof_never_says_that_a_kept_change_breaks() -> None:
    # Of another library, on canonical forms; where it does not know a schema it says so.
    refuted = []
    for n in range(PAIRS):
        old, new = Corpus(f"canonical/{n}").pair()
        there = Proof(Schema(old, side="old"), Schema(new, side="new"), closed=False)
        if there.failures():
            continue
        try:
            one, other = (jsonschema_rs.canonicalize(s, validate_formats=True) for s in (old, new))
            if str(other.covers(one)).endswith("NO"):
                refuted.append((old, new))
        except jsonschema_rs.canonical.CanonicalizationError:
            continue

    assert refuted == []


def test_records_stay_valid_where_a_change_of_our_own_schema_is_said_to_keep_them() -> None:
    old = orjson.loads(openquality_schemas.read("attestation.schema.json", version="1.0"))
    records = [
        orjson.loads(data)
        for name, data in openquality_schemas.examples("valid", version="1.0").items()
        if not name.endswith(".expected.json")
    ]
    kept, lost = 0, []
    for seed in range(5):
        new = Corpus(f"shipped/{seed}").changed(old)
        there = Proof(Schema(old, side="old"), Schema(new, side="new"), closed=False)
        if not there.failures():
            kept += 1
            reads = jsonschema_rs.Draft202012Validator(new, validate_formats=True)
            lost += [(seed, record["id"]) for record in records if not reads.is_valid(record)]

    assert kept > 0
    assert lost == []
