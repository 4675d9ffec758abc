"""Results of the tools that decide as the text that a model reads."""

from collections.abc import Iterable

from openquality.mcp.deciding.results import (
    Alternative,
    Awaited,
    Decision,
    Decisions,
    Event,
    Money,
    Recorded,
    Summary,
)
from openquality.mcp.lines import NOTHING, further, joined


def recorded(result: Recorded) -> str:
    """Write what was recorded; a refusal comes first."""
    effect = "recorded" if result.took_effect else "REFUSED, and recorded as refused"
    compliance = f", {result.compliance}" if result.compliance else ""
    return joined(
        f"{result.event} of {result.decision}: {effect} as entry {result.entry}{compliance}; the "
        f"decision is {result.status or 'not proposed'}.",
        *(f"{each.code}: {each.rule} {each.hint}".rstrip() for each in result.refused),
        f"Basis {result.basis}." if result.basis else None,
        result.next,
    )


def decision(result: Decision) -> str:
    """Write a decision."""
    chosen = f", a person chose rank {result.chosen}" if result.chosen else ""
    return joined(
        f"{result.decision}: {result.status or 'not proposed'}{chosen}; proposed "
        f"{result.proposed or NOTHING}, at stake {_money(result.impact)}, terms "
        f"{_money(result.terms)}.",
        f"Basis {result.basis}." if result.basis else None,
        _awaiting(result.awaiting),
        result.order,
        *map(_alternative, result.alternatives),
        *map(_event, result.events),
        further(result.next),
    )


def decisions(result: Decisions) -> str:
    """Write a page of decisions."""
    return joined(
        f"{result.total} decisions under the policy {result.policy or NOTHING}. {result.order}",
        *map(_summary, result.decisions),
        further(result.next),
    )


def _summary(each: Summary) -> str:
    refused = f", {each.refused_attempts} attempts refused" if each.refused_attempts else ""
    waiting = _awaiting(each.awaiting)
    return f"{each.decision}: {each.status}, proposed {each.proposed}{refused}. {waiting or ''}"


def _alternative(each: Alternative) -> str:
    supplier = each.supplier
    said = (supplier.label, supplier.country, supplier.size_class)
    where = ", ".join(each for each in said if each)
    about = ", ".join(each.subject.keys) or each.subject.label or NOTHING
    score = f", score {each.score:.12}" if each.score else ""
    return (
        f"Rank {each.rank}{' (selected)' if each.selected else ''}: supplier {where}, "
        f"subject {about}{score}; {', '.join(each.reasons)}; statements "
        f"{', '.join(each.statements) or NOTHING}"
    )


def _event(each: Event) -> str:
    refused = f", refused by {', '.join(each.refused)}" if each.refused else ""
    reasons = f" ({', '.join(each.reasons)})" if each.reasons else ""
    compliance = f", {each.compliance}" if each.compliance else ""
    return (
        f"Entry {each.entry}: {each.event}{reasons} at {each.time}, by {each.issuer}"
        f"{compliance}{refused}"
    )


def _awaiting(awaiting: Iterable[Awaited]) -> str | None:
    said = "; ".join(f"{each.rule} ({' or '.join(each.roles)})" for each in awaiting)
    return f"Awaits a review by a person: {said}." if said else None


def _money(value: Money | None) -> str:
    return NOTHING if value is None else f"{value.amount} {value.currency}"
