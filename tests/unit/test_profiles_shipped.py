"""The shipped profiles, over their worked examples; every score is added up by hand beside it.

The example is assessed as of 2026-11-20; what was measured ends on 2026-09-30, assessors were there
until 2026-09-11, and the last audit of certificates was on 2026-04-15.
"""

import datetime as dt
import json
import re
from fractions import Fraction
from typing import Any

import pytest
from profiles_at_work import (
    FOLDER,
    assess,
    changed,
    level,
    reasons,
    records,
    states,
    subject_of,
    trust,
)

import openquality_schemas
from openquality_validator import profiles
from openquality_validator.profiles import rounded

NAMES = (
    "ai-customer-maturity",
    "ai-management-system",
    "aicxs-01",
    "cx-standard",
    "procurement-agent",
    "quality-management",
    "supplier-onboarding-basic",
)


def test_the_seven_profiles_are_shipped_in_one_version_each() -> None:
    assert openquality_schemas.profiles() == dict.fromkeys(NAMES, ("1.0",))


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_says_what_it_is_not_and_marks_what_is_assumed(name: str) -> None:
    document = json.loads(openquality_schemas.profile(name))

    assert document["id"] == name
    assert "never a certificate" in document["basis"]
    parts = [*document["sections"], *(i for s in document["sections"] for i in s["indicators"])]
    assert all("points" in each["assumed"] for each in parts)
    for each in document["levels"]:
        assert ("minPoints" in each) == ("minPoints" in each.get("assumed", ()))


@pytest.mark.parametrize("name", NAMES)
def test_an_example_has_valid_records_of_one_subject_and_its_maker(name: str) -> None:
    found = assess(name)

    assert found.is_preview
    assert len(found.records) == len(records(name))
    assert [each.name for each in (FOLDER / name / "example").iterdir()] != []


def aicxs_but(*kept: str) -> list[dict[str, Any]]:
    """Return the example in which nothing is fulfilled except the criteria kept."""
    found = records("aicxs-01")
    for record in found:
        for each in record["credentialSubject"].get("findings", ()):
            if each["criterion"].rpartition("/")[2] not in kept:
                each["conclusion"] = "notFulfilled"
    return found


MANDATORY = (
    "ai-disclosed",
    "human-escalation",
    "explainable-decisions",
    "bias-testing",
    "clear-consent",
    "augment-not-replace",
)


def test_aicxs_has_ten_sections_thousand_points_and_six_mandatory_requirements() -> None:
    found = profiles.parse(openquality_schemas.profile("aicxs-01"))

    assert [section.points for section in found.sections] == [100] * 10
    assert {each.id for each in found.indicators if each.critical} == set(MANDATORY)
    assert len(found.levels) == 5


def test_aicxs_passes() -> None:
    # Two findings of 15 points lack: 1000 - 15 - 15; both sections have 85 of 100, at least 80.
    found = assess("aicxs-01")

    assert (rounded(found.points), level(found)) == ("970.00", "level-5")


def test_aicxs_fails_by_score() -> None:
    # Five mandatory ones of 20, and of transparency 15 + 15 + 15 + 15 + 10 and the measured 20:
    # 5 * 20 + 90 = 190, below the 200 of the lowest level; nothing blocks.
    transparency = (
        "privacy-notice",
        "staff-explain",
        "information-on-request",
        "regulated-communication",
    )
    found = assess("aicxs-01", aicxs_but(*MANDATORY, *transparency))

    assert (rounded(found.points), level(found)) == ("190.00", None)
    assert found.blocked_by == ()


@pytest.mark.parametrize(
    ("requirement", "points"),
    [(each, 955 if each == "ai-disclosed" else 950) for each in MANDATORY],
)
def test_aicxs_is_blocked_by_each_mandatory_requirement(requirement: str, points: int) -> None:
    # 970 - 20, or - 15 for the disclosure, whose other 20 points are measured.
    given = changed("aicxs-01", **{requirement.replace("-", "_"): "notFulfilled"})
    found = assess("aicxs-01", given)

    assert (found.points, level(found)) == (points, None)
    assert found.blocked_by == (requirement,)


def test_aicxs_asks_about_conversations_only_where_ai_talks_to_customers() -> None:
    # Without the measurement: 970 - 20 of 1000; where it does not apply, transparency has
    # 80 of 80, which is 100 of 100: 970.
    without = records("aicxs-01")[1:]

    assert assess("aicxs-01", without).points == 950
    found = assess("aicxs-01", without, customer_contact="no")
    assert found.points == 970
    assert states(found)["disclosure-rate"] == "notApplicable"


def test_aicxs_is_stale_when_nobody_looked_again_for_a_year() -> None:
    # 2026-09-11 + 365 + 30 days of grace = 2027-10-11.
    last = assess("aicxs-01", as_of=dt.date(2027, 10, 11))
    found = assess("aicxs-01", as_of=dt.date(2027, 10, 12))

    # On the last day only the measurement of 180 days has gone: 970 - 20.
    assert (last.points, level(last)) == (950, "level-5")
    assert (found.points, level(found)) == (0, None)
    assert reasons(found, "strategy-document") == ("surveillanceOverdue",)
    assert set(found.blocked_by) >= set(MANDATORY)


def test_a_look_again_keeps_the_other_findings_of_the_cycle() -> None:
    # A surveillance in 2027 that answers one question keeps the answers of 2026 for its three
    # years: until 2026-09-11 + 1095 days = 2029-09-10.
    again = json.loads(json.dumps(records("aicxs-01")[-1]))
    again["id"] = "urn:uuid:11111111-1111-4111-8111-111111111111"
    again["validFrom"] = "2027-09-20T08:00:00Z"
    subject = again["credentialSubject"]
    subject["period"] = {"start": "2027-09-13", "end": "2027-09-14"}
    subject["findings"] = subject["findings"][:1]
    given = [*records("aicxs-01"), again]

    found = assess("aicxs-01", given, as_of=dt.date(2028, 10, 13))  # 2027-09-14 + 395 days
    assert found.points == 950
    over = assess("aicxs-01", given, as_of=dt.date(2028, 10, 14))
    assert over.points == 0


def test_cx_standard_passes() -> None:
    # 4 of 100 points lack; its pillar has 16 of 20 = 80 %, at least 75 %.
    found = assess("cx-standard")

    assert (rounded(found.points), level(found)) == ("96.00", "level-3")


def test_cx_standard_fails_by_score() -> None:
    # 96 - 8 - 8 - 8 - 5 - 6 - 5 = 56, below 60.
    given = changed(
        "cx-standard",
        reachable="notFulfilled",
        attention="notFulfilled",
        effort="notFulfilled",
        usable="notFulfilled",
        put_right="notFulfilled",
        remembered="notFulfilled",
    )
    found = assess("cx-standard", given)

    assert (rounded(found.points), level(found), found.blocked_by) == ("56.00", None, ())


@pytest.mark.parametrize(
    ("indicator", "points"), [("escalation_path", 90), ("ai_disclosed", 91), ("honest_exit", 91)]
)
def test_cx_standard_is_blocked_by_a_critical_indicator(indicator: str, points: int) -> None:
    # 96 - 6, 96 - 5 and 96 - 5: enough for the highest level, and no level.
    found = assess("cx-standard", changed("cx-standard", **{indicator: "notFulfilled"}))

    assert (found.points, level(found)) == (points, None)
    assert found.blocked_by == (indicator.replace("_", "-"),)


def test_cx_standard_is_stale_in_what_was_measured() -> None:
    # 2026-09-30 + 180 days = 2027-03-29; then 96 - 3 - 3.
    assert assess("cx-standard", as_of=dt.date(2027, 3, 29)).points == 96
    found = assess("cx-standard", as_of=dt.date(2027, 3, 30))

    assert found.points == 90
    assert states(found)["escalation-open"] == states(found)["disclosure-rate"] == "stale"


def test_cx_standard_needs_all_three_forms_of_evidence() -> None:
    # Everything that rests on documents alone: 7 + 5 of 96.
    found = assess("cx-standard", changed("cx-standard", plain_words=None, honest_exit=None))

    assert found.points == 84
    assert found.blocked_by == ("honest-exit", "evidence:document")


def test_cx_standard_leaves_out_no_pillar() -> None:
    given = changed("cx-standard", usable=None, inclusive=None)
    found = assess("cx-standard", given)

    assert (found.points, found.blocked_by) == (86, ("section:environment",))


def test_cx_standard_without_ai_weighs_the_pillars_alike() -> None:
    # Interaction 16 of 16 is 20, honesty 12 - 5 = 7 + 5 of 12 is 15, recovery 6 of 6 is 15.
    found = assess("cx-standard", ai="no")

    assert (found.points, level(found)) == (100, "level-3")


def test_cx_standard_needs_an_evaluator_who_is_listed_and_a_sample() -> None:
    unlisted = assess("cx-standard", listed=False)
    assert reasons(unlisted, "reachable") == ("assessorNotListed",)
    assert level(unlisted) is None

    # The square root of 2,000 is 44.7: 45 were asked for, 44 are too few.
    given = records("cx-standard")
    given[-1]["credentialSubject"]["sampling"]["n"] = 44
    assert reasons(assess("cx-standard", given), "reachable") == ("sampleTooSmall",)


def test_ai_management_passes() -> None:
    # One certificate of 10 points lacks.
    found = assess("ai-management-system")

    assert (rounded(found.points), level(found)) == ("90.00", "answered")


def test_ai_management_fails_by_score() -> None:
    # 90 - 6 - 5 - 5 - 4 - 5 - 3 - 4 - 3 = 55, below 60.
    given = changed(
        "ai-management-system",
        ai_harm_identification=None,
        ai_named_owner=None,
        ai_production_monitoring=None,
        ai_rollback_triggers=None,
        ai_training_on_customer_data=None,
        ai_retention=None,
        ai_generated_response_controls=None,
        ai_management_review=None,
    )
    found = assess("ai-management-system", given)

    assert (found.points, level(found), found.blocked_by) == (55, None, ())


def test_ai_management_is_blocked_by_incidents_that_nobody_answers() -> None:
    given = changed("ai-management-system", ai_incident_response="notFulfilled")
    found = assess("ai-management-system", given)

    assert (found.points, level(found)) == (85, None)
    assert found.blocked_by == ("ai-incident-response",)


def test_ai_management_is_stale_when_surveillance_is_overdue() -> None:
    # 2026-04-15 + 365 + 30 = 2027-05-15; then 90 - 25 - 10.
    assert assess("ai-management-system", as_of=dt.date(2027, 5, 15)).points == 90
    found = assess("ai-management-system", as_of=dt.date(2027, 5, 16))

    assert (found.points, found.blocked_by) == (55, ("ai-management",))
    assert reasons(found, "information-security") == ("surveillanceOverdue",)


def quality(**members: object) -> list[dict[str, Any]]:
    """Return the example with other members of the certificate."""
    found = records("quality-management")
    found[1]["credentialSubject"]["claims"][0].update(members)
    return found


def test_quality_management_passes() -> None:
    # 40 + 15 + 15 + 10 + 5; no capability was measured.
    found = assess("quality-management")

    assert (rounded(found.points), level(found)) == ("85.00", "live")
    assert found.holds_until == dt.date(2027, 5, 15)


def test_quality_management_fails_by_score() -> None:
    # 930 of 980 is 94.9 %, and its lower bound below that: 85 - 15.
    given = records("quality-management")
    delivery = given[0]["credentialSubject"]["claims"][1]
    delivery["counts"] = {"numerator": 930, "denominator": 980}
    delivery["value"]["amount"] = "94.8980"
    delivery["sampling"] = {"n": 980}
    found = assess("quality-management", given)

    assert (found.points, level(found)) == (70, "certificate-held")
    assert reasons(found, "delivery") == ("threshold",)


def test_quality_management_counts_the_bound_and_not_the_value() -> None:
    # cpk 1.33 from n = 125: the lower bound lies below (Bissell: 1.18), so it stays at 85.
    given = records("quality-management")
    claims = given[0]["credentialSubject"]["claims"]
    catalogue = json.loads(openquality_schemas.read("metrics.json"))
    example = next(m["example"] for m in catalogue["metrics"] if m["id"] == "cpk")
    capable = {**claims[0], **example["claim"], "id": claims[0]["id"][:-1] + "9"}
    for name in ("counts", "sampling"):
        capable.pop(name)
    claims.append(capable)

    found = assess("quality-management", given)
    assert (found.points, states(found)["capability"]) == (85, "failed")

    capable["value"] = {"amount": "1.63", "unit": "1"}  # 1.63 - 1.645 * 0.107 = 1.45
    found = assess("quality-management", given)
    assert (found.points, states(found)["capability"]) == (100, "passed")


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"nonconformities": {"major": 1, "minor": 0}}, "openNonconformities:major"),
        ({"status": "suspended"}, "certificate:suspended"),
        ({"scheme": {"code": "ISO-9001", "edition": "2008"}}, "editionDiffers"),
    ],
)
def test_quality_management_is_blocked_by_the_certificate(
    members: dict[str, object], reason: str
) -> None:
    # All that is measured is right: 45 of 100 points, and no level.
    found = assess("quality-management", quality(**members))

    assert (found.points, level(found)) == (45, None)
    assert found.blocked_by == ("quality-management",)
    assert reasons(found, "quality-management") == (reason,)


def test_quality_management_is_stale_after_its_certificate() -> None:
    ended = quality(validity={"start": "2023-05-01", "end": "2026-11-19"}, nextAudit="2026-11-19")
    found = assess("quality-management", ended)

    assert (found.points, level(found)) == (45, None)
    assert reasons(found, "quality-management") == ("expired",)


def test_maturity_is_the_third_level_with_all_below_it() -> None:
    # 20 + 30 + 8 + 7: drift and attacks lack for the fourth, and 65 points of 80.
    found = assess("ai-customer-maturity")

    assert (rounded(found.points), level(found)) == ("65.00", "auditable")


def test_maturity_falls_with_what_a_level_requires() -> None:
    # 65 - 6 = 59 points would do for the third level.
    given = changed("ai-customer-maturity", model_versions_immutable=None)
    found = assess("ai-customer-maturity", given)

    assert (found.points, level(found)) == (59, "basic-controls")


def test_maturity_fails_by_score() -> None:
    # 65 - 8 - 10 - 6 - 6 - 8 - 7 = 20: the second level begins there; 5 less is uncontrolled.
    out: dict[str, str | None] = dict.fromkeys(
        (
            "decision_log_coverage",
            "reconstruction_rate",
            "model_versions_immutable",
            "supplier_diversity",
            "logs_sealed",
            "ranking_stability",
        )
    )
    found = assess("ai-customer-maturity", changed("ai-customer-maturity", **out))
    assert (found.points, level(found)) == (20, "basic-controls")

    less = changed("ai-customer-maturity", **out, ai_spending_limits=None)
    found = assess("ai-customer-maturity", less)
    assert (found.points, level(found), found.blocked_by) == (15, "uncontrolled", ())


def test_maturity_is_blocked_by_an_override_that_does_not_work() -> None:
    given = changed("ai-customer-maturity", override_tested="notFulfilled")
    found = assess("ai-customer-maturity", given)

    assert (found.points, level(found)) == (55, "uncontrolled")
    assert found.blocked_by == ("override-tested",)


def test_maturity_is_stale_when_the_override_was_tested_more_than_a_year_ago() -> None:
    # 2026-09-11 + 365 days.
    assert level(assess("ai-customer-maturity", as_of=dt.date(2027, 9, 11))) == "auditable"
    found = assess("ai-customer-maturity", as_of=dt.date(2027, 9, 12))

    assert (found.points, level(found)) == (55, "uncontrolled")
    assert states(found)["override-tested"] == "stale"


def test_agent_passes_at_the_highest_tier() -> None:
    # 5 of 100 lack; fairness has 10 of 15 = 67 %, at least 60 %.
    found = assess("procurement-agent")

    assert (rounded(found.points), level(found)) == ("95.00", "certified")
    assert found.parameters == {"risk-tier": "high"}


def test_agent_fails_by_score() -> None:
    # 95 - 6 - 8 - 8 - 7 = 66, below 70; every section keeps 40 %: 14/20, 7/15, 7/15, 10/15, 8/15.
    given = changed(
        "procurement-agent",
        override="notFulfilled",
        access_controlled="notFulfilled",
        decisions_explained="notFulfilled",
        model_versions="notFulfilled",
    )
    found = assess("procurement-agent", given)

    assert (found.points, level(found), found.blocked_by) == (66, None, ())


def test_agent_is_blocked_by_attacks_at_a_high_score_and_not_at_a_lower_tier() -> None:
    given = records("procurement-agent")
    attacks = given[0]["credentialSubject"]["claims"][1]
    attacks["counts"]["numerator"] = 15  # 3 %: more than 2, and with its bound less than 5
    attacks["value"]["amount"] = "3"

    high = assess("procurement-agent", given)
    assert (high.points, level(high), high.blocked_by) == (83, None, ("attacks-fail",))

    # At the middle tier nobody independent has to attack: 12 of 12 points are 20 of 20.
    medium = assess("procurement-agent", given, risk_tier="medium")
    assert (medium.points, level(medium)) == (95, "certified")


def test_agent_is_stale_after_ninety_days_without_tests() -> None:
    # 2026-09-30 + 90 days = 2026-12-29; then 95 - 7 - 12.
    assert assess("procurement-agent").holds_until == dt.date(2026, 12, 29)
    found = assess("procurement-agent", as_of=dt.date(2026, 12, 30))

    assert (found.points, found.blocked_by) == (76, ("attacks-fail",))


def test_onboarding_passes() -> None:
    # Availability is not asked of goods: 20 and 20 of 40 are the 60 of the section; then 15 + 15.
    found = assess("supplier-onboarding-basic")

    assert (rounded(found.points), level(found)) == ("90.00", "comparable")


def test_onboarding_fails_by_score() -> None:
    found = assess("supplier-onboarding-basic", records("supplier-onboarding-basic")[1:])

    assert (found.points, level(found), found.blocked_by) == (30, None, ())


def test_onboarding_is_blocked_without_a_way_to_recall() -> None:
    given = changed("supplier-onboarding-basic", recall_procedure="notFulfilled")
    found = assess("supplier-onboarding-basic", given)

    assert (found.points, level(found), found.blocked_by) == (75, None, ("recall",))


def test_onboarding_is_stale_a_year_after_the_measurements() -> None:
    assert assess("supplier-onboarding-basic", as_of=dt.date(2027, 9, 30)).points == 90
    found = assess("supplier-onboarding-basic", as_of=dt.date(2027, 10, 1))

    assert (found.points, level(found)) == (30, None)
    assert reasons(found, "delivery") == ("tooOld",)


@pytest.mark.parametrize("name", NAMES)
def test_every_gap_says_what_would_close_it(name: str) -> None:
    found = assess(name, records(name)[:0] + records(name)[-1:], as_of=dt.date(2026, 11, 20))

    gaps = [each for each in found.to_json()["indicators"] if each["closes"] is not None]
    assert {each["state"] for each in gaps} <= {"missing", "failed", "stale"}
    assert all(re.fullmatch(r"[A-Z].*\.", each["closes"]) for each in gaps)


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_the_records_changes_nothing(name: str) -> None:
    given = records(name)
    held = [*given[::-1], *given]
    there = assess(name).to_json()

    subject = subject_of(given)
    again = profiles.evaluate(
        profiles.parse(openquality_schemas.profile(name)),
        [*map(_held, held)],
        subject=subject,
        as_of=dt.date(2026, 11, 20),
        accreditors=trust(name).accreditors,
    )
    assert again.to_json() == there


def _held(value: dict[str, Any]) -> profiles.Held:
    from profiles_at_work import held

    return held(value)


def test_points_are_rounded_down() -> None:
    assert rounded(Fraction(89_999_999, 1_000_000)) == "89.99"
    assert rounded(Fraction(200, 3)) == "66.66"
