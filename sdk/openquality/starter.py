"""A starter record of any kind of subject: valid as it is, with example values to replace."""

import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from openquality.credentials import time
from openquality.refused import RefusedInput
from openquality_schemas import ATTESTATION_ID, CATALOGUE, newest
from openquality_validator.message import message

EXAMPLE = "#example"  # ends the id of the claim with made-up values, so that none is ever signed
EXAMPLE_NAME = "Example Works Ltd"
PERIOD_DAYS = 182
VALID_DAYS = 365


class Subject(StrEnum):
    """Choose what a record is about: the types of `credentialSubject`."""

    PRODUCT = "Product"
    ORGANIZATION = "Organization"
    SITE = "Site"
    SERVICE = "Service"
    DATA_SERVICE = "DataService"
    AI_SYSTEM = "AISystem"

    @property
    def words(self) -> str:
        """What people call it."""
        return _WORDS[self]


_WORDS: Final = {
    Subject.PRODUCT: message("product"),
    Subject.ORGANIZATION: message("organisation"),
    Subject.SITE: message("site"),
    Subject.SERVICE: message("service"),
    Subject.DATA_SERVICE: message("data service"),
    Subject.AI_SYSTEM: message("AI system"),
}
_ON_TIME: Final[Mapping[str, Any]] = {
    "metric": "on-time-delivery",
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
}
_AVAILABLE: Final[Mapping[str, Any]] = {
    "metric": "availability",
    "value": {"amount": "99.7711", "unit": "%"},
    "durations": {"up": "4358", "down": "10", "unit": "h"},  # of 182 days
    "outages": 4,
    "qualifiers": [
        {"qualifier": "measurementPoint", "code": "externalProbe"},
        {"qualifier": "plannedMaintenance", "code": "countsAsDown"},
        {"qualifier": "serviceHours", "code": "always"},
    ],
}
_CLAIMS: Final = {
    # Goods come on time, or those who send them; what people use has to be there.
    Subject.PRODUCT: _ON_TIME,
    Subject.ORGANIZATION: _ON_TIME,
    Subject.SITE: _ON_TIME,
    Subject.SERVICE: _AVAILABLE,
    Subject.DATA_SERVICE: _AVAILABLE,
    Subject.AI_SYSTEM: _AVAILABLE,
}


class ExampleClaimLeft(RefusedInput):
    """A record still holds the starter's made-up claim."""

    def __str__(self) -> str:
        return message(
            "{path} still holds the example claim, whose values are made up. Measure your own data "
            "into it (`openquality measure`), or replace the claim and its id by hand.",
            path=self.args[0],
        )


def record(
    *,
    did: str,
    name: str,
    country: str | None,
    subject: Subject,
    about: str,
    gtin: str | None,
    identifiers: Sequence[Mapping[str, str]] = (),
    now: datetime,
) -> dict[str, Any]:
    """Build a starter record about a subject called `about`, with one example claim.

    A product is spoken of as a model; an organisation is the issuer itself. `identifiers` are
    those of the organisation (`{"scheme": "lei", "value": "…"}`).
    """
    record_id = f"urn:uuid:{uuid.uuid4()}"
    known = {"identifiers": [dict(each) for each in identifiers]} if identifiers else {}
    issuer = {"id": did, "name": name}
    party = issuer | known
    start = (now - timedelta(days=PERIOD_DAYS)).date()
    end = (now - timedelta(days=1)).date()
    location = {"location": {"country": country}} if country else {}
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/openquality/v1"],
        "id": record_id,
        "type": ["VerifiableCredential", "QualityAttestation"],
        "issuer": issuer,
        "validFrom": time(now),
        "validUntil": time(now + timedelta(days=VALID_DAYS)),
        "name": f"Quality of {about}",
        "credentialSchema": {
            "id": ATTESTATION_ID,
            "type": "JsonSchema",
            "digestSRI": newest()[0],
        },
        "catalogueVersion": CATALOGUE,
        "credentialSubject": {
            "id": _subject_id(did, subject, about, gtin),
            "type": subject.value,
            "issuerRole": "producer",
            **({"granularity": "model"} if subject is Subject.PRODUCT else {}),
            "name": about,
            **({"identifiers": [{"scheme": "gtin", "value": gtin}]} if gtin else {}),
            "producer": {"party": party, **location},
            "claims": [
                {
                    "id": record_id + EXAMPLE,
                    "type": "MeasurementClaim",
                    "period": {"start": start.isoformat(), "end": end.isoformat()},
                    **_CLAIMS[subject],
                    "assessor": {"assessorLevel": "self"},
                }
            ],
        },
    }


def example_name(subject: Subject) -> str:
    """Return the made-up name of a subject."""
    return f"Example {subject.words}"


def require_no_example(value: Mapping[str, Any], source: str) -> None:
    """Raise ExampleClaimLeft if a valid record still holds the made-up claim."""
    for claim in value["credentialSubject"].get("claims", ()):
        if claim["id"].endswith(EXAMPLE):
            raise ExampleClaimLeft(source)


def _subject_id(did: str, subject: Subject, about: str, gtin: str | None) -> str:
    if gtin:
        return f"https://id.gs1.org/01/{gtin.zfill(14)}"
    if subject is Subject.ORGANIZATION:
        return did
    slug = re.sub(r"[^a-z0-9]+", "-", about.lower()).strip("-")
    return f"{did}#subject-{slug or subject.value.lower()}"
