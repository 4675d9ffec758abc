"""The onboarding list is data with a schema, and its page shows it as it is."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator

import openquality_schemas
from openquality.onboarding import wanted
from openquality.onboarding.gap import Gap
from openquality.onboarding.identifier import NAMES, NotIdentifier, check, guess
from openquality_validator.findings import Severity

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "spec" / "onboarding.md").read_text("utf-8")
BLOCKS = re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
LIST = orjson.loads(
    (ROOT / "schemas/openquality_schemas/onboarding/supplier-basic.json").read_bytes()
)
SCHEMA = orjson.loads(openquality_schemas.read("onboarding.schema.json", version="1.1-draft.1"))


def test_the_list_is_of_its_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(SCHEMA).validate(LIST)


@pytest.mark.parametrize(
    "change",
    [
        {"warnDays": -1},
        {"warnDays": "30"},
        {"organisation": []},
        {"organisation": ["passport"]},
        {"product": ["gtin", "gtin"]},
        {"id": "Supplier basic"},
        {"claims": ["on-time-delivery"]},
    ],
)
def test_what_is_no_list_is_refused_by_the_schema(change: dict[str, Any]) -> None:
    assert not Draft202012Validator(SCHEMA).is_valid(LIST | change)


def test_its_schemes_are_those_of_the_language() -> None:
    scheme = openquality_schemas.attestation_schema()["$defs"]["Identifier"]["properties"]["scheme"]
    assert set(SCHEMA["$defs"]["Schemes"]["items"]["enum"]) == set(scheme["enum"]) == set(NAMES)


def test_the_page_shows_the_list_that_ships() -> None:
    assert orjson.loads(BLOCKS[0]) == LIST
    assert set(SCHEMA["properties"]) - {"id", "version", "title"} == {
        name for name in LIST if f"| `{name}` |" in PAGE
    }


def test_the_page_shows_a_gap_as_it_is_written() -> None:
    (shown,) = orjson.loads(BLOCKS[1])["gaps"]
    assert Gap(**shown | {"severity": Severity(shown["severity"])}).to_json() == shown


def test_the_list_is_read_with_its_profile() -> None:
    read = wanted.basic()
    assert (read.id, read.version, read.warn_days) == (LIST["id"], LIST["version"], 30)
    assert (read.profile.id, read.profile.version) == ("supplier-onboarding-basic", "1.0")


# Check digits worked out by hand; those of GTINs stand in test_gtin.py.
#   950600013435 -> 3*(5+4+1+0+6+5) + 1*(3+3+0+0+0+9) = 63+15 = 78 -> 2
#   5493001KJTIIGC8Y1R00, its letters as 10 to 35, leaves 86 modulo 97 -> 98 - 86 = 12 (ISO 17442)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9506000134352", ("gln", "9506000134352")),
        ("5493001kjtiigc8y1r12", ("lei", "5493001KJTIIGC8Y1R12")),
        ("5493 001K-JTII.GC8Y 1R12", ("lei", "5493001KJTIIGC8Y1R12")),
        ("DE 123 456 789", ("vat", "DE123456789")),
        ("12-345-6789", ("duns", "123456789")),
        ("eori = DE1234567", ("eori", "DE1234567")),
        ("register=DE HRB 12345", ("register", "DE HRB 12345")),
        ("LEI=5493001KJTIIGC8Y1R12", ("lei", "5493001KJTIIGC8Y1R12")),
    ],
)
def test_an_organisations_number_is_known_by_its_shape_or_its_name(
    text: str, expected: tuple[str, str]
) -> None:
    assert guess(text) == dict(zip(("scheme", "value"), expected, strict=True))


@pytest.mark.parametrize(
    ("scheme", "text", "right"),
    [
        ("gtin", "4006381333930", "4006381333931"),
        ("gtin", "036000291453", "036000291452"),
        ("gtin", "96385075", "96385074"),
        ("gln", "9506000134359", "9506000134352"),
        ("lei", "5493001KJTIIGC8Y1R21", "5493001KJTIIGC8Y1R12"),
    ],
)
def test_a_wrong_check_digit_comes_with_the_right_one(scheme: str, text: str, right: str) -> None:
    with pytest.raises(NotIdentifier) as refusal:
        check(scheme, text)
    assert right in str(refusal.value)
    assert check(scheme, right) == {"scheme": scheme, "value": right}


@pytest.mark.parametrize(
    ("scheme", "text", "said"),
    [
        ("gtin", "123", "8, 12, 13 or 14 digits"),
        ("gtin", "", "8, 12, 13 or 14 digits"),
        ("gtin", "٤٠٠٦٣٨١٣٣٣٩٣١", "8, 12, 13 or 14 digits"),
        ("gln", "95060001343", "13 digits"),
        ("lei", "5493001KJTIIGC8Y1R", "18 capital letters or digits"),
        ("vat", "123456789", "country code"),
        ("register", "  ", "empty"),
    ],
)
def test_a_wrong_shape_is_said_in_the_words_of_the_schema(
    scheme: str, text: str, said: str
) -> None:
    with pytest.raises(NotIdentifier, match=re.escape(said)):
        check(scheme, text)


@pytest.mark.parametrize("text", ["hello", "ssn=123", "12345"])
def test_what_has_no_known_shape_says_how_to_write_it(text: str) -> None:
    with pytest.raises(NotIdentifier, match="lei="):
        guess(text)
