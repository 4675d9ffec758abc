"""What the columns of a data file mean: the one value that makes a claim recomputable.

It stands in `evidence[].mapping`, beside the digest of the exact bytes. Form (JSON):

    {"v": 1,
     "kind": "onTime" | "share" | "duration" | "sample" | "rate" | "availability" | "score" |
             "amount" | "count" | "inspection" | "gauge" | "life",
     "table": {"encoding": "utf-8", "delimiter": ","} | {"sheet": "Deliveries"} |
              {"format": "parquet"},
     "columns": {"due": "Scheduled", "event": "Delivered"},       role → heading
     "dateFormats": {"due": ["%d-%b-%y"], "event": ["%d-%b-%y"]}, role → shapes of that column
     "where": [{"column": "Vendor", "equals": "Nordbolt"}],       rows that count; all must hold
     "unusable": [{"column": "Sent", "equals": "N/A", "reason": "not stated"},
                  {"column": "Sent", "shape": "9999-99-99", "reason": "scrambled"}],
     "outcomes": {"counted": ["fail"], "notCounted": ["pass"]},   with one row per unit
     "qualifiers": [{"qualifier": "lateLimit", "amount": "0", "unit": "d"}],
     "unit": "ms",                                                of values, exposures, durations
     "uncertainty": {"expanded": "0.2", "coverageFactor": "2"},   amount, in `unit`
     "workingTime": {…},                                          duration, see `working`
     "capability": {…},                                           sample, see `capability`
     "plan": {…}, "study": {…}}                                   inspection, gauge: see `studies`

In a shape every digit stands as 9. Blanks around a cell never count.
"""

import re
from collections.abc import Mapping as Members
from dataclasses import dataclass, field, replace
from typing import Any, Final

from openquality_validator.errors import UnusableData
from openquality_validator.measure.amounts import parse_amount
from openquality_validator.measure.table import Dialect
from openquality_validator.measure.working import WorkingTime
from openquality_validator.message import all_of, any_of, message

VERSION: Final = 1
ROLES: Final[Members[str, tuple[frozenset[str], ...]]] = {
    # Each kind needs all the roles of one of these sets.
    "onTime": (frozenset({"due", "event"}),),
    "share": (frozenset({"outcome"}), frozenset({"numerator", "denominator"})),
    "duration": (frozenset({"start", "end"}), frozenset({"value"})),
    "sample": (frozenset({"value"}),),
    "rate": (frozenset({"outcome"}), frozenset({"events", "exposure"})),
    "availability": (frozenset({"start", "end"}), frozenset({"up", "down"})),
    "score": (frozenset({"value"}), frozenset({"promoters", "passives", "detractors"})),
    "amount": (frozenset({"value"}),),
    "count": (frozenset({"outcome"}), frozenset({"events"})),
    "inspection": (frozenset({"outcome"}), frozenset({"events"})),
    "gauge": (frozenset({"value", "part", "operator"}),),
    "life": (frozenset({"value"}),),
}
OPTIONAL_ROLES: Final[Members[str, frozenset[str]]] = {
    "onTime": frozenset({"ordered", "received"}),
    "share": frozenset({"step", "date"}),
    "duration": frozenset({"date"}),
    "sample": frozenset({"order", "subgroup", "date"}),
    "rate": frozenset({"opportunities", "date"}),
    "availability": frozenset({"outages", "date"}),
    "score": frozenset({"date"}),
    "amount": frozenset({"per", "date"}),
    "count": frozenset({"date"}),
    "inspection": frozenset({"date"}),
    "gauge": frozenset({"date"}),
    "life": frozenset({"outcome", "date"}),
}
# By kind, the role whose column has a unit of measurement that no cell states.
MEASURED_ROLES: Final[Members[str, str]] = {
    "duration": "value",
    "rate": "exposure",
    "availability": "up",
    "amount": "value",
    "life": "value",
}
DATE_ROLES: Final = frozenset({"due", "event", "start", "end", "date"})
# A mapping comes with somebody's record, and every part of it is work for each row.
MOST_FORMATS: Final = 8
MOST_CONDITIONS: Final = 50
LONGEST_FORMAT: Final = 40
_MEMBERS: Final = frozenset(
    {
        *("v", "kind", "table", "columns", "dateFormats", "where", "unusable"),
        *("outcomes", "qualifiers", "unit", "uncertainty", "workingTime", "capability", "plan"),
        "study",
    }
)


@dataclass(frozen=True, slots=True)
class Condition:
    """Keep the rows whose cell in `column` equals a text."""

    column: str
    equals: str


@dataclass(frozen=True, slots=True)
class Unusable:
    """Declare cells that hold no value, by their text or their shape, and say why."""

    column: str
    reason: str
    equals: str | None = None
    shape: str | None = None

    def fits(self, text: str) -> bool:
        """Tell whether a cell is one of those declared."""
        return text == self.equals if self.shape is None else shape_of(text) == self.shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """Say what the columns of a data file mean, and which rows count.

    `kind` is one of those in `ROLES`; `columns` names the heading for each role; `qualifiers` are
    those of the claim, in the claim's own form. Raises UnusableData M002 when the parts do not fit
    together.
    """

    kind: str
    columns: Members[str, str]
    table: Dialect = field(default_factory=Dialect)
    date_formats: Members[str, tuple[str, ...]] = field(default_factory=dict)
    where: tuple[Condition, ...] = ()
    unusable: tuple[Unusable, ...] = ()
    counted: tuple[str, ...] = ()
    not_counted: tuple[str, ...] = ()
    qualifiers: tuple[Members[str, str], ...] = ()
    unit: str | None = None
    uncertainty: Members[str, str] | None = None
    working_time: WorkingTime | None = None
    capability: Members[str, Any] | None = None
    plan: Members[str, Any] | None = None
    study: Members[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.kind not in ROLES:
            raise _malformed(
                "kind",
                message("{kind!r} is not one of {roles}.", kind=self.kind, roles=", ".join(ROLES)),
            )
        roles = frozenset(self.columns)
        self._check_roles(roles)
        self._check_size()
        self._check_parts(roles)

    def _check_roles(self, roles: frozenset[str]) -> None:
        sets, optional = ROLES[self.kind], OPTIONAL_ROLES[self.kind]
        chosen = [needed for needed in sets if needed <= roles]
        if len(chosen) != 1 or not roles <= chosen[0] | optional:
            needed = any_of(all_of(sorted(each)) for each in sets)
            more = ", ".join(sorted(optional))
            raise _malformed(
                "columns",
                message(
                    "{kind} needs {needed}, may have {more}, and was given {value}.",
                    kind=self.kind,
                    needed=needed,
                    more=more,
                    value=", ".join(sorted(roles)) or message("none"),
                ),
            )
        if ("ordered" in roles) != ("received" in roles):
            raise _malformed("columns", message("ordered and received come together."))
        if self.kind == "availability" and "start" in roles and roles & optional:
            raise _malformed("columns", message("outages and date go with up and down."))
        if "opportunities" in roles and self.unit not in {None, "1"}:
            raise _malformed("unit", message("units with opportunities are counted in 1."))
        if set(self.date_formats) != roles & DATE_ROLES:
            raise _malformed(
                "dateFormats", message("it states the formats of each date column, no other.")
            )

    def _check_parts(self, roles: frozenset[str]) -> None:
        if ("outcome" in roles) != bool(self.counted or self.not_counted):
            raise _malformed(
                "outcomes",
                message(
                    "which texts of the column for outcome are counted, and which are not, is "
                    "stated (`--counted` and `--not-counted`); without such a column neither is."
                ),
            )
        if set(self.counted) & set(self.not_counted):
            raise _malformed("outcomes", message("a text is counted or not, never both."))
        for kind, member in (("sample", "capability"), ("inspection", "plan"), ("gauge", "study")):
            if (self.kind == kind) != (getattr(self, member) is not None):
                raise _malformed(
                    member, message("it goes with kind {kind}, and only with it.", kind=kind)
                )
        measured = MEASURED_ROLES.get(self.kind)
        if (measured in roles) != (self.unit is not None):
            raise _malformed(
                "unit",
                message(
                    "the unit of the column for {measured} is stated (`--unit`; 1 for things "
                    "that are counted); without such a column none is.",
                    measured=measured,
                ),
            )
        if self.uncertainty is not None:
            self._check_uncertainty(self.uncertainty)
        if self.working_time is not None and not (self.kind == "duration" and "start" in roles):
            raise _malformed("workingTime", message("it goes with a duration from start to end."))

    def _check_uncertainty(self, stated: Members[str, str]) -> None:
        if self.kind != "amount":
            raise _malformed("uncertainty", message("it goes with kind amount, and only with it."))
        amounts = {name: parse_amount(text) for name, text in stated.items()}
        if not {"expanded"} <= set(amounts) <= {"expanded", "coverageFactor"}:
            raise _malformed(
                "uncertainty", message("it holds expanded and, if known, coverageFactor.")
            )
        for name, amount in amounts.items():
            if amount is None or amount.is_signed():
                raise _malformed(
                    "uncertainty",
                    message(
                        "{name} is {stated!r}; it is a decimal, zero or more.",
                        name=name,
                        stated=stated[name],
                    ),
                )

    def _check_size(self) -> None:
        formats = [form for forms in self.date_formats.values() for form in forms]
        if len(formats) > MOST_FORMATS or any(len(form) > LONGEST_FORMAT for form in formats):
            raise _malformed(
                "dateFormats",
                message("{most_formats} short ones are enough.", most_formats=MOST_FORMATS),
            )
        if len(self.where) > MOST_CONDITIONS or len(self.unusable) > MOST_CONDITIONS:
            raise _malformed(
                "where",
                message(
                    "{most_conditions} conditions and exclusions are enough.",
                    most_conditions=MOST_CONDITIONS,
                ),
            )

    def only(self, column: str, equals: str) -> "Mapping":
        """Return the mapping for one subject out of many: rows where `column` equals a text."""
        return replace(self, where=(*self.where, Condition(column, equals)))

    def qualifier(self, name: str) -> Members[str, str] | None:
        """Return the qualifier of that name, or None."""
        return next((each for each in self.qualifiers if each["qualifier"] == name), None)

    @classmethod
    def from_json(cls, value: object) -> "Mapping":
        """Read a mapping, or raise UnusableData M002 naming the member at fault."""
        if not isinstance(value, dict):
            raise _malformed("", message("it is not an object."))
        if value.get("v") != VERSION:
            raise _malformed(
                "v", message("this software reads version {version}.", version=VERSION)
            )
        unknown = sorted(set(value) - _MEMBERS)
        if unknown:
            raise _malformed(
                unknown[0],
                message("it is unknown; known are {members}.", members=", ".join(sorted(_MEMBERS))),
            )
        outcomes = _members(value, "outcomes")
        working_time = _members(value, "workingTime")
        unit = value.get("unit")
        if unit is not None and not isinstance(unit, str):
            raise _malformed("unit", message("it is a text."))
        return cls(
            kind=str(value.get("kind")),
            table=Dialect.from_json(_members(value, "table")),
            columns={
                role: _text(name, "columns") for role, name in _members(value, "columns").items()
            },
            date_formats={
                role: _texts(forms, "dateFormats")
                for role, forms in _members(value, "dateFormats").items()
            },
            where=tuple(
                Condition(*_record(each, "where", ("column", "equals")))
                for each in _list(value, "where")
            ),
            unusable=tuple(_unusable(each) for each in _list(value, "unusable")),
            counted=_texts(outcomes.get("counted", []), "outcomes"),
            not_counted=_texts(outcomes.get("notCounted", []), "outcomes"),
            qualifiers=tuple(_qualifier(each) for each in _list(value, "qualifiers")),
            unit=unit,
            uncertainty={
                name: _text(part, "uncertainty")
                for name, part in _members(value, "uncertainty").items()
            }
            or None,
            working_time=WorkingTime.from_json(working_time) if working_time else None,
            capability=_members(value, "capability") or None,
            plan=_members(value, "plan") or None,
            study=_members(value, "study") or None,
        )

    def to_json(self) -> dict[str, Any]:
        """Write the mapping as JSON; reading it back gives an equal value."""
        members: dict[str, Any] = {
            "v": VERSION,
            "kind": self.kind,
            "table": self.table.to_json(),
            "columns": dict(self.columns),
            "dateFormats": {role: list(forms) for role, forms in self.date_formats.items()},
            "where": [{"column": each.column, "equals": each.equals} for each in self.where],
            "unusable": [_unusable_json(each) for each in self.unusable],
            "outcomes": {"counted": list(self.counted), "notCounted": list(self.not_counted)}
            if self.counted or self.not_counted
            else {},
            "qualifiers": [dict(each) for each in self.qualifiers],
            "unit": self.unit,
            "uncertainty": dict(self.uncertainty) if self.uncertainty else None,
            "workingTime": self.working_time.to_json() if self.working_time else None,
            "capability": dict(self.capability) if self.capability else None,
            "plan": dict(self.plan) if self.plan else None,
            "study": dict(self.study) if self.study else None,
        }
        return {name: part for name, part in members.items() if part or part == 0}


def shape_of(text: str) -> str:
    """Replace every digit by 9."""
    return re.sub(r"\d", "9", text, flags=re.ASCII)


def _malformed(member: str, why: str) -> UnusableData:
    where = f"The mapping's member `{member}`: " if member else "The mapping: "
    return UnusableData("M002", where + why, message("See docs/guide/measure.md for the form."))


def _members(value: Members[str, Any], name: str) -> dict[str, Any]:
    part = value.get(name, {})
    if not isinstance(part, dict):
        raise _malformed(name, message("it is an object."))
    return part


def _list(value: Members[str, Any], name: str) -> list[Any]:
    part = value.get(name, [])
    if not isinstance(part, list):
        raise _malformed(name, message("it is a list."))
    return part


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise _malformed(name, message("{value!r} is not a text.", value=value))
    return value


def _texts(value: object, name: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _malformed(name, message("{value!r} is not a list of texts.", value=value))
    return tuple(_text(each, name) for each in value)


def _record(value: object, name: str, members: tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(value, dict) or set(value) != set(members):
        raise _malformed(name, message("each holds {members}.", members=all_of(members)))
    return tuple(_text(value[member], name) for member in members)


def _unusable(value: object) -> Unusable:
    by = "shape" if isinstance(value, dict) and "shape" in value else "equals"
    column, reason, text = _record(value, "unusable", ("column", "reason", by))
    return Unusable(column, reason, **{by: text})


def _unusable_json(value: Unusable) -> dict[str, str]:
    by = {"equals": value.equals} if value.shape is None else {"shape": value.shape}
    return {
        "column": value.column,
        **{k: v for k, v in by.items() if v is not None},
        "reason": value.reason,
    }


def _qualifier(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or "qualifier" not in value:
        raise _malformed(
            "qualifiers", message("each holds `qualifier` and `code`, `text` or an amount.")
        )
    return {str(name): _text(part, "qualifiers") for name, part in value.items()}
