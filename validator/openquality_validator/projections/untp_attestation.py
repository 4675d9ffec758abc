"""The attestation of a UNTP 0.7 conformity credential: who attests what to whom, out and in.

    ConformityAttestation {id, name, description, assessorLevel, assessmentLevel, attestationType,
     issuedToParty, authorisation[] {name, issuingAuthority}, referenceScheme, referenceProfile}

UNTP requires both levels, the type, the party and the scheme. What a record leaves out is written
by its least, where there is one (no endorsement; a self-declaration), and refused otherwise.
"""

from typing import Any

from openquality_validator.errors import ConversionError
from openquality_validator.message import message
from openquality_validator.projections import untp
from openquality_validator.projections.node import Node
from openquality_validator.projections.terms import compact, spelled

ASSESSMENT_LEVELS = (
    "authority-benchmark",
    "authority-mandate",
    "authority-globalmra",
    "authority-peer",
    "authority-extended-mra",
    "scheme-self",
    "scheme-cab",
    "no-endorsement",
)
_LEVELS = {
    "self": "self",
    "buyer": "buyer",
    "commercial": "commercial",
    "membership": "membership",
    "thirdParty": "3rdParty",
}
_LEVELS_IN = {theirs: ours for ours, theirs in _LEVELS.items()}
_RECOGNISED = {
    "none": "no-endorsement",
    "peerAssessed": "authority-peer",
    "governmentRecognised": "authority-mandate",
}
_RECOGNISED_IN = {theirs: ours for ours, theirs in _RECOGNISED.items()} | {
    "authority-globalmra": "accredited"
}
_TYPES = (
    "certification",
    "declaration",
    "inspection",
    "testing",
    "verification",
    "validation",
    "calibration",
)
_CATALOGUE = "https://w3id.org/openquality/v1"


def attestation(
    claim: Node, record: Node, assessed: dict[str, Any], assessment_level: str | None
) -> dict[str, Any]:
    """Take what a claim says of its assessor, and all of it if it is a certificate.

    `conformityAssessment` holds the audit of a certificate, and nothing for a measured result.
    Raises ConversionError (F005, F008).
    """
    assessor = claim.member("assessor")
    _require_issuer(assessor.member("party"), record)
    found = {
        "type": ["ConformityAttestation"],
        "id": f"{claim.peek('id')}.attestation",
        "name": record.peek("name") or record.member("credentialSubject").peek("name"),
        "assessorLevel": _LEVELS[assessor.text("assessorLevel") or ""],
        "assessmentLevel": _assessment_level(assessor, assessment_level),
        "attestationType": _attestation_type(claim, assessor),
        "issuedToParty": _party(record.member("credentialSubject")),
    }
    if claim.peek("type") != "CertificateClaim":
        return found | {
            "referenceScheme": {
                "id": _CATALOGUE,
                "name": f"OpenQuality catalogue {record.text('catalogueVersion')}",
            },
            "conformityAssessment": [],
        }
    if claim.text("status") != "active":
        raise untp.unfit(
            message(
                "The certificate is {peek}, and a credential would state it as held.",
                peek=claim.peek("status"),
            ),
            message("Convert a record whose certificate is active."),
        )
    _require_issuer(claim.member("certifier"), record)
    claim.text("type")
    claim.text("id")
    scheme = claim.member("scheme")
    if scheme.has("name"):
        scheme.lose("code", reason=message("A scheme has a name here, and no code."))
    else:
        claim.lose("scheme", reason=message("It has no name, so that its code stands as the name."))
    scope = claim.member("scope")
    claim.lose("number", reason=untp.ALSO_A_TEXT)
    scope.lose("text", reason=untp.ALSO_A_TEXT)
    name = scheme.text("name") or scheme.peek("code")
    edition = scheme.text("edition")
    return (
        found
        | {
            "description": f"Certificate {claim.peek('number')}. {scope.peek('text')}",
            "referenceScheme": {"id": f"{claim.peek('id')}.scheme", "name": name},
            "referenceProfile": {"id": f"{claim.peek('id')}.edition", "name": edition},
        }
        | compact({"authorisation": _authorisation(claim.member("recognition"))})
        | {"conformityAssessment": _audit(claim, assessed)}
    )


def _require_issuer(party: Node, record: Node) -> None:
    """Refuse to state as the issuer's own what somebody else has assessed or certified."""
    issuer = record.member("issuer")
    name = "id" if party.has("id") else "name"
    if party.value and party.peek(name) != issuer.peek(name):
        raise untp.unfit(
            message(
                "The assessor of a conformity credential is its issuer, and here it is {peek}.",
                peek=party.peek("name"),
            ),
            message("Ask the assessor for a credential of its own."),
        )
    party.text("id")
    if party.peek("name") == issuer.peek("name"):
        party.text("name")


def _audit(claim: Node, assessed: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the last audit as the assessment that says what the certificate is about."""
    if not claim.has("lastAudit"):
        raise untp.unfit(
            message("A credential says by an assessment what a certificate is about, and when."),
            message("State lastAudit in the CertificateClaim."),
        )
    return [
        {
            "type": ["ConformityAssessment"],
            "id": f"{claim.peek('id')}.audit",
            "name": "Audit",
            "assessmentCriteria": [],
            "assessmentDate": claim.text("lastAudit"),
            "assessedPerformance": [],
            **assessed,
            "conformityTopic": [],
        }
    ]


def _assessment_level(assessor: Node, given: str | None) -> str:
    stated = assessor.text("assessmentLevel")
    if stated != "accredited":
        if given is not None:
            raise ConversionError(
                "F008",
                message(
                    "{given!r} is for an accredited assessor, and the record does not say "
                    "accredited.",
                    given=given,
                ),
                message("Leave --assessment-level away."),
            )
        return _RECOGNISED[stated or "none"]
    if given is None:
        raise untp.unfit(
            message("The record says `accredited`; UNTP asks under which arrangement."),
            message(
                "Give --assessment-level, such as authority-globalmra where the accreditation "
                "body has signed the global arrangement."
            ),
        )
    if given != "authority-globalmra":
        assessor.lose(
            "assessmentLevel",
            reason=message("It is stated as {given}, as was asked for.", given=given),
        )
    return given


def _attestation_type(claim: Node, assessor: Node) -> str:
    stated = assessor.text("attestationType")
    if stated is None and claim.peek("type") == "CertificateClaim":
        return "certification"
    if stated is None and assessor.peek("assessorLevel") == "self":
        return "declaration"  # what ISO/IEC 17000 calls an attestation by the first party
    if stated not in _TYPES:
        raise untp.unfit(
            message(
                "UNTP asks for the kind of attestation, and the record says {value}.",
                value=stated or "none",
            ),
            message("State assessor.attestationType as one of {types}.", types=", ".join(_TYPES)),
        )
    return stated


def _party(subject: Node) -> dict[str, str | None]:
    if subject.peek("type") == "Organization":
        return {"id": subject.peek("id"), "name": subject.peek("name")}
    party = subject.member("producer").member("party")
    address = untp.address_of(party)
    if address is None:
        raise untp.unfit(
            message("UNTP names the party that the attestation is for by an address."),
            message("State the producer with a DID or a GLN."),
        )
    return {"id": address, "name": party.text("name")}


def _authorisation(recognition: Node) -> list[dict[str, Any]]:
    body = recognition.member("body")
    if not recognition.value:
        return []
    address = untp.address_of(body)
    if address is None:
        recognition.lose(reason=message("UNTP names the authority by an address: a DID or a GLN."))
        return []
    name = spelled((recognition.text("kind"), recognition.text("number")))
    recognition.lose("kind", reason=untp.ALSO_A_TEXT)
    recognition.lose("number", reason=untp.ALSO_A_TEXT)
    return [{"name": name, "issuingAuthority": {"id": address, "name": body.text("name")}}]


def assessor(attestation: Node, document: Node) -> dict[str, Any]:
    """Read who assessed, from the attestation and the issuer of the credential."""
    level = _LEVELS_IN.get(attestation.word("assessorLevel"))
    found: dict[str, Any] = {"assessorLevel": level} if level else {}
    if level:
        attestation.text("assessorLevel")
    if level and level != "self":
        found = {"party": untp.party(document.member("issuer")), **found}
    recognised = _RECOGNISED_IN.get(attestation.word("assessmentLevel"))
    if recognised:
        attestation.text("assessmentLevel")
        found["assessmentLevel"] = recognised
    kind = attestation.text("attestationType")
    if kind in _TYPES:
        found["attestationType"] = kind
    return found


def certificate(attestation: Node, document: Node) -> dict[str, Any]:
    """Read the certificate that an attestation of that type is."""
    scheme = {
        "name": attestation.member("referenceScheme").text("name"),
        "edition": attestation.member("referenceProfile").text("name"),
    }
    return compact(
        {
            "type": "CertificateClaim",
            "scheme": compact(scheme),
            "certifier": untp.party(document.member("issuer")),
            "recognition": _recognition(attestation),
        }
    )


def _recognition(attestation: Node) -> dict[str, Any] | None:
    endorsements = list(attestation.members("authorisation"))
    if len(endorsements) != 1:
        return None
    return compact({"body": untp.party(endorsements[0].member("issuingAuthority"))})
