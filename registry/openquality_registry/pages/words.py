"""Codes of the formats in plain words, and numbers and days as the reader writes them."""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from babel.dates import format_date
from babel.numbers import get_decimal_symbol
from babel.units import format_unit

from openquality.language import chosen, local
from openquality_validator.catalogue import Catalogue
from openquality_validator.message import SOURCE, Message, message

SUBJECTS: Mapping[str, str] = MappingProxyType(
    {
        "Product": message("Product"),
        "Organization": message("Organisation"),
        "Site": message("Site"),
        "Service": message("Service"),
        "DataService": message("Data service"),
        "AISystem": message("AI system"),
    }
)
CLAIMS: Mapping[str, str] = MappingProxyType(
    {
        "MeasurementClaim": message("Measurement"),
        "CertificateClaim": message("Certificate"),
        "ProvenanceClaim": message("Provenance"),
        "ServiceLevelClaim": message("Promised service level"),
        "LifecycleCostClaim": message("Life-cycle cost"),
        "FootprintClaim": message("Footprint"),
        "CircularityClaim": message("Circularity"),
        "InterfaceClaim": message("Interface"),
        "SafetyNoticeClaim": message("Safety notice"),
    }
)
INDEPENDENCE: Mapping[str, str] = MappingProxyType(
    {
        "self": message("Own declaration"),
        "buyer": message("Buyer’s observation"),
        "thirdParty": message("Third party, not on this registry’s list"),
        "accredited": message("Finding of a listed assessor"),
    }
)
VERIFICATION: Mapping[str, str] = MappingProxyType(
    {
        "declared": message("no data named"),
        "evidenced": message("data named by digest"),
        "recomputed": message("recomputed here from its data"),
    }
)
RELATION: Mapping[str, str] = MappingProxyType(
    {
        "producer": message("the producer itself"),
        "assessor": message("an assessor on this registry’s list"),
        "buyer": message("a buyer"),
        "other": message("neither producer nor listed assessor"),
    }
)
IDENTITY: Mapping[str, str] = MappingProxyType(
    {
        "L0": message("a key without a proved name"),
        "L1": message("found on the issuer’s own domain"),
        "L2": message("bound to its identifiers by a registrar"),
    }
)
SIZES: Mapping[str, str] = MappingProxyType(
    {
        "micro": message("micro enterprise"),
        "small": message("small enterprise"),
        "medium": message("medium enterprise"),
        "large": message("large enterprise"),
    }
)
SIGNS: Mapping[str, str] = MappingProxyType(
    {"self": "○", "buyer": "◐", "thirdParty": "◑", "accredited": "●"}
)
# Why a value is not ranked, by the reasons of an answer (openquality_validator.compare).
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "notStanding": message("the record does not stand"),
        "notCurrent": message("a newer value, or that of a worse characteristic, stands instead"),
        "relation": message(
            "only producers and listed assessors are, unless a query asks for others"
        ),
        "sampleTooSmall": message("the sample is too small"),
        "periodAhead": message("the period is not over"),
        "tooOld": message("measured too long ago"),
        "noBound": message("it states too little for a bound"),
        "noSample": message("it states no sample"),
    }
)
OUTCOMES: Mapping[str, str] = MappingProxyType(
    {
        "recomputed": message("follows from it"),
        "differs": message("does not follow from it"),
        "notRecomputable": message("cannot be computed from it"),
    }
)
GRADES: Mapping[str, str] = MappingProxyType(
    {
        "identical": message("same basis"),
        "convertible": message("same after conversion"),
        "qualified": message("with reservations"),
        "notComparable": message("not comparable"),
    }
)
DIRECTIONS: Mapping[str, str] = MappingProxyType(
    {
        "higherBetter": message("higher is better"),
        "lowerBetter": message("lower is better"),
        "target": message("a target"),
    }
)
_UNITS = {
    "1": "",
    "d": message("days"),
    "wk": message("weeks"),
    "[ppm]": "ppm",
    "[ppb]": "ppb",
    "[ppth]": "‰",
    "{each}": message("pieces"),
    "kW.h": "kWh",
    "MW.h": "MWh",
    "m3": "m³",
    "m2": "m²",
    "um": "µm",
    "N/mm2": "N/mm²",
    "Cel": "°C",
    "/h": message("per hour"),
    "10*-6/h": message("per million hours"),
    "10*-9/h": "FIT",
    "/(200000.h)": message("per 200,000 hours"),
}
NOT_STATED = message("not stated")
_DAY_FIRST = "en_GB"  # 1 October 2026
_CAPITAL_NOUNS = frozenset({"de"})
_DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+")
_MONTH, _YEAR = 61, 730  # days from which an age is said in months, in years


def unit(code: str | None) -> str:
    """Write a UCUM code or a currency as people do; a plain number has no unit."""
    return "" if code is None else local(_UNITS.get(code, code))


def quantity(amount: str | None, code: str | None) -> str:
    """Write an amount with its unit, in exactly the digits that were stated."""
    if amount is None:
        return local(NOT_STATED)
    named = unit(code)
    written = decimal(amount)
    return f"{written}\u00a0{named}" if named else written


def decimal(amount: str) -> str:
    """Write a decimal with the reader's decimal mark, without grouping; all digits stay."""
    return (
        amount.replace(".", get_decimal_symbol(_locale())) if _DECIMAL.fullmatch(amount) else amount
    )


def rounded(amount: str | None, code: str | None = "1") -> str:
    """Write a computed amount with four significant digits."""
    return local(NOT_STATED) if amount is None else quantity(f"{float(amount):.4g}", code)


def whole(number: int | None) -> str:
    """Write a count in groups of three digits, parted as ISO 80000-1 has it in every language."""
    return local(NOT_STATED) if number is None else f"{number:,}".replace(",", "\u202f")


def day(moment: str | dt.date | None) -> str:
    """Write the day of an RFC 3339 time or an ISO date."""
    if moment is None:
        return local(NOT_STATED)
    text = moment if isinstance(moment, str) else moment.isoformat()
    written = format_date(dt.date.fromisoformat(text[:10]), "long", locale=_locale())
    return written.replace(" ", "\u00a0", 1)


def minute(moment: str) -> str:
    """Write an RFC 3339 time in UTC to the minute."""
    found = dt.datetime.fromisoformat(moment).astimezone(dt.UTC)
    return f"{day(found)}, {found:%H:%M}\u00a0UTC"


def span(days: int) -> str:
    """Write a number of days in the unit that fits it."""
    if days < 0:
        return local(message("{span} ahead", span=span(-days)))
    for size, least, name in ((365, _YEAR, "year"), (30, _MONTH, "month"), (1, 0, "day")):
        if days >= least:
            return format_unit(round(days / size), f"duration-{name}", locale=_locale()).replace(
                " ", "\u00a0"
            )
    raise AssertionError(days)


def short(digest: str, letters: int = 12) -> str:
    """Write the beginning of a digest."""
    return f"{digest.removeprefix('sha256:')[:letters]}…"


def path(digest: str) -> str:
    """Return the address of a record's page."""
    return f"/records/{digest.removeprefix('sha256:')}"


def reason(code: str) -> str:
    """Say why a value is not ranked; what is not known here is said by its code."""
    name = code.partition(":")[0]
    return REASONS.get(name, sentence(name))


def grade_reason(code: str) -> str:
    """Say why two values compare with reservations or not at all."""
    name, _, part = code.partition(":")
    if name.startswith("unknown") and not part:
        name, part = "unknown", name.removeprefix("unknown")
    said = sentence(name)
    return f"{sentence(part)}: {said}" if part else said


def claim_names(claims: Sequence[Mapping[str, Any]], catalogue: Catalogue) -> tuple[str, ...]:
    """Name what a record states, each once."""

    def name(claim: Mapping[str, Any]) -> str:
        metric = catalogue.metrics.get(claim.get("metric", ""))
        if metric is not None:
            return message(metric.label)
        if claim["type"] == "CertificateClaim":
            return message("Certificate {code}", code=claim["scheme"]["code"])
        return CLAIMS.get(claim["type"], claim["type"])

    return tuple(dict.fromkeys(map(name, claims)))


def sentence(code: str) -> str:
    """Write a camelCase or kebab-case code as words."""
    if not any(map(str.islower, code)):
        return code  # an abbreviation
    spaced = "".join(f" {c.lower()}" if c.isupper() else c for c in code).replace("-", " ")
    return spaced.strip()


def said(text: str) -> str:
    """Say a text of ours, of a schema or of the catalogue in the reader's language."""
    return local(text if isinstance(text, Message) else message(text))


def inline(title: str) -> str:
    """Write a heading within a line: in small letters, where nouns have none of their own."""
    return said(title) if chosen() in _CAPITAL_NOUNS else said(title).lower()


def _locale() -> str:
    return _DAY_FIRST if chosen() == SOURCE else chosen()


FILTERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "local": said,
        "segment": lambda text: quote(text, safe=""),  # of an address
        "inline": inline,
        "unit": unit,
        "quantity": quantity,
        "rounded": rounded,
        "whole": whole,
        "day": day,
        "minute": minute,
        "span": span,
        "short": short,
        "record_path": path,
        "sentence": sentence,
        "reason": reason,
        "outcome": lambda code: OUTCOMES[code],
        "grade_reason": grade_reason,
        "sign": lambda code: SIGNS[code],
        "subject_type": lambda code: SUBJECTS.get(code, code),
        "claim_type": lambda code: CLAIMS.get(code, code),
        "independence": lambda code: INDEPENDENCE[code],
        "verification": lambda code: VERIFICATION[code],
        "relation": lambda code: RELATION[code],
        "identity": lambda code: IDENTITY[code],
        "size_class": lambda code: SIZES.get(code, code),
        "grade": lambda code: GRADES[code],
        "direction": lambda code: DIRECTIONS[code],
    }
)
