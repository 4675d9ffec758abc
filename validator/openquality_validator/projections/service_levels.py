"""Promises about services, in: ODCS service-level properties and OpenSLO objectives.

Open Data Contract Standard 3 (Bitol, v3.0.0 to v3.1.0), section Service-Level Agreement:

    {apiVersion, kind: DataContract, slaProperties[]: {property, value, valueExt, unit, element, …}}

OpenSLO v1, sections SLO, SLI and Objectives:

    {apiVersion: openslo/v1, kind: SLO, spec: {indicator, timeWindow[]: {duration, isRolling},
     budgetingMethod, objectives[]: {op, value, target, targetPercent, …}}}

Both name what is measured by free words. Only names whose meaning their specification states are
taken as a metric; otherwise the draft has no `indicator`.
"""

import re
from typing import Any

from openquality_validator.catalogue import Catalogue
from openquality_validator.projections.exact import (
    decimal_text,
    not_this,
    require_object,
    shifted,
    unknown_version,
)
from openquality_validator.projections.loss import Draft
from openquality_validator.projections.node import Node
from openquality_validator.projections.terms import OF_THE_DOCUMENT, OF_THE_SUBJECT, compact

_CONTRACT, _OBJECTIVE = "ODCS data contract", "OpenSLO document"
_PROPERTIES = {  # case does not matter; the short forms are the standard's own synonyms
    "availability": ("availability", "atLeast"),
    "av": ("availability", "atLeast"),
    "errorrate": ("error-rate", "atMost"),
    "er": ("error-rate", "atMost"),
}
_PERCENT = {"%", "percent", "pct", "p1"}
_DURATION = re.compile(r"([1-9][0-9]{0,8})([mhdwMQY])")
_MINUTES = 60
_NO_MEMBER = "A ServiceLevelClaim has no member for it."
_ODCS = {
    "slaProperties": _NO_MEMBER,
    "slaDefaultElement": "A promise is about the service; add `measurementPoint` if it says that.",
    "element": "A promise is about the service; add `measurementPoint` if it says that.",
    "description": "Add `exclusions`, `serviceHours` or `consequence`, if it states them.",
    "driver": "A promise has no reason for its being.",
    "scheduler": "How a promise is watched is no part of it.",
    "schedule": "How a promise is watched is no part of it.",
}
_OPENSLO = {
    "spec": _NO_MEMBER,
    "service": OF_THE_SUBJECT,
    "description": "Add `exclusions`, `serviceHours` or `consequence`, if it states them.",
    "indicator": "What it counts stands in queries and free names: add `indicator`, a metric.",
    "indicatorRef": "What it counts stands elsewhere: add `indicator`, a metric.",
    "budgetingMethod": "Whether events or time slices count, the metric and its qualifiers say.",
    "timeWindow": "Only a rolling window of days, hours or weeks is a fixed time.",
    "alertPolicies": "How a promise is watched is no part of it.",
}


def draft_odcs(value: object, *, catalogue: Catalogue) -> Draft:
    """Read the service-level properties of a data contract whose meaning is a metric's.

    Raises ConversionError (F001 to F004).
    """
    document = Node(require_object(value, what=_CONTRACT))
    if document.text("kind") != "DataContract":
        raise not_this(_CONTRACT)
    version = document.text("apiVersion") or ""
    if not version.startswith("v3."):
        raise unknown_version(_CONTRACT, version, known="v3.x")
    claims = [
        claim for each in document.members("slaProperties") if (claim := _property(each, catalogue))
    ]
    return Draft(tuple(claims), document.losses(_ODCS, otherwise=OF_THE_DOCUMENT))


def draft_openslo(value: object) -> Draft:
    """Read the objectives of an OpenSLO document, or of several in one file (a list).

    Raises ConversionError (F001 to F004).
    """
    root = Node(value)
    claims = []
    for document in root.items() if isinstance(value, list) else [root]:
        require_object(document.value, what=_OBJECTIVE)
        version = str(document.peek("apiVersion"))
        if not version.startswith("openslo/"):
            raise not_this(_OBJECTIVE)
        if version != "openslo/v1":
            raise unknown_version(_OBJECTIVE, version, known="openslo/v1")
        document.text("apiVersion")
        if document.peek("kind") == "SLO":
            document.text("kind")
            claims += _objectives(document.member("spec"))
        else:
            document.lose(reason="Only an SLO states a promise.")
    losses = root.losses(_OPENSLO, otherwise=OF_THE_DOCUMENT)
    return Draft(tuple(claims), losses)


def _property(stated: Node, catalogue: Catalogue) -> dict[str, Any] | None:
    meant = _PROPERTIES.get(stated.word("property").lower())
    if meant is None:
        stated.lose(reason="No metric of the catalogue is surely what that property means.")
        return None
    if stated.word("unit").lower() not in _PERCENT:
        stated.lose(reason="Its unit is not stated as percent, and 0.999 is not told from 99.9.")
        return None
    indicator, comparator = meant
    catalogue.metric(indicator)
    stated.text("property")
    stated.text("unit")
    return {
        "type": "ServiceLevelClaim",
        "indicator": indicator,
        "objective": {"amount": stated.amount("value"), "unit": "%"},
        "comparator": comparator,
    }


def _objectives(spec: Node) -> list[dict[str, Any]]:
    window = _window(spec)
    claims = []
    for each in spec.members("objectives"):
        amount = _target(each)
        if amount is not None:
            claims.append(
                compact(
                    {
                        "type": "ServiceLevelClaim",
                        "objective": {"amount": amount, "unit": "%"},
                        "comparator": "atLeast",
                        "window": window,
                    }
                )
            )
    return claims


def _target(objective: Node) -> str | None:
    if objective.has("op") or objective.has("value"):
        objective.lose(reason="A share of values within a limit is no metric; no promise has both.")
        return None
    if objective.has("targetPercent"):
        return objective.amount("targetPercent")
    share = objective.amount("target")
    return decimal_text(shifted(share, 2)) if share else None


def _window(spec: Node) -> dict[str, str] | None:
    windows = list(spec.members("timeWindow"))
    found = _DURATION.fullmatch(windows[0].word("duration")) if len(windows) == 1 else None
    if found is None or windows[0].peek("isRolling") is not True:
        return None
    count, unit = int(found[1]), found[2]
    days = {"d": count, "w": 7 * count}.get(unit)
    hours = count if unit == "h" else count // _MINUTES if _is_hours(count, unit) else None
    if days is None and hours is None:
        return None
    windows[0].text("duration")
    windows[0].flag("isRolling")
    return {"amount": str(days or hours), "unit": "d" if days else "h"}


def _is_hours(count: int, unit: str) -> bool:
    return unit == "m" and count % _MINUTES == 0
