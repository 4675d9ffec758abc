"""UNTP 0.7 Digital Conformity Credential: assessments, out and in.

    {type: [DigitalConformityCredential, VerifiableCredential], …, credentialSubject:
     ConformityAttestation {id, name, description, assessorLevel, assessmentLevel, attestationType,
      issuedToParty, authorisation[] {name, issuingAuthority}, referenceScheme, referenceProfile,
      conformityAssessment[]: ConformityAssessment {id, name, assessmentCriteria[],
       assessmentDate, assessedPerformance[], assessedProduct[], assessedFacility[],
       assessedOrganisation, specifiedCondition[], evidence[], conformityTopic[], conformance}}}

One credential is one attestation by one assessor: the first claim that can be projected says which.
"""

from typing import Any

from openquality_validator.catalogue import Catalogue
from openquality_validator.errors import ConversionError
from openquality_validator.projections import untp
from openquality_validator.projections.exact import require_object
from openquality_validator.projections.loss import Draft, Projected
from openquality_validator.projections.node import Node
from openquality_validator.projections.terms import (
    CARRIERS,
    CONDITIONS,
    LINKED,
    OF_THE_DOCUMENT,
    OF_THE_SUBJECT,
    compact,
    conditions,
    opened,
    spelled,
)

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
_KIND = "DigitalConformityCredential"
_WHAT = "UNTP Digital Conformity Credential"
_CATALOGUE = "https://w3id.org/openquality/v1"
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
_CONFORMANCE = {"accepted": True, "rejected": False}
_OUT = {
    "credentialSchema": "A conformity credential follows another schema.",
    "credentialStatus": "It is another credential, with a status of its own.",
    "assessor": "The issuer of the credential is its assessor.",
    "extensions": "Extensions have their own meaning, which no projection knows.",
    "claims": "An assessment has a date, a metric with its measure, and no such member.",
}
_IN = {
    "conformityAssessment": "A claim of a record has no member for it.",
    "issuedToParty": OF_THE_SUBJECT,
    "assessedProduct": OF_THE_SUBJECT,
    "assessedFacility": OF_THE_SUBJECT,
    "assessedOrganisation": OF_THE_SUBJECT,
    "assessmentDate": "A claim states the days observed, from and to: add `period`.",
    "specifiedCondition": "A text is not taken apart: add `qualifiers` and what else it says.",
    "assessorLevel": "A record has no such level.",
    "assessmentLevel": "A record has no such level.",
    "authorisation": "A recognition has one body, a kind and a number: add what is missing.",
    "evidence": LINKED,
    "auditableEvidence": LINKED,
    "conformityCertificate": LINKED,
    "conformityTopic": "The dimension of a metric stands in the catalogue.",
    "conformance": "A claim states a result; whether it conforms, the buyer's requirement decides.",
}


def out(
    record: dict[str, Any], *, catalogue: Catalogue, assessment_level: str | None = None
) -> Projected:
    """Project a valid record to an unsigned conformity credential.

    `assessment_level` is one of `ASSESSMENT_LEVELS`: it must be given where the record says
    `accredited`, which UNTP splits by the arrangement that the accreditation body has signed.
    Raises ConversionError (F005) where the credential requires what the record does not state.
    """
    document = opened(record)
    subject = document.member("credentialSubject")
    assessed = _assessed(subject)
    first = _first(subject)
    credential = untp.envelope(document, kind=_KIND, suffix=_KIND)
    attestation = _attestation(first, document, assessed, assessment_level)
    credential["credentialSubject"] = attestation
    assessor = first.peek("assessor")
    for claim in subject.members("claims"):
        if claim.peek("type") not in CARRIERS:
            if claim.pointer != first.pointer:
                claim.lose(reason="One credential holds one certificate, and measured results.")
        elif claim.peek("assessor") != assessor:
            claim.lose(reason="One credential has one assessor; convert this claim apart.")
        else:
            found = _assessment(claim, document, assessed, catalogue)
            if found is not None:
                attestation["conformityAssessment"].append(found)
                for name in ("assessorLevel", "assessmentLevel", "attestationType"):
                    claim.member("assessor").text(name)
    if first.peek("type") in CARRIERS and not attestation["conformityAssessment"]:
        raise untp.unfit(
            "No measured result of the record has a place in a conformity credential.",
            "Choose another format, such as schema-org.",
        )
    return Projected(
        credential,
        document.losses(_OUT, otherwise="A conformity credential has no member for it."),
    )


def draft(value: object, *, catalogue: Catalogue) -> Draft:
    """Read a conformity credential: its certificate, if it is one, and each measured value.

    Raises ConversionError (F001 to F004).
    """
    document = Node(require_object(value, what=_WHAT))
    untp.require(document, kind=_KIND, what=_WHAT)
    attestation = document.member("credentialSubject")
    claims = []
    if attestation.peek("attestationType") == "certification":
        claims.append(_certificate(attestation, document))
    for each in attestation.members("conformityAssessment"):
        for performed in each.members("assessedPerformance"):
            claim = untp.claimed(performed, catalogue=catalogue)
            if claim is not None:
                claims.append(claim)
    if claims:
        assessor = _assessor(attestation, document)
        claims = [{**claim, "assessor": assessor} for claim in claims]
    return Draft(tuple(claims), document.losses(_IN, otherwise=OF_THE_DOCUMENT))


def _assessed(subject: Node) -> dict[str, Any]:
    kind = subject.text("type")
    named = {"id": subject.text("id"), "name": subject.text("name")}
    if kind == "Organization":
        return {"assessedOrganisation": named}
    if kind == "Site":
        return {"assessedFacility": [{"facility": named}]}
    if kind != "Product":
        raise untp.unfit(
            f"UNTP assesses products, facilities and organisations, and no {kind}.",
            "Choose another format, such as schema-org.",
        )
    numbers = {"batchNumber": subject.text("batch"), "itemNumber": subject.text("serial")}
    return {"assessedProduct": [{"product": named | compact(numbers)}]}


def _first(subject: Node) -> Node:
    claims = list(subject.members("claims"))
    for kind in (("CertificateClaim",), CARRIERS):
        for claim in claims:
            if claim.peek("type") in kind and claim.has("assessor"):
                return claim
    raise untp.unfit(
        "No claim of the record is a certificate or a measured result with an assessor.",
        "State the assessor, or choose another format.",
    )


def _attestation(
    claim: Node, record: Node, assessed: dict[str, Any], assessment_level: str | None
) -> dict[str, Any]:
    assessor = claim.member("assessor")
    attestation = {
        "type": ["ConformityAttestation"],
        "id": f"{claim.peek('id')}.attestation",
        "name": record.peek("name") or record.member("credentialSubject").peek("name"),
        "assessorLevel": _LEVELS[assessor.text("assessorLevel") or ""],
        "assessmentLevel": _assessment_level(assessor, assessment_level),
        "attestationType": _attestation_type(claim, assessor),
        "issuedToParty": _party(record.member("credentialSubject")),
    }
    if claim.peek("type") != "CertificateClaim":
        return attestation | {
            "referenceScheme": {
                "id": _CATALOGUE,
                "name": f"OpenQuality catalogue {record.text('catalogueVersion')}",
            },
            "conformityAssessment": [],
        }
    if claim.text("status") != "active":
        raise untp.unfit(
            f"The certificate is {claim.peek('status')}, and a credential would state it as held.",
            "Convert a record whose certificate is active.",
        )
    claim.text("type")
    claim.text("id")
    scheme = claim.member("scheme")
    if scheme.has("name"):
        scheme.lose("code", reason="A scheme has a name here, and no code.")
    else:
        claim.lose("scheme", reason="It has no name, so that its code stands as the name.")
    scope = claim.member("scope")
    claim.lose("number", reason=untp.ALSO_A_TEXT)
    scope.lose("text", reason=untp.ALSO_A_TEXT)
    name = scheme.text("name") or scheme.peek("code")
    edition = scheme.text("edition")
    return (
        attestation
        | {
            "description": f"Certificate {claim.peek('number')}. {scope.peek('text')}",
            "referenceScheme": {"id": f"{claim.peek('id')}.scheme", "name": name},
            "referenceProfile": {"id": f"{claim.peek('id')}.edition", "name": edition},
        }
        | compact({"authorisation": _authorisation(claim.member("recognition"))})
        | {"conformityAssessment": _audit(claim, assessed)}
    )


def _audit(claim: Node, assessed: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the last audit as the assessment that says what the certificate is about."""
    if not claim.has("lastAudit"):
        raise untp.unfit(
            "A credential says by an assessment what a certificate is about, and when.",
            "State lastAudit in the CertificateClaim.",
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
                f"{given!r} is for an accredited assessor, and the record does not say accredited.",
                "Leave --assessment-level away.",
            )
        return _RECOGNISED[stated or "none"]
    if given is None:
        raise untp.unfit(
            "The record says `accredited`; UNTP asks under which arrangement.",
            "Give --assessment-level, such as authority-globalmra where the accreditation body "
            "has signed the global arrangement.",
        )
    if given != "authority-globalmra":
        assessor.lose("assessmentLevel", reason=f"It is stated as {given}, as was asked for.")
    return given


def _attestation_type(claim: Node, assessor: Node) -> str:
    stated = assessor.text("attestationType")
    if stated is None and claim.peek("type") == "CertificateClaim":
        return "certification"
    if stated is None and assessor.peek("assessorLevel") == "self":
        return "declaration"  # what ISO/IEC 17000 calls an attestation by the first party
    if stated not in _TYPES:
        raise untp.unfit(
            f"UNTP asks for the kind of attestation, and the record says {stated or 'none'}.",
            f"State assessor.attestationType as one of {', '.join(_TYPES)}.",
        )
    return stated


def _party(subject: Node) -> dict[str, str | None]:
    if subject.peek("type") == "Organization":
        return {"id": subject.peek("id"), "name": subject.peek("name")}
    party = subject.member("producer").member("party")
    address = untp.address_of(party)
    if address is None:
        raise untp.unfit(
            "UNTP names the party that the attestation is for by an address.",
            "State the producer with a DID or a GLN.",
        )
    return {"id": address, "name": party.text("name")}


def _authorisation(recognition: Node) -> list[dict[str, Any]]:
    body = recognition.member("body")
    if not recognition.value:
        return []
    address = untp.address_of(body)
    if address is None:
        recognition.lose(reason="UNTP names the authority by an address: a DID or a GLN.")
        return []
    name = spelled((recognition.text("kind"), recognition.text("number")))
    recognition.lose("kind", reason=untp.ALSO_A_TEXT)
    recognition.lose("number", reason=untp.ALSO_A_TEXT)
    return [{"name": name, "issuingAuthority": {"id": address, "name": body.text("name")}}]


def _assessment(
    claim: Node, record: Node, assessed: dict[str, Any], catalogue: Catalogue
) -> dict[str, Any] | None:
    performed = untp.performance(claim, catalogue=catalogue)
    if performed is None:
        return None
    claim.text("type")
    metric = claim.peek("metric")
    said = conditions(claim)
    for name in ("qualifiers", *CONDITIONS):
        claim.lose(name, reason=untp.ALSO_A_TEXT)
    period = claim.member("period")
    day = period.text("end")
    period.lose(reason="Only the last day is kept, as the day of assessment.")
    result = claim.member("inspection")
    conformance = _CONFORMANCE.get(result.text("result") or "")
    claim.lose("inspection", reason="Of an inspection only the result is kept, as conformance.")
    return (
        {
            "type": ["ConformityAssessment"],
            "id": claim.text("id"),
            "name": catalogue.metric(metric).label,
            "assessmentCriteria": [],
            "assessmentDate": day,
            "assessedPerformance": [performed],
        }
        | assessed
        | compact({"specifiedCondition": said, "evidence": untp.links(claim, record)})
        | {"conformityTopic": [untp.topic(metric)]}
        | ({} if conformance is None else {"conformance": conformance})
    )


def _assessor(attestation: Node, document: Node) -> dict[str, Any]:
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


def _certificate(attestation: Node, document: Node) -> dict[str, Any]:
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
