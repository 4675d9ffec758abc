"""What a profile document can have wrong: its shape, then what a schema cannot say.

Metrics, units and qualifiers are judged as in a query, with the same codes (Q001, Q005 to Q008).
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from openquality_validator import query_findings, structure
from openquality_validator.catalogue import Catalogue
from openquality_validator.findings import Finding, Severity
from openquality_validator.message import message
from openquality_validator.nearest import nearest

SCHEMA = "profile.schema.json"
_PASSED_ON = ("metric", "comparator", "unit", "of", "qualifiers")  # of a metric asked for
_NO_DAY = dt.date(
    2026, 1, 1
)  # asked for by findings about exchange rates, which have no place here
_FIRST = "/where/0"  # where its question stands in a query

Json = Mapping[str, Any]


def check(document: object, *, catalogue: Catalogue) -> Iterator[Finding]:
    """Find every mistake in a profile document; rules are only asked where its shape holds."""
    report = structure.check_document(document, schema=SCHEMA)
    yield from report.findings
    if not report.valid or not isinstance(document, Mapping):
        return
    for rule in _RULES:
        yield from rule(document)
    yield from _metrics(document, catalogue)


def question(asks: Json, value: str) -> dict[str, Any]:
    """Write a metric asked for as a query document (docs/spec/query.md)."""
    where = {name: asks[name] for name in _PASSED_ON if name in asks}
    more = {name: asks[name] for name in ("maxAgeDays", "minSample", "floors") if name in asks}
    return {"where": [{**where, "value": value}], **more}


def ordered(document: Json) -> list[str]:
    """List the ids of the indicators, each after those on which its condition rests.

    Those in a cycle are left out.
    """
    waiting = {
        each["id"]: {other["id"] for other in each.get("appliesWhen", {}).get("indicators", ())}
        for _, each in _indicators(document)
    }
    found: list[str] = []
    while ready := [name for name, rests_on in waiting.items() if not rests_on & waiting.keys()]:
        found.extend(ready)
        for name in ready:
            del waiting[name]
    return found


def _twice(document: Json) -> Iterator[Finding]:
    """Ids are said once: of sections, of indicators in the whole profile, of levels."""
    sections = [(f"/sections/{at}", each) for at, each in enumerate(document["sections"])]
    levels = [(f"/levels/{at}", each) for at, each in enumerate(document["levels"])]
    for group in (sections, list(_indicators(document)), levels):
        seen: set[str] = set()
        for where, each in group:
            if each["id"] in seen:
                yield _error(
                    "Z201",
                    f"{where}/id",
                    message("The id {id} stands twice.", id=each["id"]),
                    message("Give each its own: results and levels name it."),
                )
            seen.add(each["id"])


def _sums(document: Json) -> Iterator[Finding]:
    """Points add up: of the sections to the profile's, of the indicators to their section's."""
    yield from _sum("", document, document["sections"])
    for at, section in enumerate(document["sections"]):
        yield from _sum(f"/sections/{at}", section, section["indicators"])


def _sum(where: str, whole: Json, parts: Iterable[Json]) -> Iterator[Finding]:
    total = sum((Fraction(each["points"]) for each in parts), Fraction(0))
    if total != Fraction(whole["points"]) or not total:
        yield _error(
            "Z202",
            f"{where}/points",
            message(
                "The parts have {total} points together, and {points} are stated.",
                total=float(total),
                points=whole["points"],
            ),
            message("Change the points of the parts, or the sum; it must be more than 0."),
        )


def _conditions(document: Json) -> Iterator[Finding]:
    """Conditions name indicators and parameters that there are, and run in no circle."""
    ids = [each["id"] for _, each in _indicators(document)]
    values = {each["name"]: each["values"] for each in document.get("parameters", ())}
    in_order = set(ordered(document))
    for where, each in _indicators(document):
        when = each.get("appliesWhen", {})
        for at, other in enumerate(when.get("indicators", ())):
            if other["id"] not in ids:
                yield _nothing(f"{where}/appliesWhen/indicators/{at}/id", other["id"], ids)
        for at, named in enumerate(when.get("parameters", ())):
            place = f"{where}/appliesWhen/parameters/{at}"
            yield from _parameter(place, named["name"], named["values"], values)
        by = each["asks"].get("valueBy")
        if by is not None:
            place = f"{where}/asks/valueBy"
            yield from _parameter(place, by["parameter"], tuple(by["values"]), values, whole=True)
        if each["id"] not in in_order:
            yield _error(
                "Z204",
                f"{where}/appliesWhen",
                message("Whether {id} applies depends, in the end, on itself.", id=each["id"]),
                message("Take one indicator of the circle out of the conditions."),
            )


def _parameter(
    where: str, name: str, used: Sequence[str], known: Mapping[str, Any], *, whole: bool = False
) -> Iterator[Finding]:
    if name not in known:
        yield _nothing(where, name, known)
        return
    for value in used:
        if value not in known[name]:
            yield _nothing(where, value, known[name])
    lacking = [value for value in known[name] if value not in used] if whole else []
    if lacking:
        yield _error(
            "Z205",
            where,
            message("There is no threshold for {value} of {name}.", value=lacking[0], name=name),
            message("State a threshold for each value of the parameter."),
        )


def _defaults(document: Json) -> Iterator[Finding]:
    """The default of a parameter is one of its values."""
    for at, each in enumerate(document.get("parameters", ())):
        if each["default"] not in each["values"]:
            yield _nothing(f"/parameters/{at}/default", each["default"], each["values"])


def _levels(document: Json) -> Iterator[Finding]:
    """Levels rise, ask for no more than there is, and only the lowest is given in any case."""
    ids = [each["id"] for _, each in _indicators(document)]
    below = Fraction(0)
    for at, level in enumerate(document["levels"]):
        for place, name in enumerate(level.get("requires", ())):
            if name not in ids:
                yield _nothing(f"/levels/{at}/requires/{place}", name, ids)
        least = Fraction(level.get("minPoints", "0"))
        if least < below or least > Fraction(document["points"]):
            yield _error(
                "Z206",
                f"/levels/{at}/minPoints",
                message("Level {id} cannot follow the one below it.", id=level["id"]),
                message("List levels from the lowest to the highest, none above all points."),
            )
        below = max(below, least)
        if level.get("always") and at:
            yield _error(
                "Z206",
                f"/levels/{at}/always",
                message("Level {id} is not the lowest.", id=level["id"]),
                message("Only the lowest level is given in any case; take `always` out."),
            )


def _assumed(document: Json) -> Iterator[Finding]:
    """What is marked as assumed is there."""
    for where, each in _objects(document):
        for at, name in enumerate(each.get("assumed", ())):
            if name not in each and name not in each.get("asks", ()):
                known = [*each, *each.get("asks", ())]
                yield _nothing(f"{where}/assumed/{at}", name, known)


def _metrics(document: Json, catalogue: Catalogue) -> Iterator[Finding]:
    """Metrics, units and qualifiers are those of the catalogue, and thresholds have a direction."""
    for where, each in _indicators(document):
        asks = each["asks"]
        place = f"{where}/asks"
        if asks["type"] == "claim" and "metric" in asks and asks["metric"] not in catalogue.metrics:
            yield _nothing(f"{place}/metric", asks["metric"], catalogue.metrics)
        if asks["type"] != "metric":
            continue
        stated = question(asks, asks.get("value", "0"))
        for found in query_findings.check(stated, catalogue, today=_NO_DAY):
            pointer = f"{place}{found.pointer.removeprefix(_FIRST)}"
            if found.code != _NO_TARGET:
                yield Finding(found.code, found.severity, pointer, found.message, found.hint)
        metric = catalogue.metrics.get(asks["metric"])
        if metric is None:
            continue
        wrong = {"higherBetter": "atMost", "lowerBetter": "atLeast"}.get(metric.direction)
        if wrong in {None, asks["comparator"]}:
            yield _error(
                "Z207",
                f"{place}/comparator",
                message(
                    "{metric} has the direction {direction}: {comparator} says nothing about it.",
                    metric=metric.id,
                    direction=metric.direction,
                    comparator=asks["comparator"],
                ),
                message("Ask for atLeast where higher is better, and for atMost where lower is."),
            )


def _indicators(document: Json) -> Iterator[tuple[str, Json]]:
    for at, section in enumerate(document["sections"]):
        for place, each in enumerate(section["indicators"]):
            yield f"/sections/{at}/indicators/{place}", each


def _objects(document: Json) -> Iterator[tuple[str, Json]]:
    yield "", document
    for name in ("sections", "levels"):
        yield from ((f"/{name}/{at}", each) for at, each in enumerate(document[name]))
    yield from _indicators(document)
    yield from ((f"/{name}", document[name]) for name in ("cycle", "sampling") if name in document)


def _nothing(where: str, name: str, known: Iterable[str]) -> Finding:
    near = ", ".join(nearest(name, known))
    return _error(
        "Z203",
        where,
        message("There is no {name!r} here.", name=name),
        message("Did you mean {near}?", near=near)
        if near
        else message("Name one that the profile, or the catalogue, has."),
    )


def _error(code: str, where: str, said: str, hint: str) -> Finding:
    return Finding(code, Severity.ERROR, where, said, hint)


_RULES = (_twice, _sums, _conditions, _defaults, _levels, _assumed)
_NO_TARGET = "Q008"  # said by Z207 in a profile
