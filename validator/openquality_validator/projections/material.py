"""Material certificates, in: EN 10168 inspection documents and certificates of analysis.

EN 10168 numbers the fields of an inspection document: A commercial, B the product, C inspection,
D other tests, Z validation. In JSON they come as (schemas of the Material Identity community,
version 0):

    {RefSchemaUrl, Certificate: {CommercialTransaction: {A01, A02, A03, …}, ProductDescription:
     {B01, B07, …}, Inspection[]: {ChemicalComposition: {C71: {Symbol, Actual}, …}, TensileTest, …},
     Validation: {Z01, Z02, …}}}

and a certificate of analysis (same source, version 1) as

    {RefSchemaUrl, Certificate: {Id, Date, Standard, Parties, Product: {Name, CountryOfOrigin,
     ProductionBatchId, …}, Analysis: {Inspections[]: {Property, Method, Value, Unit}}, …}}

What they state of origin, batch and composition is a ProvenanceClaim; the mechanical tests of
EN 10168 are measurement claims (see `mechanical`). Other tests are not read. The whole certificate
stays with the record as evidence.
"""

import re
from typing import Any

from openquality_validator.projections import mechanical
from openquality_validator.projections.exact import (
    decimal_text,
    not_this,
    require_object,
    shifted,
    unknown_version,
)
from openquality_validator.projections.loss import Draft
from openquality_validator.projections.node import Node
from openquality_validator.projections.terms import OF_THE_DOCUMENT, compact

_MILL, _ANALYSIS = "EN 10168 material certificate", "certificate of analysis"
_SCHEMA = re.compile(r"/(en10168|coa)-schemas/v([0-9]{1,4})\.[0-9]{1,4}\.[0-9]{1,4}")
_SYMBOLS = (
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se "
    "Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb "
    "Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Th U"
)
_ELEMENTS = frozenset(_SYMBOLS.split())
_TESTS = "This of the tests is not read; add it by hand. The certificate is evidence."
_LOST = {
    "CommercialTransaction": "It is about the order, not about the quality of the product.",
    "BusinessTransaction": "It is about the order, not about the quality of the product.",
    "ProductDescription": "It is about the subject, which the record names itself.",
    "Product": "It is about the subject, which the record names itself.",
    "Inspection": _TESTS,
    "Analysis": _TESTS,
    "OtherTests": _TESTS,
    "Validation": "A declaration of conformity is the manufacturer's; the record's claims stand "
    "under its own signature.",
    "DeclarationOfConformity": "A declaration of conformity is the manufacturer's; the record's "
    "claims stand under its own signature.",
    "Property": "Where it stands says which property it is.",
    "Minimum": "It is a limit of the specification, not a result.",
    "Maximum": "It is a limit of the specification, not a result.",
    "Street": "A location has country, region and town.",
    "ZipCode": "A location has country, region and town.",
}


def draft_en10168(value: object) -> Draft:
    """Read plant, batch and composition as one ProvenanceClaim, and mechanical tests as claims.

    Raises ConversionError (F001 to F004).
    """
    certificate, document = _certificate(value, "en10168", _MILL, major="0")
    plant = certificate.member("CommercialTransaction").member("A01")
    return _draft(
        document,
        {
            "facility": _site(plant),
            "batch": certificate.member("ProductDescription").text("B07"),
            "materials": _composition(certificate),
        },
        mechanical.claims(certificate),
    )


def draft_coa(value: object) -> Draft:
    """Read origin and batch of a certificate of analysis as one ProvenanceClaim.

    Raises ConversionError (F001 to F004).
    """
    certificate, document = _certificate(value, "coa", _ANALYSIS, major="1")
    product = certificate.member("Product")
    return _draft(
        document,
        {
            "originCountry": product.text("CountryOfOrigin"),
            "batch": product.text("ProductionBatchId"),
        },
    )


def _draft(
    document: Node, members: dict[str, Any], measured: tuple[dict[str, Any], ...] = ()
) -> Draft:
    claim = compact(members)
    claims = ({"type": "ProvenanceClaim", **claim},) if claim else ()
    return Draft((*claims, *measured), document.losses(_LOST, otherwise=OF_THE_DOCUMENT))


def _certificate(value: object, name: str, what: str, *, major: str) -> tuple[Node, Node]:
    document = Node(require_object(value, what=what))
    found = _SCHEMA.search(document.word("RefSchemaUrl"))
    if found is None or found[1] != name or not isinstance(document.peek("Certificate"), dict):
        raise not_this(what)
    if found[2] != major:
        raise unknown_version(what, f"v{found[2]}", known=f"v{major}.x")
    return document.member("Certificate"), document


def _site(company: Node) -> dict[str, Any] | None:
    name = company.text("CompanyName") or company.text("Name")
    if name is None:
        return None
    country, town = company.text("Country"), company.text("City")
    return compact({"name": name, "location": compact({"country": country, "locality": town})})


def _composition(certificate: Node) -> list[dict[str, str]]:
    analyses = [
        each.member("ChemicalComposition")
        for each in certificate.members("Inspection", alone=True)
        if each.has("ChemicalComposition")
    ]
    if len(analyses) != 1:
        for each in analyses:
            each.lose(reason="A claim has one composition; there are several analyses.")
        return []
    found = []
    for code in analyses[0].value:
        element = analyses[0].below(code)
        if isinstance(element.value, dict) and element.word("Symbol") in _ELEMENTS:
            percent = element.amount("Actual")
            fraction = decimal_text(shifted(percent, -2)) if percent else None
            if fraction is not None:
                found.append({"name": element.text("Symbol") or "", "massFraction": fraction})
    return found
