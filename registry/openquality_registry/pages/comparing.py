"""The page that puts two to five records side by side."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openquality_registry import defined
from openquality_registry.bootstrap import Parts
from openquality_registry.pages.gathering import read_credential
from openquality_registry.pages.state import StateLine, state_line
from openquality_registry.problems import Refused
from openquality_validator import kinds
from openquality_validator.catalogue import Metric
from openquality_validator.compare.side import side_by_side
from openquality_validator.message import message
from openquality_validator.status import State

LEAST, MOST = 2, 5
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """Hold a record as the head of a column."""

    digest: str
    name: str
    issuer: str
    state: StateLine
    characteristics: Mapping[str, str]  # names by claim id: answers hold no words of issuers


@dataclass(frozen=True, slots=True)
class Row:
    """Hold one metric: for each record its values, none where it states none.

    `best` names statement and claim of the best bound among those that compare, if one is.
    """

    metric: Metric
    cells: tuple[tuple[Json, ...], ...]
    best: list[str] | None


def view(parts: Parts, digests: Sequence[str]) -> dict[str, Any]:
    """Make the model of a comparison. Raises Refused."""
    found = parts.folder.store.find_many(list(digests))
    missing = [d for d in digests if d not in found or found[d].kind != kinds.ATTESTATION]
    if missing:
        raise Refused(
            "unknown-statement",
            message("No record of this log: {missing}.", missing=", ".join(missing)),
        )
    now = parts.clock.now()
    values = parts.index.of(digests)
    catalogue = defined.catalogue_of(
        {value.measurement.metric for value in values},
        catalogue=parts.catalogue,
        schemas=parts.schemas,
    )
    side = side_by_side(
        digests,
        values,
        catalogue=catalogue,
        as_of=now.astimezone(dt.UTC).date(),
        accreditors=parts.folder.accreditors,
    )
    return {
        "as_of": side["asOf"],
        "columns": [_column(parts, digest, found[digest].issuer, now) for digest in digests],
        "rows": [_row(catalogue.metric(m["metric"]), m, digests) for m in side["metrics"]],
        "digests": digests,
    }


def _column(parts: Parts, digest: str, issuer: str, now: dt.datetime) -> Column:
    credential = read_credential(parts, digest)
    assert credential is not None
    return Column(
        digest,
        credential["credentialSubject"]["name"],
        credential["issuer"]["name"],
        state_line(
            State(parts.bundler.state(digest, issuer)),
            valid_from=credential["validFrom"],
            valid_until=credential.get("validUntil"),
            now=now,
        ),
        {
            claim["id"]: claim["characteristic"]["id"]
            for claim in credential["credentialSubject"]["claims"]
            if "characteristic" in claim
        },
    )


def _row(metric: Metric, side: Json, digests: Sequence[str]) -> Row:
    cells = tuple(
        tuple(value for value in side["values"] if value["statement"] == digest)
        for digest in digests
    )
    return Row(metric, cells, _best(metric, side["values"]))


def _best(metric: Metric, values: Sequence[Json]) -> list[str] | None:
    """Name statement and claim of the best bound, where at least two compare with the first."""
    ranked = [
        value
        for value in values
        if value["grade"] != "notComparable" and value["rankedOn"] is not None
    ]
    if len(ranked) < LEAST or metric.direction == "target":
        return None
    chosen = max if metric.direction == "higherBetter" else min
    best = chosen(ranked, key=lambda value: float(value["rankedOn"]))
    return [best["statement"], best["claim"]]
