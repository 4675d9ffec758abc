"""A metric set as a value, and the catalogue with the metrics of sets beside its own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from openquality_validator.catalogue import MONEY, Catalogue, Metric, read_metric
from openquality_validator.ondemand import OnDemand

MARK: Final = "#"  # between the id of a set, which holds none, and the id of a metric


@dataclass(frozen=True, slots=True)
class MetricSet:
    """Hold one version of a set: its id (a URI), its version, its metrics by qualified name."""

    id: str
    version: str
    metrics: Mapping[str, Metric]

    @property
    def order(self) -> tuple[int, ...]:
        """The version as numbers, by which versions are ordered."""
        return tuple(map(int, self.version.split(".")))

    @classmethod
    def of(cls, document: Mapping[str, Any], *, catalogue: Catalogue) -> "MetricSet":
        """Read a document that `lint` has passed; forms and currencies are the catalogue's."""
        currencies = tuple(sorted(catalogue.currencies))
        names = {qualified(document["id"], item["id"]): item for item in document["metrics"]}
        return cls(
            id=document["id"],
            version=document["version"],
            metrics=OnDemand(
                {name: {**item, "id": name} for name, item in names.items()},
                partial(read_metric, forms=catalogue.forms, currencies=currencies),
            ),
        )


def is_metric_set(document: object) -> bool:
    """Tell a metric set from a JSON Schema, by the member that only the one has."""
    return isinstance(document, Mapping) and "metrics" in document and "$schema" not in document


def qualified(set_id: str, metric_id: str) -> str:
    """Return the name of a metric of a set, under which queries and answers know it."""
    return f"{set_id}{MARK}{metric_id}"


def is_qualified(name: str) -> bool:
    """Tell the name of a metric of a set from the id of one of the catalogue."""
    return MARK in name


def set_of(name: str) -> str:
    """Return the id of the set to which a qualified name belongs."""
    return name.rpartition(MARK)[0]


def widened(catalogue: Catalogue, sets: Sequence[MetricSet]) -> Catalogue:
    """Return the catalogue with the metrics of some sets beside its own, by qualified name.

    A metric with a unit that this version of the catalogue does not hold stays out.
    """
    own = {
        name: metric
        for each in sets
        for name, metric in each.metrics.items()
        if _is_at_home(metric, catalogue)
    }
    if not own:
        return catalogue
    names = (*catalogue.metrics, *own)
    return replace(
        catalogue,
        metrics=OnDemand(
            dict(zip(names, names, strict=True)),
            lambda name: own.get(name) or catalogue.metrics[name],
        ),
    )


def newest(sets: Iterable[MetricSet]) -> tuple[MetricSet, ...]:
    """Return the highest version of each of some sets: what is asked of all their values."""
    found: dict[str, MetricSet] = {}
    for each in sets:
        held = found.setdefault(each.id, each)
        if each.order > held.order:
            found[each.id] = each
    return tuple(found.values())


def _is_at_home(metric: Metric, catalogue: Catalogue) -> bool:
    units = set().union(*(each.units for each in metric.qualifiers))
    if metric.quantity_kind != MONEY:
        units |= {metric.canonical_unit, *metric.allowed_units}
    return units <= catalogue.units.keys() and metric.form in catalogue.forms
