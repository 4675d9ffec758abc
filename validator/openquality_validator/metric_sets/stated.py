"""What a record states under the metric sets that it pins.

    "credentialSubject": {"extensions": {"<id of the set>": {"measurements": [<MeasurementClaim>]}}}

`metric` of such a claim is the id of a metric of the set; all else is as in any claim of the
attestation schema that the record pins, and the same rules judge it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain, islice
from typing import Any, Final

import orjson

import openquality_schemas
from openquality_validator import documents, rules
from openquality_validator.catalogue import Catalogue
from openquality_validator.engines import Engine, compiled
from openquality_validator.errors import InvalidInput
from openquality_validator.findings import Finding, Severity, pointer
from openquality_validator.keywords import explain
from openquality_validator.message import message
from openquality_validator.metric_sets.linting import MAX_PROBLEMS, parse
from openquality_validator.metric_sets.metric_set import (
    MetricSet,
    is_metric_set,
    qualified,
    widened,
)

MAX_MEASUREMENTS: Final = 100  # of one set in one record, which has at most 200 claims
MAX_FINDINGS: Final = 2_000  # of a record with sets; ten sets hold five times its own claims
_CLAIMS: Final = "/credentialSubject/claims/"
_MEASUREMENTS: Final = "measurements"

Json = Mapping[str, Any]
Path = tuple[str | int, ...]


def pinned(credential: Json, schemas: Mapping[str, bytes]) -> tuple[MetricSet, ...]:
    """Return the metric sets that a record pins, of those whose bytes are at hand.

    `schemas` holds bytes by their digest (`sha256-…`). What is no set in order, or bears another
    id than the pin says, is left out.
    """
    found = {}
    for entry in credential.get("extensionSchemas", ()):
        data = schemas.get(entry["digestSRI"])
        held = None if data is None else _read(data)
        if held is not None and held.id == entry["id"]:
            found[held.id] = held
    return tuple(found.values())


def claims(credential: Json, sets: Sequence[MetricSet]) -> Iterator[tuple[Path, Json]]:
    """Yield the measurements of these sets in a valid record: where each stands, and the claim.

    Its `metric` is the qualified name.
    """
    extensions = credential["credentialSubject"].get("extensions", {})
    for each in sets:
        for at, claim in enumerate(extensions.get(each.id, {}).get(_MEASUREMENTS, ())):
            path = ("credentialSubject", "extensions", each.id, _MEASUREMENTS, at)
            yield path, {**claim, "metric": qualified(each.id, claim["metric"])}


@dataclass(frozen=True, slots=True)
class Joined:
    """Hold a record as if its measurements of sets stood among its claims, after them.

    `own` is how many claims it has, and `places` says where each of the others stands.
    """

    document: Json
    own: int
    places: tuple[str, ...]

    def place(self, where: str) -> str:
        """Return where in the record itself stands what a JSON Pointer finds here."""
        if not where.startswith(_CLAIMS):
            return where
        index, slash, rest = where.removeprefix(_CLAIMS).partition("/")
        at = int(index) - self.own
        return where if at < 0 else f"{self.places[at]}{slash}{rest}"


def joined(credential: Json, sets: Sequence[MetricSet]) -> Joined:
    """Put the measurements of these sets among the claims of a record, by qualified names."""
    stated = tuple(claims(credential, sets))
    subject = credential["credentialSubject"]
    every = [*subject["claims"], *(claim for _, claim in stated)]
    return Joined(
        document={**credential, "credentialSubject": {**subject, "claims": every}},
        own=len(subject["claims"]),
        places=tuple(pointer(path) for path, _ in stated),
    )


def check(
    credential: Json, catalogue: Catalogue, *, sets: Sequence[MetricSet]
) -> Iterator[Finding]:
    """Yield every finding of the rules for a record with measurements of these sets.

    The record's shape holds. All claims are judged together, so that ids, evidence and repeated
    values are those of the whole record.
    """
    sound = []
    for each in sets:
        wrong = list(_shape(credential, each))
        yield from wrong
        if not wrong:
            sound.append(each)
    whole = joined(credential, sound)
    every = rules.check(whole.document, widened(catalogue, sound))
    for found in islice(every, MAX_FINDINGS):
        where = whole.place(found.pointer)
        yield Finding(found.code, found.severity, where, found.message, found.hint)
    if next(every, None) is not None:
        said = message("Only the first {most} problems are listed.", most=MAX_FINDINGS)
        yield Finding("S099", Severity.ERROR, "", said, message("Mend those first."))


def shape(value: object, *, schema: str) -> Iterator[Finding]:
    """Yield where an extension has not the shape of measurements; `schema` is a digest.

    All of these are errors, so that the first ones do.
    """
    every = chain.from_iterable(map(explain, _engine(schema).problems(value)))
    yield from islice(every, MAX_PROBLEMS)


def _shape(credential: Json, each: MetricSet) -> Iterator[Finding]:
    subject = credential["credentialSubject"]
    where = pointer(("credentialSubject", "extensions", each.id))
    if each.id in subject.get("extensions", {}):
        digest = credential["credentialSchema"]["digestSRI"]
        for found in shape(subject["extensions"][each.id], schema=digest):
            yield Finding(
                found.code,
                found.severity,
                where + found.pointer,
                found.message,
                found.hint,
                found.expected,
                found.nearest,
            )
    for index, claim in enumerate(subject["claims"]):
        if each.id in claim.get("extensions", {}):
            yield Finding(
                "S037",
                Severity.ERROR,
                pointer(("credentialSubject", "claims", index, "extensions", each.id)),
                message("Measurements of a metric set stand here in another claim."),
                message("Move them to `extensions` of the subject."),
            )


@lru_cache(maxsize=64)
def _read(data: bytes) -> MetricSet | None:
    try:
        return parse(data) if is_metric_set(documents.parse(data)) else None
    except InvalidInput:
        return None


@cache
def _engine(digest: str) -> Engine:
    version = openquality_schemas.known_schemas()[digest]
    attestation = openquality_schemas.attestation_schema(version=version)
    measurement = {
        "$ref": "#/$defs/MeasurementClaim",
        "required": ["type"],
        "properties": {
            "extensions": {
                "description": "Leave extensions out of the measurements of a metric set.",
                "not": {},
            }
        },
    }
    whole = {
        "$schema": attestation["$schema"],
        "$defs": attestation["$defs"],
        "description": "Measurements of a metric set: an object with one list.",
        "type": "object",
        "additionalProperties": False,
        "required": [_MEASUREMENTS],
        "properties": {
            _MEASUREMENTS: {
                "title": "Measurements",
                "description": "Measurement claims whose metric is one of the set.",
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_MEASUREMENTS,
                "items": measurement,
            }
        },
    }
    return compiled(orjson.dumps(whole))
