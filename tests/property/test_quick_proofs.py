"""What a quick look proves, the slower look that it saves finds too; and it proves most."""

# ruff: noqa: ANN401 - any JSON value

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import openquality_schemas
from openquality_validator import documents, engines

EXAMPLES = {
    name: data
    for name, data in openquality_schemas.examples("valid").items()
    if not name.endswith(".expected.json")
}

SPELLINGS: tuple[dict[str, Any], ...] = (
    {"ensure_ascii": True, "separators": (",", ":")},
    {"ensure_ascii": False, "indent": 1},
)

brackets = st.text(st.sampled_from('{}[]"\\/ a\n\u00e9'), max_size=6)
nested = st.recursive(
    st.none() | st.integers(-9, 9) | brackets,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(brackets, below, max_size=3),
    max_leaves=12,
)


def hidden(levels: int, opening: list[str], closing: list[str]) -> Any:
    """Nest lists so that brackets in strings seem to close each one at once."""
    return [*opening, hidden(levels - 1, opening, closing), *closing] if levels else []


@given(nested, st.integers(0, 6), st.sampled_from(SPELLINGS))
@example(hidden(5, ["]"], ["["]), 1, SPELLINGS[0])
@example(hidden(5, ['"]'], ['["']), 2, SPELLINGS[0])
@example(hidden(5, ['\\"]'], ['[\\"']), 2, SPELLINGS[0])
@example(hidden(5, ["\\", "]"], ["[", "\\"]), 2, SPELLINGS[0])
@settings(max_examples=1_000, deadline=None)
def test_brackets_that_prove_a_depth_prove_the_right_one(
    value: Any, levels: int, spelling: dict[str, Any]
) -> None:
    written = json.dumps(value, **spelling).encode()

    assert not (documents._surely_within(written, levels) and deeper_than(value, levels))


def deeper_than(value: Any, levels: int) -> bool:
    inside = value.values() if isinstance(value, dict) else value
    if not isinstance(value, dict | list):
        return False
    return levels < 0 or any(deeper_than(each, levels - 1) for each in inside)


@pytest.mark.parametrize("name", EXAMPLES)
def test_brackets_prove_the_depth_of_an_example(name: str) -> None:
    assert documents._surely_within(EXAMPLES[name], documents.MAX_DEPTH)


days = st.one_of(
    st.dates().map(str),
    st.from_regex(r"\A[0-9]{4}-(0[0-9]|1[0-3])-([0-2][0-9]|3[0-2])\Z"),
    st.sampled_from(["1900-02-29", "2000-02-29", "0000-01-01", "0001-01-01", "9999-12-31"]),
)
clocks = st.from_regex(
    r"\A[Tt ]([01][0-9]|2[0-4]):([0-5][0-9]|60)(:([0-5][0-9]|6[01]))?([.,][0-9]{0,8})?"
    r"([Zz]|[+-]([01][0-9]|2[0-4])(:?([0-5][0-9]|60))?)?\Z"
)
moments = st.tuples(days, clocks).map("".join)
odd = st.sampled_from(["\n", " ", "\u0662", "+", "-", "Z", "."])
damaged = st.tuples(days | moments, st.integers(0, 26), st.integers(0, 2), odd).map(
    lambda m: m[0][: m[1]] + m[3] + m[0][m[1] + m[2] :]
)


@given(days | moments | damaged)
@example("2016-12-31T23:59:60Z")
@example("0000-12-31T23:59:59Z")
@settings(max_examples=1_000, deadline=None)
def test_dates_and_times_are_the_same_in_the_fast_engine(written: str) -> None:
    by_rust = {form: engine(form).is_valid(written) for form in ("date", "date-time")}

    assert by_rust == {
        "date": engines.is_date(written),
        "date-time": engines.is_date_time(written),
    }


@cache
def engine(form: str) -> engines.Engine:
    # In a negation, so that what is too narrow is seen as well as what is too wide.
    twice = {"not": {"not": {"format": form}}}
    return engines.RustEngine(json.dumps(twice).encode())
