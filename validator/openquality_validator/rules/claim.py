"""What rules look at: the record, and each of its claims with the metric that it names.

Rules may rely on what the JSON Schema proved: which members are there, and their types. Rules of a
form may also rely on that form's data being complete.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from openquality_validator.catalogue import Catalogue, Metric, Qualifier, is_later

Json = Mapping[str, Any]
Problems = Iterator[tuple[str, str]]  # (JSON Pointer relative to the record or claim, message)


@dataclass(frozen=True, slots=True)
class Attestation:
    """Hold a structurally valid record.

    `signed` is the day of signing as the issuer wrote it (of `validFrom`). `identifiers` are all
    of them, each as (JSON Pointer of its value, scheme, value). `later` says that the record names
    a catalogue after every one known here, under which no metric can be judged.
    """

    data: Json
    subject: Json
    claims: tuple[Json, ...]
    signed: str
    identifiers: tuple[tuple[str, str, str], ...]
    catalogue: Catalogue
    later: bool = False

    @classmethod
    def of(cls, data: Json, catalogue: Catalogue) -> "Attestation":
        """Gather what several rules need from a structurally valid record."""
        subject = data["credentialSubject"]
        return cls(
            data=data,
            subject=subject,
            claims=tuple(subject["claims"]),
            signed=data["validFrom"][:10],
            identifiers=tuple(_identifiers(subject)),
            catalogue=catalogue,
            later=is_later(data["catalogueVersion"]),
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """Hold one claim.

    `metric` is the catalogue's entry, or None where none is named, known or to be judged;
    `carried` says that the claim is of the type that carries the metric; `lacking` holds what the
    metric requires and the claim does not state, each as (pointer of the object that lacks it,
    path).
    """

    data: Json
    metric: Metric | None
    carried: bool
    lacking: tuple[tuple[str, str], ...]
    record: Attestation

    @property
    def qualifiers(self) -> Mapping[str, Qualifier]:
        """The qualifiers of the metric, by name."""
        return {} if self.metric is None else self.metric.named

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue under which the record is judged."""
        return self.record.catalogue

    @classmethod
    def of(cls, data: Json, record: Attestation) -> "Claim":
        """Look up what a claim names."""
        name = data.get("metric") or data.get("indicator") or ""
        metric = None if record.later else record.catalogue.metrics.get(name)
        carried = metric is not None and metric.carrier == data["type"]
        lacking = tuple(_missing(data, metric)) if metric is not None and carried else ()
        return cls(data, metric, carried, lacking, record)


def _missing(data: Json, metric: Metric) -> Problems:
    for path in metric.requires:
        inner, at = data, ""
        for part in _split(path):
            if part not in inner:
                yield at, path
                break
            inner, at = inner[part], f"{at}/{part}"


@lru_cache(maxsize=256)
def _split(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def places(text: str) -> tuple[int, int]:
    """Split a decimal string into an integer and the number of decimal places."""
    whole, _, fraction = text.partition(".")
    return int(whole + fraction), len(fraction)


def rounds_to(text: str, numerator: int, denominator: int, *, factor: Fraction) -> bool:
    """Say whether numerator/denominator rounds to the decimal string times `factor`.

    Exact, over integers: |m/10ᵖ·f − n/d| ≤ f/(2·10ᵖ), multiplied out. The denominator is positive.
    """
    mantissa, decimals = places(text)
    top = factor.numerator * denominator
    exact: int = 10**decimals * factor.denominator * numerator
    return abs(mantissa * top - exact) * 2 <= top


def half_digit(text: str) -> Fraction:
    """Return half a unit of the last digit: how far rounding may have moved a decimal string."""
    return Fraction(1, 2 * 10 ** places(text)[1])


def brief(value: Fraction) -> str:
    """Write a fraction for a message, with six significant digits."""
    return f"{float(value):.6g}"


_NAMING = {"CertificateClaim", "ProvenanceClaim", "FootprintClaim", "SafetyNoticeClaim"}


def _identifiers(subject: Json) -> Iterator[tuple[str, str, str]]:
    holders: list[tuple[str, Json | None]] = [
        ("", subject),
        ("/producer/party", subject.get("producer", {}).get("party")),
        ("/site", subject.get("site")),
    ]
    for index, claim in enumerate(subject["claims"]):
        if claim["type"] in _NAMING or "party" in claim.get("assessor", ()):
            holders.extend(_parties(claim, f"/claims/{index}"))
    for pointer, holder in holders:
        if holder is not None and "identifiers" in holder:
            for index, identifier in enumerate(holder["identifiers"]):
                where = f"/credentialSubject{pointer}/identifiers/{index}/value"
                yield where, identifier["scheme"], identifier["value"]


def _parties(claim: Json, prefix: str) -> Iterable[tuple[str, Json | None]]:
    if "assessor" in claim:
        yield f"{prefix}/assessor/party", claim["assessor"].get("party")
    kind = claim["type"]
    if kind == "CertificateClaim":
        yield f"{prefix}/certifier", claim["certifier"]
        yield f"{prefix}/recognition/body", claim.get("recognition", {}).get("body")
        for index, site in enumerate(claim.get("sites", ())):
            yield f"{prefix}/sites/{index}", site
    elif kind == "ProvenanceClaim":
        yield f"{prefix}/facility", claim.get("facility")
    elif kind == "FootprintClaim":
        yield f"{prefix}/verification/party", claim.get("verification", {}).get("party")
    elif kind == "SafetyNoticeClaim":
        yield f"{prefix}/authority", claim.get("authority")
