"""UNTP 0.7 Digital Product Passport: performance claims, out and in.

    {type: [DigitalProductPassport, VerifiableCredential], issuer, validFrom, validUntil, name,
     credentialSubject: Product {id, name, idScheme, modelNumber, batchNumber, itemNumber,
      idGranularity, productCategory[], producedAtFacility, countryOfProduction, relatedParty[],
      materialProvenance[], performanceClaim[]: Claim {id, name, description, referenceCriteria[],
       claimDate, applicablePeriod {startDate, endDate}, claimedPerformance[], evidence[],
       conformityTopic[]}}}

docs/spec/projections.md says member by member what stays and what is lost.
"""

from typing import Any

from openquality_validator.catalogue import Catalogue
from openquality_validator.projections import untp
from openquality_validator.projections.exact import number, require_object
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

_KIND = "DigitalProductPassport"
_WHAT = "UNTP Digital Product Passport"
_GTIN_LINK = "/01/"
_SCHEMES = {
    "unspsc": ("https://www.unspsc.org/", "UNSPSC"),
    "gpc": ("https://www.gs1.org/standards/gpc", "GS1 Global Product Classification"),
    "cpv": ("http://data.europa.eu/cpv/cpv", "Common Procurement Vocabulary"),
    "eclass": ("https://eclass.eu/", "ECLASS"),
    "nace": ("http://data.europa.eu/ux2/nace2/", "NACE"),
}
_CAS = ("https://www.cas.org/cas-data/cas-registry", "CAS Registry Number")
_OUT = {
    "assessor": "The claims of a passport are its issuer's own.",
    "credentialSchema": "A passport follows another schema.",
    "catalogueVersion": "A passport has no version of a catalogue.",
    "credentialStatus": "The passport is another credential, with a status of its own.",
    "extensions": "Extensions have their own meaning, which no projection knows.",
}
_NO_CLAIM = "A passport has claims of performance, with a metric and a value, and no such claim."
_IN = {
    "credentialSubject": OF_THE_SUBJECT,
    "performanceClaim": "A claim of a record has no member for it.",
    "claimDate": "A claim states the days observed, from and to: add `period`.",
    "description": "A text is not taken apart: add `qualifiers` and what else it says.",
    "evidence": LINKED,
    "conformityTopic": "The dimension of a metric stands in the catalogue.",
}


def out(record: dict[str, Any], *, catalogue: Catalogue) -> Projected:
    """Project a valid record about a product to an unsigned passport.

    Raises ConversionError (F005) where the passport requires what the record does not state: that
    the subject is a product, the facility with an address, the country.
    """
    document = opened(record)
    subject = document.member("credentialSubject")
    if subject.peek("type") != "Product":
        raise untp.unfit(
            f"A passport is about a product, this record about a {subject.peek('type')}.",
            "Choose another format, such as untp-dcc or schema-org.",
        )
    passport = untp.envelope(document, kind=_KIND, suffix=_KIND)
    passport["credentialSubject"] = _product(subject, document, catalogue)
    return Projected(passport, document.losses(_OUT, otherwise="A passport has no member for it."))


def draft(value: object, *, catalogue: Catalogue) -> Draft:
    """Read the performance claims of a passport, each measured value as one claim.

    Raises ConversionError (F001 to F004).
    """
    document = Node(require_object(value, what=_WHAT))
    untp.require(document, kind=_KIND, what=_WHAT)
    claims = []
    for each in document.member("credentialSubject").members("performanceClaim"):
        for performed in each.members("claimedPerformance"):
            claim = untp.claimed(performed, catalogue=catalogue)
            if claim is not None:
                period = each.member("applicablePeriod")
                if period.has("startDate") and period.has("endDate"):
                    start, end = period.text("startDate"), period.text("endDate")
                    claim["period"] = {"start": start, "end": end}
                    if each.peek("claimDate") == end:
                        each.text("claimDate")
                claims.append(claim)
    return Draft(tuple(claims), document.losses(_IN, otherwise=OF_THE_DOCUMENT))


def _product(subject: Node, record: Node, catalogue: Catalogue) -> dict[str, Any]:
    subject.text("type")
    provenance = [
        each for each in subject.members("claims") if each.peek("type") == "ProvenanceClaim"
    ]
    facility = _facility(subject, provenance)
    country = _country(subject, provenance)
    claims = [_claim(each, record, catalogue) for each in subject.members("claims")]
    return {
        "type": ["Product"],
        "id": subject.text("id"),
        "name": subject.text("name"),
        "idScheme": _scheme(subject, record),
        **compact(
            {
                "modelNumber": _model(subject),
                "batchNumber": subject.text("batch"),
                "itemNumber": subject.text("serial"),
            }
        ),
        "idGranularity": subject.text("granularity"),
        "productCategory": [_category(each) for each in subject.members("category")],
        "producedAtFacility": facility,
        "countryOfProduction": {"countryCode": country},
        **compact(
            {
                "relatedParty": _parties(subject),
                "materialProvenance": [
                    found
                    for each in provenance
                    for material in each.members("materials")
                    if (found := _material(material))
                ],
            }
        ),
        "performanceClaim": [each for each in claims if each],
    }


def _scheme(subject: Node, record: Node) -> dict[str, str]:
    if _GTIN_LINK in subject.peek("id"):
        for each in subject.members("identifiers"):
            if each.peek("scheme") == "gtin":
                each.lose(reason="It is kept only inside the id, a GS1 Digital Link.")
        return {"id": "https://www.gs1.org/standards/id-keys/gtin", "name": "GS1 GTIN"}
    issuer = record.member("issuer")  # "if self issued", says the schema, "the party ID"
    return {"id": issuer.peek("id"), "name": issuer.peek("name")}


def _model(subject: Node) -> str | None:
    for each in subject.members("identifiers"):
        if each.peek("scheme") == "mpn":
            each.text("scheme")
            return each.text("value")
    return None


def _facility(subject: Node, provenance: list[Node]) -> dict[str, str]:
    places = [subject.member("site"), *(each.member("facility") for each in provenance)]
    for place in places:
        address = untp.address_of(place, place=True)
        if address:
            return {"id": address, "name": place.text("name") or ""}
    raise untp.unfit(
        "A passport names the facility by an address, and the record has none.",
        "State /credentialSubject/site with its name, its country (`location`), and an id or a "
        "GLN.",
    )


def _country(subject: Node, provenance: list[Node]) -> str:
    for each in provenance:
        return each.text("originCountry") or ""
    location = subject.member("site").member("location")
    if location.has("country"):
        return location.text("country") or ""
    raise untp.unfit(
        "A passport names the country of production, and the record does not.",
        "State /credentialSubject/site with its location, or add a ProvenanceClaim.",
    )


def _category(category: Node) -> dict[str, str | None]:
    address, name = _SCHEMES[category.text("scheme") or ""]
    code = category.text("code")
    category.lose("path", reason="A classification has no member for the classes above.")
    return {
        "code": code,
        "name": code,  # required; the record has no name of the class
        "schemeId": address,
        "schemeName": f"{name} {category.text('version')}",
    }


def _parties(subject: Node) -> list[dict[str, Any]]:
    party = subject.member("producer").member("party")
    address = untp.address_of(party)
    if address is None:
        party.lose(reason="A party needs an address: give it a DID or a GLN.")
        return []
    return [{"role": "producer", "party": {"id": address, "name": party.text("name")}}]


def _material(material: Node) -> dict[str, Any] | None:
    if not (material.has("casNumber") and material.has("originCountry")):
        material.lose(reason="A material needs a class, such as a CAS number, and its origin.")
        return None
    code, name = material.text("casNumber"), material.text("name")
    return {
        "name": name,
        "originCountry": {"countryCode": material.text("originCountry")},
        "materialType": {"code": code, "name": name, "schemeId": _CAS[0], "schemeName": _CAS[1]},
        "massFraction": number(material.text("massFraction") or ""),
    }


def _claim(claim: Node, record: Node, catalogue: Catalogue) -> dict[str, Any] | None:
    if claim.peek("type") not in CARRIERS:
        if claim.peek("type") == "ProvenanceClaim":
            claim.text("type")
        else:
            claim.lose(reason=_NO_CLAIM)
        return None
    performed = untp.performance(claim, catalogue=catalogue)
    if performed is None:
        return None
    claim.text("type")
    metric = claim.peek("metric")
    period = claim.member("period")
    start, end = period.text("start"), period.text("end")
    said = conditions(claim)
    for name in ("qualifiers", *CONDITIONS):
        claim.lose(name, reason=untp.ALSO_A_TEXT)
    return compact(
        {
            "type": ["Claim"],
            "id": claim.text("id"),
            "name": catalogue.metric(metric).label,
            "description": "; ".join(said),
        }
    ) | {
        "referenceCriteria": [],
        "claimDate": end,
        "applicablePeriod": {"startDate": start, "endDate": end},
        "claimedPerformance": [performed],
        "evidence": untp.links(claim, record),
        "conformityTopic": [untp.topic(metric)],
    }
