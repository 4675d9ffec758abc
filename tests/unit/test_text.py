"""What a text may hold: every case of the vectors, and where findings point."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from openquality_validator import text

VECTORS = Path(__file__).parents[1] / "vectors" / "text"


def cases(name: str) -> list[Any]:
    return [
        pytest.param(case, id=case["name"])
        for case in orjson.loads((VECTORS / f"{name}.json").read_bytes())
    ]


def codes(document: object) -> list[str]:
    return sorted({finding.code for finding in text.check(document)})


@pytest.mark.parametrize("case", cases("hostile"))
def test_a_hostile_text_earns_exactly_its_codes(case: dict[str, Any]) -> None:
    assert case["codes"] == codes({case["member"]: case["text"]})


@pytest.mark.parametrize("case", cases("steering"))
def test_a_text_that_steers_earns_its_codes_if_any(case: dict[str, Any]) -> None:
    """What no rule sees is kept from models all the same (test_hostile_texts.py)."""
    assert case["codes"] == codes({case["member"]: case["text"]})


@pytest.mark.parametrize("case", cases("legitimate"))
def test_a_legitimate_text_passes(case: dict[str, Any]) -> None:
    assert codes({case["member"]: case["text"]}) == []


@pytest.mark.parametrize("case", cases("hostile"))
def test_a_hostile_text_is_found_deep_among_clean_ones(case: dict[str, Any]) -> None:
    document = {"a": [{"name": "Möller & Söhne"}, {case["member"]: case["text"]}], "b": "Werk 2"}

    found = list(text.check(document))

    assert case["codes"] == sorted({finding.code for finding in found})
    assert {f"/a/1/{case['member']}"} == {finding.pointer for finding in found}


@pytest.mark.parametrize("case", [c for c in cases("hostile") if c.values[0]["codes"][0] < "X007"])
def test_a_hidden_character_in_a_member_name_is_found(case: dict[str, Any]) -> None:
    assert case["codes"] == codes({"extensions": {case["text"]: 1}})


def test_words_mean_nothing_where_a_form_is_fixed() -> None:
    assert codes({"qualifiers": [{"qualifier": "best", "code": "perfect"}]}) == []


def test_the_name_of_a_company_may_be_a_superlative() -> None:
    assert codes({"issuer": {"name": "Perfect Screws Ltd"}}) == []
    assert codes({"name": "Perfect screws"}) == ["X013"]


def test_a_certificate_claim_backs_the_word_certified() -> None:
    claim = {"type": "CertificateClaim", "scope": {"text": "Certified plant"}}

    assert codes([claim]) == []
    assert codes([claim | {"type": "ProvenanceClaim"}]) == ["X014"]


def nested(levels: int) -> Any:  # noqa: ANN401 - a JSON value
    value: Any = "a\u200bb"
    for _ in range(levels):
        value = [value]
    return value


def test_depth_is_no_danger() -> None:
    assert codes(nested(5000)) == ["X002"]


VALUES = (None, True, 1, 1.5, "", "plain", [], {}, {"": ""}, "\ud800")


@pytest.mark.parametrize("value", VALUES, ids=ascii)
def test_every_json_value_is_looked_at_without_raising(value: object) -> None:
    assert codes(value) == (["X005"] if value == "\ud800" else [])
