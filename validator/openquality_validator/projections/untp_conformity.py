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
)
from openquality_validator.projections.untp_attestation import assessor, attestation, certificate

_KIND = "DigitalConformityCredential"
_WHAT = "UNTP Digital Conformity Credential"
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
    attested = attestation(first, document, assessed, assessment_level)
    for claim in subject.members("claims"):
        if claim.peek("type") not in CARRIERS:
            if claim.pointer != first.pointer:
                claim.lose(reason="One credential holds one certificate, and measured results.")
        elif claim.peek("assessor") != first.peek("assessor"):
            claim.lose(reason="One credential has one assessor; convert this claim apart.")
        else:
            found = _assessment(claim, document, assessed, catalogue)
            if found is not None:
                attested["conformityAssessment"].append(found)
                claim.below("assessor").take()  # the same as the first claim's
    if not attested["conformityAssessment"]:
        raise untp.unfit(
            "No measured result of the record has a place in a conformity credential.",
            "Choose another format, such as schema-org.",
        )
    credential["credentialSubject"] = attested
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
    attested = document.member("credentialSubject")
    claims = []
    if attested.peek("attestationType") == "certification":
        claims.append(certificate(attested, document))
    for each in attested.members("conformityAssessment"):
        for performed in each.members("assessedPerformance"):
            claim = untp.claimed(performed, catalogue=catalogue)
            if claim is not None:
                claims.append(claim)
    if claims:
        stated = assessor(attested, document)
        claims = [{**claim, "assessor": stated} for claim in claims]
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
