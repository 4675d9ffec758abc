# ruff: noqa: ANN401 - any JSON value

from collections.abc import Callable
from typing import Any

import orjson
import pytest

import openquality_schemas
from openquality_validator.documents import Record, parse_object
from openquality_validator.errors import InvalidInput, MalformedDocument
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


@pytest.mark.parametrize(
    ("unit", "meant"), [("PPM", "[ppm]"), ("Percent", "%"), ("KWH", "kW.h"), ("eur", "EUR")]
)
def test_a_unit_in_another_spelling_is_named_and_never_taken(
    value: Any, unit: str, meant: str
) -> None:
    value["credentialSubject"]["claims"][0]["value"]["unit"] = unit
    (finding,) = validate(record(value)).errors
    assert finding.code == "C003"
    assert meant in finding.message


def test_a_unit_in_another_case_is_told_about_the_case(record_value: Callable[[str], Any]) -> None:
    value = record_value("data-service.json")
    value["credentialSubject"]["claims"][3]["window"]["unit"] = "D"
    (finding,) = validate(record(value)).errors
    assert finding.message == (
        "There is no unit 'D' in the catalogue. Near it: d. Codes tell upper from lower case."
    )


def test_a_metric_of_a_later_shipped_catalogue_names_that_catalogue(value: Any) -> None:
    value["catalogueVersion"] = "1.0-draft.1"
    value["credentialSubject"]["claims"][0]["metric"] = "perfect-order-rate"
    (finding,) = validate(record(value)).errors
    assert "Catalogue 1.0 has it" in finding.message


def test_under_a_later_catalogue_only_what_needs_no_catalogue_is_judged(value: Any) -> None:
    value["catalogueVersion"] = "1.3"
    claim = value["credentialSubject"]["claims"][0]
    claim["metric"] = "promise-keeping-index"
    claim["value"]["unit"] = "{index}"
    report = validate(record(value))
    assert report.valid
    assert "Unknown metric 'promise-keeping-index', catalogue 1.3 needed." in {
        finding.message for finding in report.warnings
    }
    # A period that ends before it begins is wrong under every catalogue.
    claim["period"] = {"start": "2026-06-30", "end": "2026-01-01"}
    assert not validate(record(value)).valid


@pytest.mark.parametrize(
    ("count", "code"), [(201, "S011"), (1_500, "S011"), (10_000, "D001")], ids=str
)
def test_a_flood_of_claims_gets_one_clear_answer(count: int, code: str) -> None:
    record = orjson.loads(openquality_schemas.examples("valid")["recall-notice.json"])
    claim = record["credentialSubject"]["claims"][1]
    record["credentialSubject"]["claims"] = [
        claim | {"id": f"{record['id']}#c{number}"} for number in range(count)
    ]
    try:
        report = validate(parse_object(orjson.dumps(record)))
        found = [(each.code, each.hint) for each in report.errors]
    except MalformedDocument as error:
        found = [(error.code, error.hint)]
    assert found == [
        (code, "Split it over several records.")
        if code == "S011"
        else (code, "Move bulk data into evidence files and name them by digest.")
    ]
