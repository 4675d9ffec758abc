"""Codes of the formats in plain English, and numbers as people read them."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from openquality_validator.catalogue import Catalogue

SUBJECTS: Mapping[str, str] = MappingProxyType(
    {
        "Product": "Product",
        "Organization": "Organisation",
        "Site": "Site",
        "Service": "Service",
        "DataService": "Data service",
        "AISystem": "AI system",
    }
)
CLAIMS: Mapping[str, str] = MappingProxyType(
    {
        "MeasurementClaim": "Measurement",
        "CertificateClaim": "Certificate",
        "ProvenanceClaim": "Provenance",
        "ServiceLevelClaim": "Promised service level",
        "LifecycleCostClaim": "Life-cycle cost",
        "FootprintClaim": "Footprint",
        "CircularityClaim": "Circularity",
        "InterfaceClaim": "Interface",
        "SafetyNoticeClaim": "Safety notice",
    }
)
INDEPENDENCE: Mapping[str, str] = MappingProxyType(
    {
        "self": "Own declaration",
        "buyer": "Buyer’s observation",
        "thirdParty": "Third party, not on this registry’s list",
        "accredited": "Finding of a listed assessor",
    }
)
VERIFICATION: Mapping[str, str] = MappingProxyType(
    {
        "declared": "no data named",
        "evidenced": "data named by digest",
        "recomputed": "recomputed here from its data",
    }
)
RELATION: Mapping[str, str] = MappingProxyType(
    {
        "producer": "the producer itself",
        "assessor": "an assessor on this registry’s list",
        "buyer": "a buyer",
        "other": "neither producer nor listed assessor",
    }
)
IDENTITY: Mapping[str, str] = MappingProxyType(
    {
        "L0": "a key without a proved name",
        "L1": "found on the issuer’s own domain",
        "L2": "bound to its identifiers by a registrar",
    }
)
SIZES: Mapping[str, str] = MappingProxyType(
    {
        "micro": "micro enterprise",
        "small": "small enterprise",
        "medium": "medium enterprise",
        "large": "large enterprise",
    }
)
SIGNS: Mapping[str, str] = MappingProxyType(
    {"self": "○", "buyer": "◐", "thirdParty": "◑", "accredited": "●"}
)
# Why a value is not ranked, by the reasons of an answer (openquality_validator.compare).
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "notStanding": "the record does not stand",
        "notCurrent": "a newer value, or that of a worse characteristic, stands instead",
        "relation": "only producers and listed assessors are, unless a query asks for others",
        "sampleTooSmall": "the sample is too small",
        "periodAhead": "the period is not over",
        "tooOld": "measured too long ago",
        "noBound": "it states too little for a bound",
        "noSample": "it states no sample",
    }
)
OUTCOMES: Mapping[str, str] = MappingProxyType(
    {
        "recomputed": "follows from it",
        "differs": "does not follow from it",
        "notRecomputable": "cannot be computed from it",
    }
)
GRADES: Mapping[str, str] = MappingProxyType(
    {
        "identical": "same basis",
        "convertible": "same after conversion",
        "qualified": "with reservations",
        "notComparable": "not comparable",
    }
)
DIRECTIONS: Mapping[str, str] = MappingProxyType(
    {"higherBetter": "higher is better", "lowerBetter": "lower is better", "target": "a target"}
)
_UNITS = {
    "1": "",
    "d": "days",
    "wk": "weeks",
    "[ppm]": "ppm",
    "[ppb]": "ppb",
    "[ppth]": "‰",
    "{each}": "pieces",
    "kW.h": "kWh",
    "MW.h": "MWh",
    "m3": "m³",
    "m2": "m²",
    "um": "µm",
    "N/mm2": "N/mm²",
    "Cel": "°C",
    "/h": "per hour",
    "10*-6/h": "per million hours",
    "10*-9/h": "FIT",
    "/(200000.h)": "per 200,000 hours",
}
_MONTH, _YEAR = 61, 730  # days from which an age is said in months, in years


def unit(code: str | None) -> str:
    """Write a UCUM code or a currency as people do; a plain number has no unit."""
    return "" if code is None else _UNITS.get(code, code)


def quantity(amount: str | None, code: str | None) -> str:
    """Write an amount with its unit, the amount exactly as it was stated."""
    if amount is None:
        return "not stated"
    named = unit(code)
    return f"{amount}\u00a0{named}" if named else amount


def rounded(amount: str | None, code: str | None = "1") -> str:
    """Write a computed amount with four significant digits."""
    return "not stated" if amount is None else quantity(f"{float(amount):.4g}", code)


def whole(number: int | None) -> str:
    """Write a count in groups of three digits."""
    return "not stated" if number is None else f"{number:,}".replace(",", "\u202f")


def day(moment: str | dt.date | None) -> str:
    """Write the day of an RFC 3339 time or an ISO date."""
    if moment is None:
        return "not stated"
    text = moment if isinstance(moment, str) else moment.isoformat()
    found = dt.date.fromisoformat(text[:10])
    return f"{found.day}\u00a0{found:%B %Y}"


def minute(moment: str) -> str:
    """Write an RFC 3339 time in UTC to the minute."""
    found = dt.datetime.fromisoformat(moment).astimezone(dt.UTC)
    return f"{found.day}\u00a0{found:%B %Y, %H:%M}\u00a0UTC"


def span(days: int) -> str:
    """Write a number of days in the unit that fits it."""
    if days < 0:
        return f"{span(-days)} ahead"
    for size, least, name in ((365, _YEAR, "year"), (30, _MONTH, "month"), (1, 0, "day")):
        if days >= least:
            count = round(days / size)
            return f"{count}\u00a0{name}{'' if count == 1 else 's'}"
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
            return metric.label
        if claim["type"] == "CertificateClaim":
            return f"Certificate {claim['scheme']['code']}"
        return CLAIMS.get(claim["type"], claim["type"])

    return tuple(dict.fromkeys(map(name, claims)))


def sentence(code: str) -> str:
    """Write a camelCase or kebab-case code as words."""
    if not any(map(str.islower, code)):
        return code  # an abbreviation
    spaced = "".join(f" {c.lower()}" if c.isupper() else c for c in code).replace("-", " ")
    return spaced.strip()


FILTERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
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
