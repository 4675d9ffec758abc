"""Measurements of a metric set in a record: the same shape and rules as claims, at their place."""

import copy
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from coated import ADHESION, COATING, REJECTION, URI, adhesion, coated, coating, schemas

from openquality_validator import catalogue as catalogues
from openquality_validator import documents, metric_sets, records, validate
from openquality_validator.compare.measurement import Measurement, measurements
from openquality_validator.findings import escape

Json = dict[str, Any]
AT = f"/credentialSubject/extensions/{escape(URI)}"
HELD = schemas(COATING)


@pytest.fixture
def record(record_value: Callable[[str], Json]) -> Json:
    return record_value("organisation-on-time.json")


def found(value: Json, held: dict[str, bytes] = HELD) -> set[tuple[str, str]]:
    report = validate.validate(documents.parse_object(documents.canonical(value)), schemas=held)
    return {(each.code, each.pointer) for each in report.findings}


def measured(value: Json, held: dict[str, bytes] = HELD) -> tuple[Measurement, ...]:
    parsed = documents.parse_object(documents.canonical(value))
    verified = records.VerifiedRecord(
        valid=validate.require_valid(parsed, schemas=held),
        issuer=value["issuer"]["id"],
        digest="sha256:" + "0" * 64,
        key_id="",
    )
    return measurements(verified, catalogue=catalogues.load(value["catalogueVersion"]))


def test_a_record_with_measurements_of_a_set_has_no_findings(record: Json) -> None:
    assert found(coated(record, adhesion(record))) == set()


def rejected(record: Json, **members: object) -> Json:
    return {
        **{name: adhesion(record)[name] for name in ("type", "period", "assessor")},
        "id": f"{record['id']}#c10",
        "metric": "coating-rejection-rate",
        "value": {"amount": "0", "unit": "%"},
        "counts": {"numerator": 0, "denominator": 200},
        **members,
    }


def test_values_and_limits_are_those_that_the_set_defines(record: Json) -> None:
    value = coated(record, adhesion(record), rejected(record))

    own, pulled, share = measured(value)

    assert own.metric == "on-time-delivery"
    assert (pulled.metric, pulled.claim) == (ADHESION, f"{record['id']}#c9")
    # 6.2 -+ 1.644854 * 0.4 / 2, by hand.
    assert pulled.value == 6.2
    assert pulled.lower == pytest.approx(5.8710293, abs=1e-7)
    assert pulled.upper == pytest.approx(6.5289707, abs=1e-7)
    assert (pulled.amount, pulled.unit) == ("6.2", "MPa")
    # A week is 604,800 seconds, whatever unit states it.
    assert pulled.qualifiers == (("cureTime", "604800 time"), ("substrate", "steel"))
    assert pulled.key == f"{ADHESION}@1|Organization||cureTime=604800 time|substrate=steel"
    # The closed form of the upper limit for none of n: 1 - 0.05 ** (1 / n).
    assert (share.metric, share.value, share.n) == (REJECTION, 0.0, 200)
    assert share.upper == pytest.approx(100 * (1 - 0.05 ** (1 / 200)), rel=1e-12)


def test_the_same_value_in_another_unit_is_the_same_value(record: Json) -> None:
    claim = adhesion(record) | {"value": {"amount": "6200000", "unit": "Pa"}}
    claim["uncertainty"] = {"expanded": "400000", "coverageFactor": "2"}

    (_, pascals), (_, megapascals) = (
        measured(coated(record, each)) for each in (claim, adhesion(record))
    )

    assert (pascals.value, pascals.lower) == (megapascals.value, megapascals.lower)
    assert pascals.key == megapascals.key


def test_values_of_two_major_versions_of_a_metric_do_not_share_a_key(record: Json) -> None:
    later = coating(version="2.0")
    later["metrics"][0]["version"] = "2.0"
    minor = orjson.dumps(coating(version="1.1"))
    major = orjson.dumps(later)

    keys = [
        measured(coated(record, adhesion(record), pinned=each), schemas(each))[1].key
        for each in (COATING, minor, major)
    ]

    assert keys[0] == keys[1] != keys[2]
    assert keys[2].startswith(f"{ADHESION}@2|")


def without(claim: Json, *path: str | int) -> Json:
    new = copy.deepcopy(claim)
    place: Any = new
    for name in path[:-1]:
        place = place[name]
    del place[path[-1]]
    return new


@pytest.mark.parametrize(
    ("change", "findings"),
    [
        (lambda c: c | {"metric": "coating-adhesio"}, {("C001", "/metric")}),
        (lambda c: c | {"metric": "on-time-delivery"}, {("C001", "/metric")}),
        (lambda c: c | {"value": {"amount": "6.2", "unit": "J"}}, {("C004", "/value/unit")}),
        (lambda c: c | {"value": {"amount": "6.2", "unit": "psi"}}, {("C003", "/value/unit")}),
        (lambda c: c | {"value": {"amount": "-1", "unit": "MPa"}}, {("P001", "/value/amount")}),
        (lambda c: without(c, "qualifiers", 1), {("C008", "/qualifiers")}),
        (lambda c: without(c, "value"), {("C006", "")}),
        (lambda c: c | {"counts": {"numerator": 1, "denominator": 2}}, {("C007", "/counts")}),
        (
            lambda c: (
                c | {"qualifiers": [{"qualifier": "substrate", "code": "wood"}, c["qualifiers"][1]]}
            ),
            {("C011", "/qualifiers/0/code")},
        ),
        # Ids and evidence are the whole record's.
        (lambda c: c | {"id": c["id"].replace("#c9", "#c1")}, {("R002", "/id")}),
        (
            lambda c: c | {"id": "urn:uuid:00000000-0000-4000-8000-000000000000#c1"},
            {("R001", "/id")},
        ),
        (lambda c: c | {"evidenceRefs": [f"{c['id']}x"]}, {("R003", "/evidenceRefs/0")}),
        # The shape is that of a claim, without extensions of its own.
        (lambda c: without(c, "period"), {("S002", "")}),
        (lambda c: without(c, "type"), {("S002", "")}),
        (lambda c: c | {"colour": "red"}, {("S003", "/colour")}),
        (lambda c: c | {"extensions": {URI: {}}}, {("S017", "/extensions")}),
        (
            lambda c: c | {"limitations": "See [here](https://x.example)."},
            {("X009", "/limitations")},
        ),
    ],
)
def test_a_mistake_is_found_where_it_stands_in_the_extension(
    record: Json, change: Callable[[Json], Json], findings: set[tuple[str, str]]
) -> None:
    value = coated(record, change(adhesion(record)))

    assert found(value) == {(code, f"{AT}/measurements/0{at}") for code, at in findings}


@pytest.mark.parametrize(
    ("extension", "finding"),
    [({}, ("S002", "")), ({"measurements": []}, ("S010", "/measurements"))],
)
def test_an_extension_of_a_set_is_a_list_of_measurements(
    record: Json, extension: Json, finding: tuple[str, str]
) -> None:
    value = coated(record, adhesion(record))
    value["credentialSubject"]["extensions"] = {URI: extension}

    assert found(value) == {(finding[0], f"{AT}{finding[1]}")}


def test_evidence_of_a_measurement_of_a_set_is_used(record: Json) -> None:
    evidence = {
        "id": f"{record['id']}#e1",
        "type": "Report",
        "digest": "sha256:" + "1" * 64,
        "mediaType": "application/pdf",
    }
    value = coated(record, adhesion(record) | {"evidenceRefs": [evidence["id"]]})
    value["evidence"] = [evidence]

    assert found(value) == set()
    assert measured(value)[1].verification == "evidenced"


def test_measurements_of_a_set_do_not_stand_inside_a_claim(record: Json) -> None:
    value = coated(record, adhesion(record))
    claim = value["credentialSubject"]["claims"][0]
    claim["extensions"] = {URI: {"measurements": [adhesion(record, at=8)]}}

    at = f"/credentialSubject/claims/0/extensions/{escape(URI)}"
    assert ("S037", at) in found(value)


def test_without_the_bytes_of_the_set_nothing_is_said_of_its_measurements(record: Json) -> None:
    value = coated(record, adhesion(record) | {"metric": "coating-adhesio"})

    assert {code for code, _ in found(value, {})} <= {"S033"}
    assert [each.metric for each in measured(value, {})] == ["on-time-delivery"]


def test_a_set_that_another_id_pins_is_not_that_set(record: Json) -> None:
    value = coated(record, adhesion(record))
    value["extensionSchemas"][0]["id"] += "s"
    value["credentialSubject"]["extensions"] = {
        f"{URI}s": value["credentialSubject"]["extensions"][URI]
    }

    parsed = documents.parse_object(documents.canonical(value))
    assert metric_sets.pinned(parsed.value, HELD) == ()


def test_under_a_later_catalogue_measurements_of_a_set_are_not_judged_either(record: Json) -> None:
    value = coated(record, adhesion(record)) | {"catalogueVersion": "1.3"}

    assert found(value) == {("S031", "/catalogueVersion")}


def test_a_record_with_more_mistakes_than_are_listed_is_not_valid(record: Json) -> None:
    wrong = [
        {"qualifier": f"q{number}", "amount": "1", "unit": f"x{number}"} for number in range(30)
    ]
    stated = [adhesion(record, at=10 + at) | {"qualifiers": wrong} for at in range(100)]

    report = validate.validate(
        documents.parse_object(documents.canonical(coated(record, *stated))), schemas=HELD
    )

    assert len(report.errors) == 2_001
    assert "S099" in {each.code for each in report.errors}
