"""Who compares with whom, from records: what differs in writing alone keeps nobody apart."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

import openquality_schemas
from openquality_validator.catalogue import load
from openquality_validator.compare.grade import Grade, grade
from openquality_validator.compare.measurement import Measurement, measurements
from openquality_validator.documents import parse_object
from openquality_validator.records import VerifiedRecord
from openquality_validator.validate import require_valid

CATALOGUE = load()
Claim = dict[str, Any]


@pytest.fixture
def stated(record_value: Callable[[str], Any]) -> Callable[[Claim, str], Measurement]:
    """Put one claim into a record of an issuer, and derive what compares."""

    def state(claim: Claim, issuer: str = "did:key:zOne") -> Measurement:
        record = record_value("organisation-on-time.json")
        record["credentialSchema"]["digestSRI"] = openquality_schemas.newest()[0]
        record["catalogueVersion"] = CATALOGUE.version
        record.pop("evidence", None)
        first = record["credentialSubject"]["claims"][0]
        common = {name: first[name] for name in ("id", "period", "assessor")}
        record["credentialSubject"]["claims"] = [{**common, **claim}]
        record["issuer"]["id"] = issuer
        valid = require_valid(parse_object(orjson.dumps(record)))
        verified = VerifiedRecord(
            valid=valid, issuer=issuer, digest="sha256:" + "0" * 64, key_id=f"{issuer}#k"
        )
        (found,) = measurements(verified, catalogue=CATALOGUE)
        return found

    return state


def example(metric: str, **changed: Any) -> Claim:  # noqa: ANN401 - members of a claim
    return {**CATALOGUE.metric(metric).example["claim"], **changed}


def coded(metric: str, name: str, code: str) -> Claim:
    claim = example(metric)
    claim["qualifiers"] = [
        {"qualifier": name, "code": code} if each["qualifier"] == name else each
        for each in claim["qualifiers"]
    ]
    return claim


def compared(metric: str, one: Measurement, other: Measurement) -> tuple[Grade, tuple[str, ...]]:
    found = grade(one, other, CATALOGUE.metric(metric))
    return found.grade, found.reasons


def test_two_things_that_are_in_no_list_need_not_be_one(
    stated: Callable[[Claim, str], Measurement],
) -> None:
    other = coded("living-wage-coverage", "benchmark", "other")
    ours, theirs = stated(other, "did:key:zOne"), stated(other, "did:key:zTwo")
    assert compared("living-wage-coverage", ours, theirs) == (
        Grade.NOT_COMPARABLE,
        ("differs:benchmark",),
    )
    again = stated(other, "did:key:zOne")
    assert ours.key == again.key  # a newer value of the same issuer takes its place
    assert dict(ours.qualifiers)["benchmark"] == "other"
    anker = coded("living-wage-coverage", "benchmark", "anker")
    assert stated(anker, "did:key:zOne").key == stated(anker, "did:key:zTwo").key


@pytest.mark.parametrize(
    ("metric", "one", "other", "differs"),
    [
        (
            "carbon-footprint",
            {"pcr": {"name": "Crates", "version": "1.2", "url": "https://one.example/pcr"}},
            {"pcr": {"name": "Crates", "version": "1.2"}},
            (),
        ),
        (
            "carbon-footprint",
            {"pcr": {"name": "Crates", "version": "1.2"}},
            {"pcr": {"name": "Crates", "version": "1.3"}},
            ("differs:pcr",),
        ),
        (
            "recyclability",
            {"recyclability": {"massFraction": "0.92", "geography": {"countries": ["DE", "AT"]}}},
            {"recyclability": {"massFraction": "0.92", "geography": {"countries": ["AT", "DE"]}}},
            (),
        ),
        (
            "recyclability",
            {"recyclability": {"massFraction": "0.92", "geography": {"countries": ["DE", "AT"]}}},
            {"recyclability": {"massFraction": "0.92", "geography": {"countries": ["DE"]}}},
            ("differs:recyclability.geography",),
        ),
    ],
)
def test_an_order_or_an_address_keeps_nothing_apart(
    stated: Callable[[Claim], Measurement],
    metric: str,
    one: Claim,
    other: Claim,
    differs: tuple[str, ...],
) -> None:
    everyone = {"population": {"customers": "all"}}
    ours, theirs = (stated(example(metric, **each, **everyone)) for each in (one, other))
    expected = Grade.NOT_COMPARABLE if differs else Grade.IDENTICAL
    assert compared(metric, ours, theirs) == (expected, differs)


def test_exclusions_are_a_set(stated: Callable[[Claim], Measurement]) -> None:
    claims = [
        example("complaint-rate", population={"exclusions": order})
        for order in (["Samples", "Prototypes"], ["Prototypes", "Samples"])
    ]
    one, other = (stated(claim) for claim in claims)
    assert compared("complaint-rate", one, other) == (Grade.IDENTICAL, ())


def test_temperatures_and_widths_compare_as_quantities(
    stated: Callable[[Claim], Measurement],
) -> None:
    everyone = {"population": {"products": "all"}}
    claim = example("impact-energy", **everyone)
    written = [
        {**each, "amount": f"{each['amount']}.0"} if "amount" in each else each
        for each in claim["qualifiers"]
    ]
    colder = [
        {**each, "amount": "-40"} if each["qualifier"] == "temperature" else each
        for each in claim["qualifiers"]
    ]
    here = stated(claim)
    same = stated({**claim, "qualifiers": written})
    cold = stated({**claim, "qualifiers": colder})
    assert compared("impact-energy", here, same) == (Grade.IDENTICAL, ())
    assert compared("impact-energy", here, cold) == (
        Grade.NOT_COMPARABLE,
        ("differs:temperature",),
    )
