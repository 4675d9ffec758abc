"""The policy: which decisions need a person, and what reads as a policy at all."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest
from decisions_at_work import keys, money, policy

from openquality_validator.decision.policy import InvalidPolicy, Policy

LARGE = {"valueAtLeast": {"amount": "10000", "currency": "EUR"}}


def read(when: dict[str, Any]) -> Policy:
    rule = {"id": "rule", "roles": ["head-of-purchasing"], "when": when}
    return Policy.from_bytes(policy(review=[rule], waivers=[]))


@pytest.mark.parametrize(
    ("when", "content", "applies"),
    [
        ({}, {}, True),
        (LARGE, {"impact": {"value": money("9999.99")}}, False),
        (LARGE, {"impact": {"value": money("10000")}}, True),
        (LARGE, {"impact": {"value": money("1", "USD")}}, True),
        (LARGE, {}, True),
        ({"riskTiers": ["high"]}, {"impact": {"riskTier": "low"}}, False),
        ({"riskTiers": ["high"]}, {"impact": {"riskTier": "high"}}, True),
        ({"riskTiers": ["high"]}, {"impact": {}}, True),
        ({"confidenceBelow": "0.8"}, {"confidence": "0.8"}, False),
        ({"confidenceBelow": "0.8"}, {"confidence": "0.79"}, True),
        (
            {"categories": [{"scheme": "unspsc", "code": "31161500"}]},
            {"impact": {"category": [{"scheme": "unspsc", "code": "31161600"}]}},
            False,
        ),
        (
            {"categories": [{"scheme": "unspsc", "code": "31161500"}]},
            {"impact": {"category": [{"scheme": "unspsc", "code": "31161500"}]}},
            True,
        ),
        (
            {**LARGE, "riskTiers": ["high"]},
            {"impact": {"value": money("20000"), "riskTier": "low"}},
            False,
        ),
    ],
)
def test_a_rule_applies_where_all_its_conditions_hold_or_are_unknown(
    when: dict[str, Any],
    content: dict[str, Any],
    applies: bool,  # noqa: FBT001 - a table
) -> None:
    assert bool(read(when).needs(content)) is applies


def test_the_defaults_are_those_of_the_design() -> None:
    held = Policy.from_bytes(policy())
    assert held.retention_years == 7
    assert held.incident == timedelta(hours=72)
    assert held.override_test == timedelta(days=365)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"retentionYears": 6}, "S013"),
        ({"incidentHours": 73}, "S014"),
        ({"overrideTestDays": 366}, "S014"),
        ({"owners": []}, "S010"),
        ({"review": [{"id": "x", "roles": ["nobody"], "when": {}}], "waivers": []}, "H018"),
        ({"review": []}, "H018"),
    ],
    ids=["kept too short", "stated too late", "tested too rarely", "nobody owns", "role", "waiver"],
)
def test_a_policy_that_asks_too_little_or_names_nothing_is_refused(
    changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(InvalidPolicy) as refused:
        Policy.from_bytes(policy(**changes))
    assert [each.code for each in refused.value.report.errors] == [code]


def test_a_waiver_counts_on_its_days_and_for_its_rules_only() -> None:
    waiver = Policy.from_bytes(policy()).waiver("line-down")
    assert waiver is not None
    assert waiver.covers({"large"}, date(2026, 11, 1))
    assert waiver.covers({"large"}, date(2026, 12, 31))
    assert not waiver.covers({"large"}, date(2027, 1, 1))
    assert not waiver.covers({"large"}, date(2026, 10, 31))
    assert not waiver.covers({"large", "other"}, date(2026, 11, 1))


def test_artefacts_are_kept_seven_years_also_from_a_leap_day() -> None:
    held = Policy.from_bytes(policy())
    assert held.kept_until(datetime(2026, 11, 21, tzinfo=UTC)).year == 2033
    assert held.kept_until(datetime(2028, 2, 29, tzinfo=UTC)).date() == date(2035, 2, 28)


def test_only_listed_keys_have_a_role() -> None:
    held = Policy.from_bytes(policy())
    assert held.roles(keys().reviewer.did) == {"head-of-purchasing"}
    assert held.roles(keys().agent.did) == frozenset()


def test_the_name_of_a_policy_is_the_digest_of_its_bytes() -> None:
    data = policy()
    spaced = orjson.dumps(orjson.loads(data), option=orjson.OPT_INDENT_2)
    assert Policy.from_bytes(data).digest != Policy.from_bytes(spaced).digest
