"""The pages of the catalogue: every metric, and one with how its comparable values spread."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from markupsafe import Markup

from openquality.language import local
from openquality_registry.pages import charts, words
from openquality_registry.pages.peers import Peers
from openquality_validator import vocabulary
from openquality_validator.catalogue import Catalogue, Metric
from openquality_validator.compare.answer import Group
from openquality_validator.message import message

MOST_GROUPS = 6


@dataclass(frozen=True, slots=True)
class GroupShown:
    """Hold one group of comparable values: what they share, how many, and how they spread."""

    shared: tuple[tuple[str, str, bool], ...]  # name, value, whether an issuer chose the words
    family: str | None
    count: int
    chart: Markup | None
    middle: float | None
    drawn: int


def every(catalogue: Catalogue, counts: Mapping[str, int]) -> dict[str, Any]:
    """Make the model of the catalogue's page; `counts` says how many values each metric has."""
    dimensions: dict[str, list[Metric]] = {}
    for metric in sorted(catalogue.metrics.values(), key=lambda metric: metric.label.lower()):
        dimensions.setdefault(metric.dimension, []).append(metric)
    return {
        "dimensions": sorted(dimensions.items()),
        "counts": counts,
        "version": catalogue.version,
        "digest": catalogue.digest,
        "count": len(catalogue.metrics),
    }


def one(metric: Metric, catalogue: Catalogue, peers: Peers) -> dict[str, Any]:
    """Make the model of a metric's page."""
    groups = peers.groups(metric)
    return {
        "metric": metric,
        "form": catalogue.forms[metric.form],
        "units": [(code, _unit(code, catalogue)) for code in metric.allowed_units],
        "source": [text for text in metric.source if text != "own"],
        "groups": [
            _group(metric, group, peers, place) for place, group in enumerate(groups[:MOST_GROUPS])
        ],
        "more": sum(group.count for group in groups[MOST_GROUPS:]),
        "total": sum(group.count for group in groups),
    }


def _group(metric: Metric, group: Group, peers: Peers, place: int) -> GroupShown:
    bounds = peers.bounds(metric, group)
    return GroupShown(
        shared=_shared(group.key),
        family=group.family,
        count=group.count,
        chart=charts.distribution(bounds, metric, name=f"group-{place}"),
        middle=median(bounds) if bounds else None,
        drawn=len(bounds),
    )


def _shared(key: str) -> tuple[tuple[str, str, bool], ...]:
    """Take the name of a group apart: subject type and granularity, then what must be equal."""
    _, kind, granularity, *rest = key.split("|")
    said = local(words.SUBJECTS.get(kind, kind)) + (f", {granularity}" if granularity else "")
    pairs = (part.partition("=") for part in rest)
    return (
        ("subject", said, False),
        *(
            (name, value or words.NOT_STATED, vocabulary.shown(value) != value)
            for name, _, value in pairs
        ),
    )


def _unit(code: str, catalogue: Catalogue) -> str:
    return message(catalogue.units[code].label) if code in catalogue.units else code
