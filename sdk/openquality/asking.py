"""A query from short texts: what a URL's parameters and a command's options have in common.

`READERS` lists every name; each may stand several times where it makes a list. The document that
comes out is checked like any other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openquality import typed
from openquality_validator import catalogue as catalogues
from openquality_validator.catalogue import Catalogue
from openquality_validator.errors import OpenQualityError
from openquality_validator.message import message
from openquality_validator.nearest import nearest

Json = dict[str, Any]
Texts = Mapping[str, Sequence[str]]

_TRUE, _FALSE = {"true", "1", ""}, {"false", "0"}
# Name → path in the document, for texts that are taken as they are.
_PLAIN: Mapping[str, tuple[str, ...]] = {
    "type": ("subject", "type"),
    "granularity": ("subject", "granularity"),
    "verification": ("floors", "verification"),
    "independence": ("floors", "independence"),
    "identity": ("floors", "identity"),
    "as-of": ("asOf",),
    "diversity": ("fairness", "diversityWeight"),
    "cursor": ("cursor",),
    "excluded-cursor": ("excludedCursor",),
}
_LISTS: Mapping[str, tuple[str, ...]] = {
    "subject": ("subject", "ids"),
    "country": ("subject", "countries"),
    "region": ("subject", "regions"),
    "relation": ("relations",),
    "without": ("without",),
    "facet": ("facets",),
}
_NUMBERS: Mapping[str, tuple[str, ...]] = {
    "min-sample": ("minSample",),
    "max-age": ("maxAgeDays",),
    "min-period": ("minPeriodDays",),
    "at-checkpoint": ("atCheckpoint", "size"),
    "limit": ("limit",),
}
_BOOLEANS: Mapping[str, tuple[str, ...]] = {"explain": ("explain",), "bundles": ("bundles",)}
_TYPED: Mapping[str, tuple[tuple[str, ...], Callable[[str], Any]]] = {
    "identifier": (("subject", "identifiers"), typed.identifier),
    "certificate": (("certificates",), typed.certificate),
    "accreditor": (("accreditors",), typed.accreditor),
    "rate": (("rates",), typed.rate),
    "rank": (("rank",), typed.weight),
}

HELP: Mapping[str, str] = {
    "where": "METRIC or METRIC>=AMOUNT UNIT (or <=), such as on-time-delivery>=95 %",
    "of": "bound or value: what must reach the thresholds",
    "characteristics": "worstCritical, worst, any or all: which characteristics are meant",
    "target": "METRIC=AMOUNT UNIT, for metrics that are best at a target",
    "qualifier": "METRIC.QUALIFIER=VALUE that values must have",
    "type": "the type of the subject",
    "granularity": "model, batch or item",
    "category": "SCHEME:CODE, what is below it included",
    "subject": "only this subject",
    "identifier": "SCHEME:VALUE of the subject, its producer or its site",
    "country": "the country of the producer",
    "region": "the region of the producer, such as DE-BY",
    "certificate": "SCHEME[:EDITION][,scope=[SCHEME:]CODE][,on=DATE][,accredited]",
    "origin": "a country of origin",
    "custody": "a custody model",
    "material": "CAS-NUMBER or NAME, and >=SHARE if wanted",
    "promised": "INDICATOR>=AMOUNT UNIT that the producer promises",
    "achieved": "INDICATOR>=AMOUNT UNIT that was measured",
    "rate": "FROM:TO=RATE@DATE[,SOURCE], an exchange rate",
    "verification": "floor: declared, evidenced, recomputed",
    "independence": "floor: self, buyer, thirdParty, accredited",
    "identity": "floor: L0, L1, L2",
    "relation": "whose statements: producer, assessor, buyer, other",
    "accreditor": "DID=SCHEME[,SCHEME], instead of the registry's list",
    "min-sample": "least sample size",
    "max-age": "greatest age in days",
    "min-period": "least length of the period in days",
    "without": "an observation that excludes a row",
    "as-of": "the date at which age and validity are judged",
    "at-checkpoint": "the log as it stood with so many entries",
    "rank": "METRIC=WEIGHT",
    "reserve": "SHARE:WHO[,WHO], places for size classes or countries, such as 0.2:micro,small",
    "diversity": "weight from 0 to 1 of suppliers that are not placed yet",
    "facet": "count the rows by this member",
    "explain": "true: show each row's arithmetic and each exclusion",
    "bundles": "true: bring the proofs with the rows",
    "limit": "rows in one page",
    "cursor": "where the page before ended",
    "excluded-cursor": "where the exclusions before ended",
}
"""Every name with its form; names of `LISTED` may stand several times."""

LISTED = frozenset(
    {"where", "qualifier", "target", "origin", "custody", "promised", "achieved"}
    | _LISTS.keys()
    | _TYPED.keys()
)


@dataclass(eq=False)
class UnknownName(OpenQualityError):
    """Name what a query has no text for, and the nearest that it has."""

    name: str
    nearest: tuple[str, ...]

    def __str__(self) -> str:
        near = " or ".join(self.nearest) or "where"
        return message("A query has no {name!r}. Did you mean {near}?", name=self.name, near=near)


def document(texts: Texts, base: Mapping[str, Any] | None = None) -> Json:
    """Make a query document of texts by name, added to `base`.

    Lists of `base` are replaced, objects completed. Raises UnknownName, Unclear for a text that
    cannot be read or that stands twice, UnknownTerm for an unknown metric.
    """
    found: Json = dict(base or {})
    held = catalogues.load()
    for name, listed in texts.items():
        if name not in HELP:
            raise _unknown(name)
        if len(listed) > 1 and name not in LISTED:
            raise typed.Unclear(f"--{name}", listed[1], HELP[name], message("It may stand once."))
    _members(found, texts)
    if "where" in texts:
        found["where"] = [typed.condition(text, held) for text in texts["where"]]
    if "where" in found:
        found["where"] = _conditions(found["where"], texts, held)
    if "category" in texts:
        _put(found, ("subject", "category"), typed.category(texts["category"][0]))
    _origin(found, texts)
    levels = [
        {**typed.level(f"--{of}", text, held), "of": of}
        for of in ("promised", "achieved")
        for text in texts.get(of, ())
    ]
    if levels:
        found["serviceLevels"] = levels
    if "reserve" in texts:
        _put(found, ("fairness", "reserve"), typed.reserve(texts["reserve"][0]))
    return found


def _members(found: Json, texts: Texts) -> None:
    for name, listed in texts.items():
        if not listed:
            continue
        if name in _PLAIN:
            _put(found, _PLAIN[name], listed[0])
        elif name in _LISTS:
            _put(found, _LISTS[name], list(listed))
        elif name in _NUMBERS:
            _put(found, _NUMBERS[name], _number(name, listed[0]))
        elif name in _BOOLEANS:
            _put(found, _BOOLEANS[name], _boolean(name, listed[0]))
        elif name in _TYPED:
            path, read = _TYPED[name]
            _put(found, path, [read(text) for text in listed])


def _conditions(where: Sequence[Mapping[str, Any]], texts: Texts, held: Catalogue) -> list[Json]:
    conditions: list[Json] = [dict(each) for each in where]

    def of(metric: str, option: str, text: str) -> Json:
        for condition in conditions:
            if condition.get("metric") == metric:
                return condition
        raise typed.Unclear(option, text, f"--where {metric} {option} {text}")

    for text in texts.get("qualifier", ()):
        metric, wanted = typed.qualifier(text, held)
        of(metric, "--qualifier", text).setdefault("qualifiers", []).append(wanted)
    for text in texts.get("target", ()):
        metric, amount, unit = typed.target(text)
        of(metric, "--target", text).update(target=amount, unit=unit)
    for name in ("of", "characteristics"):
        for condition in conditions if texts.get(name) else ():
            condition[name] = texts[name][0]
    return conditions


def _origin(found: Json, texts: Texts) -> None:
    wanted: Json = {}
    if texts.get("origin"):
        wanted["originCountries"] = list(texts["origin"])
    if texts.get("custody"):
        wanted["custody"] = list(texts["custody"])
    if texts.get("material"):
        wanted["material"] = typed.material(texts["material"][0])
    if wanted:
        found["provenance"] = [wanted]


def _put(found: Json, path: tuple[str, ...], value: object) -> None:
    *above, name = path
    for each in above:
        found[each] = dict(found.get(each, {}))
        found = found[each]
    found[name] = value


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < _DIGITS):
        raise typed.Unclear(f"--{name}", text, "50")
    return int(text)


def _boolean(name: str, text: str) -> bool:
    if text.lower() not in _TRUE | _FALSE:
        raise typed.Unclear(f"--{name}", text, "true")
    return text.lower() in _TRUE


def _unknown(name: str) -> UnknownName:
    return UnknownName(name[:60], nearest(name, HELP, most=2))


_DIGITS = 17
