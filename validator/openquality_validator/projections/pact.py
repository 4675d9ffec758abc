"""PACT v3 product footprints, in (Technical Specifications for PCF Data Exchange, version 3).

    ProductFootprint {specVersion, status, pcf: CarbonFootprint {declaredUnitOfMeasurement,
     declaredUnitAmount, productMassPerDeclaredUnit, referencePeriodStart (included),
     referencePeriodEnd (not included), pcfIncludingBiogenicUptake, fossilGhgEmissions, …,
     ipccCharacterizationFactors[], primaryDataShare, verification}}

Amounts are decimal strings there too, in kilograms of CO2 equivalent per declared unit.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from openquality_validator.catalogue import Catalogue
from openquality_validator.projections.exact import (
    decimal_text,
    require_object,
    unknown_version,
)
from openquality_validator.projections.loss import Draft
from openquality_validator.projections.node import Node
from openquality_validator.projections.terms import (
    OF_THE_DOCUMENT,
    OF_THE_SUBJECT,
    compact,
)

_WHAT = "PACT product footprint"
_UNITS = {
    "liter": "L",
    "kilogram": "kg",
    "cubic meter": "m3",
    "kilowatt hour": "kW.h",
    "megajoule": "MJ",
    "square meter": "m2",
    "piece": "{each}",
    "hour": "h",
}
_BIOGENIC = (
    "biogenicCO2Uptake",
    "biogenicNonCO2Emissions",
    "landManagementBiogenicCO2Emissions",
    "landManagementBiogenicCO2Removals",
)
_LAND_USE = "landUseChangeGhgEmissions"
_PARTS = ("fossilGhgEmissions", *_BIOGENIC, _LAND_USE)
_IN = {
    "companyName": OF_THE_SUBJECT,
    "companyIds": OF_THE_SUBJECT,
    "productDescription": OF_THE_SUBJECT,
    "productIds": OF_THE_SUBJECT,
    "productClassifications": OF_THE_SUBJECT,
    "productNameCompany": OF_THE_SUBJECT,
    "extensions": "Extensions have their own meaning, which no projection knows.",
    "pcf": "A FootprintClaim has no member for it.",
    "pcfExcludingBiogenicUptake": "The value of a claim counts emissions less removals, once.",
}


def draft(value: object, *, catalogue: Catalogue) -> Draft:
    """Read a product footprint, or an answer with one or several in `data`, as footprint claims.

    Raises ConversionError (F001 to F004).
    """
    catalogue.metric("carbon-footprint")
    document = Node(require_object(value, what=_WHAT))
    footprints = list(document.members("data", alone=True)) if document.has("data") else [document]
    claims = [claim for each in footprints if (claim := _footprint(each))]
    return Draft(tuple(claims), document.losses(_IN, otherwise=OF_THE_DOCUMENT))


def _footprint(footprint: Node) -> dict[str, Any] | None:
    version = footprint.peek("specVersion")
    if not isinstance(version, str) or not version.startswith("3."):
        raise unknown_version(_WHAT, version, known="3.x")
    footprint.text("specVersion")
    if footprint.text("status") == "Deprecated":
        footprint.lose(reason="It is deprecated: ask its owner for the one that replaced it.")
        return None
    pcf = footprint.member("pcf")
    total = pcf.amount("pcfIncludingBiogenicUptake")
    if total is None:
        pcf.lose(reason="It has no pcfIncludingBiogenicUptake, and nothing else is the total.")
        return None
    mass = pcf.amount("productMassPerDeclaredUnit")
    return compact(
        {
            "type": "FootprintClaim",
            "metric": "carbon-footprint",
            "period": _period(pcf),
            "value": {"amount": total, "unit": "kg"},
            "declaredUnit": _declared_unit(pcf),
            "declaredUnitMass": {"amount": mass, "unit": "kg"} if mass else None,
            "carbon": _carbon(pcf, total),
            "boundary": "cradleToGate",  # the only one of the PACT Methodology (section 3.2)
            "method": compact({"standard": _single(pcf, "crossSectoralStandards")}),
            "pcr": _rules(pcf),
            "gwpSet": _warming(pcf),
            "geography": _geography(pcf),
            "primaryDataShare": pcf.amount("primaryDataShare"),
            "verification": _verification(pcf),
        }
    )


def _period(pcf: Node) -> dict[str, str] | None:
    if not (pcf.has("referencePeriodStart") and pcf.has("referencePeriodEnd")):
        return None
    start, end = _moment(pcf, "referencePeriodStart"), _moment(pcf, "referencePeriodEnd")
    last = end.date()
    if end.time() == end.min.time() and last > date.min:  # the day that begins is not included
        last -= timedelta(days=1)
    return {"start": start.date().isoformat(), "end": last.isoformat()}


def _moment(node: Node, name: str) -> datetime:
    text = node.text(name) or ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise node.below(name).wrong("a date and time, such as 2026-01-01T00:00:00Z,") from None
    if moment.time() != moment.min.time():
        node.lose(name, reason="Only the day is kept, without the time.")
    return moment


def _declared_unit(pcf: Node) -> dict[str, str | None] | None:
    unit = _UNITS.get(pcf.word("declaredUnitOfMeasurement"))
    if unit is None:
        for name in ("declaredUnitOfMeasurement", "declaredUnitAmount"):
            pcf.lose(name, reason="The catalogue has no such unit.")
        return None
    pcf.text("declaredUnitOfMeasurement")
    return {"amount": pcf.amount("declaredUnitAmount"), "unit": unit}


def _carbon(pcf: Node, total: str) -> dict[str, str] | None:
    parts = {name: Decimal(pcf.amount(name) or 0) for name in _PARTS if pcf.has(name)}
    if "fossilGhgEmissions" not in parts or sum(parts.values()) != Decimal(total):
        for name in parts:
            pcf.lose(name, reason="The parts of `carbon` add up to the value; these do not.")
        return None
    carbon = {"fossil": parts["fossilGhgEmissions"]}
    biogenic = [parts[name] for name in _BIOGENIC if name in parts]
    if biogenic:
        carbon["biogenic"] = sum(biogenic, Decimal(0))
    if _LAND_USE in parts:
        carbon["landUse"] = parts[_LAND_USE]
    return {name: decimal_text(part) or "" for name, part in carbon.items()}


def _single(node: Node, name: str) -> str | None:
    """Take the only text of a list; of several, none can be called the one."""
    found = node.peek(name)
    if isinstance(found, list) and len(found) == 1:
        return node.texts(name)[0]
    node.lose(name, reason="A claim names one; there are several.")
    return None


def _rules(pcf: Node) -> dict[str, str] | None:
    rules = list(pcf.members("productOrSectorSpecificRules"))
    if len(rules) == 1:
        name = _single(rules[0], "ruleNames")
        return {"name": name} if name else None
    pcf.lose("productOrSectorSpecificRules", reason="A claim names one; there are several.")
    return None


def _warming(pcf: Node) -> str | None:
    report = _single(pcf, "ipccCharacterizationFactors")
    return f"{report}-GWP100" if report else None  # the horizon that the methodology sets


def _geography(pcf: Node) -> dict[str, Any] | None:
    country, region = pcf.text("geographyCountry"), pcf.text("geographyRegionOrSubregion")
    return compact({"countries": [country] if country else [], "text": region}) or None


def _verification(pcf: Node) -> dict[str, Any] | None:
    verification = pcf.member("verification")
    if not verification.has("providerName"):
        return None
    completed = None
    if verification.has("completedAt"):
        completed = _moment(verification, "completedAt").date().isoformat()
    return compact(
        {
            "party": {"name": verification.text("providerName")},
            "standard": verification.text("standardName"),
            "date": completed,
        }
    )
