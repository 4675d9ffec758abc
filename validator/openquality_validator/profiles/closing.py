"""What would close a gap: one plain sentence for what an indicator asks."""

from collections.abc import Mapping

from openquality_validator.message import any_of, join, message
from openquality_validator.profiles.profile import (
    AnswerAsked,
    CertificateAsked,
    ClaimAsked,
    Indicator,
    MetricAsked,
    Profile,
)
from openquality_validator.quantities import with_unit


def closes(indicator: Indicator, profile: Profile, parameters: Mapping[str, str]) -> str:
    """Say what record would make an indicator pass."""
    asks = indicator.asks
    if isinstance(asks, MetricAsked):
        return _metric(asks, indicator, parameters)
    if isinstance(asks, CertificateAsked):
        return _certificate(asks, profile)
    if isinstance(asks, ClaimAsked):
        said = (
            message("Publish a {claim} that is in force.", claim=asks.claim)
            if asks.metric is None
            else message(
                "Publish a {claim} about {metric} that is in force.",
                claim=asks.claim,
                metric=asks.metric,
            )
        )
        return _with_evidence(said, asks.evidence)
    return _answer(asks, indicator, profile)


def _metric(asks: MetricAsked, indicator: Indicator, parameters: Mapping[str, str]) -> str:
    query = asks.queries[parameters.get(asks.parameter, "")]
    (where,) = query.where
    said, unit = indicator.said, str(indicator.said["unit"])
    value = (
        said["value"] if "value" in said else said["valueBy"]["values"][parameters[asks.parameter]]
    )
    found = [
        message(
            "Publish a measurement of {metric} whose {of} is {comparator} {value}, measured up to "
            "{days} days ago.",
            metric=where.metric.id,
            of=message("stated value") if where.of == "value" else message("95 % bound"),
            comparator=message("at least") if where.comparator == "atLeast" else message("at most"),
            value=with_unit(value, unit),
            days=query.max_age_days or where.metric.max_age_days,
        )
    ]
    if query.independence.value != "self" or query.verification.value != "declared":
        found.append(
            message(
                "Its independence must be {independence} or more, its verification "
                "{verification} or more.",
                independence=query.independence.value,
                verification=query.verification.value,
            )
        )
    return join(" ", found)


def _certificate(asks: CertificateAsked, profile: Profile) -> str:
    found = [
        message(
            "Publish a valid and active certificate for {schemes}.", schemes=any_of(asks.schemes)
        )
    ]
    if asks.editions:
        found.append(message("Edition: {editions}.", editions=any_of(asks.editions)))
    if asks.scope is not None:
        found.append(message("Its scope must list the code {code}.", code=asks.scope[1]))
    if asks.accredited:
        found.append(
            message("The certifier itself must sign it, and stand on the list of accreditors.")
        )
    if asks.audited:
        found.append(
            message("Its last audit must be at most {days} days ago.", days=profile.cycle.surveyed)
        )
    if asks.max_major is not None or asks.max_minor is not None:
        found.append(message("Close its open nonconformities, and have it stated."))
    return join(" ", found)


def _answer(asks: AnswerAsked, indicator: Indicator, profile: Profile) -> str:
    if indicator.said["type"] == "finding":
        said = message(
            "An assessor who is listed for {scheme} must sign the finding {criterion} as "
            "fulfilled, with question, explanation, reasoning and evidence.",
            scheme=profile.scheme,
            criterion=asks.criterion,
        )
    else:
        said = message(
            "Document the control {criterion} in a signed assessment of your own.",
            criterion=asks.criterion,
        )
    return _with_evidence(said, asks.evidence)


def _with_evidence(said: str, kinds: frozenset[str]) -> str:
    if not kinds:
        return said
    return join(" ", (said, message("Evidence: {kinds}.", kinds=", ".join(sorted(kinds)))))
