"""What a query can have wrong beyond its shape: a finding for each, with the nearest right word."""

import datetime as dt
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from openquality_validator import subjects
from openquality_validator.catalogue import MONEY, Catalogue, Metric, Qualifier
from openquality_validator.compare.measurement import spell
from openquality_validator.errors import InvalidInput, UnknownTerm
from openquality_validator.findings import Finding, Severity
from openquality_validator.message import any_of, message
from openquality_validator.nearest import nearest
from openquality_validator.observations.observation import CODES as CODES_OF_OBSERVATIONS
from openquality_validator.rules import check_digits

# docs/spec/query.md says the same.
CODES: Mapping[str, str] = {
    "Q001": "There is no such metric.",
    "Q002": "A metric stands twice.",
    "Q003": "The ranking names a metric that is not asked for.",
    "Q004": "All weights are zero.",
    "Q005": "The metric is not given in this unit.",
    "Q006": "The metric has no such qualifier.",
    "Q007": "A qualifier has no readable value.",
    "Q008": "A metric that is best at a target is asked for without one.",
    "Q009": "The cursor does not continue this query.",
    "Q010": "Too many values are eligible to be joined or ranked by weights.",
    "Q011": "A member of a look-up or a comparison is not what it should be.",
    "Q012": "An identifier has not the form of its scheme.",
    "Q013": "A dated exchange rate is of no use here.",
    "Q014": "What is reserved names no suppliers.",
    "Q015": "A material has neither a CAS number nor a name.",
    "Q016": "There is no such observation.",
    "Q017": "The log has no checkpoint of this size.",
    "Q018": "An answer with bundles has too many rows.",
    "Q019": "A parameter of a query in a URL cannot be read.",
    "Q020": "A copy of the log cannot answer this query.",
}
MAX_ROWS = 500  # as the schema says
MAX_WITH_BUNDLES = 50  # rows; a bundle has some 10 KB
OBSERVATIONS = tuple(CODES_OF_OBSERVATIONS)  # what may stand under `without`

Json = Mapping[str, Any]


def check(document: Json, catalogue: Catalogue, *, today: dt.date) -> Iterator[Finding]:
    """Find every mistake in a query that has the right shape."""
    for index, item in enumerate(document["where"]):
        yield from _where(f"/where/{index}", item, catalogue)
    for index, item in enumerate(document.get("serviceLevels", ())):
        yield from _level(f"/serviceLevels/{index}", item, catalogue)
    named = [item["metric"] for item in document["where"]]
    for index, name in enumerate(named):
        if name in named[:index]:
            yield _error(
                "Q002",
                f"/where/{index}/metric",
                message("{name} stands twice.", name=name),
                message("Ask once."),
            )
    yield from _rank(document.get("rank", ()), named)
    for index, item in enumerate(document.get("subject", {}).get("identifiers", ())):
        yield from _identifier(f"/subject/identifiers/{index}", item)
    yield from _rates(document, catalogue, today)
    yield from _materials(document)
    yield from _reserve(document)
    for index, name in enumerate(document.get("without", ())):
        if name not in OBSERVATIONS:
            yield _unknown("Q016", f"/without/{index}", message("observation"), name, OBSERVATIONS)
    yield from _bundles(document)


def _materials(document: Json) -> Iterator[Finding]:
    for index, item in enumerate(document.get("provenance", ())):
        if not {"casNumber", "name"} & item.get("material", {"name": ""}).keys():
            yield _error(
                "Q015",
                f"/provenance/{index}/material",
                message("The material is not named."),
                message('Add "casNumber", or "name" as the statement writes it.'),
            )


def _reserve(document: Json) -> Iterator[Finding]:
    reserve = document.get("fairness", {}).get("reserve")
    if reserve is not None and not {"sizeClasses", "countries"} & reserve.keys():
        yield _error(
            "Q014",
            "/fairness/reserve",
            message("It does not say for whom places are reserved."),
            message('Add "sizeClasses" for small suppliers, "countries" for local ones, or both.'),
        )


def _bundles(document: Json) -> Iterator[Finding]:
    if document.get("bundles") and document.get("limit", 0) > MAX_WITH_BUNDLES:
        yield _error(
            "Q018",
            "/limit",
            message(
                "With bundles an answer has at most {max_with_bundles} rows.",
                max_with_bundles=MAX_WITH_BUNDLES,
            ),
            message("Lower `limit`, and follow `next`."),
        )


def _rank(rank: Iterable[Json], named: list[str]) -> Iterator[Finding]:
    weights = []
    for index, item in enumerate(rank):
        weights.append(Decimal(item["weight"]))
        if item["metric"] not in named:
            yield _error(
                "Q003",
                f"/rank/{index}/metric",
                message("{metric} is not among the metrics asked for.", metric=item["metric"]),
                message("Add it to `where`; without a threshold it excludes nothing."),
            )
    if weights and not sum(weights):
        yield _error(
            "Q004", "/rank", message("All weights are zero."), message("Give one metric a weight.")
        )


def _where(pointer: str, item: Json, catalogue: Catalogue) -> Iterator[Finding]:
    metric = yield from _metric(f"{pointer}/metric", item["metric"], catalogue)
    if metric is None:
        return
    yield from _unit(f"{pointer}/unit", item.get("unit"), metric, catalogue)
    for index, qualifier in enumerate(item.get("qualifiers", ())):
        yield from _qualifier(f"{pointer}/qualifiers/{index}", qualifier, metric, catalogue)
    if metric.quantity_kind == MONEY and "target" in item and "unit" not in item:
        yield _error(
            "Q005",
            f"{pointer}/target",
            message("The target has no currency."),
            message('Add "unit".'),
        )
    if metric.direction == "target" and "target" not in item:
        yield _error(
            "Q008",
            f"{pointer}/metric",
            message("{id} is best at a target, and none is given.", id=metric.id),
            message('Add "target".'),
        )


def _level(pointer: str, item: Json, catalogue: Catalogue) -> Iterator[Finding]:
    metric = yield from _metric(f"{pointer}/indicator", item["indicator"], catalogue)
    if metric is not None:
        yield from _unit(f"{pointer}/unit", item["unit"], metric, catalogue)


def _metric(
    pointer: str, name: str, catalogue: Catalogue
) -> Generator[Finding, None, Metric | None]:
    try:
        return catalogue.metric(name)
    except UnknownTerm as unknown:
        near = any_of(unknown.nearest)
        hint = (
            message("Did you mean {near}?", near=near) if near else message("See GET /v1/metrics.")
        )
        yield _error("Q001", pointer, message("No metric {term!r}.", term=unknown.term), hint)
        return None


def _unit(
    pointer: str, unit: str | None, metric: Metric, catalogue: Catalogue
) -> Iterator[Finding]:
    if unit is None or unit in metric.allowed_units:
        return
    meant = [each for each in catalogue.units_like(unit) if each in metric.allowed_units]
    listed = ", ".join(metric.allowed_units[:_LISTED])
    more = "" if len(metric.allowed_units) <= _LISTED else " …"
    yield _error(
        "Q005",
        pointer,
        message("{id} is not given in {unit!r}.", id=metric.id, unit=unit),
        message("Did you mean {meant}?", meant=any_of(meant))
        if meant
        else message("Use one of: {listed}{more}.", listed=listed, more=more),
    )


def _qualifier(
    pointer: str, asked: Json, metric: Metric, catalogue: Catalogue
) -> Iterator[Finding]:
    known = {q.name: q for q in metric.qualifiers}
    name = asked["qualifier"]
    if name not in known:
        said = message("{id} has no qualifier {name!r}.", id=metric.id, name=name)
        hint = _meant(name, known) or message(
            "It has: {known}.", known=", ".join(sorted(known)) or message("none")
        )
        yield _error("Q006", f"{pointer}/qualifier", said, hint)
        return
    try:
        spell(asked, catalogue)
    except (KeyError, UnknownTerm, InvalidInput):
        yield _error(
            "Q007",
            pointer,
            message("A qualifier needs a code, a text, or an amount with its unit."),
            message("Write it as in the record that it should match."),
        )
        return
    yield from _code(pointer, asked, known[name])


def _code(pointer: str, asked: Json, qualifier: Qualifier) -> Iterator[Finding]:
    if qualifier.kind != "code" or "code" not in asked or asked["code"] in qualifier.codes:
        return
    if not qualifier.codes:
        return  # an open list
    said = message("{name} is never {code!r}.", name=qualifier.name, code=asked["code"])
    hint = _meant(asked["code"], qualifier.codes) or message(
        "Use one of: {codes}.", codes=", ".join(qualifier.codes)
    )
    yield _error("Q007", f"{pointer}/code", said, hint)


def _identifier(pointer: str, item: Json) -> Iterator[Finding]:
    scheme = item["scheme"]
    value = subjects.identifier_key(scheme, item["value"]).partition(":")[2]
    check = _CHECKS.get(scheme)
    if check is not None and not (value.isascii() and value.isalnum() and check(value)):
        yield _error(
            "Q012",
            f"{pointer}/value",
            message(
                "{value!r} is no {upper}: its length or its check digit is wrong.",
                value=item["value"],
                upper=scheme.upper(),
            ),
            message("Copy it again from where it stands."),
        )


def _rates(document: Json, catalogue: Catalogue, today: dt.date) -> Iterator[Finding]:
    as_of = document.get("asOf", today.isoformat())
    money = {
        item.get("unit")
        for item in document["where"]
        if item["metric"] in catalogue.metrics
        and catalogue.metrics[item["metric"]].quantity_kind == MONEY
    }
    seen: set[tuple[str, str]] = set()
    for index, item in enumerate(document.get("rates", ())):
        pointer, pair = f"/rates/{index}", (item["from"], item["to"])
        for name in ("from", "to"):
            if item[name] not in catalogue.currencies:
                yield _unknown(
                    "Q013",
                    f"{pointer}/{name}",
                    message("currency"),
                    item[name],
                    catalogue.currencies,
                )
        if pair in seen or item["from"] == item["to"]:
            said = message(
                "{from_} to {to} is said already, or one currency.",
                from_=item["from"],
                to=item["to"],
            )
            yield _error("Q013", pointer, said, message("Give one rate for each pair."))
        elif item["to"] not in money:
            said = message("No metric is asked for in {to}.", to=item["to"])
            yield _error(
                "Q013", f"{pointer}/to", said, message('Name the currency as "unit" in `where`.')
            )
        seen.add(pair)
        if not Decimal(item["rate"]):
            yield _error(
                "Q013",
                f"{pointer}/rate",
                message("The rate is zero."),
                message("Give the day's rate."),
            )
        if item["date"] > as_of:
            said = message(
                "The rate is of {date}, after {as_of}, the date of the question.",
                date=item["date"],
                as_of=as_of,
            )
            yield _error(
                "Q013", f"{pointer}/date", said, message("Take a rate of that day or before.")
            )


_LISTED = 12
_GTIN_LENGTH, _GLN_LENGTH, _LEI_LENGTH = 14, 13, 20
_CHECKS: Mapping[str, Callable[[str], bool]] = {
    "gtin": lambda v: v.isdecimal() and len(v) == _GTIN_LENGTH and check_digits.gs1(v),
    "gln": lambda v: v.isdecimal() and len(v) == _GLN_LENGTH and check_digits.gs1(v),
    "lei": lambda v: len(v) == _LEI_LENGTH and check_digits.lei(v),
}


def _unknown(code: str, pointer: str, kind: str, term: str, known: Iterable[str]) -> Finding:
    listed = sorted(known)
    names = ", ".join(listed[:_LISTED]) or message("none yet")
    more = " …" if len(listed) > _LISTED else ""
    hint = _meant(term, listed) or message("There are: {names}{more}.", names=names, more=more)
    return _error(
        code, pointer, message("There is no {kind} {term!r}.", kind=kind, term=term), hint
    )


def _meant(term: str, known: Iterable[str]) -> str:
    near = nearest(term, known, most=2)
    return message("Did you mean {near}?", near=any_of(near)) if near else ""


def _error(code: str, pointer: str, message: str, hint: str) -> Finding:
    return Finding(code, Severity.ERROR, pointer, message, hint)
