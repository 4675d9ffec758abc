"""Assessments as documents: what they may say, and which findings they give."""

import copy
from typing import Any

import orjson
import pytest
from profiles_at_work import records

from openquality_validator import documents, validate

Json = dict[str, Any]
FINDINGS: Json = records("cx-standard")[-1]


def found(value: Json) -> set[tuple[str, str]]:
    report = validate.validate(documents.parse_object(orjson.dumps(value)))
    return {(each.code, each.pointer) for each in report.findings}


def changed(**members: object) -> Json:
    value = copy.deepcopy(FINDINGS)
    value["credentialSubject"].update(members)
    return value


def test_the_examples_are_without_findings() -> None:
    assert found(FINDINGS) == set()


@pytest.mark.parametrize(
    ("start", "end"), [("2026-09-11", "2026-09-10"), ("2026-09-07", "2026-09-19")]
)
def test_assessed_days_are_in_order_and_before_the_signing(start: str, end: str) -> None:
    assert FINDINGS["validFrom"].startswith("2026-09-18")

    period = {"start": start, "end": end}
    assert found(changed(period=period)) == {("Z220", "/credentialSubject/period")}


def test_a_criterion_is_answered_once() -> None:
    first = FINDINGS["credentialSubject"]["findings"][0]
    twice = [first, {**first, "conclusion": "notFulfilled"}]

    assert found(changed(findings=twice)) == {("Z221", "/credentialSubject/findings/1/criterion")}


def test_no_more_is_looked_at_than_there_is() -> None:
    assert found(changed(sampling={"n": 3, "population": 2})) == {
        ("Z222", "/credentialSubject/sampling/n")
    }
    assert found(changed(sampling={"n": 3})) == set()


def test_an_assessment_says_findings_or_a_result() -> None:
    value = copy.deepcopy(FINDINGS)
    del value["credentialSubject"]["findings"]

    assert found(value) == {("S002", "/credentialSubject")}


def test_hidden_text_in_a_finding_is_refused() -> None:
    value = copy.deepcopy(FINDINGS)
    value["credentialSubject"]["findings"][0]["reasoning"] = "All is well.\u200b\u202e"

    assert {code[0] for code, _ in found(value)} == {"X"}
