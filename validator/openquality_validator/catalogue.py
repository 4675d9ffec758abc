"""Metrics and units: what may be claimed, in which form, and how units convert.

The catalogue is data in `openquality_schemas` (`metrics.json`, `units.json`), one folder per
version; docs/spec/catalogue.md describes every member.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any

import orjson

import openquality_schemas
from openquality_validator.errors import InvalidInput, UnknownTerm
from openquality_validator.message import message
from openquality_validator.nearest import SHORT, nearest
from openquality_validator.ondemand import OnDemand

DEFAULT_VERSION = openquality_schemas.CATALOGUE
MONEY = "money"  # the quantity kind of amounts in a currency (ISO 4217), which is no unit
ROUNDED_DIGITS = 34  # of a quotient that no decimal holds exactly: decimal128, IEEE 754
_MICRO = str.maketrans("\N{MICRO SIGN}\N{GREEK SMALL LETTER MU}", "uu")  # UCUM writes u
_VERSION = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})(?:-draft\.([0-9]{1,4}))?", re.ASCII)
EXACT_DIGITS = 400  # room for every exact product and quotient of an amount that a record can hold


@dataclass(frozen=True, slots=True)
class Unit:
    """Describe a unit: `factor` is its exact size in the base unit of its quantity kind."""

    code: str
    label: str
    qudt: str | None
    rec20: str | None
    quantity_kind: str
    factor: Fraction


@dataclass(frozen=True, slots=True)
class Qualifier:
    """Describe what a claim must or may state beside its value.

    `role` is `match` (must agree for two values to compare), `state` (must be there, is never
    compared) or `basis` (feeds the bound). `kind` is `code`, `quantity` or `text`; `codes` is the
    closed list of a `code`, `units` that of a `quantity`.
    """

    name: str
    role: str
    required: bool
    kind: str
    codes: tuple[str, ...]
    definition: str
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """Describe a statistical form; `requires` names the claim members it needs, as dotted paths."""

    id: str
    label: str
    definition: str
    requires: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Metric:
    """Describe one metric of the catalogue; docs/spec/catalogue.md explains each member.

    `requires` holds the member paths of its form and its own. `compared_members` holds paths of
    claim members that must agree for two values to compare, as `match` qualifiers do. `quantile`
    is the share below the value, for the forms `median` and `quantile`. `observable` says whether
    whoever receives the goods or services can measure it. `named` holds the qualifiers by name, and
    `required` the names of those that must be stated.
    """

    id: str
    version: str
    label: str
    definition: str
    dimension: str
    carrier: str
    form: str
    formula: str
    quantity_kind: str
    canonical_unit: str
    allowed_units: tuple[str, ...]
    value_range: tuple[Decimal | None, Decimal | None]
    direction: str
    bound: str
    qualifiers: tuple[Qualifier, ...]
    min_sample: int | None
    max_age_days: int
    source: tuple[str, ...]
    mappings: tuple[Mapping[str, str], ...]
    example: Mapping[str, Any]
    observable: bool
    quantile: Decimal | None
    requires: tuple[str, ...]
    compared_members: tuple[str, ...]
    named: Mapping[str, Qualifier]
    required: frozenset[str]

    def qualifier(self, name: str) -> Qualifier:
        """Return the named qualifier, or raise UnknownTerm."""
        for qualifier in self.qualifiers:
            if qualifier.name == name:
                return qualifier
        raise _unknown(
            f"qualifier of {self.id}", name, (qualifier.name for qualifier in self.qualifiers)
        )


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Hold one version of the catalogue; `digest` binds the exact bytes of both files."""

    version: str
    digest: str
    metrics: Mapping[str, Metric]
    units: Mapping[str, Unit]
    forms: Mapping[str, Form]
    currencies: frozenset[str]

    def metric(self, metric_id: str) -> Metric:
        """Return the metric, or raise UnknownTerm with the nearest ids."""
        found = self.metrics.get(metric_id)
        if found is None:
            raise _unknown("metric", metric_id, self.metrics)
        return found

    def unit(self, code: str) -> Unit:
        """Return the unit, or raise UnknownTerm with the nearest codes."""
        found = self.units.get(code)
        if found is None:
            raise UnknownTerm("unit", code, self.units_like(code))
        return found

    def metrics_like(self, text: str) -> tuple[str, ...]:
        """Return the ids that a text may stand for, which is no id itself; best first."""
        return nearest(text, self.metrics)

    def units_like(self, text: str) -> tuple[str, ...]:
        """Return the codes that a text may stand for, which is no code itself; best first.

        UCUM tells upper from lower case (`ms` is a millisecond, `Ms` would be a million seconds),
        so nothing is taken for another code in silence. Names and UN/ECE codes count too.
        """
        said = _letters(text)
        codes = [*self.units, *sorted(self.currencies)]
        same = [code for code in codes if _letters(code) == said]
        named = [
            code
            for code, unit in self.units.items()
            if said and said in {_letters(unit.label), _letters(unit.rec20 or "")}
        ]
        return tuple(dict.fromkeys((*same, *named))) or (
            nearest(text, codes) if len(said) > SHORT else ()
        )

    def canonical_unit(self, metric: Metric, *, unit: str) -> str:
        """Return the unit in which values of the metric compare.

        Money has no rate here: its canonical unit is the currency `unit` itself, so that amounts in
        two currencies never compare by accident.
        """
        return unit if metric.quantity_kind == MONEY else metric.canonical_unit

    def convert(self, amount: Decimal, source: str, target: str) -> Decimal:
        """Convert an amount exactly.

        A quotient that no decimal holds (1 s in days) is rounded half-even to 34 digits. Raises
        UnknownTerm for a unit that is not here and InvalidInput (C090) for another quantity kind or
        an amount that is not finite.
        """
        if not amount.is_finite():
            raise InvalidInput(
                "C090",
                message("{amount} is not a number.", amount=amount),
                message("Give a finite decimal."),
            )
        if source == target and (source in self.units or source in self.currencies):
            return amount
        ratio = _ratio(*self._same_kind(source, target))
        return _times(amount, ratio)

    def factor(self, source: str, target: str) -> float:
        """Return how many `target` one `source` is, correctly rounded; raises as `convert`."""
        if source == target and (source in self.units or source in self.currencies):
            return 1.0
        return float(_ratio(*self._same_kind(source, target)))

    def _same_kind(self, source: str, target: str) -> tuple[Fraction, Fraction]:
        if source in self.currencies or target in self.currencies:
            raise InvalidInput(
                "C090",
                message(
                    "{source} does not convert to {target}: exchange rates are not units.",
                    source=source,
                    target=target,
                ),
                message("Compare in one currency, or give dated rates in the query."),
            )
        one, other = self.unit(source), self.unit(target)
        if one.quantity_kind != other.quantity_kind:
            raise InvalidInput(
                "C090",
                message(
                    "{source} measures {quantity_kind}, {target} measures {other_quantity_kind}.",
                    source=source,
                    quantity_kind=one.quantity_kind,
                    target=target,
                    other_quantity_kind=other.quantity_kind,
                ),
                message("Use a unit that the metric allows; see `openquality explain METRIC`."),
            )
        return one.factor, other.factor


@lru_cache(maxsize=4)
def load(version: str = DEFAULT_VERSION) -> Catalogue:
    """Read the shipped catalogue of a version, once; raises UnknownTerm if it is not shipped."""
    try:
        metrics = openquality_schemas.read("metrics.json", version=version)
        units = openquality_schemas.read("units.json", version=version)
    except FileNotFoundError:
        raise _unknown("catalogue version", version, openquality_schemas.CATALOGUES) from None
    return parse(metrics=metrics, units=units)


@lru_cache(maxsize=64)
def is_later(version: str) -> bool:
    """Say whether a version comes after every catalogue that is shipped here.

    What is no version at all comes after none.
    """
    place = _place(version)
    return bool(place) and all(place > _place(each) for each in openquality_schemas.CATALOGUES)


def _place(version: str) -> tuple[float, ...]:
    found = _VERSION.fullmatch(version)
    # A release comes after its drafts.
    return tuple(float(part or "inf") for part in found.groups()) if found else ()


def parse(*, metrics: bytes, units: bytes) -> Catalogue:
    """Build a catalogue from the bytes of `metrics.json` and `units.json`.

    The bytes are ours and held to `catalogue.schema.json` by a test, so nothing is checked here.
    """
    metric_file = orjson.loads(metrics)
    unit_file = orjson.loads(units)
    forms = {form["id"]: _form(form) for form in metric_file["forms"]}
    currencies = tuple(unit_file["currencies"])
    return Catalogue(
        version=metric_file["version"],
        digest=_digest(metrics=metrics, units=units),
        metrics=OnDemand(
            {item["id"]: item for item in metric_file["metrics"]},
            partial(read_metric, forms=forms, currencies=currencies),
        ),
        units=MappingProxyType({u["code"]: _unit(u) for u in unit_file["units"]}),
        forms=MappingProxyType(forms),
        currencies=frozenset(currencies),
    )


def _digest(*, metrics: bytes, units: bytes) -> str:
    # One number for both files: the SHA-256 of the concatenation of theirs, metrics first.
    both = hashlib.sha256(metrics).digest() + hashlib.sha256(units).digest()
    return f"sha256:{hashlib.sha256(both).hexdigest()}"


def _form(data: Mapping[str, Any]) -> Form:
    return Form(data["id"], data["label"], data["definition"], tuple(data["requires"]))


def _unit(data: Mapping[str, Any]) -> Unit:
    return Unit(
        code=data["code"],
        label=data["label"],
        qudt=data["qudt"],
        rec20=data["rec20"],
        quantity_kind=data["quantityKind"],
        factor=Fraction(data["factor"]),
    )


def read_metric(
    data: Mapping[str, Any], *, forms: Mapping[str, Form], currencies: tuple[str, ...]
) -> Metric:
    """Build a metric from its entry, which has been checked."""
    low, high = data["valueRange"]
    quantile = data.get("quantile")
    is_money = data["quantityKind"] == MONEY
    qualifiers = tuple(_qualifier(q) for q in data["qualifiers"])
    return Metric(
        id=data["id"],
        version=data["version"],
        label=data["label"],
        definition=data["definition"],
        dimension=data["dimension"],
        carrier=data["carrier"],
        form=data["form"],
        formula=data["formula"],
        quantity_kind=data["quantityKind"],
        canonical_unit=data["canonicalUnit"],
        allowed_units=currencies if is_money else tuple(data["allowedUnits"]),
        value_range=(_bound(low), _bound(high)),
        direction=data["direction"],
        bound=data["bound"],
        qualifiers=qualifiers,
        min_sample=data["minSample"],
        max_age_days=data["maxAgeDays"],
        source=tuple(data["source"]),
        mappings=tuple(MappingProxyType(m) for m in data["mappings"]),
        example=MappingProxyType(data["example"]),
        observable=data["observable"],
        quantile=None if quantile is None else Decimal(quantile),
        requires=forms[data["form"]].requires + tuple(data.get("requires", ())),
        compared_members=tuple(data.get("comparedMembers", ())),
        named=MappingProxyType({q.name: q for q in qualifiers}),
        required=frozenset(q.name for q in qualifiers if q.required),
    )


def _qualifier(data: Mapping[str, Any]) -> Qualifier:
    return Qualifier(
        name=data["name"],
        role=data["role"],
        required=data["required"],
        kind=data["kind"],
        codes=tuple(data.get("codes") or data.get("units", ())),
        definition=data["definition"],
        units=tuple(data.get("units", ())),
    )


def _bound(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


@lru_cache(maxsize=1024)
def _ratio(source: Fraction, target: Fraction) -> Fraction:
    return source / target


def _times(amount: Decimal, ratio: Fraction) -> Decimal:
    rest = ratio.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    with localcontext() as context:
        context.prec = EXACT_DIGITS
        product = amount * ratio.numerator
        # Only a denominator of twos and fives alone divides into a finite decimal.
        if rest != 1 and product % rest != 0:
            context.prec = ROUNDED_DIGITS
        return _plain(product / ratio.denominator)


def _plain(amount: Decimal) -> Decimal:
    """Drop trailing zeros of the fraction, and write no exponent: 97.500 → 97.5, 1E+2 → 100."""
    reduced = amount.normalize()
    exponent = reduced.as_tuple().exponent
    return reduced.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else reduced


def _letters(text: str) -> str:
    """Reduce a unit to what people keep of it: kWh, KW.H and kw h are one, µm and um."""
    return re.sub(r"[\s.\[\]{}]", "", text.translate(_MICRO)).casefold()


def _unknown(kind: str, term: str, known: Iterable[str]) -> UnknownTerm:
    return UnknownTerm(kind, term, nearest(term, known))
