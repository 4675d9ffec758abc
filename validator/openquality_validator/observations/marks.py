"""What a record has that another one may have too: data files, figures, and its subject's keys.

A digest is equal or it is not: two data files that differ in one byte have nothing in common that
could be seen without them. Near duplicates are looked for in what the record itself says: the same
metric, period and figures, over data of the same columns and number of rows. That tells something
only where figures hold enough digits not to agree by chance.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

import orjson

from openquality_validator import subjects

LEAST_ROWS = 30  # of data whose figures are looked at; of fewer rows many sets have the same ones
LEAST_DIGITS = 6  # in all figures of a claim together, without zeros at their ends
# Members of a claim that say what was measured; the others say how, of what and by whom.
FIGURES = (
    "capability",
    "counts",
    "durations",
    "events",
    "exposure",
    "failures",
    "interval",
    "moments",
    "orderStatistic",
    "outages",
    "steps",
    "value",
)
NOBODY = ""  # where a record names no producer
_GLOBAL = frozenset({"gtin", "gmn"})  # others are numbers that the issuer gives
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)

Json = Mapping[str, Any]


class Thing(StrEnum):
    """Name what a mark is of."""

    FILE = "file"
    FIGURES = "figures"
    SUBJECT = "subject"


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """Hold the name of a thing (16 bytes of SHA-256), and who names it.

    `party` is the issuer; of a subject's key it is the producer that the record names, or "".
    """

    thing: Thing
    name: bytes
    party: str


def of_attestation(credential: Json) -> tuple[Mark, ...]:
    """Return the marks of a valid attestation, sorted, each once."""
    return tuple(sorted({*_of_data(credential), *_of_subject(credential)}))


def _of_data(credential: Json) -> Iterator[Mark]:
    issuer = credential["issuer"]["id"]
    data = {
        item["id"]: item
        for item in credential.get("evidence", ())
        if item["type"] == "Dataset" and "id" in item
    }
    for item in credential.get("evidence", ()):
        if item["type"] == "Dataset" and "digest" in item:
            yield Mark(Thing.FILE, _name(Thing.FILE, item["digest"]), issuer)
    for claim in credential["credentialSubject"]["claims"]:
        figures = {name: claim[name] for name in FIGURES if name in claim}
        if "metric" not in claim or digits(figures) < LEAST_DIGITS:
            continue
        for reference in claim.get("evidenceRefs", ()):
            item = data.get(reference, {})
            if item.get("rowCount", 0) >= LEAST_ROWS and "columns" in item:
                shape = [item["columns"], item["rowCount"]]
                said = [claim["metric"], claim.get("period"), figures, shape]
                yield Mark(Thing.FIGURES, _name(Thing.FIGURES, said), issuer)


def _of_subject(credential: Json) -> Iterator[Mark]:
    subject = credential["credentialSubject"]
    producer = subject.get("producer", {}).get("party", {}).get("id", NOBODY)
    keys = set(subjects.id_keys(subject["id"]))
    for item in subject.get("identifiers", ()):
        if item["scheme"] in _GLOBAL:
            keys.add(subjects.identifier_key(item["scheme"], item["value"]))
    for key in keys:
        yield Mark(Thing.SUBJECT, _name(Thing.SUBJECT, key), producer)


def digits(figures: object) -> int:
    """Count the digits of all numbers in a JSON value, without zeros at their ends."""
    if isinstance(figures, Mapping):
        return sum(map(digits, figures.values()))
    if isinstance(figures, list):
        return sum(map(digits, figures))
    text = str(figures)
    if isinstance(figures, bool) or _NUMBER.fullmatch(text) is None:
        return 0
    return len(text.lstrip("-").replace(".", "").strip("0"))


def _name(thing: Thing, value: object) -> bytes:
    said = orjson.dumps([thing, value], option=orjson.OPT_SORT_KEYS)
    return sha256(said).digest()[:16]
