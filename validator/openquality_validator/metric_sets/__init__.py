"""Metrics of owners of their own: sets beside the catalogue, and their measurements in a record.

A set is a document in the form of the catalogue (docs/spec/catalogue.md); a metric of it has the
qualified name `<id of the set>#<id of the metric>`. Claims of a record name metrics of the
catalogue alone, so measurements of a set stand under `credentialSubject.extensions`, by the id of
the set that `extensionSchemas` pins.
"""

from openquality_validator.metric_sets.linting import SCHEMA, lint, parse
from openquality_validator.metric_sets.metric_set import (
    MARK,
    MetricSet,
    is_metric_set,
    is_qualified,
    newest,
    qualified,
    set_of,
    widened,
)
from openquality_validator.metric_sets.stated import Joined, claims, joined, pinned

__all__ = [
    "MARK",
    "SCHEMA",
    "Joined",
    "MetricSet",
    "claims",
    "is_metric_set",
    "is_qualified",
    "joined",
    "lint",
    "newest",
    "parse",
    "pinned",
    "qualified",
    "set_of",
    "widened",
]
