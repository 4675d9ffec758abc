# ruff: noqa: ANN401 - any JSON value

from collections.abc import Callable
from typing import Any

import orjson
import pytest

import openquality_schemas
from openquality_validator.documents import Record, parse_object
from openquality_validator.errors import InvalidInput
from openquality_validator.validate import InvalidRecord, require_valid, validate


@pytest.fixture
def value(record_value: Callable[[str], Any]) -> Any:
    return record_value("organisation-on-time.json")


def record(value: Any) -> Record:
    return parse_object(orjson.dumps(value))


def test_a_valid_record_is_proved_by_its_type(value: Any) -> None:
    valid = require_valid(record(value))

    assert valid.value == value
    assert valid.report.findings == ()


def test_shape_rules_and_texts_are_all_asked(value: Any) -> None:
    value["credentialSubject"]["claims"][0]["metric"] = "no-such-metric"
    value["credentialSubject"]["name"] = "Velanto\u200b"

    families = {each.code[0] for each in validate(record(value)).errors}

    assert {"C", "X"} <= families


def test_texts_are_looked_at_even_when_the_shape_fails(value: Any) -> None:
    del value["catalogueVersion"]
    value["credentialSubject"]["name"] = "Velanto\u200b"

    families = {each.code[0] for each in validate(record(value)).errors}

    assert families == {"S", "X"}


def test_an_invalid_record_is_refused_with_every_finding(value: Any) -> None:
    del value["catalogueVersion"]
    value["validFrom"] = "now"

    with pytest.raises(InvalidRecord) as caught:
        require_valid(record(value))

    assert isinstance(caught.value, InvalidInput)
    assert {each.code for each in caught.value.report.errors} == {"S002", "S007"}
    assert "And 1 more finding." in str(caught.value)


def test_warnings_do_not_refuse(record_value: Callable[[str], Any]) -> None:
    valid = require_valid(record(record_value("supplier-quotes-assessor.json")))

    assert valid.report.warnings != ()


def test_the_bytes_stay_with_the_record() -> None:
    data = openquality_schemas.examples("valid")["organisation-on-time.json"]

    assert require_valid(parse_object(data)).record.data == data
