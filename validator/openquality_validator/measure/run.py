"""Rows to claims: one pass over a table, for one subject or for many at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from openquality_validator.catalogue import Catalogue, Metric, Qualifier
from openquality_validator.errors import UnusableData
from openquality_validator.measure.amounts import parse_amount
from openquality_validator.measure.availability import Outages, UpAndDown
from openquality_validator.measure.cells import Reader
from openquality_validator.measure.claims import Tally, claim_of
from openquality_validator.measure.counts import OnTime, Share
from openquality_validator.measure.days import OUTSIDE, Days
from openquality_validator.measure.lives import Lives
from openquality_validator.measure.mapping import ROLES, Mapping
from openquality_validator.measure.studies import Gauge, Inspection
from openquality_validator.measure.sums import Amount, Count, Rate, Score
from openquality_validator.measure.table import Table
from openquality_validator.measure.usage import Account, Usage
from openquality_validator.measure.values import Durations, Samples
from openquality_validator.message import all_of, any_of, join, message

FORMS: Final[dict[str, frozenset[str]]] = {
    # The statistical forms that each kind of mapping can fill.
    "onTime": frozenset({"binomialRatio"}),
    "share": frozenset({"binomialRatio", "product"}),
    "duration": frozenset({"median", "quantile", "mean"}),
    "sample": frozenset({"index"}),
    "rate": frozenset({"eventRate", "timeToFailure"}),
    "availability": frozenset({"durationRatio"}),
    "score": frozenset({"netScore"}),
    "amount": frozenset({"amount"}),
    "count": frozenset({"count"}),
    "inspection": frozenset({"verdict"}),
    "gauge": frozenset({"study"}),
    "life": frozenset({"study"}),
}

MOST_DAYS: Final = 36_500  # of a limit around a due date: more is a slip of the pen
ON_TIME: Final = "on-time-delivery"
OPPORTUNITIES: Final = "counts.opportunitiesPerUnit"  # what such a metric requires of its claims
STUDIES: Final = {"gauge": "gauge-rr", "life": "b10-life"}  # each is a kind of its own
SUMS: Final = frozenset({"amount", "count"})  # both as kinds and as forms
STATISTIC: Final = "statistic"  # qualifier of what is read off specimens: their sum says nothing


@dataclass(frozen=True, slots=True)
class Measured:
    """Hold the claims of one subject, the mapping that gives them again, and the rows' account.

    `tally` is what the claims were written from, for those who draw it. A claim has no `id` and no
    `evidenceRefs` yet: both belong to the record it goes into. Without a usable row there is no
    claim.
    """

    mapping: Mapping
    claims: tuple[dict[str, Any], ...]
    usage: Usage
    tally: Tally = field(compare=False, repr=False)


@dataclass(slots=True)
class _Lane:
    tally: Tally
    account: Account = field(default_factory=Account)


def measure(
    table: Table,
    mapping: Mapping,
    *,
    metrics: Sequence[str],
    catalogue: Catalogue,
    period: tuple[date, date] | None = None,
    limitations: str | None = None,
) -> Measured:
    """Measure one subject.

    `period` keeps the rows that happened in it, both days included; without one it spans the rows
    used. Raises UnusableData: M001 to M005, M007 and M010 for what cannot be read, M006 when no row
    can be used, M008 for a metric that the mapping cannot give, M009 for an unknown period, M011
    for an index of an unstable process, M012 for a qualifier that the metric needs.
    """
    wanted = _check(mapping, metrics, catalogue)
    reader = Reader(table, mapping)
    lane = _Lane(_tally(reader, mapping, period, catalogue))
    for number, row in table:
        if reader.belongs(row):
            _take(lane, reader, row, number)
    usage = lane.account.close(table.read)
    if not usage.used:
        raise UnusableData(
            "M006",
            " ".join(
                (
                    message(
                        "None of the {rows} rows can be used; {other} belong elsewhere.",
                        rows=usage.rows,
                        other=usage.other,
                    ),
                    *usage.sentences(),
                )
            ),
            message("Check the conditions, the period and the columns."),
        )
    return _measured(lane, mapping, wanted, usage, catalogue, limitations)


def measure_groups(
    table: Table,
    mapping: Mapping,
    *,
    by: str,
    metrics: Sequence[str],
    catalogue: Catalogue,
    period: tuple[date, date] | None = None,
    limitations: str | None = None,
) -> dict[str, Measured]:
    """Measure every subject that a column names, reading the table once.

    Each result equals that of `measure` with the condition `by` = subject, and its mapping holds
    that condition. Subjects come in the order of their first row; rows that name none are skipped.
    """
    wanted = _check(mapping, metrics, catalogue)
    reader, place = Reader(table, mapping), table.index(by)
    lanes: dict[str, _Lane] = {}
    for number, row in table:
        subject = row[place].strip()
        if subject and reader.belongs(row):
            if subject not in lanes:
                lanes[subject] = _Lane(_tally(reader, mapping, period, catalogue))
            _take(lanes[subject], reader, row, number)
    return {
        subject: _measured(
            lane,
            mapping.only(by, subject),
            wanted,
            lane.account.close(table.read),
            catalogue,
            limitations,
        )
        for subject, lane in lanes.items()
    }


def _take(lane: _Lane, reader: Reader, row: Sequence[str], number: int) -> None:
    refused = reader.unusable(row) or lane.tally.add(reader.cells(row), number)
    if refused is None:
        lane.account.used += 1
    elif refused is not OUTSIDE:
        reason, shown = refused
        lane.account.leave_out(reason, number, shown)


def _measured(
    lane: _Lane,
    mapping: Mapping,
    wanted: Sequence[Metric],
    usage: Usage,
    catalogue: Catalogue,
    limitations: str | None,
) -> Measured:
    claims: tuple[dict[str, Any], ...] = ()
    if usage.used:
        claims = tuple(
            claim_of(metric, lane.tally, mapping, catalogue=catalogue, limitations=limitations)
            for metric in wanted
        )
    return Measured(mapping, claims, usage, lane.tally)


def _check(mapping: Mapping, metrics: Sequence[str], catalogue: Catalogue) -> list[Metric]:
    wanted = [catalogue.metric(each) for each in metrics]
    for metric in wanted:
        if not _gives(mapping, metric):
            raise UnusableData(
                "M008",
                message(
                    "A mapping of kind {kind} with the columns {columns} does not give {id}.",
                    kind=mapping.kind,
                    columns=", ".join(sorted(mapping.columns)),
                    id=metric.id,
                ),
                _way_to(metric),
            )
        _check_qualifiers(mapping, metric)
        for name, code in fixed_qualifiers(mapping).items():
            stated = mapping.qualifier(name) or {}
            if stated.get("code", stated.get("amount", code)) != code:
                raise UnusableData(
                    "M012",
                    message(
                        "The mapping states {name} as {dict}; here it is measured by {code}.",
                        name=name,
                        dict=dict(stated),
                        code=code,
                    ),
                    message(
                        "State {name} as {code} or not at all, or write the claim by hand.",
                        name=name,
                        code=code,
                    ),
                )
    return wanted


def _check_qualifiers(mapping: Mapping, metric: Metric) -> None:
    # All that are missing are named at once: one at a time would take as many tries.
    missing = [
        each for each in metric.qualifiers if each.required and mapping.qualifier(each.name) is None
    ]
    if not missing:
        return
    if len(missing) == 1:
        (one,) = missing
        raise UnusableData(
            "M012",
            message(
                "{id} needs the qualifier {name}: {definition}",
                id=metric.id,
                name=one.name,
                definition=message(one.definition),
            ),
            message("State {values} (`--qualifier {name}=…`).", values=_values(one), name=one.name),
        )
    names = ", ".join(each.name for each in missing)
    raise UnusableData(
        "M012",
        message("{id} needs the qualifiers {names}.", id=metric.id, names=names),
        message(
            "State {missing} (`--qualifier NAME=VALUE` for each). `openquality explain {id}` "
            "says what they mean.",
            missing=join(
                "; ",
                (message("{name} as {values}", name=e.name, values=_values(e)) for e in missing),
            ),
            id=metric.id,
        ),
    )


def _values(qualifier: Qualifier) -> str:
    if qualifier.kind == "quantity":
        return message("an amount with a unit of: {units}", units=", ".join(qualifier.codes))
    if not qualifier.codes:
        return message("a text")
    return message("one of: {codes}", codes=", ".join(qualifier.codes))


def fixed_qualifiers(mapping: Mapping) -> dict[str, str]:
    """Return how it is computed here: a mapping may say so, and nothing else."""
    if mapping.kind == "duration":
        works = mapping.working_time is not None
        return {
            "dayCount": "working" if works else "calendar",
            "hoursBasis": "serviceHours" if works else "always",
            "percentileMethod": "nearestRank",
            "openItems": "excluded",
        }
    if mapping.kind == "onTime":
        return {"quantityTolerance": "0"}
    if mapping.kind == "life":
        return {"censoring": "included" if "outcome" in mapping.columns else "none"}
    if mapping.kind == "availability" and "start" in mapping.columns:
        return {"serviceHours": "always", "hoursBasis": "always"}
    return {}


def _gives(mapping: Mapping, metric: Metric) -> bool:
    if metric.form not in FORMS[mapping.kind] or metric.carrier != "MeasurementClaim":
        return False
    if mapping.kind == "onTime":
        return metric.id == ("on-time-in-full" if "ordered" in mapping.columns else ON_TIME)
    if mapping.kind == "rate":
        return ("opportunities" in mapping.columns) == (OPPORTUNITIES in metric.requires)
    if mapping.kind in STUDIES:
        return metric.id == STUDIES[mapping.kind]
    if mapping.kind in SUMS:
        return _adds_up(metric)
    return (metric.form == "product") == ("step" in mapping.columns)


def _adds_up(metric: Metric) -> bool:
    """Tell whether a count or an amount is a sum over rows."""
    if metric.form == "count":
        return metric.direction == "lowerBetter"  # what is better when higher is no sum of rows
    return all(each.name != STATISTIC for each in metric.qualifiers)


def _way_to(metric: Metric) -> str:
    kinds = [
        kind
        for kind, forms in FORMS.items()
        if metric.form in forms and kind != "onTime" and STUDIES.get(kind, metric.id) == metric.id
    ]
    if metric.id == "on-time-in-full":
        return message("Map due, event, ordered and received.")
    if OPPORTUNITIES in metric.requires:
        return message("Map opportunities beside events and exposure.")
    if metric.form == "product":
        return message("Map step beside the counts or outcomes.")
    summed = metric.form not in SUMS or _adds_up(metric)
    if not kinds or metric.carrier != "MeasurementClaim" or not summed:
        return message("It is not measured from rows; write its claim by hand.")
    sets = any_of(all_of(sorted(each)) for each in ROLES[kinds[0]])
    return message("Use the kind {kind}: map {sets}.", kind=kinds[0], sets=sets)


def _tally(
    reader: Reader, mapping: Mapping, period: tuple[date, date] | None, catalogue: Catalogue
) -> Tally:
    days = Days(period)
    kinds: dict[str, Callable[[Reader, Days, Mapping], Tally]] = {
        "share": Share,
        "duration": Durations,
        "sample": Samples,
        "rate": Rate,
        "availability": Outages if "start" in mapping.columns else UpAndDown,
        "score": Score,
        "amount": Amount,
        "count": Count,
        "inspection": Inspection,
        "gauge": Gauge,
        "life": Lives,
    }
    if mapping.kind in kinds:
        return kinds[mapping.kind](reader, days, mapping)
    basis = mapping.qualifier("denominatorBasis")
    return OnTime(
        reader,
        days,
        early=_limit(mapping, "earlyLimit", catalogue),
        late=_limit(mapping, "lateLimit", catalogue) or 0,
        open_is_late=basis is not None and basis.get("code") == "dueInPeriod",
    )


def _limit(mapping: Mapping, name: str, catalogue: Catalogue) -> int | None:
    stated = mapping.qualifier(name)
    if stated is None:
        return None
    amount, unit = parse_amount(stated.get("amount")), stated.get("unit")
    days = None if amount is None or unit is None else catalogue.convert(amount, unit, "d")
    if days is None or not 0 <= days <= MOST_DAYS or days != int(days):
        raise UnusableData(
            "M002",
            message("The qualifier {name} is {dict}.", name=name, dict=dict(stated)),
            message('State whole days, from 0 on: {"amount": "0", "unit": "d"}.'),
        )
    return int(days)
