"""Terms of the catalogue: metrics, carriers, units, qualifiers, and the data of each form."""

from openquality_schemas import CATALOGUES
from openquality_validator.catalogue import MONEY, Catalogue, Metric, load
from openquality_validator.errors import UnknownTerm
from openquality_validator.findings import Severity
from openquality_validator.message import join, message
from openquality_validator.rules.claim import Claim, Problems
from openquality_validator.rules.rule import MEASURED, QUANTIFIED, Rule

_VALUES = ("value", "objective")
WITH_UNIT = frozenset(_VALUES) | {
    "declaredUnit",
    "declaredUnitMass",
    "durations",
    "exposure",
    "quantityBasis",
    "studyPeriod",
    "window",
}
_KINDS = {"window": "time", "studyPeriod": "time", "durations": "time", "declaredUnitMass": "mass"}
_MEMBERS = {"code": "code", "quantity": "amount", "text": "text"}
_HIGHER, _LOWER = "higherBetter", "lowerBetter"
_WRONG_WAY = {_HIGHER: "atMost", _LOWER: "atLeast"}

# The members that hold the data of each form; `value`, `interval` and `characteristic` suit all.
_DATA = {
    "binomialRatio": {"counts"},
    "eventRate": {"events", "exposure", "counts"},
    "durationRatio": {"durations", "outages"},
    "netScore": {"counts"},
    "product": {"steps"},
    "median": {"orderStatistic"},
    "quantile": {"orderStatistic"},
    "mean": {"moments"},
    "index": {"capability", "characteristics"},
    "timeToFailure": {"failures", "exposure", "termination"},
    "amount": {"uncertainty"},
    "count": set[str](),
    "verdict": {"inspection"},
    "study": {"study"},
}
_ALL_DATA = frozenset[str]().union(*_DATA.values())
FOREIGN = {form: _ALL_DATA - own for form, own in _DATA.items()}
COUNTS = {
    "binomialRatio": frozenset({"numerator", "denominator"}),
    "eventRate": frozenset({"units", "opportunitiesPerUnit"}),
    "netScore": frozenset({"promoters", "passives", "detractors"}),
}


def metric_known(claim: Claim) -> Problems:
    """A metric is one of the catalogue that the record names."""
    if claim.metric is None and not claim.record.later:
        member = "metric" if "metric" in claim.data else "indicator"
        name = claim.data[member]
        yield f"/{member}", _no_metric(claim.catalogue, name)


def metric_later(claim: Claim) -> Problems:
    """A metric that only a later catalogue than this program's can hold is unknown, not wrong."""
    member = "metric" if "metric" in claim.data else "indicator"
    name, needed = claim.data[member], claim.record.data["catalogueVersion"]
    if claim.record.later and name not in claim.catalogue.metrics:
        yield (
            f"/{member}",
            message(
                "Unknown metric {name!r}, catalogue {needed} needed.", name=name, needed=needed
            ),
        )


def _no_metric(catalogue: Catalogue, name: str) -> str:
    for version in CATALOGUES[CATALOGUES.index(catalogue.version) + 1 :]:
        if name in load(version).metrics:
            return message(
                "There is no metric {name!r}. Catalogue {version} has it: name that one in "
                "`catalogueVersion`.",
                name=name,
                version=version,
            )
    try:
        catalogue.metric(name)
    except UnknownTerm as unknown:
        if unknown.nearest:
            near = ", ".join(unknown.nearest)
            return message("There is no metric {name!r}. Near it: {near}.", name=name, near=near)
    return message("There is no metric {name!r}.", name=name)


def carrier(claim: Claim) -> Problems:
    """A metric stands on the claim type that carries it."""
    metric = claim.metric
    if metric is not None and not claim.carried:
        yield (
            "/metric",
            message(
                "{id} belongs on a {carrier}, not on {type}.",
                id=metric.id,
                carrier=metric.carrier,
                type=claim.data["type"],
            ),
        )


def unit_known(claim: Claim) -> Problems:
    """A unit is one of the catalogue's UCUM codes, or a currency (ISO 4217) where it is money."""
    data, catalogue = claim.data, claim.catalogue
    if claim.record.later:
        return  # it may hold units that are not known here
    for name in data.keys() & WITH_UNIT:
        if _kind(catalogue, data[name]["unit"]) is None:
            yield f"/{name}/unit", _no_unit(catalogue, data[name]["unit"])
    for index, qualifier in enumerate(data.get("qualifiers", ())):
        if "unit" in qualifier and _kind(catalogue, qualifier["unit"]) is None:
            yield f"/qualifiers/{index}/unit", _no_unit(catalogue, qualifier["unit"])


def _no_unit(catalogue: Catalogue, code: str) -> str:
    near = catalogue.units_like(code)
    if not near:
        return message("There is no unit {code!r} in the catalogue.", code=code)
    said = message(
        "There is no unit {code!r} in the catalogue. Near it: {near}.",
        code=code,
        near=", ".join(near),
    )
    same = {each.casefold() for each in near}
    if code.casefold() not in same:
        return said
    return join(" ", (said, message("Codes tell upper from lower case.")))


def unit_quantity(claim: Claim) -> Problems:
    """A unit measures the quantity that it is used for."""
    metric, catalogue = claim.metric, claim.catalogue
    for name in _VALUES if metric is not None else ():
        if name in claim.data:
            kind = _kind(catalogue, claim.data[name]["unit"])
            if metric is not None and kind not in {None, metric.quantity_kind}:
                yield (
                    f"/{name}/unit",
                    message(
                        "{id} is {quantity_kind}, the unit is {kind}.",
                        id=metric.id,
                        quantity_kind=metric.quantity_kind,
                        kind=kind,
                    ),
                )
    for name, needed in _KINDS.items():
        if name in claim.data and _kind(catalogue, claim.data[name]["unit"]) not in {None, needed}:
            yield (
                f"/{name}/unit",
                message(
                    "{unit!r} does not measure {needed}.",
                    unit=claim.data[name]["unit"],
                    needed=needed,
                ),
            )
    if metric is not None and "exposure" in claim.data:
        yield from _exposure(claim, metric)


def _exposure(claim: Claim, metric: Metric) -> Problems:
    # A rate counts events per hour and a mean time divides one, a share counts among things.
    needed = "dimensionless" if metric.quantity_kind == "dimensionless" else "time"
    kind = _kind(claim.catalogue, claim.data["exposure"]["unit"])
    if kind not in {None, needed}:
        yield (
            "/exposure/unit",
            message(
                "The exposure of {id} is {needed}, the unit is {kind}.",
                id=metric.id,
                needed=needed,
                kind=kind,
            ),
        )


def _kind(catalogue: Catalogue, code: str) -> str | None:
    unit = catalogue.units.get(code)
    if unit is not None:
        return unit.quantity_kind
    return MONEY if code in catalogue.currencies else None


def unit_allowed(claim: Claim) -> Problems:
    """A value is in one of the units that its metric allows."""
    metric = claim.metric
    if metric is None:
        return
    for name in _VALUES:
        if name in claim.data:
            code = claim.data[name]["unit"]
            if (
                code not in metric.allowed_units
                and _kind(claim.catalogue, code) == metric.quantity_kind
            ):
                allowed = ", ".join(metric.allowed_units)
                yield (
                    f"/{name}/unit",
                    message(
                        "{id} allows {allowed}, not {code!r}.",
                        id=metric.id,
                        allowed=allowed,
                        code=code,
                    ),
                )


def form_data(claim: Claim) -> Problems:
    """A claim holds the data that the form of its metric needs."""
    for where, path in claim.lacking:
        yield where, message("The metric needs {path}.", path=path)


def foreign_data(claim: Claim) -> Problems:
    """A claim holds no data of another form than that of its metric."""
    metric, data = claim.metric, claim.data
    if metric is None or not claim.carried:
        return
    foreign = data.keys() & FOREIGN.get(metric.form, frozenset())
    for name in foreign - {path.partition(".")[0] for path in metric.requires} if foreign else ():
        yield (
            f"/{name}",
            message(
                "{id} has the form {form}, which has no {name}.",
                id=metric.id,
                form=metric.form,
                name=name,
            ),
        )
    if "counts" in data and metric.form in COUNTS:
        for name in data["counts"].keys() - COUNTS[metric.form]:
            yield (
                f"/counts/{name}",
                message(
                    "{id} has the form {form}, which has no {name}.",
                    id=metric.id,
                    form=metric.form,
                    name=name,
                ),
            )


def qualifier_missing(claim: Claim) -> Problems:
    """A claim states every qualifier without which its metric cannot be compared."""
    stated = {q["qualifier"] for q in claim.data.get("qualifiers", ())}
    for name, qualifier in claim.qualifiers.items():
        if qualifier.required and name not in stated:
            where = "/qualifiers" if "qualifiers" in claim.data else ""
            yield where, message("The metric needs the qualifier {name}.", name=name)


def qualifier_known(claim: Claim) -> Problems:
    """A qualifier is one that the metric knows, and stands once."""
    seen = set[str]()
    for index, stated in enumerate(claim.data["qualifiers"]):
        name = stated["qualifier"]
        if claim.metric is not None and name not in claim.qualifiers:
            yield (
                f"/qualifiers/{index}/qualifier",
                message("The metric has no qualifier {name!r}.", name=name),
            )
        elif name in seen:
            yield f"/qualifiers/{index}/qualifier", message("{name} is stated twice.", name=name)
        seen.add(name)


def qualifier_kind(claim: Claim) -> Problems:
    """A qualifier is stated as a code, a quantity or a text, as the metric defines it."""
    for index, stated in enumerate(claim.data["qualifiers"]):
        qualifier = claim.qualifiers.get(stated["qualifier"])
        if qualifier is not None and _MEMBERS[qualifier.kind] not in stated:
            yield (
                f"/qualifiers/{index}",
                message("{name} is stated as a {kind}.", name=qualifier.name, kind=qualifier.kind),
            )


def qualifier_code(claim: Claim) -> Problems:
    """A qualifier's code is in its closed list, and its unit among the allowed ones."""
    for index, stated in enumerate(claim.data["qualifiers"]):
        qualifier = claim.qualifiers.get(stated["qualifier"])
        if qualifier is None or not qualifier.codes:
            continue
        member = "code" if qualifier.kind == "code" else "unit"
        value = stated.get(member)
        if value is None or value in qualifier.codes:
            continue
        if member == "code" or _kind(claim.catalogue, value) is not None:  # else C003 says so
            yield (
                f"/qualifiers/{index}/{member}",
                message(
                    "{name} is one of {codes}, not {value!r}.",
                    name=qualifier.name,
                    codes=", ".join(qualifier.codes),
                    value=value,
                ),
            )


def comparator(claim: Claim) -> Problems:
    """A promise points the way that the metric points: at least of what is better when higher."""
    if claim.metric is not None:
        stated = claim.data["comparator"]
        if _WRONG_WAY.get(claim.metric.direction) == stated:
            yield (
                "/comparator",
                message(
                    "{id} is {direction}, not {stated}.",
                    id=claim.metric.id,
                    direction=claim.metric.direction,
                    stated=stated,
                ),
            )


def currency_known(claim: Claim) -> Problems:
    """A currency is one of ISO 4217."""
    if claim.record.later:
        return  # it may hold currencies that are not known here
    consequence = claim.data.get("consequence", {})
    for where, code in (
        ("/currency", claim.data.get("currency")),
        ("/consequence/amount/currency", consequence.get("amount", {}).get("currency")),
        ("/consequence/cap/currency", consequence.get("cap", {}).get("currency")),
    ):
        if code is not None and code not in claim.catalogue.currencies:
            yield where, message("There is no currency {code!r}.", code=code)


def currency_same(claim: Claim) -> Problems:
    """The value of a cost is in the currency that the claim names."""
    if claim.data["value"]["unit"] != claim.data["currency"]:
        yield (
            "/value/unit",
            message(
                "It is {unit}, the claim says {currency}.",
                unit=claim.data["value"]["unit"],
                currency=claim.data["currency"],
            ),
        )


RULES = (
    Rule(
        "C001",
        Severity.ERROR,
        metric_known,
        message("List the metrics with `openquality explain`, or ask for a new one."),
        QUANTIFIED,
    ),
    Rule(
        "C015",
        Severity.WARNING,
        metric_later,
        message("Update this program; the record may be right."),
        QUANTIFIED,
    ),
    Rule("C002", Severity.ERROR, carrier, message("Move it to a claim of that type."), MEASURED),
    Rule(
        "C003",
        Severity.ERROR,
        unit_known,
        message("Use a UCUM code of the catalogue, such as %, d, h or kg."),
        QUANTIFIED,
    ),
    Rule(
        "C004",
        Severity.ERROR,
        unit_quantity,
        message("See `openquality explain` with the metric's id for the units that fit."),
        QUANTIFIED,
    ),
    Rule(
        "C005",
        Severity.ERROR,
        unit_allowed,
        message("Convert the value to one of them."),
        QUANTIFIED,
    ),
    Rule(
        "C006",
        Severity.ERROR,
        form_data,
        message("See `openquality explain` with the metric's id for what its form needs."),
        MEASURED,
    ),
    Rule(
        "C007",
        Severity.ERROR,
        foreign_data,
        message("Drop it, or use the metric that it belongs to."),
        MEASURED,
    ),
    Rule(
        "C008",
        Severity.ERROR,
        qualifier_missing,
        message("State it. See `openquality explain` with the metric's id for its meaning."),
        QUANTIFIED,
    ),
    Rule(
        "C009",
        Severity.ERROR,
        qualifier_known,
        message("See `openquality explain` with the metric's id for its qualifiers."),
        QUANTIFIED,
        member="qualifiers",
    ),
    Rule(
        "C010",
        Severity.ERROR,
        qualifier_kind,
        message("See `openquality explain` with the metric's id for its qualifiers."),
        QUANTIFIED,
        member="qualifiers",
    ),
    Rule(
        "C011",
        Severity.ERROR,
        qualifier_code,
        message("Choose the one that fits."),
        QUANTIFIED,
        member="qualifiers",
    ),
    Rule(
        "C012",
        Severity.ERROR,
        comparator,
        message(
            "Promise `atLeast` for what is better when higher, `atMost` for what is better when "
            "lower."
        ),
        frozenset({"ServiceLevelClaim"}),
    ),
    Rule(
        "C013",
        Severity.ERROR,
        currency_known,
        message("Use the three letters of ISO 4217, such as EUR."),
        frozenset({"LifecycleCostClaim", "ServiceLevelClaim"}),
    ),
    Rule(
        "C014",
        Severity.ERROR,
        currency_same,
        message("Use one currency."),
        frozenset({"LifecycleCostClaim"}),
    ),
)
