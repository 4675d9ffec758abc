"""What a quick look proves, the slower look that it saves finds too; and it proves most."""

# ruff: noqa: ANN401 - any JSON value

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import openquality_schemas
from openquality_validator import documents

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
