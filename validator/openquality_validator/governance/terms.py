"""The metrics that a publication is about, by which people find it."""

from collections.abc import Iterator
from typing import Any

import orjson

from openquality_validator.governance.publication import Publication, SchemaKind

MAX_METRICS = 1_000  # of one publication; more are found by its own words


def metrics(publication: Publication) -> tuple[str, ...]:
    """Return the metrics that a publication defines or asks for, sorted; an extension has none.

    Those that a set defines have their qualified names, `<URI of the set>#<id>`. The content is one
    that was let in.
    """
    if publication.kind is SchemaKind.EXTENSION:
        return ()
    document = orjson.loads(publication.content)
    if publication.kind is SchemaKind.METRICS:
        found = {f"{publication.id}#{each['id']}" for each in document["metrics"]}
    else:
        found = set(_asked(document))
    return tuple(sorted(found)[:MAX_METRICS])


def _asked(profile: dict[str, Any]) -> Iterator[str]:
    for section in profile["sections"]:
        for indicator in section["indicators"]:
            if isinstance(named := indicator["asks"].get("metric"), str):
                yield named
