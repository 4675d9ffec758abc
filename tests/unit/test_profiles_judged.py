"""Which records count under a profile, and which of several decides."""

import copy
import datetime as dt
import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from profiles_at_work import (
    AS_OF,
    assess,
    changed,
    held,
    key,
    reasons,
    records,
    states,
    subject_of,
    trust,
)

import openquality_schemas
from openquality_validator import profiles
from openquality_validator.errors import InvalidInput

Json = dict[str, Any]
QUALITY = "quality-management"
MEASURED, CERTIFICATE = records(QUALITY)
STRANGER = key("stranger").did


def other(record: Json, number: int, *, when: str | None = None, by: str | None = None) -> Json:
    """Copy a record under another id, time of signing and issuer."""
    new = copy.deepcopy(record)
    old = new["id"]
    new["id"] = f"urn:uuid:22222222-2222-4222-8222-{number:012}"
    for claim in new["credentialSubject"].get("claims", ()):
        claim["id"] = claim["id"].replace(old, new["id"])
    new["validFrom"] = when or new["validFrom"]
    new["issuer"]["id"] = by or new["issuer"]["id"]
    return new


def delivering(record: Json, share: int, *, start: str, end: str) -> Json:
    """Return the record with on-time delivery alone: so many of 1,000 in a period."""
    claims = record["credentialSubject"]["claims"]
    record["credentialSubject"]["claims"] = [
        each for each in claims if each["metric"] == "on-time-delivery"
    ]
    (claim,) = record["credentialSubject"]["claims"]
    claim["counts"] = {"numerator": share, "denominator": 1000}
    claim["value"]["amount"] = f"{share // 10}.{share % 10}"
    claim["sampling"] = {"n": 1000}
    claim["period"] = {"start": start, "end": end}
    return record


def test_the_newest_value_of_a_series_counts_whatever_came_before() -> None:
    worse = delivering(other(MEASURED, 1), 900, start="2025-10-01", end="2026-03-31")
    assert states(assess(QUALITY, [MEASURED, worse, CERTIFICATE]))["delivery"] == "passed"

    newer = other(MEASURED, 2, when="2026-11-02T08:00:00Z")
    newer = delivering(newer, 900, start="2026-10-01", end="2026-10-31")
    found = assess(QUALITY, [MEASURED, newer, CERTIFICATE])
    assert states(found)["delivery"] == "failed"
    # And what is not signed yet on the day does not count.
    before = assess(QUALITY, [MEASURED, newer, CERTIFICATE], as_of=dt.date(2026, 11, 1))
    assert states(before)["delivery"] == "passed"


def test_of_two_series_the_worse_decides() -> None:
    confirmed = delivering(other(MEASURED, 1), 900, start="2026-04-01", end="2026-09-30")
    anchor = confirmed["credentialSubject"]["claims"][0]["qualifiers"][0]
    assert anchor == {"qualifier": "anchor", "code": "requested"}
    anchor["code"] = "lastConfirmed"

    found = assess(QUALITY, [MEASURED, confirmed, CERTIFICATE])
    assert states(found)["delivery"] == "failed"


def test_a_stranger_can_neither_lift_nor_lower_a_subject() -> None:
    bad = delivering(other(MEASURED, 1, by=STRANGER), 500, start="2026-04-01", end="2026-09-30")
    bad["credentialSubject"]["issuerRole"] = "assessor"
    bad["credentialSubject"]["claims"][0]["assessor"] = {
        "party": {"name": "A stranger"},
        "assessorLevel": "thirdParty",
    }
    assert states(assess(QUALITY, [MEASURED, bad, CERTIFICATE]))["delivery"] == "passed"

    alone = assess(QUALITY, [bad, CERTIFICATE])
    assert (states(alone)["delivery"], reasons(alone, "delivery")) == ("missing", ("relation",))


def test_a_value_that_misses_a_floor_does_not_count() -> None:
    few = delivering(other(MEASURED, 1), 980, start="2026-04-01", end="2026-09-30")
    claim = few["credentialSubject"]["claims"][0]
    claim["counts"] = {"numerator": 20, "denominator": 20}
    claim["value"]["amount"], claim["sampling"] = "100", {"n": 20}

    found = assess(QUALITY, [few, CERTIFICATE])
    assert reasons(found, "delivery") == ("sampleTooSmall",)


@pytest.mark.parametrize("state", ["suspended", "revoked", "superseded", "withdrawn"])
def test_what_was_withdrawn_does_not_count(state: str) -> None:
    found = profiles.evaluate(
        profiles.parse(openquality_schemas.profile(QUALITY)),
        [held(MEASURED, state=state), held(CERTIFICATE, state=state)],
        subject=MEASURED["credentialSubject"]["id"],
        as_of=AS_OF,
        accreditors=trust(QUALITY).accreditors,
    )

    assert found.points == 0
    assert reasons(found, "delivery") == reasons(found, QUALITY) == ("withdrawn",)


def test_the_certifier_has_the_word_before_the_supplier() -> None:
    supplier = key("nordbolt").did
    own = other(CERTIFICATE, 1, when="2026-11-01T08:00:00Z", by=supplier)
    own["credentialSubject"]["issuerRole"] = "producer"
    assert states(assess(QUALITY, [own]))[QUALITY] == "missing"
    assert reasons(assess(QUALITY, [own]), QUALITY) == ("notAccredited",)

    suspended = copy.deepcopy(CERTIFICATE)
    suspended["credentialSubject"]["claims"][0]["status"] = "suspended"
    found = assess(QUALITY, [suspended, own])
    assert reasons(found, QUALITY) == ("certificate:suspended",)


def test_the_newest_word_on_a_certificate_counts() -> None:
    suspended = other(CERTIFICATE, 1, when="2026-10-01T08:00:00Z")
    suspended["credentialSubject"]["claims"][0]["status"] = "suspended"
    again = other(CERTIFICATE, 2, when="2026-11-01T08:00:00Z")
    given = [CERTIFICATE, suspended, again]

    def state(day: dt.date) -> str:
        return states(assess(QUALITY, given, as_of=day))[QUALITY]

    assert state(dt.date(2026, 9, 30)) == "passed"
    assert state(dt.date(2026, 10, 31)) == "failed"
    assert state(dt.date(2026, 11, 1)) == "passed"


def test_one_good_certificate_of_several_is_enough() -> None:
    expired = other(CERTIFICATE, 1, when="2024-05-04T08:00:00Z")
    claim = expired["credentialSubject"]["claims"][0]
    claim["number"] = "QM-22-0001"
    claim["validity"] = {"start": "2022-05-01", "end": "2025-04-30"}
    claim["lastAudit"], claim["nextAudit"] = "2024-04-15", "2025-04-15"

    assert states(assess(QUALITY, [expired, CERTIFICATE]))[QUALITY] == "passed"
    assert reasons(assess(QUALITY, [expired]), QUALITY) == ("expired", "surveillanceOverdue")


def test_what_a_maker_makes_is_measured_for_it_and_its_certificate_counts_for_that() -> None:
    maker = MEASURED["credentialSubject"]["id"]
    product = other(MEASURED, 1)
    product["credentialSubject"].update(
        id="https://id.gs1.org/01/09506000134352", type="Product", granularity="model"
    )
    whole = assess(QUALITY, [product, CERTIFICATE])
    assert whole.subject == maker
    assert states(whole)["delivery"] == "passed"

    # Of the product itself: its own measurements, and the certificate of its maker.
    of_product = assess(QUALITY, [CERTIFICATE, MEASURED, product])
    assert of_product.subject == "https://id.gs1.org/01/09506000134352"
    assert states(of_product)[QUALITY] == "passed"
    # What was measured of the maker measures nothing of the product.
    rest = {each.statement for o in of_product.outcomes for each in o.judged.sources}
    assert held(MEASURED).record.digest not in rest


def test_records_of_others_change_nothing() -> None:
    foreign = records("supplier-onboarding-basic")
    there = assess(QUALITY).to_json()

    found = profiles.evaluate(
        profiles.parse(openquality_schemas.profile(QUALITY)),
        map(held, [*foreign, *records(QUALITY)]),
        subject=MEASURED["credentialSubject"]["id"],
        as_of=AS_OF,
        accreditors=trust(QUALITY).accreditors,
    )
    assert found.to_json() == there


def test_a_newer_answer_of_the_same_issuer_counts_and_another_issuer_may_fail_it() -> None:
    name = "supplier-onboarding-basic"
    measured, answers = records(name)
    worse = other(answers, 1, when="2026-11-02T08:00:00Z")
    worse["credentialSubject"]["period"] = {"start": "2026-11-01", "end": "2026-11-01"}
    for each in worse["credentialSubject"]["findings"]:
        each["conclusion"] = "notFulfilled"
    assert states(assess(name, [measured, answers, worse]))["recall"] == "failed"

    # A stranger's answer is not looked at.
    worse["issuer"]["id"] = STRANGER
    worse["credentialSubject"]["issuerRole"] = "assessor"
    assert states(assess(name, [measured, answers, worse]))["recall"] == "passed"


def test_the_newest_answer_of_an_issuer_counts_whichever_stands_first() -> None:
    name = "supplier-onboarding-basic"
    measured, answers = records(name)
    for number in range(1, 5):
        older = other(answers, number, when="2026-08-02T08:00:00Z")
        older["credentialSubject"]["period"] = {"start": "2026-08-01", "end": "2026-08-01"}
        for each in older["credentialSubject"]["findings"]:
            each["conclusion"] = "notFulfilled"
        assert states(assess(name, [measured, older, answers]))["recall"] == "passed"


def test_of_characteristics_the_critical_ones_count_if_there_are_any() -> None:
    catalogue = json.loads(openquality_schemas.read("metrics.json"))
    example = next(m["example"]["claim"] for m in catalogue["metrics"] if m["id"] == "cpk")
    given = other(MEASURED, 1)
    claims = given["credentialSubject"]["claims"]
    base = {name: claims[0][name] for name in ("period", "assessor")}

    def capable(number: int, value: str, kind: str) -> Json:
        claim = {**copy.deepcopy(example), **base, "id": f"{given['id']}#k{number}"}
        claim["value"] = {"amount": value, "unit": "1"}
        claim["characteristic"].update({"id": f"feature-{number}", "class": kind})
        return claim

    two = capable(1, "2.00", "critical"), capable(2, "0.80", "significant")
    given["credentialSubject"]["claims"] = [*claims, *two]
    assert states(assess(QUALITY, [given, CERTIFICATE]))["capability"] == "passed"

    two[1]["characteristic"]["class"] = "critical"
    assert states(assess(QUALITY, [given, CERTIFICATE]))["capability"] == "failed"


def test_a_section_that_does_not_apply_leaves_its_points_to_the_others() -> None:
    document = json.loads(openquality_schemas.profile("cx-standard"))
    environment = document["sections"][3]
    assert environment["points"] == "10"
    for each in environment["indicators"]:
        each["appliesWhen"] = {"parameters": [{"name": "ai", "values": ["yes"]}]}
    given = changed("cx-standard", reachable="notFulfilled")

    found = profiles.evaluate(
        profiles.parse(json.dumps(document).encode()),
        map(held, given),
        subject=given[0]["credentialSubject"]["id"],
        as_of=AS_OF,
        accreditors=trust("cx-standard").accreditors,
        parameters={"ai": "no"},
    )
    # 82 of the 90 points that apply, of 100; and yet no pillar may be left out.
    assert found.points == Fraction(82 * 100, 90)
    assert found.blocked_by == ("section:environment",)


def test_a_level_asks_every_section_for_its_share() -> None:
    # 95 - 10 = 85 points, and nothing of fairness, of which the lowest level asks 40 %.
    given = changed("procurement-agent", supplier_fairness="notFulfilled")
    found = assess("procurement-agent", given)

    assert (found.points, found.level, found.blocked_by) == (85, None, ())


def claimed(record: Json, number: int) -> Json:
    """Copy a record of the example as if a stranger were the producer of its subject."""
    new = other(record, number, when="2026-11-10T08:00:00Z", by=STRANGER)
    subject = new["credentialSubject"]
    subject["issuerRole"] = "producer"
    subject["producer"] = {"party": {"id": STRANGER, "name": "A stranger"}}
    for each in subject.get("findings", ()):
        each["conclusion"] = "notFulfilled"
    return new


def test_nobody_becomes_the_producer_of_what_a_did_names_by_saying_so() -> None:
    name = "procurement-agent"
    given = records(name)
    stranger = claimed(given[1], 1)
    stranger["credentialSubject"]["type"] = "Product"  # not even the type is changed by it

    found = assess(name, [stranger, *given])
    assert (found.points, found.blocked_by) == (95, ())
    assert found.producers == (key("einkauf").did,)
    digests = {digest for digest, _ in found.records}
    assert held(stranger).record.digest not in digests


def test_several_producers_of_one_thing_are_named_and_one_can_be_chosen() -> None:
    name = "supplier-onboarding-basic"
    thing = "https://id.gs1.org/01/09506000134352"
    owner = key("velanto").did
    given = records(name)
    for record in given:
        record["credentialSubject"]["id"] = thing
        record["credentialSubject"].update(type="Product")
    given[0]["credentialSubject"]["granularity"] = "model"
    given.insert(0, claimed(given[1], 1))
    profile = profiles.parse(openquality_schemas.profile(name))

    def judged(producer: str | None) -> profiles.Assessment:
        return profiles.evaluate(
            profile, map(held, given), subject=thing, as_of=AS_OF, producer=producer
        )

    # Nobody here decides who is right: the worst of what they say counts.
    assert judged(None).producers == tuple(sorted((owner, STRANGER)))
    assert judged(None).blocked_by == ("recall",)

    chosen = judged(owner)
    assert (chosen.producers, chosen.points, chosen.blocked_by) == ((owner,), 90, ())


def test_a_finding_without_reasoning_or_evidence_does_not_count() -> None:
    for member in ("question", "explanation", "reasoning", "evidence"):
        given = records("cx-standard")
        for each in given[-1]["credentialSubject"]["findings"]:
            del each[member]
        found = assess("cx-standard", given)
        assert "findingIncomplete" in reasons(found, "reachable")


def test_a_file_counts_as_evidence_by_its_digest_alone() -> None:
    name = "procurement-agent"
    given = records(name)
    for each in given[-1]["credentialSubject"]["findings"]:
        for entry in each["evidence"]:
            del entry["digest"]

    found = assess(name, given)
    assert reasons(found, "reproducibility-bundle") == ("evidence:Dataset",)
    assert found.blocked_by == ("reproducibility-bundle",)
    # What was found to work was seen; it may be named without a file.
    assert states(found)["model-versions"] == "passed"


def test_an_assessor_listed_for_another_scheme_does_not_count() -> None:
    given = records("cx-standard")
    given[-1]["credentialSubject"]["scheme"]["code"] = "AICXS-01"

    assert reasons(assess("cx-standard", given), "reachable") == ("assessorNotListed",)


def test_an_assessor_may_find_that_something_does_not_apply_unless_it_is_critical() -> None:
    given = records("cx-standard")
    for each in given[-1]["credentialSubject"]["findings"]:
        if each["criterion"].endswith(("/inclusive", "/escalation-path")):
            each["conclusion"] = "notApplicable"

    found = assess("cx-standard", given)
    assert states(found)["inclusive"] == "notApplicable"
    assert found.blocked_by == ("escalation-path",)


@pytest.mark.parametrize(
    ("parameters", "code"), [({"risk_tier": "huge"}, "Z210"), ({"tier": "low"}, "Z210")]
)
def test_parameters_are_those_of_the_profile(parameters: dict[str, str], code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        assess("procurement-agent", **parameters)  # type: ignore[arg-type]

    assert refused.value.code == code


def test_a_subject_of_a_type_that_is_not_assessed_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        assess("procurement-agent", [CERTIFICATE, MEASURED])

    assert refused.value.code == "Z211"


def test_nothing_at_all_gives_nothing() -> None:
    found = profiles.evaluate(
        profiles.parse(openquality_schemas.profile(QUALITY)),
        (),
        subject="did:web:nobody.example",
        as_of=AS_OF,
    )

    assert (found.points, found.level, found.holds_until) == (0, None, None)
    assert set(states(found).values()) == {"missing"}


@pytest.mark.parametrize("state", ["suspended", "revoked"])
def test_a_word_on_a_certificate_fails_it_whatever_its_claim_says(state: str) -> None:
    (claim,) = CERTIFICATE["credentialSubject"]["claims"]
    spoken = replace(held(CERTIFICATE), certificates={claim["id"]: state})
    found = evaluated([held(MEASURED), spoken])

    assert states(found)[QUALITY] == "failed"
    assert reasons(found, QUALITY) == (f"certificate:{state}",)
    # Of another claim it says nothing.
    other_claim = replace(held(CERTIFICATE), certificates={claim["id"] + "0": state})
    assert states(evaluated([held(MEASURED), other_claim]))[QUALITY] == "passed"


def evaluated(given: list[profiles.Held]) -> profiles.Assessment:
    """Assess records that are held already."""
    return profiles.evaluate(
        profiles.parse(openquality_schemas.profile(QUALITY)),
        given,
        subject=subject_of([CERTIFICATE]),
        as_of=AS_OF,
        accreditors=trust(QUALITY).accreditors,
    )
