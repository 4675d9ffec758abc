"""The sheets of the template: made from the JSON Schema, the catalogue and `sheets.json`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Final

import orjson

from openquality_validator import catalogue as catalogues
from openquality_validator.catalogue import Metric, Qualifier
from openquality_validator.message import Message, message
from openquality_validator.sheets.column import Column, Kind, Need, keyed
from openquality_validator.sheets.members import columns, definition

RECORD: Final = Column(
    ("record",),
    Kind.DIGITS,
    (message("Record"),),
    message(
        "A short name of your own for the product or service, the same on every sheet; "
        "may be empty if there is only one."
    ),
)
CLAIM: Final = Column(
    ("claim",),
    Kind.DIGITS,
    (message("Claim"),),
    message(
        "A short name of your own for the claim, such as c1, by which other sheets name it; "
        "may be empty if none does."
    ),
)


class Row(StrEnum):
    """Say what a row of a sheet stands for."""

    WORKBOOK = "workbook"
    RECORD = "record"
    CLAIM = "claim"
    PART = "part"  # an element of a list of a record or a claim
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class Table:
    """Describe a sheet. `place` is the list that its rows go into, if they go into one.

    `type` is that of the claims; `metrics` are those that its claims can be about.
    """

    id: str
    title: Message
    about: Message
    row: Row
    columns: tuple[Column, ...]
    type: str = ""
    place: tuple[str, ...] = ()
    of_record: bool = False  # whether the list is one of the record, not of a claim
    metrics: tuple[str, ...] = ()

    def column(self, pointer: str) -> Column | None:
        """Return the column of a pointer, or None."""
        return next((each for each in self.columns if each.pointer == pointer), None)


@dataclass(frozen=True, slots=True)
class Sector:
    """Name the metrics and sheets that a line of business begins with."""

    id: str
    title: str
    metrics: tuple[str, ...]
    sheets: tuple[str, ...]


@cache
def data() -> dict[str, Any]:
    """Return `sheets.json`: which parts of the schema stand on which sheet."""
    found: dict[str, Any] = orjson.loads(
        files("openquality_validator.sheets").joinpath("sheets.json").read_bytes()
    )
    return found


def version() -> int:
    """Return the version of the template's form; a change of sheets or columns raises it."""
    number: int = data()["version"]
    return number


@cache
def sectors() -> Mapping[str, Sector]:
    """Return the sectors by id."""
    return {
        name: Sector(name, each["title"], tuple(each["metrics"]), tuple(each["sheets"]))
        for name, each in data()["sectors"].items()
    }


@cache
def tables() -> tuple[Table, ...]:
    """Return every sheet with every column that it can have, in the order of the template."""
    return tuple(_table(each, only=None) for each in data()["sheets"])


def table(name: str) -> Table | None:
    """Return the sheet of an id, or None."""
    return next((each for each in tables() if each.id == name), None)


def _table(found: Mapping[str, Any], *, only: Collection[str] | None) -> Table:
    """Build a sheet for all its metrics, or for some; with none of them it has no qualifiers."""
    row, root = Row(found["row"]), found["root"]
    metrics = _metrics(root, found.get("forms"))
    if only:
        metrics = [each for each in metrics if each.id in only]
    members = found.get("members") or list(definition(root)["properties"])
    if row is Row.CLAIM:
        # What the claim is about and when, then its own members, then what all claims may state.
        first, last = (
            [m for m in data()["claim"][e] if m in definition(root)["properties"]]
            for e in ("first", "last")
        )
        members = [members[0], *first, *members[1:], *last]
    known = columns(root, members, skip=data()["skip"], identifiers=data()["identifiers"])
    # Steps and evidence have ids and names of their own, not those of the record.
    named = [_named(each) if row in {Row.WORKBOOK, Row.RECORD} else each for each in known]
    listed = [_needed(each, metrics) for each in named]
    if row is Row.CLAIM and only != () and "qualifiers" in definition(root)["properties"]:
        listed = _with_qualifiers(listed, metrics)
    whole = {each.path[:-1] for each in listed if each.need is Need.ALWAYS and each.path[:-1]}
    listed = [  # an object that is always there has all that such an object needs
        replace(each, need=Need.ALWAYS)
        if each.need is Need.GROUP and each.path[:-1] in whole
        else each
        for each in listed
    ]
    keys = {Row.WORKBOOK: (), Row.RECORD: (RECORD,), Row.EVIDENCE: (RECORD,)}.get(row)
    of_record = found.get("of") == "records"
    if keys is None:
        keys = (RECORD,) if of_record else (RECORD, CLAIM)
    return Table(
        found["id"],
        message(found["title"]),
        message(found["about"]),
        row,
        (*keys, *listed),
        type=root if row is Row.CLAIM else "",
        place=tuple(found["list"].split("/")) if "list" in found else (),
        of_record=of_record,
        metrics=tuple(each.id for each in metrics),
    )


def _named(column: Column) -> Column:
    """Give a column a heading unlike its neighbours'; what is derived needs no value."""
    title = data()["titles"].get(column.pointer)
    if title is not None:
        column = replace(column, titles=(title,))
    return replace(column, need=Need.OPTIONAL) if column.pointer in data()["derived"] else column


def _metrics(root: str, forms: list[str] | None) -> list[Metric]:
    known = catalogues.load().metrics.values()
    if root == "ServiceLevelClaim":
        return list(known)
    return [each for each in known if each.carrier == root and (not forms or each.form in forms)]


def _needed(column: Column, metrics: list[Metric]) -> Column:
    """Mark a column that the catalogue asks for although the schema does not."""
    if column.kind is Kind.METRIC:
        column = replace(column, choices=tuple(each.id for each in metrics))
    if column.path in {("value", "unit"), ("objective", "unit")} and column.kind is Kind.UNIT:
        units = dict.fromkeys(unit for each in metrics for unit in each.allowed_units)
        column = replace(column, choices=tuple(units))
    path = ".".join(column.path)
    asked = {each.id: set(each.requires) for each in metrics}
    # What needs an object needs the members without which there is none.
    holders = {path.rpartition(".")[0]} if column.need is Need.GROUP else set()
    asking = [each for each in metrics if asked[each.id] & {path, *holders}]
    if not asking or column.need is Need.ALWAYS:
        return column
    if len(asking) == len(metrics):
        return replace(column, need=Need.ALWAYS)
    return replace(column, need=Need.SOMETIMES, needed_by=tuple(m.id for m in asking))


def choose(metrics: Collection[str], sheets: Collection[str]) -> tuple[Table, ...]:
    """Return the sheets for some metrics and these sheets beside them; none of both means all.

    A sheet of chosen metrics has a column for each of their qualifiers. Otherwise qualifiers have a
    sheet of their own, where a row names the claim.
    """
    found: dict[str, Table] = {}
    for each in data()["sheets"]:
        row, name = Row(each["row"]), each["id"]
        wanted = [m.id for m in _metrics(each["root"], each.get("forms")) if m.id in metrics]
        if row is Row.CLAIM and wanted and each["root"] != "ServiceLevelClaim":
            found[name] = _table(each, only=wanted)
        elif row in {Row.WORKBOOK, Row.RECORD} or name in sheets or not (metrics or sheets):
            found[name] = _table(each, only=())
    for name, is_needed in (
        ("steps", "yields" in found),
        ("qualifiers", any(_lacks_qualifiers(each) for each in found.values())),
    ):
        if is_needed and name not in found:
            found[name] = _table(next(t for t in data()["sheets"] if t["id"] == name), only=())
    return tuple(found[each.id] for each in tables() if each.id in found)


def _lacks_qualifiers(found: Table) -> bool:
    """Tell whether claims of a sheet may state qualifiers for which it has no columns."""
    may = bool(found.type) and "qualifiers" in definition(found.type)["properties"]
    return may and not any(each.path[0] == "qualifiers" for each in found.columns)


def _with_qualifiers(listed: list[Column], metrics: list[Metric]) -> list[Column]:
    """Put a column for each qualifier of these metrics before what all claims may state."""
    last = data()["claim"]["last"]
    at = next(i for i, each in enumerate(listed) if each.path[0] in last)
    return [*listed[:at], *qualifier_columns(metrics), *listed[at:]]


def qualifier_columns(metrics: list[Metric]) -> list[Column]:
    """Return the columns of all qualifiers of some metrics, in the order of the catalogue."""
    found: dict[str, Column] = {}
    for metric in metrics:
        for qualifier in metric.qualifiers:
            for column in _qualifier(qualifier):
                known = found.get(column.pointer)
                codes = dict.fromkeys((*(known.choices if known else ()), *column.choices))
                asking = (*(known.needed_by if known else ()), *([metric.id] * qualifier.required))
                # What some metric requires is explained in the words of the first that does.
                about = column.about
                if known is not None and (known.needed_by or not qualifier.required):
                    about = known.about
                found[column.pointer] = replace(
                    column, choices=tuple(codes), needed_by=asking, about=about
                )
    every = len(metrics)
    return [_with_need(each, every) for each in found.values()]


def _with_need(column: Column, every: int) -> Column:
    if len(column.needed_by) == every:
        return replace(column, need=Need.ALWAYS, needed_by=())
    return replace(column, need=Need.SOMETIMES if column.needed_by else Need.OPTIONAL)


def _qualifier(qualifier: Qualifier) -> list[Column]:
    words = "".join(f" {each.lower()}" if each.isupper() else each for each in qualifier.name)
    titles = ("Qualifier", words[:1].upper() + words[1:])
    path = ("qualifiers", keyed("qualifier", qualifier.name))
    about = qualifier.definition
    if qualifier.kind == "quantity":
        return [
            Column((*path, "amount"), Kind.NUMBER, (*titles, "Amount"), about),
            Column((*path, "unit"), Kind.UNIT, (*titles, "Unit"), "", choices=qualifier.units),
        ]
    if qualifier.kind == "code":
        return [Column((*path, "code"), Kind.CHOICE, titles, about, choices=qualifier.codes)]
    return [Column((*path, "text"), Kind.TEXT, titles, about)]
