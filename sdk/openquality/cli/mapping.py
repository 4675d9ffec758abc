"""The options of `openquality measure`, put together to a mapping."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from openquality_validator.catalogue import Metric
from openquality_validator.errors import UnusableData
from openquality_validator.measure import Condition, Dialect, Unusable
from openquality_validator.measure import Mapping as DataMapping
from openquality_validator.measure.dates import ISO_DATE
from openquality_validator.measure.mapping import DATE_ROLES
from openquality_validator.measure.run import FIXED_QUALIFIERS

KINDS: Final = {"median": "duration", "quantile": "duration", "index": "sample"}


@dataclass(frozen=True, slots=True)
class Study:
    """Hold what a capability index needs beside its readings."""

    characteristic: Mapping[str, str]
    importance: str
    estimator: str
    subgroup_size: int | None

    def to_json(self) -> dict[str, Any]:
        """Write it as the mapping's member `capability`."""
        size = {} if self.subgroup_size is None else {"subgroupSize": self.subgroup_size}
        return {
            "characteristic": {**self.characteristic, "class": self.importance},
            "estimator": self.estimator,
            "convention": "aiag",
            "distribution": "normal",
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
    study: Study,
) -> DataMapping:
    """Build a mapping from what was given on the command line; raises UnusableData."""
    kind = KINDS.get(metric.form, "onTime" if {"due", "event"} & set(columns) else "share")
    fixed = {
        name: code
        for name, code in FIXED_QUALIFIERS.get(kind, {}).items()
        if any(each.name == name and code in each.codes for each in metric.qualifiers)
    }
    return DataMapping(
        kind=kind,
        columns=columns,
        table=table,
        date_formats=_date_formats(date_formats, [role for role in columns if role in DATE_ROLES]),
        where=tuple(Condition(column, text) for column, text in where.items()),
        unusable=tuple(unusable),
        counted=tuple(outcomes[0]),
        not_counted=tuple(outcomes[1]),
        qualifiers=tuple(_qualifier(metric, *each) for each in (fixed | {**qualifiers}).items()),
        unit=unit if kind == "duration" else None,
        capability=study.to_json() if kind == "sample" else None,
    )


def pairs(texts: Iterable[str] | None, option: str) -> dict[str, str]:
    """Part each NAME=VALUE at its first equals sign; a name may come once."""
    found: dict[str, str] = {}
    for text in texts or ():
        name, mark, value = (part.strip() for part in text.partition("="))
        if not mark or not name or name in found:
            why = "comes twice" if name in found else "has no name and '='"
            raise UnusableData("M002", f"{option} {text!r} {why}.", f"Write {option} NAME=VALUE.")
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


def _qualifier(metric: Metric, name: str, value: str) -> dict[str, str]:
    qualifier = metric.qualifier(name)
    if qualifier.kind == "quantity":
        amount, _, unit = value.partition(" ")
        return {"qualifier": name, "amount": amount, "unit": unit.strip() or "d"}
    if qualifier.kind == "code" and value not in qualifier.codes:
        raise UnusableData(
            "M012",
            f"{value!r} is no code of the qualifier {name}.",
            f"Use one of: {', '.join(qualifier.codes)}.",
        )
    return {"qualifier": name, qualifier.kind: value}
