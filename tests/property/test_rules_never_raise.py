"""Whatever a record holds, rules, texts and positions answer with findings and never raise."""

import copy
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

import openquality_schemas
from openquality_validator import catalogue, positions, rules, structure, text
from openquality_validator.rules import proofs
from openquality_validator.rules.claim import Attestation, Claim

Path = tuple[str | int, ...]

# Values that a schema-valid record may hold in the place of another of the same kind.
DECIMALS = (
    "0",
    "0.0",
    "-1.5",
    "1",
    "100",
    "999999999999999999.999999999999999",
    "0.000000000000001",
)
DATES = ("2024-02-29", "1000-01-01", "9999-12-31", "2026-10-01")
TIMES = ("2016-12-31T23:59:60Z", "2026-10-01t08:00:00z", "2026-10-01T08:00:00.123456789+14:00")
COUNTS = (0, 1, 2, 3, 10**12)
WORDS = ("x", "0", "on-time-delivery", "cpk", "mtbf", "availability", "%", "d", "EUR", "kg", "self")
OTHERS: tuple[Any, ...] = (None, True, -1, 1.5, "", [], {}, [[]], {"": None})


@cache
def records() -> tuple[Any, ...]:
    files = openquality_schemas.examples("valid")
    return tuple(
        orjson.loads(data) for name, data in files.items() if not name.endswith(".expected.json")
    )


def paths(value: object, at: Path = ()) -> Iterator[Path]:
    yield at
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from paths(inner, (*at, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from paths(inner, (*at, index))


def mutate(data: st.DataObject, value: Any) -> None:  # noqa: ANN401 - a record
    """Change one place of a record: remove it, or put something else there."""
    path = data.draw(st.sampled_from([path for path in paths(value) if path]))
    parent = value
    for part in path[:-1]:
        parent = parent[part]
    kinds = st.sampled_from(DECIMALS + DATES + TIMES + WORDS) | st.sampled_from(COUNTS)
    if data.draw(st.booleans()):
        other = data.draw(kinds | st.sampled_from(OTHERS) | st.text(max_size=8))
        parent[path[-1]] = copy.deepcopy(other)
    elif data.draw(st.booleans()):
        del parent[path[-1]]
    else:
        donor = data.draw(st.sampled_from(records()))
        for part in data.draw(st.sampled_from(list(paths(donor)))):
            donor = donor[part]
        parent[path[-1]] = copy.deepcopy(donor)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_a_mutated_record_is_judged_without_raising(data: st.DataObject) -> None:
    record = copy.deepcopy(data.draw(st.sampled_from(records())))
    for _ in range(data.draw(st.integers(1, 4))):
        mutate(data, record)

    found = list(text.check(record))
    if structure.check(record).valid:
        found += rules.check(record, catalogue.load())

    written = json.dumps(record)
    places = positions.locate(written, [finding.pointer for finding in found])
    assert all(place.line == 1 and place.column <= len(written) for place in places.values())


@st.composite
def retyped(draw: st.DrawFn) -> Any:  # noqa: ANN401 - a record
    """Draw a record whose numbers, dates and terms are others, and that keeps its shape."""
    record = copy.deepcopy(draw(st.sampled_from(records())))
    leaves = [path for path in paths(record) if path and path[0] == "credentialSubject"]
    for path in draw(st.lists(st.sampled_from(leaves), min_size=1, max_size=12)):
        parent = record
        try:
            for part in path[:-1]:
                parent = parent[part]
            leaf = parent[path[-1]]
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took it away
        if isinstance(leaf, bool):
            parent[path[-1]] = not leaf
        elif isinstance(leaf, int):
            parent[path[-1]] = draw(st.sampled_from(COUNTS))
        elif path[-1] in {"start", "end", "lastAudit", "nextAudit", "issued", "date"}:
            parent[path[-1]] = draw(st.sampled_from(DATES))
        elif path[-1] in {"metric", "indicator"}:
            parent[path[-1]] = draw(st.sampled_from(sorted(catalogue.load().metrics)))
        elif isinstance(leaf, str) and leaf.replace(".", "").replace("-", "").isdecimal():
            parent[path[-1]] = draw(st.sampled_from(DECIMALS))
        elif isinstance(leaf, dict | list):
            del parent[path[-1]]
    return record


@settings(max_examples=600, deadline=None)
@given(retyped())
def test_a_record_of_other_numbers_is_judged_without_raising(record: dict[str, Any]) -> None:
    if structure.check(record).valid:
        for finding in rules.check(record, catalogue.load()):
            assert finding.message.endswith(".")


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_a_family_that_is_proved_silent_finds_nothing(data: st.DataObject) -> None:
    if data.draw(st.booleans()):
        value = data.draw(retyped())
    else:
        value = copy.deepcopy(data.draw(st.sampled_from(records())))
        for _ in range(data.draw(st.integers(1, 3))):
            mutate(data, value)
    assert wrongly_silent(value) == []


def test_no_family_is_proved_silent_where_an_example_breaks_its_rule(
    all_invalid_examples: tuple[Any, ...],
) -> None:
    assert [code for each in all_invalid_examples for code in wrongly_silent(each.value)] == []


def wrongly_silent(value: Any) -> list[str]:  # noqa: ANN401 - a record
    """Return the codes that rules find of families that a quick look says are silent."""
    if not structure.check(value).valid or catalogue.is_later(value["catalogueVersion"]):
        return []
    record = Attestation.of(value, catalogue.load(value["catalogueVersion"]))
    found = [
        rule.code
        for rule in proofs.REFERENCES
        for _ in rule.check(record)
        if proofs.references_hold(record)
    ]
    for claim in (Claim.of(each, record) for each in record.claims):
        for rule in proofs.TERMS if proofs.terms_hold(claim) else ():
            if (not rule.on or claim.data["type"] in rule.on) and (
                not rule.member or rule.member in claim.data
            ):
                found += [rule.code for _ in rule.check(claim)]
    return found


def test_most_examples_are_proved_silent() -> None:
    held = [Attestation.of(each, catalogue.load(each["catalogueVersion"])) for each in records()]
    claims = [
        Claim.of(each, record) for record in held for each in record.claims if "metric" in each
    ]

    assert all(proofs.references_hold(record) for record in held)
    assert sum(map(proofs.terms_hold, claims)) > len(claims) / 2
