"""What a plot is made of, whatever was measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openquality.plots.svg import Panel
from openquality_validator.catalogue import Catalogue, Metric
from openquality_validator.errors import UnusableData
from openquality_validator.message import message


@dataclass(frozen=True, slots=True)
class Drawing:
    """Hold panels, and in `said` the same in words."""

    said: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """Hold a line at a value, with its name."""

    value: float
    words: str
    ink: str
    dashes: str = ""


def number(amount: str, unit: str, target: str, catalogue: Catalogue) -> float:
    """Return an amount in another unit."""
    return float(amount) * catalogue.factor(unit, target)


def bound_of(
    claim: Mapping[str, Any], metric: Metric, target: str, catalogue: Catalogue
) -> float | None:
    """Return the limit that ranks a claim, in a unit, or None if it has none."""
    ends = claim.get("interval", {})
    side = "lower" if "lower" in ends else "upper"
    if side not in ends:
        return None
    return number(ends[side], metric.canonical_unit, target, catalogue)


def no_plot(why: str, hint: str) -> UnusableData:
    """Return the finding that says why there is no plot."""
    return UnusableData("M013", message("There is no plot: {why}", why=why), hint)
