"""What the metrics of published sets mean, for whoever asks by their qualified names.

A question follows the highest version of a set in the log that it asks; a record the one that it
pins. A metric keeps its form, unit and direction under its id, so that both fit together; what is
of another major version of the metric lies in another comparability group.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from openquality_registry.schemas import Published, Schemas
from openquality_validator import metric_sets
from openquality_validator.catalogue import Catalogue
from openquality_validator.governance import SchemaKind
from openquality_validator.metric_sets import MetricSet

_TEXTS = frozenset({"label", "definition", "formula", "source", "mappings", "example"})
_MOST = 16  # sets that one question can name: eight metrics, and as many service levels


def catalogue_of(
    names: Iterable[str], *, catalogue: Catalogue, schemas: Schemas, size: int | None = None
) -> Catalogue:
    """Return the catalogue with the sets of those names beside it, as of a size of the log.

    A set that is not in the log adds nothing. Waits for the database if a name is qualified.
    """
    uris = sorted({metric_sets.set_of(name) for name in names if metric_sets.is_qualified(name)})
    found = (metric_set(uri, schemas=schemas, size=size) for uri in uris)
    return metric_sets.widened(catalogue, [each for each in found if each is not None])


def asked(document: Mapping[str, Any]) -> Sequence[str]:
    """Return the metrics that a query document names, whatever its shape."""
    return [
        name
        for member, key in (("where", "metric"), ("serviceLevels", "indicator"))
        for item in _items(document.get(member))[: _MOST // 2]
        if isinstance(item, dict) and isinstance(name := item.get(key), str)
    ]


def metric_set(uri: str, *, schemas: Schemas, size: int | None = None) -> MetricSet | None:
    """Return the highest version of a set, or None if none is published."""
    published = newest(uri, schemas=schemas, size=size)
    data = None if published is None else schemas.content(published.digest)
    return None if data is None else metric_sets.parse(data)


def newest(uri: str, *, schemas: Schemas, size: int | None = None) -> Published | None:
    """Return the publication of the highest version of a set; among equals the first."""
    found = [each for each in schemas.named(uri, size=size) if each.kind is SchemaKind.METRICS]
    return max(found, key=lambda each: (each.version, -each.index), default=None)


def said_of(name: str, *, schemas: Schemas) -> dict[str, Any] | None:
    """Return what a set says of a metric, but for its texts, or None if there is no such metric.

    The texts are its owner's: they stand in the document, whose digest is told.
    """
    uri = metric_sets.set_of(name)
    published = newest(uri, schemas=schemas)
    data = None if published is None else schemas.content(published.digest)
    if published is None or data is None or name not in metric_sets.parse(data).metrics:
        return None
    entries = orjson.loads(data)["metrics"]
    entry = next(each for each in entries if metric_sets.qualified(uri, each["id"]) == name)
    typed = {member: value for member, value in entry.items() if member not in _TEXTS}
    qualifiers = [
        {member: value for member, value in each.items() if member != "definition"}
        for each in entry["qualifiers"]
    ]
    owned = {
        "id": uri,
        "version": str(published.version),
        "owner": published.owner,
        "statement": published.digest,
        "content": published.content,
    }
    return {**typed, "id": name, "qualifiers": qualifiers, "set": owned}


def _items(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()
