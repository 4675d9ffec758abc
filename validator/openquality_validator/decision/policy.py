"""The buyer's policy: which decisions need a person, who may review, how long what is kept.

Its form is `decision-policy.schema.json`. The policy in force for an event is the one that the
newest `PolicyAdoption` before it in the log names.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from openquality_validator import documents, structure
from openquality_validator.envelope import digest
from openquality_validator.findings import Finding, Report, Severity
from openquality_validator.message import message
from openquality_validator.records import InvalidRecord

SCHEMA = "decision-policy.schema.json"
RETENTION_YEARS = 7
OVERRIDE_TEST = dt.timedelta(days=365)
INCIDENT = dt.timedelta(hours=72)


class InvalidPolicy(InvalidRecord):
    """The policy has findings that refuse it; `report` holds them all."""


@dataclass(frozen=True, slots=True)
class ReviewRule:
    """Ask for a review by one of the roles where every condition of `when` holds."""

    id: str
    roles: tuple[str, ...]
    when: Mapping[str, Any]

    def applies(self, content: Mapping[str, Any]) -> bool:
        """Tell whether the impact and confidence of a proposal ask for this review.

        What the proposal does not say, or says in another currency, counts as asking.
        """
        impact = content.get("impact") or {}
        return all(_TESTS[name](limit, content, impact) for name, limit in self.when.items())


@dataclass(frozen=True, slots=True)
class Waiver:
    """Let some rules be passed over between two days, both included."""

    id: str
    rules: tuple[str, ...]
    valid_from: dt.date
    valid_until: dt.date

    def covers(self, rules: set[str], on: dt.date) -> bool:
        """Tell whether the waiver stands in for all these rules on a day."""
        return self.valid_from <= on <= self.valid_until and rules <= set(self.rules)


@dataclass(frozen=True, slots=True)
class Policy:
    """Hold a policy, with its defaults filled in; `digest` names its exact bytes."""

    digest: str
    name: str
    owners: tuple[str, ...]
    reviewers: tuple[tuple[str, tuple[str, ...]], ...]
    review: tuple[ReviewRule, ...]
    waivers: tuple[Waiver, ...]
    local_countries: tuple[str, ...]
    retention_years: int
    override_test: dt.timedelta
    incident: dt.timedelta

    @classmethod
    def from_bytes(cls, data: bytes) -> "Policy":
        """Read a policy, or raise MalformedDocument or InvalidPolicy (S codes, H018)."""
        value = documents.parse_object(data).value
        report = structure.check_document(value, schema=SCHEMA)
        if report.valid:
            report = Report.of(_check(value))
        if not report.valid:
            raise InvalidPolicy(report)
        return cls(
            digest=digest(data),
            name=value["name"],
            owners=tuple(value["owners"]),
            reviewers=tuple((each["role"], tuple(each["dids"])) for each in value["reviewers"]),
            review=tuple(
                ReviewRule(each["id"], tuple(each["roles"]), each["when"])
                for each in value["review"]
            ),
            waivers=tuple(_waiver(each) for each in value.get("waivers", ())),
            local_countries=tuple(value.get("localCountries", ())),
            retention_years=value.get("retentionYears", RETENTION_YEARS),
            override_test=dt.timedelta(days=value.get("overrideTestDays", OVERRIDE_TEST.days)),
            incident=dt.timedelta(hours=value["incidentHours"])
            if "incidentHours" in value
            else INCIDENT,
        )

    def roles(self, did: str) -> frozenset[str]:
        """Return the roles in which a key may review."""
        return frozenset(role for role, dids in self.reviewers if did in dids)

    def needs(self, content: Mapping[str, Any]) -> tuple[ReviewRule, ...]:
        """Return the rules that ask for a review of this proposal."""
        return tuple(rule for rule in self.review if rule.applies(content))

    def waiver(self, name: str | None) -> Waiver | None:
        """Return a waiver by id, or None."""
        return next((each for each in self.waivers if each.id == name), None)

    def kept_until(self, last: dt.datetime) -> dt.datetime:
        """Return until when the artefacts of a decision are kept, after its last event."""
        year = last.year + self.retention_years
        leap_day = (last.month, last.day) == (2, 29)
        return last.replace(year=year, day=28 if leap_day else last.day)


def _waiver(value: Mapping[str, Any]) -> Waiver:
    return Waiver(
        value["id"],
        tuple(value["rules"]),
        dt.date.fromisoformat(value["validFrom"]),
        dt.date.fromisoformat(value["validUntil"]),
    )


def _check(value: Mapping[str, Any]) -> list[Finding]:
    """Find names in the policy that lead nowhere: a rule nobody could satisfy, or waive."""
    roles = {each["role"] for each in value["reviewers"]}
    rules = {each["id"] for each in value["review"]}
    found = []
    for index, rule in enumerate(value["review"]):
        if not roles & set(rule["roles"]):
            found.append(_nowhere(f"/review/{index}/roles", "role", ", ".join(rule["roles"])))
    for index, waiver in enumerate(value.get("waivers", ())):
        for unknown in sorted(set(waiver["rules"]) - rules):
            found.append(_nowhere(f"/waivers/{index}/rules", "review rule", unknown))  # noqa: PERF401 - a loop over two lists reads better
    return found


def _nowhere(pointer: str, kind: str, name: str) -> Finding:
    return Finding(
        "H018",
        Severity.ERROR,
        pointer,
        message("The policy names a {kind} that it does not define: {name}.", kind=kind, name=name),
        message("Define it under `reviewers` or `review`, or take the name out."),
    )


def _value_at_least(limit: Any, _: Mapping[str, Any], impact: Mapping[str, Any]) -> bool:  # noqa: ANN401 - JSON
    value = impact.get("value")
    if value is None or value["currency"] != limit["currency"]:
        return True
    return Decimal(value["amount"]) >= Decimal(limit["amount"])


def _categories(limit: Any, _: Mapping[str, Any], impact: Mapping[str, Any]) -> bool:  # noqa: ANN401 - JSON
    stated = impact.get("category")
    return not stated or any(each in limit for each in stated)


def _risk_tiers(limit: Any, _: Mapping[str, Any], impact: Mapping[str, Any]) -> bool:  # noqa: ANN401 - JSON
    tier = impact.get("riskTier")
    return tier is None or tier in limit


def _confidence(limit: Any, content: Mapping[str, Any], _: Mapping[str, Any]) -> bool:  # noqa: ANN401 - JSON
    stated = content.get("confidence")
    return stated is None or Decimal(stated) < Decimal(limit)


_TESTS = {
    "valueAtLeast": _value_at_least,
    "categories": _categories,
    "riskTiers": _risk_tiers,
    "confidenceBelow": _confidence,
}
