"""What UNTP's passports and conformity credentials have in common (UNTP 0.7.0, Core Vocabulary).

    Performance   {metric: {id, name}, measure: {value, upperTolerance, lowerTolerance, unit},
                   score: {code, rank, definition}}
    Link          {linkURL, linkName, digestMultibase, mediaType, linkType}

A measure is a JSON number with a unit of UN/ECE Recommendation 20. Nothing of UNTP is copied here:
the names of members and codes are facts of its published schemas.
"""

import re
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import quote

from openquality_validator.catalogue import Catalogue
from openquality_validator.errors import ConversionError
from openquality_validator.message import message
from openquality_validator.projections.exact import (
    not_this,
    number,
    unknown_version,
)
from openquality_validator.projections.node import Node
from openquality_validator.projections.terms import METRIC, by_rec20, compact

VERSION = "0.7.0"
CREDENTIALS = "https://www.w3.org/ns/credentials/v2"
VOCABULARY = "https://vocabulary.uncefact.org/"
CONTEXT = f"{VOCABULARY}untp/{VERSION}/context/"
TOPICS = f"{VOCABULARY}conformity-topics/"
_METRICS = f"{VOCABULARY}performance-metrics/"
_GLN = re.compile(r"https://id\.gs1\.org/417/([0-9]{13})")
_MULTIHASH = b"\x12\x20"  # sha2-256, 32 bytes (multiformats registry)
ALSO_A_TEXT = message("It is kept only as a text, which is not read back.")

# The metrics of UNTP that mean nearly what one of ours does. Only read: written are our own.
_CLOSE = {
    "product-carbon-footprint": "carbon-footprint",
    "renewable-energy-percentage": "renewable-energy-share",
    "recycled-content-percentage": "recycled-content",
    "recyclability-rate": "recyclability",
    "living-wage-coverage": "living-wage-coverage",
}
# Of a metric, else of its dimension: the conformity topic that is at least as broad.
_TOPICS = {
    "carbon-footprint": ("greenhouse-gas-emissions", "Greenhouse Gas Emissions"),
    "water-use": ("water-conservation", "Water Conservation"),
    "energy-use": ("energy-optimization", "Energy Optimization"),
    "renewable-energy-share": ("renewable-energy-use", "Renewable Energy Use"),
    "waste-intensity": ("waste-minimization", "Waste Minimization"),
    "recycled-content": ("recycled-material-integration", "Recycled Material Integration"),
    "recyclability": ("end-of-life-management", "End-of-Life Management"),
    "living-wage-coverage": ("decent-work-conditions", "Decent Work Conditions"),
    "recordable-injury-rate": ("workplace-safety", "Workplace Safety"),
    "traceability-coverage": ("supply-chain-traceability", "Supply Chain Traceability"),
    "traceability-depth": ("supply-chain-traceability", "Supply Chain Traceability"),
}
_QUALITY = ("quality-performance", "Quality Performance")


def require(document: Node, *, kind: str, what: str) -> None:
    """Require a UNTP 0.7 credential of that kind; takes its type and contexts."""
    types = document.peek("type")
    if not isinstance(types, list) or kind not in types:
        raise not_this(what)
    document.texts("type")
    contexts = document.texts("@context")
    if CONTEXT not in contexts:
        own = [each for each in contexts if "uncefact" in each]
        raise unknown_version(what, own[0] if own else "none stated", known=VERSION)


def envelope(record: Node, *, kind: str, suffix: str) -> dict[str, Any]:
    """Return the members around the subject: an unsigned credential of the record's issuer.

    Its id is the record's with a fragment, since it is another document, which the issuer signs.
    """
    issuer = record.member("issuer")
    subject = record.member("credentialSubject")
    return compact(
        {
            "@context": [CREDENTIALS, CONTEXT],
            "type": [kind, "VerifiableCredential"],
            "id": f"{record.text('id')}#{suffix}",
            "issuer": {
                "type": ["CredentialIssuer"],
                "id": issuer.text("id"),
                "name": issuer.text("name"),
            },
            "validFrom": record.text("validFrom"),
            "validUntil": record.text("validUntil"),
            "name": record.text("name") or subject.text("name"),
        }
    )


def performance(claim: Node, *, catalogue: Catalogue) -> dict[str, Any] | None:
    """Take metric, value and uncertainty as a Performance.

    None, and a loss, where the unit has no code in Recommendation 20.
    """
    metric = catalogue.metric(claim.text("metric") or "")
    value = claim.member("value")
    unit = catalogue.units.get(value.peek("unit"))
    if unit is None or unit.rec20 is None:
        claim.lose(
            reason=message("UNTP has units of UN/ECE Recommendation 20, which has none for this.")
        )
        return None
    value.text("unit")
    spread = claim.member("uncertainty").text("expanded")
    tolerance = number(spread) if spread else None
    return {
        "metric": {"id": METRIC + metric.id, "name": metric.label},
        "measure": compact(
            {
                "value": number(value.text("amount") or ""),
                "upperTolerance": tolerance,
                "lowerTolerance": tolerance,
                "unit": unit.rec20,
            }
        ),
    }


def topic(metric: str) -> dict[str, str]:
    """Return the conformity topic under which the metric falls."""
    code, name = _TOPICS.get(metric, _QUALITY)
    return {"id": TOPICS + code, "name": name}


def links(claim: Node, record: Node) -> list[dict[str, Any]]:
    """Take the evidence of a claim that has an address, as links."""
    wanted = claim.peek("evidenceRefs") or []
    found = []
    for entry in record.members("evidence"):
        if entry.peek("id") in wanted and entry.has("url"):
            digest = bytes.fromhex((entry.text("digest") or "").removeprefix("sha256:"))
            address = entry.text("url") or ""
            found.append(
                {
                    "linkURL": address,
                    "linkName": entry.text("name") or address,
                    "digestMultibase": "u"
                    + urlsafe_b64encode(_MULTIHASH + digest).decode().rstrip("="),
                    "mediaType": entry.text("mediaType"),
                }
            )
    return found


def address_of(party: Node, *, place: bool = False) -> str | None:
    """Take what identifies a party or place by a URI: its id, or its GLN as a GS1 Digital Link."""
    if party.has("id"):
        return party.text("id")
    for each in party.members("identifiers"):
        if each.peek("scheme") == "gln":
            each.text("scheme")
            key = "414" if place else "417"
            return f"https://id.gs1.org/{key}/{quote(each.text('value') or '', safe='')}"
    return None


def party(node: Node) -> dict[str, Any]:
    """Read a party: its name, and its address if that is a DID or a GLN as a GS1 Digital Link."""
    found: dict[str, Any] = compact({"name": node.text("name")})
    address = node.word("id")
    if address.startswith("did:"):
        found["id"] = node.text("id")
    elif linked := _GLN.fullmatch(address):
        node.text("id")
        found["identifiers"] = [{"scheme": "gln", "value": linked[1]}]
    return found


def unfit(lacking: str, hint: str) -> ConversionError:
    """Say that a record lacks what UNTP requires."""
    return ConversionError(
        "F005", message("UNTP requires what the record does not state. {what}", what=lacking), hint
    )


def claimed(performed: Node, *, catalogue: Catalogue) -> dict[str, Any] | None:
    """Read a Performance into type, metric, value and uncertainty; None, and a loss, otherwise.

    Known are our metrics by their address, and the few of UNTP that mean nearly the same.
    """
    named = performed.member("metric")
    metric_id = _metric(named.word("id"), catalogue)
    measure = performed.member("measure")
    if metric_id is None:
        performed.lose(
            reason=message("The metric is not in the catalogue, nor close to one that is.")
        )
        return None
    if not measure.has("value"):
        performed.lose(
            reason=message("A score has no place: the metrics of the catalogue are quantities.")
        )
        return None
    metric = catalogue.metric(metric_id)
    unit = by_rec20(catalogue, measure.word("unit"), metric=metric_id)
    if unit is None:
        allowed = ", ".join(metric.allowed_units)
        performed.lose(
            reason=message(
                "{metric_id} is not stated in that unit; its units are {allowed}.",
                metric_id=metric_id,
                allowed=allowed,
            )
        )
        return None
    named.text("id")
    measure.text("unit")
    claim: dict[str, Any] = {
        "type": metric.carrier,
        "metric": metric_id,
        "value": {"amount": measure.amount("value"), "unit": unit},
    }
    if measure.has("upperTolerance") and measure.peek("upperTolerance") == measure.peek(
        "lowerTolerance"
    ):
        measure.amount("lowerTolerance")
        claim["uncertainty"] = {"expanded": measure.amount("upperTolerance")}
    return claim


def _metric(address: str, catalogue: Catalogue) -> str | None:
    if address.startswith(METRIC):
        metric_id = address.removeprefix(METRIC)
    else:
        metric_id = _CLOSE.get(address.removeprefix(_METRICS), "") if _METRICS in address else ""
    return metric_id if metric_id in catalogue.metrics else None
