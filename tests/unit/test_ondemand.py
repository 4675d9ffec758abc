"""A mapping that makes its values late is still that mapping, and makes each of them once."""

import pytest

from openquality_validator.ondemand import OnDemand


def test_a_value_is_made_when_it_is_asked_for_and_only_once() -> None:
    made: list[str] = []

    def make(item: str) -> str:
        made.append(item)
        return item.upper()

    held = OnDemand({"a": "one", "b": "two"}, make)

    assert (list(held), len(held), "a" in held, "c" in held, made) == (
        ["a", "b"],
        2,
        True,
        False,
        [],
    )
    assert held["b"] is held["b"] == "TWO"
    assert made == ["two"]
    assert held == {"a": "ONE", "b": "TWO"}
    assert held.get("c") is None
    with pytest.raises(KeyError):
        held["c"]
