"""What stands behind a measured value, in a few words beside it."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from openquality_validator.quantities import with_unit

Json = Mapping[str, Any]


def behind(claim: Json) -> str:
    """Say what was counted: ` (468 of 480)`, or nothing."""
    for member, say in SAYING.items():
        if member in claim:
            return f" ({say(claim)})"
    return ""


def _counts(claim: Json) -> str:
    counts = claim["counts"]
    if "numerator" in counts:
        return f"{counts['numerator']} of {counts['denominator']}"
    if "units" in counts:
        each = counts["opportunitiesPerUnit"]
        return f"{claim['events']} events in {counts['units']} units of {each} opportunities"
    return ", ".join(f"{number} {group}" for group, number in counts.items())


def _steps(claim: Json) -> str:
    return f"{len(claim['steps'])} steps"


def _exposure(claim: Json) -> str:
    exposure = with_unit(claim["exposure"]["amount"], claim["exposure"]["unit"])
    if "failures" in claim:
        return f"{claim['failures']} failures in {exposure}"
    return f"{claim['events']} events in {exposure}"


def _durations(claim: Json) -> str:
    durations = claim["durations"]
    total = Decimal(durations["up"]) + Decimal(durations["down"])
    outages = f" in {claim['outages']} outages" if "outages" in claim else ""
    return f"{durations['down']} of {total:f} {durations['unit']} down{outages}"


def _inspection(claim: Json) -> str:
    plan = claim["inspection"]
    return f"{plan['result']}: {plan['found']} found in {plan['n']}"


def _study(claim: Json) -> str:
    study = claim["study"]
    if "failed" in study:
        return f"{study['failed']} of {study['tested']} failed; shape {study['shape']}"
    size = f"{study['parts']} parts, {study['operators']} operators, {study['trials']} trials"
    return f"{size}; ndc {study['ndc']}"


def _sampling(claim: Json) -> str:
    return f"n = {claim['sampling']['n']}"


SAYING: Final[Mapping[str, Callable[[Json], str]]] = {
    "counts": _counts,
    "steps": _steps,
    "exposure": _exposure,
    "durations": _durations,
    "inspection": _inspection,
    "study": _study,
    "sampling": _sampling,
}
