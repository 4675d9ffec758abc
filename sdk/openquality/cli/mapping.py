"""The options of `openquality measure`, put together to a mapping."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from openquality_validator.catalogue import Metric, Qualifier
from openquality_validator.errors import UnusableData
from openquality_validator.measure import Condition, Dialect, Unusable
from openquality_validator.measure import Mapping as DataMapping
from openquality_validator.measure.dates import ISO_DATE
from openquality_validator.measure.mapping import DATE_ROLES, MEASURED_ROLES
from openquality_validator.measure.run import STUDIES, fixed_qualifiers
from openquality_validator.measure.working import WEEK, WorkingTime
from openquality_validator.message import message

KINDS: Final = {  # by form; of a share, the columns decide whether it is one of deliveries
    "median": "duration",
    "quantile": "duration",
    "mean": "duration",
    "index": "sample",
    "eventRate": "rate",
    "timeToFailure": "rate",
    "durationRatio": "availability",
    "netScore": "score",
    "amount": "amount",
    "count": "count",
    "verdict": "inspection",
    "study": "gauge",
}
NUMBERS: Final = ("lotSize", "n", "ac", "re")  # of a sampling plan


@dataclass(frozen=True, slots=True)
class Study:
    """Hold what a capability index needs beside its readings."""

    characteristic: Mapping[str, str]
    importance: str
    estimator: str
    subgroup_size: int | None
    distribution: str
    convention: str

    def to_json(self) -> dict[str, Any]:
        """Write it as the mapping's member `capability`."""
        size = {} if self.subgroup_size is None else {"subgroupSize": self.subgroup_size}
        return {
            "characteristic": {**self.characteristic, "class": self.importance},
            "estimator": self.estimator,
            "convention": self.convention,
            "distribution": self.distribution,
            **size,
        }


def build(  # noqa: PLR0913 - one part of a mapping each
    metric: Metric,
    *,
    columns: Mapping[str, str],
    table: Dialect,
    date_formats: Sequence[str],
    where: Mapping[str, str],
    unusable: Sequence[Unusable],
    outcomes: tuple[Sequence[str], Sequence[str]],
    qualifiers: Mapping[str, str],
    unit: str | None,
    working_time: Mapping[str, Any],
    plan: Mapping[str, str],
    study: Study,
    gauge: Mapping[str, str],
    uncertainty: Mapping[str, str],
) -> DataMapping:
    """Build a mapping from what was given on the command line; raises UnusableData."""
    kind = KINDS.get(metric.form, "onTime" if {"due", "event"} & set(columns) else "share")
    kind = next((each for each, study in STUDIES.items() if study == metric.id), kind)
    if kind == "sample" and not {"id", "unit"} <= set(study.characteristic):
        raise UnusableData(
            "M002",
            message("What the readings measure, and in which unit, no cell says."),
            message("State --characteristic, such as diameter, and --unit, such as mm."),
        )
    mapping = DataMapping(
        kind=kind,
        columns=columns,
        table=table,
        date_formats=_date_formats(date_formats, [role for role in columns if role in DATE_ROLES]),
        where=tuple(Condition(column, text) for column, text in where.items()),
        unusable=tuple(unusable),
        counted=tuple(outcomes[0]),
        not_counted=tuple(outcomes[1]),
        unit=_used_unit(metric, kind, columns, unit),
        uncertainty=uncertainty or None,
        working_time=WorkingTime.from_json(working_time) if working_time else None,
        capability=study.to_json() if kind == "sample" else None,
        plan=_plan(plan) if kind == "inspection" else None,
        study=gauge if kind == "gauge" else None,
    )
    fixed = {
        name: code
        for name, code in fixed_qualifiers(mapping).items()
        if any(each.name == name and code in each.codes for each in metric.qualifiers)
    }
    stated = (_qualifier(metric, *each) for each in (fixed | {**qualifiers}).items())
    return replace(mapping, qualifiers=tuple(stated))


def _used_unit(
    metric: Metric, kind: str, columns: Mapping[str, str], unit: str | None
) -> str | None:
    """Return the unit of the column that needs one; raises UnusableData for one of no column."""
    measured = MEASURED_ROLES.get(kind)
    if unit is None or kind == "sample":  # whose characteristic has it
        return None
    if measured not in columns:
        raise UnusableData(
            "M002",
            message("--unit {unit!r} is the unit of no column.", unit=unit),
            message(
                "Leave it out: {id} comes in {unit}; --unit goes with a column for {measured}.",
                id=metric.id,
                unit=metric.canonical_unit,
                measured=measured,
            )
            if measured
            else message(
                "Leave it out: {id} comes in {unit}.", id=metric.id, unit=metric.canonical_unit
            ),
        )
    if "per" in columns and metric.quantity_kind == "dimensionless" and unit != "1":
        raise UnusableData(
            "M002",
            message(
                "--unit {unit!r} is not that of a value divided by what it is a share of.",
                unit=unit,
            ),
            message(
                "State --unit 1, where both columns have the same unit: {id} then comes in "
                "{canonical_unit}.",
                id=metric.id,
                canonical_unit=metric.canonical_unit,
            ),
        )
    return unit


def _plan(stated: Mapping[str, str]) -> dict[str, Any]:
    """Read the plan's numbers, and its AQL: `1.0 percentNonconforming`."""
    plan: dict[str, Any] = dict(stated)
    for name in NUMBERS:
        if name in plan and plan[name].isdecimal() and plan[name].isascii():
            plan[name] = int(plan[name])
    amount, _, unit = stated.get("aql", "").partition(" ")
    return plan | {"aql": {"amount": amount, "unit": unit.strip() or "percentNonconforming"}}


def working_time(
    days: str | None, holidays: Sequence[str] | None, hours: str | None
) -> dict[str, Any]:
    """Put the options about working time together; nothing if there are none."""
    if days is None and hours is None:
        if holidays:
            raise UnusableData(
                "M002",
                message("--holiday needs working days."),
                message("State --working-days mon,tue,wed,thu,fri."),
            )
        return {}
    opens, _, closes = (hours or "00:00-24:00").partition("-")
    return {
        "days": (days or ",".join(WEEK)).replace(" ", "").split(","),
        "holidays": list(holidays or ()),
        "from": opens.strip(),
        "until": closes.strip(),
    }


def pairs(texts: Iterable[str] | None, option: str) -> dict[str, str]:
    """Part each NAME=VALUE at its first equals sign; a name may come once."""
    found: dict[str, str] = {}
    for text in texts or ():
        name, mark, value = (part.strip() for part in text.partition("="))
        if not mark or not name or name in found:
            why = "comes twice" if name in found else message("has no name and '='")
            raise UnusableData(
                "M002",
                f"{option} {text!r} {why}.",
                message("Write {option} NAME=VALUE.", option=option),
            )
        found[name] = value
    return found


def unusable(texts: Iterable[str] | None, shapes: Iterable[str] | None) -> tuple[Unusable, ...]:
    """Read the declarations of cells that hold no value; a column may have several."""
    return tuple(
        Unusable(column, f"declared unusable ({value})", **{by: value})
        for by, option, given in (
            ("equals", "--unusable", texts),
            ("shape", "--unusable-shape", shapes),
        )
        for text in given or ()
        for column, value in pairs([text], option).items()
    )


def _date_formats(stated: Iterable[str], roles: Sequence[str]) -> dict[str, tuple[str, ...]]:
    # ISO 8601 is the one form that needs no statement: it reads in one way only.
    general: list[str] = []
    special: dict[str, list[str]] = {}
    for text in stated:
        role, mark, form = text.partition("=")
        if mark and role in DATE_ROLES:
            special.setdefault(role, []).append(form)
        else:
            general.append(text)
    common = {role: tuple(general) or (ISO_DATE,) for role in roles}
    return common | {role: tuple(forms) for role, forms in special.items()}


def _unit(qualifier: Qualifier) -> str:
    # A limit is one in days, unless it says otherwise; what has one unit needs no word about it.
    if "d" in qualifier.codes:
        return "d"
    if len(qualifier.codes) == 1:
        return qualifier.codes[0]
    raise UnusableData(
        "M012",
        message("The qualifier {name} has no unit.", name=qualifier.name),
        message(
            "Write --qualifier '{name}=AMOUNT UNIT', with a unit of: {codes}.",
            name=qualifier.name,
            codes=", ".join(qualifier.codes),
        ),
    )


def _qualifier(metric: Metric, name: str, value: str) -> dict[str, str]:
    qualifier = metric.qualifier(name)
    if qualifier.kind == "quantity":
        amount, _, unit = value.partition(" ")
        return {"qualifier": name, "amount": amount, "unit": unit.strip() or _unit(qualifier)}
    if qualifier.kind == "code" and value not in qualifier.codes:
        raise UnusableData(
            "M012",
            message("{value!r} is no code of the qualifier {name}.", value=value, name=name),
            message("Use one of: {codes}.", codes=", ".join(qualifier.codes)),
        )
    return {"qualifier": name, qualifier.kind: value}
