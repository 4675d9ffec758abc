"""Whether a metric set may be published: its shape, its texts, and what a schema cannot say.

Every entry has to be one that the catalogue itself could hold: units of the shipped table, a form
with its own bound, and an example that breaks no rule and comes out as its author worked it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from openquality_validator import catalogue as catalogues
from openquality_validator import documents, structure, text
from openquality_validator.catalogue import MONEY
from openquality_validator.compatibility.linting import is_inside
from openquality_validator.errors import InvalidInput
from openquality_validator.findings import Finding, Report, Severity, pointer
from openquality_validator.message import message
from openquality_validator.metric_sets.metric_set import MetricSet, qualified, widened
from openquality_validator.records import InvalidRecord

SCHEMA: Final = "metric-set.schema.json"
MAX_BYTES: Final = 262_144  # as of every published document
MAX_PROBLEMS: Final = 100  # of its metrics; the nearest right word of each takes a while to find
# The bounds of each form, and the quantity kinds that the form evaluates with each; none named
# means any kind but money.
FORMS: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
    "binomialRatio": {"clopperPearson": frozenset({"dimensionless"})},
    "eventRate": {"exactPoisson": frozenset({"dimensionless", "rate"})},
    "durationRatio": {"outageRatio": frozenset({"dimensionless"})},
    "netScore": {"tango": frozenset({"dimensionless"})},
    "product": {"rolledYield": frozenset({"dimensionless"})},
    "median": {"orderStatistic": frozenset()},
    "quantile": {"orderStatistic": frozenset()},
    "mean": {"skewCorrectedT": frozenset()},
    "timeToFailure": {"chiSquareTime": frozenset({"time"}), "chiSquareRate": frozenset({"rate"})},
    "amount": {"expandedUncertainty": frozenset()},
    "count": {"none": frozenset({"dimensionless", "count"})},
    "study": {"stated": frozenset()},
}
_SCORE, _AMOUNT = "netScore", "amount"  # the one has one scale, the other may be money
_CURRENCY = "currency"  # what stands for all of them among the units
_TARGET = "target"
# What a value means in itself: a metric never changes it under one id, whatever its version.
LASTING: Final = (
    *("carrier", "form", "quantityKind", "canonicalUnit", "direction", "bound", "quantile"),
)

Json = Mapping[str, Any]


class InvalidMetricSet(InvalidRecord):
    """The set has findings that refuse it; `report` holds them all."""


@lru_cache(maxsize=64)
def parse(data: bytes) -> MetricSet:
    """Read the bytes of a set, or raise MalformedDocument or InvalidMetricSet with its findings."""
    report = lint(data)
    if not report.valid:
        raise InvalidMetricSet(report)
    document = documents.parse(data, max_bytes=MAX_BYTES)
    return MetricSet.of(document, catalogue=catalogues.load())


def lint(
    data: bytes,
    *,
    id: str | None = None,  # noqa: A002 - the member's name
    version: str | None = None,
    namespace: str | None = None,
    earlier: Sequence[bytes] = (),
) -> Report:
    """Find everything for which a metric set is not published.

    `id` and `version` are those under which it is to be published, `namespace` the URI below which
    its owner names things, and `earlier` the bytes of released versions of it, which are in order.
    Raises nothing else for bad input.
    """
    # (1) Strict JSON within its size.
    try:
        document = documents.parse(data, max_bytes=MAX_BYTES)
    except InvalidInput as error:
        return Report((Finding(error.code, Severity.ERROR, "", error.message, error.hint),))
    # (2) The shape, and (3) the texts, which people will read beside our own.
    shape = structure.check_document(document, schema=SCHEMA)
    found = [*shape.findings, *text.check(document)]
    if not shape.valid:
        return Report.of(found)
    # (4) Each metric by itself.
    problems = _metrics(document)
    found += islice(problems, MAX_PROBLEMS)
    if next(problems, None) is not None:
        said = message("Only the first {most} problems are listed.", most=MAX_PROBLEMS)
        found.append(Finding("S099", Severity.ERROR, "", said, message("Mend those first.")))
    # (5) Its name, and what stands under it already.
    found += _name(document, id, version)
    if namespace is not None and not is_inside(document["id"], namespace):
        found.append(
            _error(
                "Z010",
                ("id",),
                message("{name!r} is not below {space!r}.", name=document["id"], space=namespace),
                message("Publish only under names of your own namespace."),
            )
        )
    for each in earlier:
        found += _lasting(document, documents.parse(each, max_bytes=MAX_BYTES))
    return Report.of(found)


def _metrics(document: Json) -> Iterator[Finding]:
    catalogue = catalogues.load()
    twice = list(_twice(document["metrics"], ("metrics",), "id"))
    yield from twice
    whole = widened(catalogue, (MetricSet.of(document, catalogue=catalogue),))
    for at, entry in enumerate(document["metrics"]):
        wrong = False
        for rule in _RULES:
            for finding in rule(entry, ("metrics", at)):
                wrong = True
                yield finding
        if not wrong and not twice:  # an example can only be worked where all else holds
            from openquality_validator.metric_sets import examples

            metric = whole.metric(qualified(document["id"], entry["id"]))
            yield from examples.check(entry, metric, whole, at=("metrics", at))


def _twice(items: Sequence[Json], path: tuple[str | int, ...], name: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for at, each in enumerate(items):
        if each[name] in seen:
            yield _error(
                "Z220",
                (*path, at, name),
                message("{name} stands twice.", name=each[name]),
                message("Give each its own: claims name it."),
            )
        seen.add(each[name])


def _qualifiers(entry: Json, path: tuple[str | int, ...]) -> Iterator[Finding]:
    """Qualifiers have names of their own, and the units of quantities are of the table."""
    units = catalogues.load().units
    yield from _twice(entry["qualifiers"], (*path, "qualifiers"), "name")
    for at, each in enumerate(entry["qualifiers"]):
        for place, code in enumerate(each.get("units", ())):
            if code not in units:
                yield _no_unit((*path, "qualifiers", at, "units", place), code)


def _units(entry: Json, path: tuple[str | int, ...]) -> Iterator[Finding]:
    """Units are of the table, measure the metric's quantity, and hold the canonical one."""
    units, kind = catalogues.load().units, entry["quantityKind"]
    allowed = entry["allowedUnits"]
    for at, code in enumerate(allowed):
        if kind == MONEY and code == _CURRENCY:
            continue
        if code not in units:
            yield _no_unit((*path, "allowedUnits", at), code)
        elif units[code].quantity_kind != kind:
            yield _error(
                "Z221",
                (*path, "allowedUnits", at),
                message(
                    "{code} measures {other}, the metric {kind}.",
                    code=code,
                    other=units[code].quantity_kind,
                    kind=kind,
                ),
                message("List units of the metric's quantity kind."),
            )
    if entry["canonicalUnit"] not in allowed:
        yield _error(
            "Z221",
            (*path, "canonicalUnit"),
            message("{code} is not among the allowed units.", code=entry["canonicalUnit"]),
            message("Values compare in the canonical unit: allow it."),
        )


def _form(entry: Json, path: tuple[str | int, ...]) -> Iterator[Finding]:
    """Bound and quantity kind are such as the form evaluates."""
    form, kind = entry["form"], entry["quantityKind"]
    bounds = FORMS[form]
    if entry["bound"] not in bounds:
        yield _error(
            "Z222",
            (*path, "bound"),
            message("The form {form} has no bound {bound}.", form=form, bound=entry["bound"]),
            message("It has: {bounds}.", bounds=", ".join(bounds)),
        )
        return
    kinds = bounds[entry["bound"]]
    fits = kind in kinds if kinds else kind != MONEY or form == _AMOUNT
    if not fits:
        yield _error(
            "Z222",
            (*path, "quantityKind"),
            message(
                "The form {form} with the bound {bound} does not evaluate {kind}.",
                form=form,
                bound=entry["bound"],
                kind=kind,
            ),
            message("See docs/spec/catalogue.md for what each form evaluates."),
        )
    if form == _SCORE and entry["canonicalUnit"] != "1":
        yield _error(
            "Z222",
            (*path, "canonicalUnit"),
            message("A net score runs from -100 to 100 and has no unit."),
            message("Write 1."),
        )


def _range(entry: Json, path: tuple[str | int, ...]) -> Iterator[Finding]:
    """The least possible value is below the largest."""
    low, high = entry["valueRange"]
    if low is not None and high is not None and Decimal(low) >= Decimal(high):
        yield _error(
            "Z223",
            (*path, "valueRange"),
            message("{low} is not below {high}.", low=low, high=high),
            message("Write the least possible value first; null where there is none."),
        )


def _target(entry: Json, path: tuple[str | int, ...]) -> Iterator[Finding]:
    """A metric that is best at a target lets the claim state it, as a quantity of its units."""
    if entry["direction"] != _TARGET:
        return
    fits = any(
        each["name"] == _TARGET
        and (each["role"], each["required"], each["kind"]) == ("match", False, "quantity")
        and each["units"] == entry["allowedUnits"]
        for each in entry["qualifiers"]
    )
    if not fits:
        yield _error(
            "Z226",
            (*path, "qualifiers"),
            message("A metric that is best at a target needs the qualifier {name}.", name=_TARGET),
            message(
                "Add it: role match, not required, kind quantity, with the allowed units of the "
                "metric."
            ),
        )


_Rule = Callable[[Json, tuple[str | int, ...]], Iterator[Finding]]
_RULES: Final[tuple[_Rule, ...]] = (_qualifiers, _units, _form, _range, _target)


def _name(document: Json, id: str | None, version: str | None) -> Iterator[Finding]:  # noqa: A002 - as in `lint`
    for name, said in (("id", id), ("version", version)):
        if said is not None and document[name] != said:
            yield _error(
                "Z228",
                (name,),
                message(
                    "The set says {stated}, and is published as {said}.",
                    stated=document[name],
                    said=said,
                ),
                message("Write the same in both: records follow the set by it."),
            )


def _lasting(document: Json, earlier: Json) -> Iterator[Finding]:
    """A metric keeps its form, unit and direction under its id, whatever the version."""
    before = {each["id"]: each for each in earlier["metrics"]}
    for at, entry in enumerate(document["metrics"]):
        old = before.get(entry["id"], entry)
        for member in LASTING:
            if old.get(member) != entry.get(member):
                yield _error(
                    "Z227",
                    ("metrics", at, member),
                    message(
                        "{member} of {id} was {old} in version {version}.",
                        member=member,
                        id=entry["id"],
                        old=old.get(member),
                        version=earlier["version"],
                    ),
                    message("Give what means something else another id."),
                )


def _no_unit(path: tuple[str | int, ...], code: str) -> Finding:
    near = ", ".join(catalogues.load().units_like(code))
    return _error(
        "Z221",
        path,
        message("There is no unit {code!r} in the catalogue.", code=code),
        message("Did you mean {near}?", near=near)
        if near
        else message("Use a UCUM code of the catalogue, such as %, d, h or kg."),
    )


def _error(code: str, path: tuple[str | int, ...], said: str, hint: str) -> Finding:
    return Finding(code, Severity.ERROR, pointer(path), said, hint)
