"""Metrics, units and texts that several projections need."""

from typing import Any

from openquality_validator.catalogue import Catalogue
from openquality_validator.projections.node import Node

METRIC = "https://w3id.org/openquality/v1/metric/"
CARRIERS = ("MeasurementClaim", "FootprintClaim", "CircularityClaim")  # a metric and a value
# Without which a value means nothing, beside its qualifiers.
CONDITIONS = ("declaredUnit", "declaredUnitMass", "boundary", "gwpSet", "attribution")
OF_THE_SUBJECT = "It is about the subject, which the record names itself."
OF_THE_DOCUMENT = "It is about that document, which the record names as evidence, by digest."
LINKED = "A projection opens no address, and a record names evidence by the digest of its bytes."


def opened(record: dict[str, Any]) -> Node:
    """Open a record; its contexts and types are the same in every record, and say nothing."""
    document = Node(record)
    for name in ("@context", "type"):
        document.below(name).take()
    return document


def by_rec20(catalogue: Catalogue, code: str, *, metric: str) -> str | None:
    """Return the unit with that UN/ECE Recommendation 20 code among those of the metric."""
    for allowed in catalogue.metric(metric).allowed_units:
        unit = catalogue.units.get(allowed)
        if unit is not None and unit.rec20 == code:
            return allowed
    return None


def conditions(claim: Node) -> list[str]:
    """Take the qualifiers, and what else a value means nothing without, as short texts."""
    found = []
    for each in claim.members("qualifiers"):
        parts = tuple(each.text(name) for name in ("amount", "unit", "code", "text"))
        found.append(f"{each.text('qualifier')}: {spelled(parts)}")
    for name in CONDITIONS:
        held = claim.below(name)
        if isinstance(held.value, dict):
            found.append(f"{name}: {quantity(held)}")
        elif held.value is not None:
            found.append(f"{name}: {claim.text(name)}")
    return found


def quantity(node: Node) -> str:
    """Take an amount and its unit as one text."""
    return f"{node.text('amount')} {node.text('unit')}"


def spelled(names: tuple[str | None, ...], *, between: str = " ") -> str:
    """Join those texts that are there."""
    return between.join(name for name in names if name)


def compact(members: dict[str, Any]) -> dict[str, Any]:
    """Leave out members without a value."""
    return {name: value for name, value in members.items() if value not in (None, "", [], {})}
