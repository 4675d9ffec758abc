"""Numbers of certificates and accreditations are written as their givers write them."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

import openquality_schemas
from openquality import validate


@pytest.fixture
def certificate(record_value: Callable[[str], Any]) -> Any:  # noqa: ANN401 - a record
    record = record_value("management-certificate.json")
    record["credentialSchema"]["digestSRI"] = openquality_schemas.newest()[0]
    record["catalogueVersion"] = openquality_schemas.CATALOGUE
    return record


@pytest.mark.parametrize(
    "number",
    [
        "01 100 012345",  # blanks in groups of digits, as German certifiers print them
        "DE-ÖKO-006.276-0012345.2026.001",  # a control body for organic food and its certificate
        "SGQ N° 003A",
        "0123",
        "7",
    ],
)
def test_a_number_stands_as_it_is_printed(certificate: Any, number: str) -> None:  # noqa: ANN401
    (claim,) = certificate["credentialSubject"]["claims"]
    claim["number"] = claim["recognition"]["number"] = number
    assert validate(orjson.dumps(certificate)).errors == ()


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("", "S006"),
        (" 01 100", "S006"),
        ("01 100 ", "S006"),
        ("01\t100", "S006"),
        ("0" * 129, "S009"),
        ("01\u200b100", "X002"),
    ],
)
def test_blanks_around_it_and_hidden_characters_are_no_part_of_it(
    certificate: Any,  # noqa: ANN401 - a record
    number: str,
    code: str,
) -> None:
    (claim,) = certificate["credentialSubject"]["claims"]
    claim["number"] = number
    found = {(each.code, each.pointer) for each in validate(orjson.dumps(certificate)).findings}
    assert (code, "/credentialSubject/claims/0/number") in found
