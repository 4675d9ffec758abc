"""Results as the text that a model reads (`content`): our words around typed values.

Only members that `results.py` types come in here, so nothing that a supplier wrote freely can.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from openquality.mcp.results import (
    Comparables,
    Comparison,
    Explanation,
    LookedUp,
    Metrics,
    QualifierEntry,
    Record,
    Row,
    Subject,
    Value,
    Verification,
)

NOTHING = "not stated"
READ_REASONS = 4  # programs have all of them
READ_DIGITS = 6  # more than any measurement carries


def comparables(result: Comparables) -> str:
    """Write a page of rows."""
    head = f"{_count(result.total, 'comparable row')} in a log of {result.log.size} entries."
    return joined(
        head,
        _span(result.first, len(result.rows), result.order),
        *(_row(row) for row in result.rows),
        *(
            f"Left out: {item.count} of {item.metric} ({item.reason}). {item.needed or ''}".strip()
            for item in result.left_out
        ),
        further(result.next),
    )


def comparison(result: Comparison) -> str:
    """Write values side by side."""
    return joined(
        f"{_count(result.total, 'value')} side by side, ages as of {result.as_of}.",
        _span(result.first, len(result.values), result.order),
        *(f"{value.statement} {_value(value)}" for value in result.values),
        *(f"{item.statement} {item.metric}: {NOTHING}" for item in result.not_stated),
        further(result.next),
    )


def record(result: Record) -> str:
    """Write a record's facts."""
    keys = f", about {_keys(result.keys)}"
    return joined(
        f"{result.kind} {result.statement}, entry {result.index}, admitted {result.admitted_at}, "
        f"issuer {result.issuer}{keys}.",
        _span(result.first, len(result.facts), result.order, "Facts"),
        *(
            f"{fact.at}: {'text withheld, ' if fact.kind == 'withheld' else ''}{fact.value}"
            for fact in result.facts
        ),
        further(result.next),
    )


def looked_up(result: LookedUp) -> str:
    """Write a page of statements."""
    return joined(
        f"{_count(len(result.items), 'statement')} on this page, in a log of {result.log.size} "
        f"entries. {result.order}",
        *(
            f"{item.index}. {item.kind} {item.statement}, issuer {item.issuer}, admitted "
            f"{item.admitted_at}, about {_keys(item.keys)}"
            for item in result.items
        ),
        *(
            f"{asked.key}: statements name {asked.producers} producers"
            for asked in result.subjects
            if asked.contested
        ),
        further(result.next),
    )


def verification(result: Verification) -> str:
    """Write a verdict and its steps."""
    return joined(
        f"{result.verdict.upper()}: {result.statement}. {result.meaning}",
        None if result.issuer is None else f"Issuer {result.issuer}, identity {result.identity}.",
        None if result.state is None else f"Status {result.state} as of {result.state_as_of}.",
        *(
            f"{step.number}. {step.name}: {step.outcome} ({step.code}: {step.meaning})"
            for step in result.steps
        ),
        *(f"{each.claim}: {each.verification}" for each in result.claims),
        *(f"Run: {command}" for command in result.commands),
    )


def metrics(result: Metrics) -> str:
    """Write a page of the catalogue."""
    return joined(
        f"{result.total} metrics of catalogue {result.catalogue}.",
        _span(result.first, len(result.metrics), result.order, "Metrics"),
        *(
            f"{each.id}: {each.label} ({each.dimension}, {each.unit}, {each.direction})"
            for each in result.metrics
        ),
        further(result.next),
    )


def explanation(result: Explanation) -> str:
    """Write what a metric means."""
    return joined(
        f"{result.id}: {result.label}. {result.definition}",
        f"Unit {result.unit}, allowed {', '.join(result.allowed_units)}; from "
        f"{result.least or 'no least'} to {result.greatest or 'no greatest'}; {result.direction}.",
        f"Form {result.form} in {result.carrier}, ranked on {result.ranked_on}; formula: "
        f"{result.formula}",
        f"Least sample {result.min_sample or 'none'}; old after {result.max_age_days} days; needs "
        f"{', '.join(result.requires)}.",
        *(
            f"Qualifier {each.name} ({each.role}, {'required' if each.required else 'optional'}): "
            f"{each.definition}{_codes(each)}"
            for each in result.qualifiers
        ),
        f"Source: {'; '.join(result.source)}.",
    )


def _codes(qualifier: QualifierEntry) -> str:
    if not qualifier.codes:
        return ""
    return f" {'In' if qualifier.kind == 'quantity' else 'One of'}: {', '.join(qualifier.codes)}."


def _row(row: Row) -> str:
    score = f", score {_short(row.score)}" if row.score else ""
    status = f", {row.status}" if row.status else ""
    rank = row.rank_without_fairness
    moved = "" if rank in {None, row.position} else f", rank {rank} without fairness"
    return joined(
        f"{row.position}. {_subject(row.subject)}, issuer {row.issuer}{status}{score}{moved}",
        *(
            f"   SAFETY NOTICE: {notice.kind} of {notice.issued}, by {notice.relation} "
            f"{notice.issuer}, statement {notice.statement}"
            + (f", batches {', '.join(notice.batches)}" if notice.batches else "")
            + _more(len(notice.batches), notice.batches_in_all, "batches")
            for notice in row.safety_notices
        ),
        _more(len(row.safety_notices), row.safety_notices_in_all, "safety notices") or None,
        *(f"   {_value(value)}; statement {value.statement}" for value in row.values),
        f"   observations: {', '.join(row.observations)}" if row.observations else None,
    )


def _subject(subject: Subject) -> str:
    kind = " ".join(part for part in (subject.type, subject.granularity) if part)
    where = f", {subject.country}" if subject.country else ""
    size = f", {subject.size_class}" if subject.size_class else ""
    contested = ", producer contested" if subject.contested else ""
    return f"{kind} {' '.join(subject.keys) or subject.label}{where}{size}{contested}"


def _value(value: Value) -> str:
    unit = "" if value.unit in {None, "1"} else f" {value.unit}"
    where = f" of characteristic {value.characteristic}" if value.characteristic else ""
    shown = value.reasons[:READ_REASONS]
    more = _more(len(shown), len(value.reasons), "reasons")
    reasons = f" ({', '.join(shown)}{more})" if shown else ""
    return (
        f"{value.metric}{where} {_short(value.value) or NOTHING}{unit}, 95 % bounds "
        f"{_short(value.lower) or 'none'} to {_short(value.upper) or 'none'}, ranked on "
        f"{_short(value.ranked_on) or 'nothing'}, n {value.n or NOTHING}, {value.start} to "
        f"{value.end}, age {value.age_days} d{' (stale)' if value.stale else ''}; "
        f"{value.verification}, {value.independence}, {value.relation}, {value.identity}; "
        f"{value.grade}{reasons}"
    )


def _more(shown: int, total: int, what: str) -> str:
    return f" and {total - shown} more {what}" if total > shown else ""


def _keys(keys: Iterable[str]) -> str:
    """Write the identifiers that are shown as they are; programs have the digests of the others."""
    return ", ".join(key for key in keys if not key.startswith("#")) or NOTHING


def _short(number: str | None) -> str | None:
    """Write a number for reading; structured content has every digit."""
    return None if number is None else f"{Decimal(f'{float(number):.{READ_DIGITS}g}'):f}"


def _span(first: int, count: int, order: str, what: str = "Rows") -> str:
    if not count:
        return f"No {what.lower()} here. {order}"
    return f"{what} {first} to {first + count - 1}. {order}"


def _count(count: int | None, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def further(cursor: str | None) -> str | None:
    """Say how the next page is asked for, if there is one."""
    return f"More: repeat with cursor {cursor}" if cursor else None


def joined(*parts: str | None) -> str:
    """Join the lines that are there."""
    return "\n".join(_present(parts))


def _present(parts: Iterable[str | None]) -> Iterator[str]:
    return (part for part in parts if part)
