"""Every example file is a test: adding a file adds a test."""

# ruff: noqa: ANN401 - any JSON value

from collections.abc import Callable, Iterable
from typing import Any

import orjson

import openquality_schemas
from openquality_validator.documents import parse_object
from openquality_validator.findings import Finding
from openquality_validator.validate import validate

# The schemas that examples pin are not shipped, so whoever checks these says that nobody looked;
# what stands beside an example was written before anybody could.
NOT_CHECKED = "S033"


def said(findings: Iterable[Finding]) -> set[tuple[str, str]]:
    return {(each.code, each.pointer) for each in findings if each.code != NOT_CHECKED}


def test_a_valid_example_has_no_finding_but_the_warnings_beside_it(valid_name: str) -> None:
    files = openquality_schemas.examples("valid")
    beside = files.get(valid_name.removesuffix(".json") + ".expected.json", b"[]")
    expected = {(each["code"], each["pointer"]) for each in orjson.loads(beside)}

    report = validate(parse_object(files[valid_name]))

    assert report.errors == ()
    assert expected == said(report.warnings)


def test_an_invalid_example_has_exactly_the_findings_beside_it(invalid_example: Any) -> None:
    report = validate(parse_object(invalid_example.data))

    assert invalid_example.expected == said(report.findings)


def test_the_examples_of_a_draft_are_judged_as_they_were(draft_examples: Any) -> None:
    valid = openquality_schemas.examples("valid", version="1.0-draft.1")
    for name, data in valid.items():
        if not name.endswith(".expected.json"):
            assert validate(parse_object(data)).errors == (), name
    for example in draft_examples:
        report = validate(parse_object(example.data))
        assert example.expected == said(report.findings), example.name


def test_every_finding_says_what_is_wrong_and_what_to_do(invalid_example: Any) -> None:
    for finding in validate(parse_object(invalid_example.data)).findings:
        assert finding.message.endswith(".")
        assert finding.hint.endswith((".", "?"))


def test_the_valid_examples_show_every_claim_family_and_subject_type(
    record_value: Callable[[str], Any],
) -> None:
    names = [n for n in openquality_schemas.examples("valid") if not n.endswith(".expected.json")]
    subjects = [record_value(name)["credentialSubject"] for name in names]
    schema = openquality_schemas.attestation_schema()["$defs"]

    assert len(names) >= 12
    assert {each["type"] for each in subjects} == set(
        schema["Subject"]["properties"]["type"]["enum"]
    )
    assert {claim["type"] for each in subjects for claim in each["claims"]} == set(
        schema["Claim"]["properties"]["type"]["enum"]
    )


def test_the_valid_examples_pin_the_schema_beside_them(valid_name: str) -> None:
    pinned = orjson.loads(openquality_schemas.examples("valid")[valid_name])["credentialSchema"]

    assert openquality_schemas.attestation_sri() == pinned["digestSRI"]
