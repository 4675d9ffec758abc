"""Index rows of what a query asks beside measurements; `fact_tables.py` holds their tables.

They follow from the statement alone, as all index rows do.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson

from openquality_validator.catalogue import Catalogue
from openquality_validator.certification import Measure
from openquality_validator.evidence import standing
from openquality_validator.records import VerifiedRecord
from openquality_validator.status import StatusStatement, certificate_of
from openquality_validator.status.statement import STATEMENT

Row = Mapping[str, object]
SUPERSEDED = "superseded"
_SHA256 = "sha256:"


def of_attestation(verified: VerifiedRecord, *, catalogue: Catalogue) -> dict[str, Sequence[Row]]:
    """Return the rows of an attestation by table, without their log index."""
    old = verified.value.get("supersedes")
    said = [] if old is None else [_word(_digest(old), SUPERSEDED, verified.issuer, None)]
    claims = list(enumerate(verified.value["credentialSubject"]["claims"]))
    by_type = {name: [each for each in claims if each[1]["type"] == name] for name in _CARRIERS}
    return {
        "words": said,
        "scopes": list(_scopes(by_type["CertificateClaim"])),
        "origins": [
            {
                **_said_by(verified, place, claim, catalogue),
                "country": claim["originCountry"],
                "custody": claim.get("custodyModel"),
                "withdrawn": False,
            }
            for place, claim in by_type["ProvenanceClaim"]
        ],
        "materials": list(_materials(by_type["ProvenanceClaim"])),
        "service_levels": list(_levels(verified, by_type["ServiceLevelClaim"], catalogue)),
        "safety_notices": [
            {
                **_said_by(verified, place, claim, catalogue),
                "claim": claim["id"],
                "kind": claim["kind"],
                "issued": claim["issued"],
                "batches": orjson.dumps(claim.get("affectedBatches", [])).decode(),
                "withdrawn": False,
            }
            for place, claim in by_type["SafetyNoticeClaim"]
        ],
    }


def of_status(said: StatusStatement) -> list[Row]:
    """Return the row of a status statement in `words`; none if it is not about a statement."""
    if not said.target.startswith(STATEMENT + _SHA256):
        return []
    try:
        target = _digest(said.target.removeprefix(STATEMENT))
    except ValueError:
        return []  # of a former log: here nobody would have admitted it
    return [_word(target, said.voice.value, said.issuer, said.log)]


def of_certificate(said: StatusStatement) -> list[Row]:
    """Return the row of a status statement in `certificate_words`, if it is about a certificate."""
    if certificate_of(said.target) is None:
        return []
    return [{"key": said.target, "word": said.voice.value, "issuer": said.issuer, "log": said.log}]


def of_measure(said: Measure) -> list[Row]:
    """Return the row of a certification measure in `measures`."""
    return [
        {
            "target": said.target,
            "measure": said.kind.value,
            "issuer": said.issuer,
            "about": said.about,
            "deadline": None if said.deadline is None else said.deadline.isoformat(),
            "log": said.log,
        }
    ]


_CARRIERS = ("CertificateClaim", "ProvenanceClaim", "ServiceLevelClaim", "SafetyNoticeClaim")


def _word(target: bytes, word: str, issuer: str, log: str | None) -> Row:
    return {"target": target, "word": word, "issuer": issuer, "log": log}


def _digest(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix(_SHA256))


def _said_by(
    verified: VerifiedRecord, place: int, claim: Mapping[str, Any], catalogue: Catalogue
) -> dict[str, object]:
    stands = standing(verified.value, claim, catalogue)
    return {
        "position": place,
        "subject": verified.value["credentialSubject"]["id"],
        "issuer": verified.issuer,
        "relation": stands.relation.value,
        "assessed_under": stands.assessed_under,
    }


def _scopes(claims: Sequence[tuple[int, Mapping[str, Any]]]) -> Iterator[Row]:
    for place, claim in claims:
        listed = {(code["scheme"], code["code"]) for code in claim["scope"].get("codes", ())}
        for scheme, code in sorted(listed):
            yield {"position": place, "code": code, "scheme": scheme}


def _materials(claims: Sequence[tuple[int, Mapping[str, Any]]]) -> Iterator[Row]:
    for place, claim in claims:
        for number, material in enumerate(claim.get("materials", ())):
            yield {
                "position": place,
                "number": number,
                "name": material["name"],
                "cas": material.get("casNumber"),
                "share": float(material["massFraction"]),
                "country": material.get("originCountry"),
            }


def _levels(
    verified: VerifiedRecord,
    claims: Sequence[tuple[int, Mapping[str, Any]]],
    catalogue: Catalogue,
) -> Iterator[Row]:
    for place, claim in claims:
        metric = catalogue.metrics.get(claim["indicator"])
        stated = claim["objective"]
        if metric is None or stated["unit"] not in metric.allowed_units:
            continue
        unit = catalogue.canonical_unit(metric, unit=stated["unit"])
        objective = catalogue.convert(Decimal(stated["amount"]), stated["unit"], unit)
        yield {
            **_said_by(verified, place, claim, catalogue),
            "indicator": metric.id,
            "comparator": claim["comparator"],
            "objective": float(objective),
            "unit": unit,
            "start": claim["period"]["start"],
            "end": claim["period"]["end"],
            "withdrawn": False,
        }
