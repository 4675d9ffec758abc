"""A starter record: valid as it is, with example values to replace."""

import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from openquality.refused import RefusedInput
from openquality_schemas import ATTESTATION_ID, CATALOGUE, newest

EXAMPLE = "#example"  # ends the id of the claim with made-up values, so that none is ever signed
PERIOD_DAYS = 181
VALID_DAYS = 365


class ExampleClaimLeft(RefusedInput):
    """A record still holds the starter's made-up claim."""

    def __str__(self) -> str:
        return (
            f"{self.args[0]} still holds the example claim, whose values are made up. Measure your "
            "own data into it (`openquality measure`), or replace the claim and its id by hand."
        )


def record(
    *, did: str, name: str, country: str | None, product: str, gtin: str | None, now: datetime
) -> dict[str, Any]:
    """Build a starter record of a product model, with one example claim."""
    record_id = f"urn:uuid:{uuid.uuid4()}"
    party = {"id": did, "name": name}
    start = (now - timedelta(days=PERIOD_DAYS + 1)).date()
    end = (now - timedelta(days=1)).date()
    location = {"location": {"country": country}} if country else {}
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/openquality/v1"],
        "id": record_id,
        "type": ["VerifiableCredential", "QualityAttestation"],
        "issuer": party,
        "validFrom": _time(now),
        "validUntil": _time(now + timedelta(days=VALID_DAYS)),
        "name": f"Quality of {product}",
        "credentialSchema": {
            "id": ATTESTATION_ID,
            "type": "JsonSchema",
            "digestSRI": newest()[0],
        },
        "catalogueVersion": CATALOGUE,
        "credentialSubject": {
            "id": _subject_id(did, product, gtin),
            "type": "Product",
            "issuerRole": "producer",
            "granularity": "model",
            "name": product,
            **({"identifiers": [{"scheme": "gtin", "value": gtin}]} if gtin else {}),
            "producer": {"party": party, **location},
            "claims": [
                {
                    "id": record_id + EXAMPLE,
                    "type": "MeasurementClaim",
                    "metric": "on-time-delivery",
                    "period": {"start": start.isoformat(), "end": end.isoformat()},
                    "value": {"amount": "97.5", "unit": "%"},
                    "counts": {"numerator": 468, "denominator": 480},
                    "qualifiers": [
                        {"qualifier": "anchor", "code": "firstConfirmed"},
                        {"qualifier": "lateLimit", "amount": "0", "unit": "d"},
                        {"qualifier": "level", "code": "order"},
                        {"qualifier": "event", "code": "receipt"},
                        {"qualifier": "denominatorBasis", "code": "dueInPeriod"},
                    ],
                    "sampling": {"n": 480},
                    "assessor": {"assessorLevel": "self"},
                }
            ],
        },
    }


def require_no_example(value: Mapping[str, Any], source: str) -> None:
    """Raise ExampleClaimLeft if a valid record still holds the made-up claim."""
    for claim in value["credentialSubject"]["claims"]:
        if claim["id"].endswith(EXAMPLE):
            raise ExampleClaimLeft(source)


def _subject_id(did: str, product: str, gtin: str | None) -> str:
    if gtin:
        return f"https://id.gs1.org/01/{gtin.zfill(14)}"
    slug = re.sub(r"[^a-z0-9]+", "-", product.lower()).strip("-")
    return f"{did}#subject-{slug or 'product'}"


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
