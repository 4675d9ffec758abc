# ruff: noqa: ANN401 - any JSON value

from collections.abc import Callable
from typing import Any

import pytest

import openquality_schemas
from openquality_validator import structure
from openquality_validator.engines import is_date, is_date_time
from openquality_validator.findings import Finding, Severity
from openquality_validator.keywords import shown

RecordValue = Callable[[str], Any]


@pytest.fixture
def value(record_value: RecordValue) -> Any:
    return record_value("organisation-on-time.json")


def only(value: object) -> Finding:
    (finding,) = structure.check(value).findings
    return finding


def test_all_defects_of_a_record_are_found_at_once(value: Any) -> None:
    del value["issuer"]["name"]
    value["validFrom"] = "yesterday"
    value["credentialSubject"]["claims"][0]["counts"]["numerator"] = -1

    found = {(each.code, each.pointer) for each in structure.check(value).findings}

    assert found == {
        ("S002", "/issuer"),
        ("S007", "/validFrom"),
        ("S013", "/credentialSubject/claims/0/counts/numerator"),
    }


def test_a_wrong_claim_type_is_one_finding_and_no_branch_is_tried(value: Any) -> None:
    value["credentialSubject"]["claims"][0]["type"] = "MeasurmentClaim"

    finding = only(value)

    assert (finding.code, finding.pointer) == ("S004", "/credentialSubject/claims/0/type")
    assert finding.hint == "Did you mean MeasurementClaim?"


def test_a_claim_is_judged_by_the_branch_of_its_type_alone(value: Any) -> None:
    value["credentialSubject"]["claims"] = [
        {"id": f"{value['id']}#c1", "type": "SafetyNoticeClaim", "kind": "recall"}
    ]

    messages = {each.message for each in structure.check(value).findings}

    assert messages == {
        "`issued` is missing.",
        "`hazard` is missing.",
        "`action` is missing.",
    }


def test_a_finding_says_what_was_expected_and_found(value: Any) -> None:
    value["credentialSubject"]["claims"][0]["value"]["amount"] = 97.7

    finding = only(value)

    assert finding.message == "Expected a text, found the number 97.7."
    assert finding.hint == 'Write it in quotes: "97.7".'


def test_a_missing_member_is_described(value: Any) -> None:
    del value["credentialSubject"]["claims"][0]["metric"]

    assert only(value).hint == "Add `metric`: The metric, by its catalogue id."


def test_a_misspelt_member_gets_the_nearest_known_one(value: Any) -> None:
    value["credentialSubject"]["claims"][0]["evidencerefs"] = []

    assert only(value).hint == "Did you mean `evidenceRefs`? Else take it out."


def test_an_unknown_schema_names_those_that_are_shipped(value: Any) -> None:
    value["credentialSchema"]["digestSRI"] = "sha256-" + "A" * 43 + "="

    finding = only(value)

    assert finding.code == "S030"
    assert "1.0-draft.1" in finding.hint
    assert openquality_schemas.attestation_sri() in finding.hint


def test_an_unknown_catalogue_names_those_that_are_shipped(value: Any) -> None:
    value["catalogueVersion"] = "0.9"

    finding = only(value)

    assert finding.code == "S031"
    assert finding.severity is Severity.ERROR
    assert finding.hint == "Known are: 1.0-draft.1, 1.0. Update, or name one of them."


@pytest.mark.parametrize("version", ["1.1-draft.1", "1.1", "1.3", "12.0"])
def test_a_catalogue_later_than_any_here_is_no_error(value: Any, version: str) -> None:
    value["catalogueVersion"] = version

    finding = only(value)

    assert (finding.code, finding.severity) == ("S031", Severity.WARNING)


def test_invisible_characters_are_made_visible_in_messages(value: Any) -> None:
    value["credentialSubject"]["issuerRole"] = "pro\u202educer\x1b[31m"

    assert 'found "pro\\u202educer\\x1b[31m"' in only(value).message


@pytest.mark.parametrize("document", [None, True, 7, 1.5, "text", [], [{}], {}])
def test_what_is_no_record_has_findings_and_raises_nothing(document: object) -> None:
    assert not structure.check(document).valid


def test_hostile_input_gets_a_bounded_answer(value: Any) -> None:
    value |= {f"m{index}": 1 for index in range(400)}
    value["credentialSubject"]["identifiers"] = [{"scheme": 1}] * 2000

    findings = structure.check(value).findings

    assert "S099" in {each.code for each in findings}
    assert len(findings) == structure.MAX_PROBLEMS + 1


def test_one_object_with_many_unknown_members_gets_a_bounded_answer(value: Any) -> None:
    value |= {f"m{index}": 1 for index in range(2 * structure.MAX_PROBLEMS)}
    findings = structure.check(value).findings
    assert "S099" in {each.code for each in findings}
    assert len(findings) == structure.MAX_PROBLEMS + 1


# RFC 3339, section 5.8, and what it forbids; no leap second, which Python and XSD cannot hold.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1985-04-12T23:20:50.52Z", True),
        ("1996-12-19T16:39:57-08:00", True),
        ("1937-01-01T12:00:27.87+00:20", True),
        ("1990-12-31T23:59:60Z", False),
        ("1985-04-12t23:20:50z", False),
        ("1985-04-12T23:20:50", False),
        ("1985-04-12T23:20Z", False),
        ("1985-02-30T23:20:50Z", False),
        ("1985-04-12T25:20:50Z", False),
        ("1985-04-12T23:20:50+24:00", False),
        ("1985-04-12T23:20:50Z\n", False),
        ("0000-04-12T23:20:50Z", False),
        (7, True),
    ],
)
def test_a_time_is_rfc_3339_with_seconds_and_offset(text: object, expected: bool) -> None:  # noqa: FBT001 - a table
    assert expected == is_date_time(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-02-29", True),
        ("2025-02-29", False),
        ("20240229", False),
        ("2024-W09-4", False),
        ("2024-060", False),
        ("2024-2-29", False),
        ("٢٠٢٤-٠٢-٢٩", False),
        ([], True),
    ],
)
def test_a_date_is_a_day_of_the_calendar_in_one_form(text: object, expected: bool) -> None:  # noqa: FBT001 - a table
    assert expected == is_date(text)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("0", True),
        ("0.00", True),
        ("1.33", True),
        ("-0.5", True),
        ("-12", True),
        ("123456789012345678.123456789012345", True),
        ("1234567890123456789", False),
        ("0.1234567890123456", False),
        ("-0", False),
        ("-0.000", False),
        ("+1", False),
        ("1e3", False),
        ("1E-3", False),
        ("01", False),
        (".5", False),
        ("5.", False),
        ("1,5", False),
        ("1 000", False),
        ("1_000", False),
        ("NaN", False),
        ("Infinity", False),
        ("١", False),
        ("", False),
    ],
)
def test_a_decimal_has_one_spelling(value: Any, amount: str, expected: bool) -> None:  # noqa: FBT001 - a table
    value["credentialSubject"]["claims"][0]["value"]["amount"] = amount

    assert expected == structure.check(value).valid


def test_found_values_are_shown_short() -> None:
    assert shown("x" * 100) == '"' + "x" * 60 + '…"'
    assert shown({"a": 1}) == "an object"
    assert shown([1, 2]) == "a list of 2"
    assert shown(None) == "null"
    assert shown(False) == "false"  # noqa: FBT003 - a JSON value
    assert shown(3) == "the number 3"
