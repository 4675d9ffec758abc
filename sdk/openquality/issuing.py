"""Issue a certificate: from a signed assessment that reaches a level, the certifier's attestation.

The assessment is evidence, by its digest. What it is not, the profile says in its `basis`, and the
certificate repeats: under somebody else's profile it is the certifier's own word, and never that of
the profile's owner.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from openquality import credentials, wire
from openquality.refused import RefusedInput
from openquality_schemas import CATALOGUE
from openquality_validator import documents, envelope, validate
from openquality_validator.message import message
from openquality_validator.profiles import Profile
from openquality_validator.records import VerifiedRecord

Json = Mapping[str, Any]
_LONGEST: Final = 2_000  # characters of `limitations`


@dataclass(eq=False)
class NotIssued(RefusedInput):
    """An assessment does not carry a certificate."""

    why: str

    def __str__(self) -> str:
        return message("No certificate was made: {why}", why=self.why)


@dataclass(frozen=True, slots=True)
class Certificate:
    """Hold what the certifier says of a certificate; days are inclusive.

    `edition` is that of the scheme which was audited; `stage` the audit that was passed last.
    """

    number: str
    edition: str
    scope: str
    start: dt.date
    end: dt.date
    stage: str


def assessment(data: bytes) -> VerifiedRecord:
    """Read a signed assessment with a result; raises NotIssued or InvalidInput."""
    found = envelope.verify_statement(data.strip())
    if "result" not in found.value["credentialSubject"]:
        raise NotIssued(
            message(
                "The statement holds no result of a profile. Sign one with `openquality assess "
                "--sign`."
            )
        )
    return found


def check(found: VerifiedRecord, profile: Profile, *, issuer: str, level: str | None) -> None:
    """Check that an assessment carries a certificate by an issuer; raises NotIssued.

    `level` is the least level of the profile; without one, any level that is reached will do.
    """
    subject = found.value["credentialSubject"]
    result = subject["result"]
    producer = subject.get("producer", {}).get("party", {}).get("id")
    if result["profile"]["digest"] != profile.digest:
        raise NotIssued(
            message("The assessment is under another profile, or another version of it.")
        )
    if issuer in {subject["id"].partition("#")[0], producer}:
        raise NotIssued(message("Nobody certifies itself: the key is that of the subject."))
    if result["blockedBy"]:
        blocks = ", ".join(result["blockedBy"])
        raise NotIssued(message("The assessment is blocked by {blocks}.", blocks=blocks))
    levels = [each.id for each in profile.levels]
    if level is not None and level not in levels:
        known = ", ".join(levels)
        raise NotIssued(
            message("The profile has no level {level}: {known}.", level=level, known=known)
        )
    reached = levels.index(result["level"]) if "level" in result else -1
    if reached < (0 if level is None else levels.index(level)):
        raise NotIssued(
            message(
                "The assessment reaches {level}, with {points} points.",
                level=result.get("level", message("no level")),
                points=result["points"],
            )
        )


def attestation(
    found: VerifiedRecord,
    profile: Profile,
    certificate: Certificate,
    *,
    issuer: str,
    name: str,
    now: dt.datetime,
) -> dict[str, Any]:
    """Make the attestation of a certificate, unsigned; raises InvalidRecord."""
    subject = found.value["credentialSubject"]
    identifier = uuid.uuid4()
    record = f"urn:uuid:{identifier}"
    party = {"id": issuer, "name": name}
    audited = dt.date.fromisoformat(subject["result"]["asOf"])
    surveyed = audited + dt.timedelta(days=profile.cycle.surveillance)
    claim = {
        "id": f"{record}#certificate",
        "type": "CertificateClaim",
        "scheme": {"code": profile.scheme, "edition": certificate.edition},
        "number": certificate.number,
        "scope": {"text": certificate.scope},
        "certifier": party,
        "validity": {"start": certificate.start.isoformat(), "end": certificate.end.isoformat()},
        "status": "active",
        "cycleStage": certificate.stage,
        "lastAudit": audited.isoformat(),
        "nextAudit": min(surveyed, certificate.end).isoformat(),
        "evidenceRefs": [f"{record}#assessment"],
        "limitations": _limitations(profile, issuer),
    }
    kept = ("id", "type", "name", "producer")
    value = credentials.make(
        "QualityAttestation",
        {
            **{member: subject[member] for member in kept if member in subject},
            "issuerRole": "assessor",
            "claims": [claim],
        },
        issuer=issuer,
        name=name,
        now=now,
        identifier=identifier,
    )
    value |= {
        "catalogueVersion": CATALOGUE,
        "evidence": [
            {
                "id": f"{record}#assessment",
                "type": "Report",
                "digest": found.digest,
                "mediaType": wire.STATEMENT,
                "name": f"Assessment under {profile.id} {profile.version}",
            }
        ],
    }
    validate.require_valid(documents.parse_object(documents.canonical(value)))
    return value


def _limitations(profile: Profile, issuer: str) -> str:
    own = profile.owner_id == issuer
    said = (
        f"Issued under the profile {profile.id} {profile.version} of its owner."
        if own
        else f"The certifier's own word. The profile {profile.id} {profile.version}, by which the "
        "evidence was assessed, is not the certifier's, and its owner certifies nothing here."
    )
    return f"{said} {profile.basis}"[:_LONGEST]
