"""GS1 Web Vocabulary JSON-LD, out (version 1.16).

    gs1:Product, gs1:Organization or gs1:Place with gs1:certification: gs1:CertificationDetails
    {certificationStandard, certificationIdentification, certificationAgency,
     certificationStartDate, certificationEndDate, certificationAuditDate, certificationStatus}

The vocabulary has no term for a measured quality, so that every measured result is lost.
"""

from typing import Any

from openquality_validator.projections.loss import Projected
from openquality_validator.projections.node import Node
from openquality_validator.projections.terms import compact, opened, spelled

_NAMESPACE = "https://ref.gs1.org/voc/"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_TYPES = {
    "Product": "gs1:Product",
    "Service": "gs1:Product",  # "any item (product or service)", says the class
    "DataService": "gs1:Product",
    "AISystem": "gs1:Product",
    "Organization": "gs1:Organization",
    "Site": "gs1:Place",
}
_OUT = {
    "credentialSchema": "A page is no credential.",
    "credentialStatus": "A page is no credential.",
    "catalogueVersion": "A page has no version of a catalogue.",
    "issuer": "Who stands behind a statement, the record says; link to it from the page.",
    "extensions": "Extensions have their own meaning, which no projection knows.",
    "claims": "The GS1 Web Vocabulary has no term for it.",
}


def out(record: dict[str, Any]) -> Projected:
    """Project a valid record to JSON-LD with the terms of the GS1 Web Vocabulary."""
    document = opened(record)
    subject = document.member("credentialSubject")
    kind = _TYPES[subject.text("type") or ""]
    thing: dict[str, Any] = {
        "@context": {"gs1": _NAMESPACE, "xsd": _XSD},
        "@id": subject.text("id"),
        "@type": kind,
    }
    if kind == "gs1:Product":
        thing |= _product(subject)
    elif kind == "gs1:Organization":
        thing |= _organization(subject)
    thing |= _from_claims(subject, kind)
    losses = document.losses(_OUT, otherwise="The GS1 Web Vocabulary has no term for it.")
    return Projected(thing, losses)


def _product(subject: Node) -> dict[str, Any]:
    found: dict[str, Any] = {"gs1:productName": _words(subject.text("name"))}
    for each in subject.members("identifiers"):
        if each.peek("scheme") == "gtin" and "gs1:gtin" not in found:
            each.text("scheme")
            found["gs1:gtin"] = (each.text("value") or "").zfill(14)
    found |= compact(
        {
            "gs1:hasBatchLotNumber": subject.text("batch"),
            "gs1:hasSerialNumber": subject.text("serial"),
        }
    )
    for each in subject.members("category"):
        if each.peek("scheme") == "gpc" and "gs1:gpcCategoryCode" not in found:
            each.text("scheme")
            found["gs1:gpcCategoryCode"] = each.text("code")
        else:
            found.setdefault("gs1:additionalProductClassification", []).append(_class(each))
    party = subject.member("producer").member("party")
    if party.value:
        found["gs1:manufacturer"] = {"@type": "gs1:Organization", **_organization(party)}
    return found


def _class(category: Node) -> dict[str, Any]:
    code = category.text("code")
    return {
        "@type": "gs1:AdditionalProductClassificationDetails",
        "gs1:additionalProductClassificationCode": spelled(
            (category.text("scheme"), category.text("version"))
        ),
        "gs1:additionalProductClassificationValue": code,
    }


def _organization(party: Node) -> dict[str, Any]:
    found: dict[str, Any] = {"gs1:organizationName": _words(party.text("name"))}
    for each in party.members("identifiers"):
        if each.peek("scheme") == "gln" and "gs1:partyGLN" not in found:
            each.text("scheme")
            found["gs1:partyGLN"] = each.text("value")
    return found


def _from_claims(subject: Node, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for claim in subject.members("claims"):
        if claim.peek("type") == "CertificateClaim":
            found.setdefault("gs1:certification", []).append(_certification(claim))
        elif claim.peek("type") == "ProvenanceClaim" and kind == "gs1:Product":
            claim.text("type")
            found["gs1:countryOfOrigin"] = {
                "@type": "gs1:Country",
                "gs1:countryCode": claim.text("originCountry"),
            }
    return found


def _certification(claim: Node) -> dict[str, Any]:
    claim.text("type")
    scheme, validity = claim.member("scheme"), claim.member("validity")
    status = claim.text("status")
    if status != "active":
        claim.lose("status", reason="The vocabulary tells active from inactive, and no more.")
    named = spelled((scheme.text("name"), scheme.text("code"), scheme.text("edition")))
    return compact(
        {
            "@type": "gs1:CertificationDetails",
            "@id": claim.text("id"),
            "gs1:certificationStandard": _words(named),
            "gs1:certificationIdentification": claim.text("number"),
            "gs1:certificationStatement": _words(claim.member("scope").text("text")),
            "gs1:certificationAgency": _words(claim.member("certifier").text("name")),
            "gs1:certificationStartDate": _day(validity.text("start")),
            "gs1:certificationEndDate": _day(validity.text("end")),
            "gs1:certificationAuditDate": _day(claim.text("lastAudit")),
            "gs1:certificationStatus": {
                "@id": "gs1:CertificationStatus-ACTIVE"
                if status == "active"
                else "gs1:CertificationStatus-INACTIVE"
            },
        }
    )


def _words(text: str | None) -> dict[str, str] | None:
    # The terms want a language, and a record does not state one: undetermined (BCP 47).
    return {"@value": text, "@language": "und"} if text else None


def _day(text: str | None) -> dict[str, str] | None:
    return {"@value": text, "@type": "xsd:date"} if text else None
