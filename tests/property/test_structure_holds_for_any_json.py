"""Whatever JSON arrives: findings, the same from both engines, and nothing else."""

# ruff: noqa: ANN401 - any JSON value

from typing import Any

import orjson
from hypothesis import example, given, settings
from hypothesis import strategies as st

import openquality_schemas
from openquality_validator import structure
from openquality_validator.documents import Record, parse_object
from openquality_validator.engines import PythonEngine, RustEngine
from openquality_validator.errors import InvalidInput
from openquality_validator.findings import Report
from openquality_validator.keywords import explain
from openquality_validator.validate import validate

SCHEMA = openquality_schemas.read("attestation.schema.json")
ENGINES = (RustEngine(SCHEMA), PythonEngine(SCHEMA))
EXAMPLES = [
    data
    for name, data in openquality_schemas.examples("valid").items()
    if not name.endswith(".expected.json")
]

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
    | st.sampled_from(["2026-02-30", "-0", "urn:uuid:", "did:key:z6Mk", "MeasurementClaim", "gtin"])
)
values = st.recursive(
    scalars,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(texts, below, max_size=4),
    max_leaves=12,
)


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """Take a valid example and change, remove, add or double what stands somewhere in it."""
    value = orjson.loads(draw(st.sampled_from(EXAMPLES)))
    for _ in range(draw(st.integers(1, 3))):
        place = value
        while True:
            inside = [
                name
                for name in (place if isinstance(place, dict) else range(len(place)))
                if isinstance(place[name], dict | list) and place[name]
            ]
            if not inside or draw(st.integers(0, 4)) == 0:
                break
            place = place[draw(st.sampled_from(inside))]
        names = list(place if isinstance(place, dict) else range(len(place)))
        if not names:
            continue
        name = draw(st.sampled_from(names))
        match draw(st.integers(0, 3)):
            case 0:
                place[name] = draw(values)
            case 1:
                del place[name]
            case 2 if isinstance(place, dict):
                place[draw(texts)] = draw(values)
            case _ if isinstance(place, list):
                place.append(place[name])
    return value


@given(values | damaged())
@example({"evidence": [{"type": "Dataset", "mapping": {"columns": {"": None}}}]})
@settings(max_examples=300, deadline=None)
def test_both_engines_find_the_same(value: Any) -> None:
    by_rust, by_python = (
        {finding for problem in engine.problems(value) for finding in explain(problem)}
        for engine in ENGINES
    )

    assert by_rust == by_python
    assert [engine.is_valid(value) for engine in ENGINES] == [not by_rust] * 2


@given(values)
@settings(max_examples=200, deadline=None)
def test_the_shape_of_any_value_can_be_judged(value: Any) -> None:
    assert isinstance(structure.check(value), Report)


@given(damaged())
@settings(max_examples=300, deadline=None)
def test_a_damaged_record_is_judged_and_never_crashes(value: Any) -> None:
    report = validate(Record(orjson.dumps(value), value))

    assert all(each.code and each.message and each.hint for each in report.findings)


@given(st.binary(max_size=80) | damaged().map(orjson.dumps))
@settings(max_examples=200, deadline=None)
def test_any_bytes_give_a_report_or_our_error(data: bytes) -> None:
    try:
        report = validate(parse_object(data))
    except InvalidInput as error:
        assert error.code.startswith("D")  # noqa: PT017 - either outcome is right
    else:
        assert isinstance(report, Report)
