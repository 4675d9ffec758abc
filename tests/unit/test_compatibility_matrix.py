"""The 24 combinations: reading, content model, a member added or taken away, and its kind.

Derived by hand from the definitions (docs/spec/compatibility.md). Each verdict of breaking comes
with a record that shows it; those of keeping are shown by the proof for all records, and by the
property tests. Confluent's published kinds of differences for JSON Schema are the independent
source for the strict reading, BACKWARD:

    PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL                       incompatible
    PROPERTY_REMOVED_FROM_OPEN_CONTENT_MODEL                   compatible
    OPTIONAL_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL            compatible
    REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL            incompatible
    REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_UNOPEN_CONTENT_MODEL  compatible: readers there fill in
                                                               the default. Records here are signed
                                                               and validated as they are: breaking.
    PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL                 incompatible
"""

from typing import Any, Final, NamedTuple

import jsonschema_rs
import pytest
from changed_schemas import DIALECT, described

from openquality_validator.compatibility import Direction, Reading, Schema, compare

STRICT, LENIENT = Reading.STRICT, Reading.LENIENT
KEEPS: Final = None
LACKS: Final = {"a": "x"}
HOLDS: Final = {"a": "x", "f": "y"}
# What an open schema lets pass where it does not describe the member.
OTHER: Final = {"a": "x", "f": 1}


class Case(NamedTuple):
    """One combination; a record in place of KEEPS is one that breaks."""

    reading: Reading
    content: str
    change: str
    kind: str
    backward: Any
    forward: Any
    confluent: str = ""


CASES = (
    #    reading  content   change    kind        backward forward  Confluent, backward
    Case(STRICT, "closed", "add", "optional", KEEPS, HOLDS, "compatible"),
    Case(STRICT, "closed", "add", "default", LACKS, HOLDS, "compatible with defaults"),
    Case(STRICT, "closed", "add", "required", LACKS, HOLDS, "incompatible"),
    Case(STRICT, "closed", "remove", "optional", HOLDS, KEEPS, "incompatible"),
    Case(STRICT, "closed", "remove", "default", HOLDS, LACKS, "incompatible"),
    Case(STRICT, "closed", "remove", "required", HOLDS, LACKS, "incompatible"),
    Case(STRICT, "open", "add", "optional", OTHER, KEEPS, "incompatible"),
    Case(STRICT, "open", "add", "default", OTHER, KEEPS, "incompatible"),
    Case(STRICT, "open", "add", "required", OTHER, KEEPS, "incompatible"),
    Case(STRICT, "open", "remove", "optional", KEEPS, OTHER, "compatible"),
    Case(STRICT, "open", "remove", "default", KEEPS, OTHER, "compatible"),
    Case(STRICT, "open", "remove", "required", KEEPS, OTHER, "compatible"),
    # Nothing but described members is written: a closed schema is read as before …
    Case(LENIENT, "closed", "add", "optional", KEEPS, HOLDS),
    Case(LENIENT, "closed", "add", "default", LACKS, HOLDS),
    Case(LENIENT, "closed", "add", "required", LACKS, HOLDS),
    Case(LENIENT, "closed", "remove", "optional", HOLDS, KEEPS),
    Case(LENIENT, "closed", "remove", "default", HOLDS, LACKS),
    Case(LENIENT, "closed", "remove", "required", HOLDS, LACKS),
    # … and of an open one a record without the member is all that can break.
    Case(LENIENT, "open", "add", "optional", KEEPS, KEEPS),
    Case(LENIENT, "open", "add", "default", LACKS, KEEPS),
    Case(LENIENT, "open", "add", "required", LACKS, KEEPS),
    Case(LENIENT, "open", "remove", "optional", KEEPS, KEEPS),
    Case(LENIENT, "open", "remove", "default", KEEPS, LACKS),
    Case(LENIENT, "open", "remove", "required", KEEPS, LACKS),
)


def schemas(case: Case) -> tuple[dict[str, Any], dict[str, Any]]:
    without: dict[str, Any] = {
        "$schema": DIALECT,
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "required": ["a"],
    }
    if case.content == "closed":
        without["additionalProperties"] = False
    member = {"type": "string"} | ({"default": "y"} if case.kind == "default" else {})
    required = ["a"] if case.kind == "optional" else ["a", "f"]
    having = without | {"properties": without["properties"] | {"f": member}, "required": required}
    return (without, having) if case.change == "add" else (having, without)


@pytest.mark.parametrize(
    "case", CASES, ids=lambda c: f"{c.reading}-{c.content}-{c.change}-{c.kind}"
)
def test_each_combination_has_the_verdict_of_the_definition(case: Case) -> None:
    old, new = schemas(case)

    found = compare(Schema(old, side="old"), Schema(new, side="new"), reading=case.reading)

    assert found.keeps(Direction.BACKWARD) == (case.backward is KEEPS)
    assert found.keeps(Direction.FORWARD) == (case.forward is KEEPS)


@pytest.mark.parametrize(
    "case", CASES, ids=lambda c: f"{c.reading}-{c.content}-{c.change}-{c.kind}"
)
def test_each_verdict_of_breaking_is_shown_by_a_record(case: Case) -> None:
    old, new = schemas(case)
    for writer, reader, record in ((old, new, case.backward), (new, old, case.forward)):
        if record is not KEEPS:
            assert jsonschema_rs.is_valid(writer, record)
            assert not jsonschema_rs.is_valid(reader, record)
            assert case.reading is STRICT or described(record, writer)


def test_the_combinations_are_complete() -> None:
    named = {(c.reading, c.content, c.change, c.kind) for c in CASES}

    assert len(named) == len(CASES) == 24


def test_the_strict_verdicts_are_those_of_confluent_but_for_defaults() -> None:
    for case in CASES:
        if case.confluent in {"compatible", "incompatible"}:
            assert (case.backward is KEEPS) == (case.confluent == "compatible"), case
    differing = [c for c in CASES if c.confluent == "compatible with defaults"]
    assert [(c.content, c.change, c.kind, c.backward) for c in differing] == [
        ("closed", "add", "default", LACKS)
    ]
