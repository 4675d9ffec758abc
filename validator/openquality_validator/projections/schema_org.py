"""schema.org JSON-LD for pages, out (schema.org 30.0).

    Product, Organization, Place or Service with hasCertification: Certification
    Product and Place with additionalProperty: PropertyValue {propertyID, name, value, unitCode,
     measurementTechnique, valueReference[]}

schema.org gives `additionalProperty` to products and places. What is measured about anything else
becomes an Observation about it, which is a value with the same members.
"""

from typing import Any

from openquality_validator.catalogue import Catalogue
from openquality_validator.projections.exact import number
from openquality_validator.projections.loss import Projected
from openquality_validator.projections.node import Node
from openquality_validator.projections.terms import CARRIERS, METRIC, compact, opened, spelled

_TYPES = {
    "Organization": "Organization",
    "Site": "Place",
    "Service": "Service",
    "DataService": "WebAPI",
    "AISystem": "SoftwareApplication",
}
_GRANULARITY = {"model": "ProductModel", "batch": "Product", "item": "IndividualProduct"}
_WITH_PROPERTIES = {"Product", "Site"}
_WITH_CERTIFICATES = {"Product", "Organization", "Site", "Service", "DataService"}
_IDENTIFIERS = {  # of a product, of anything else
    "Product": {"gtin": "gtin", "mpn": "mpn", "sku": "sku"},
    "Organization": {
        "gln": "globalLocationNumber",
        "lei": "leiCode",
        "duns": "duns",
        "vat": "vatID",
    },
    "Site": {"gln": "globalLocationNumber"},
}
_BATCH = "https://ref.gs1.org/voc/hasBatchLotNumber"
_OUT = {
    "credentialSchema": "A page is no credential.",
    "credentialStatus": "A page is no credential.",
    "catalogueVersion": "A page has no version of a catalogue.",
    "issuer": "Who stands behind a value, the record says; link to it from the page.",
    "assessor": "schema.org has no word for who assessed a value.",
    "evidence": "schema.org has no word for the data behind a value.",
    "evidenceRefs": "schema.org has no word for the data behind a value.",
    "extensions": "Extensions have their own meaning, which no projection knows.",
    "producer": "schema.org names the maker of products, not of this.",
}


def out(record: dict[str, Any], *, catalogue: Catalogue) -> Projected:
    """Project a valid record to JSON-LD with the terms of schema.org."""
    document = opened(record)
    subject = document.member("credentialSubject")
    kind = subject.text("type") or ""
    thing = _thing(subject, kind)
    observations = []
    for claim in subject.members("claims"):
        if claim.peek("type") == "CertificateClaim" and kind in _WITH_CERTIFICATES:
            thing.setdefault("hasCertification", []).append(_certification(claim))
        elif claim.peek("type") == "ProvenanceClaim" and kind == "Product":
            claim.text("type")
            thing["countryOfOrigin"] = {"@type": "Country", "name": claim.text("originCountry")}
        elif claim.peek("type") in CARRIERS and claim.has("value"):
            if kind in _WITH_PROPERTIES:
                thing.setdefault("additionalProperty", []).append(_property(claim, catalogue))
            else:
                observations.append(_observation(claim, thing["@id"], catalogue))
    found = {"@context": "https://schema.org"}
    return Projected(
        {**found, "@graph": [thing, *observations]} if observations else {**found, **thing},
        document.losses(_OUT, otherwise="schema.org has no term for it."),
    )


def _thing(subject: Node, kind: str) -> dict[str, Any]:
    thing: dict[str, Any] = {
        "@type": _GRANULARITY[subject.text("granularity") or "batch"]
        if kind == "Product"
        else _TYPES[kind],
        "@id": subject.text("id"),
        "name": subject.text("name"),
    }
    names = _IDENTIFIERS.get(kind, {})
    for each in subject.members("identifiers"):
        name = names.get(each.peek("scheme"))
        if name is not None and name not in thing:
            each.text("scheme")
            thing[name] = each.text("value")
        else:
            thing.setdefault("identifier", []).append(_identifier(each))
    if subject.has("batch"):
        thing.setdefault("identifier", []).append(
            {"@type": "PropertyValue", "propertyID": _BATCH, "value": subject.text("batch")}
        )
    thing |= compact({"serialNumber": subject.text("serial")})
    if kind == "Product":
        thing |= compact({"category": [_category(each) for each in subject.members("category")]})
        thing |= compact({"manufacturer": _party(subject.member("producer").member("party"))})
    return thing


def _identifier(identifier: Node) -> dict[str, Any]:
    return {
        "@type": "PropertyValue",
        "propertyID": identifier.text("scheme"),
        "value": identifier.text("value"),
    }


def _category(category: Node) -> dict[str, Any]:
    category.lose("path", reason="A category code has no member for the classes above.")
    return {
        "@type": "CategoryCode",
        "codeValue": category.text("code"),
        "inCodeSet": {
            "@type": "CategoryCodeSet",
            "name": spelled((category.text("scheme"), category.text("version"))),
        },
    }


def _party(party: Node) -> dict[str, Any] | None:
    if not party.value:
        return None
    found: dict[str, Any] = {"@type": "Organization"}
    found |= compact({"@id": party.text("id"), "name": party.text("name")})
    for each in party.members("identifiers"):
        name = _IDENTIFIERS["Organization"].get(each.peek("scheme"))
        if name is not None and name not in found:
            each.text("scheme")
            found[name] = each.text("value")
        else:
            found.setdefault("identifier", []).append(_identifier(each))
    return found


def _certification(claim: Node) -> dict[str, Any]:
    claim.text("type")
    scheme, validity = claim.member("scheme"), claim.member("validity")
    status = claim.text("status")
    if status != "active":
        claim.lose("status", reason="schema.org tells active from inactive, and no more.")
    return compact(
        {
            "@type": "Certification",
            "@id": claim.text("id"),
            "name": spelled((scheme.text("name"), scheme.text("code"), scheme.text("edition"))),
            "certificationIdentification": claim.text("number"),
            "description": claim.member("scope").text("text"),
            "issuedBy": _party(claim.member("certifier")),
            "validFrom": validity.text("start"),
            "expires": validity.text("end"),
            "auditDate": claim.text("lastAudit"),
            "certificationStatus": "https://schema.org/CertificationActive"
            if status == "active"
            else "https://schema.org/CertificationInactive",
        }
    )


def _value(claim: Node, catalogue: Catalogue) -> dict[str, Any]:
    claim.text("type")
    value, method = claim.member("value"), claim.member("method")
    unit = value.text("unit") or ""
    rec20 = catalogue.unit(unit).rec20
    technique = tuple(method.text(name) for name in ("standard", "edition", "procedure"))
    # A code without a prefix is one of UN/ECE Recommendation 20, says the term.
    return compact(
        {
            "value": number(value.text("amount") or ""),
            "unitCode": rec20 or f"UCUM:{unit}",
            "measurementTechnique": spelled(technique, between=", "),
            "valueReference": list(_references(claim)),
        }
    )


def _references(claim: Node) -> Any:  # noqa: ANN401 - an iterator of property values
    period = claim.member("period")
    if period.value:
        yield _reference("period", f"{period.text('start')}/{period.text('end')}")
    for each in claim.members("qualifiers"):
        parts = tuple(each.text(name) for name in ("amount", "unit", "code", "text"))
        yield _reference(each.text("qualifier") or "", spelled(parts))
    for name, count in claim.member("counts").value.items():
        claim.member("counts").below(name).take()
        yield _reference(name, count)
    sampling = claim.member("sampling")
    if sampling.has("n"):
        yield _reference("n", sampling.below("n").take())
    for name in ("declaredUnit", "declaredUnitMass"):
        held = claim.member(name)
        if held.value:
            yield _reference(name, spelled((held.text("amount"), held.text("unit"))))
    for name in ("boundary", "gwpSet", "attribution"):
        if claim.has(name):
            yield _reference(name, claim.text(name) or "")


def _reference(name: str, value: str | int) -> dict[str, Any]:
    return {"@type": "PropertyValue", "name": name, "value": value}


def _property(claim: Node, catalogue: Catalogue) -> dict[str, Any]:
    metric = catalogue.metric(claim.text("metric") or "")
    return {
        "@type": "PropertyValue",
        "@id": claim.text("id"),
        "propertyID": METRIC + metric.id,
        "name": metric.label,
        **_value(claim, catalogue),
    }


def _observation(claim: Node, about: str, catalogue: Catalogue) -> dict[str, Any]:
    metric = catalogue.metric(claim.text("metric") or "")
    return {
        "@type": "Observation",
        "@id": claim.text("id"),
        "observationAbout": {"@id": about},
        "measuredProperty": {"@type": "Property", "@id": METRIC + metric.id, "name": metric.label},
        "observationDate": claim.member("period").peek("end"),
        **_value(claim, catalogue),
    }
