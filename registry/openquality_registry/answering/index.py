"""The index of the query: its rows, and what it can be asked, independent of the database.

Rows follow from the verified record alone, so that the index can be made anew at any time.
`adapters/sql/index_tables.py` holds the tables, `adapters/sql/index.py` and `answer.py` ask.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from openquality_registry.answering import facts_rows, names
from openquality_validator import documents
from openquality_validator.catalogue import Catalogue
from openquality_validator.certification import certificates
from openquality_validator.compare.answer import Group
from openquality_validator.compare.conditions import Condition, Test
from openquality_validator.compare.measurement import Measurement, measurements
from openquality_validator.compare.ranking import Indexed, SortKey
from openquality_validator.evidence import Accreditor, Relation, Verification, scheme_of
from openquality_validator.metric_sets import joined, widened
from openquality_validator.observations import marks
from openquality_validator.observations.seen import day
from openquality_validator.query import Where
from openquality_validator.records import VerifiedRecord

Row = Mapping[str, object]

# What `rows` gives: raise it with every change there or in what it calls, and databases of an older
# number have their rows made anew (adapters/sql/renewing.py).
VERSION = 6

# Stands around each `name=value`, so that one is found in the text by plain comparison.
UNIT_SEPARATOR = "\x1f"
_SAME = (
    "claim",
    "issuer",
    "subject",
    "subject_type",
    "granularity",
    "producer",
    "country",
    "size_class",
    "family",
    "metric",
    "key",
    "value",
    "lower",
    "upper",
    "amount",
    "unit",
    "n",
    "start",
    "end",
    "population",
    "characteristic",
    "characteristic_class",
    "assessed_under",
    "identity",
    "region",
    "days",
    "valid_until",
)


@dataclass(frozen=True, slots=True)
class Excluded:
    """Name a value that was left out, where it stands, and the reason."""

    index: int
    claim: str
    statement: str
    issuer: str
    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class Tally:
    """Count what a query finds: rows left out by reason, eligible rows by group."""

    left_out: Mapping[str, int]
    groups: tuple[Group, ...]


class Index(Protocol):
    """Find measurements. Every method reads one consistent state and may be called at any time."""

    def tally(self, scope: Sequence[Test], conditions: Sequence[Condition]) -> Tally:
        """Count the rows in scope by the first condition that they fail."""
        ...

    def page(
        self,
        scope: Sequence[Test],
        conditions: Sequence[Condition],
        group: Group,
        where: Where,
        *,
        after: SortKey | None,
        limit: int,
    ) -> tuple[Indexed, ...]:
        """Return eligible rows of one group in the order of `ranking.sort_key`."""
        ...

    def eligible(
        self, scope: Sequence[Test], conditions: Sequence[Condition], *, limit: int
    ) -> tuple[Indexed, ...]:
        """Return eligible rows of every group, in the order of the log."""
        ...

    def excluded(
        self,
        scope: Sequence[Test],
        conditions: Sequence[Condition],
        group: Group | None,
        *,
        after: tuple[int, str],
        limit: int,
    ) -> tuple[Excluded, ...]:
        """Return rows in scope that are not eligible or lie in another group, by index and claim.

        The reason of those in another group is `notComparable`; without `group` they are left out.
        """
        ...

    def facet(
        self,
        scope: Sequence[Test],
        conditions: Sequence[Condition],
        group: Group,
        *,
        name: str,
        accreditors: Sequence[Accreditor],
        limit: int,
    ) -> tuple[tuple[str | None, int], ...]:
        """Count the eligible rows of a group by one member, the most frequent first."""
        ...

    def nodes(self, indexes: Sequence[int]) -> Mapping[int, tuple[str, ...]]:
        """Return the category nodes of the statements at these log indexes."""
        ...

    def at(self, size: int, *, origin: str) -> "Index":
        """Return the index of the log of this origin as it stood with `size` entries."""
        ...

    def of(self, digests: Sequence[str]) -> tuple[Indexed, ...]:
        """Return every value of the named statements, in the order of the log."""
        ...


def rows(verified: VerifiedRecord, *, catalogue: Catalogue) -> dict[str, Sequence[Row]]:
    """Return the index rows of a statement by table, without their log index."""
    catalogue = widened(catalogue, verified.valid.sets)
    found = measurements(verified, catalogue=catalogue)
    nodes = {category_node(category) for m in found for category in m.categories}
    return {
        "measurements": [_measurement(m, n, catalogue) for n, m in enumerate(found)],
        "categories": [{"node": node} for node in sorted(nodes)],
        "certificates": list(_certificates(verified)),
        "records": [_record(verified)],
        "names": [{"token": token} for token in names.of_attestation(verified.value)],
        "marks": _marks(verified),
        **facts_rows.of_attestation(verified, catalogue=catalogue),
    }


def measurement(row: Mapping[str, object]) -> Measurement:
    """Turn a row of `measurements` back into the value; its categories stay in their own table."""
    values: dict[str, object] = {name: row[name] for name in _SAME}
    digest = row["digest"]
    assert isinstance(digest, bytes)
    return Measurement(
        **values,  # type: ignore[arg-type]  # the columns of _SAME have the fields' types
        digest=f"sha256:{digest.hex()}",
        categories=(),
        qualifiers=_read_qualifiers(str(row["qualifiers"])),
        verification=Verification(str(row["verification"])),
        relation=Relation(str(row["relation"])),
    )


def category_node(category: tuple[str, str]) -> str:
    """Write a category node as it stands in the table `categories`."""
    return ":".join(category)


def qualifier_text(name: str, value: str) -> str:
    """Write one qualifier as it stands in the column `qualifiers`."""
    return f"{UNIT_SEPARATOR}{name}={value}{UNIT_SEPARATOR}"


def _measurement(m: Measurement, position: int, catalogue: Catalogue) -> Row:
    return {
        **{name: getattr(m, name) for name in _SAME},
        "position": position,
        "latest": True,
        "current": True,  # the commit decides; see adapters/sql/index.py
        "withdrawn": False,
        "goodness": _goodness(m, catalogue.metric(m.metric).direction),
        "series": series(m),
        "peers": peers(m.key, m.family),
        "ended": None if m.end is None else day(m.end),
        "digest": bytes.fromhex(m.digest.removeprefix("sha256:")),
        "qualifiers": "".join(qualifier_text(name, value) for name, value in m.qualifiers),
        "verification": m.verification.value,
        "relation": m.relation.value,
    }


def _goodness(m: Measurement, direction: str) -> float | None:
    """Turn the ranking bound so that greater is better; a target is only known to a query."""
    if direction == "higherBetter":
        return m.lower
    return None if m.upper is None or direction == "target" else -m.upper


def series(m: Measurement) -> bytes:
    """Name what one row stands for at a time: an issuer's values of one kind for one subject."""
    name = [m.issuer, m.subject, m.key]
    return sha256(documents.canonical(name)).digest()[:16]


def peers(key: str, family: str | None) -> bytes:
    """Name the values that one is held against: those of the same comparability group."""
    return sha256(documents.canonical([key, family])).digest()[:16]


def _read_qualifiers(text: str) -> tuple[tuple[str, str], ...]:
    found = (part.partition("=") for part in re.findall(r"\x1f([^\x1f]*)\x1f", text))
    return tuple((name, value) for name, _, value in found)


def _record(verified: VerifiedRecord) -> Row:
    subject = verified.value["credentialSubject"]
    return {
        "subject": subject["id"],
        "subject_type": subject["type"],
        "country": subject.get("producer", {}).get("location", {}).get("country"),
        "valid_from": day(verified.value["validFrom"]),
        "withdrawn": False,
    }


def _marks(verified: VerifiedRecord) -> list[Row]:
    subject = verified.value["credentialSubject"]["id"]
    return [
        {
            "mark": mark.name,
            "thing": mark.thing.value,
            "party": mark.party,
            "subject": subject,
            "withdrawn": False,
        }
        for mark in marks.of_attestation(joined(verified.value, verified.valid.sets).document)
    ]


def _certificates(verified: VerifiedRecord) -> Iterator[Row]:
    subject = verified.value["credentialSubject"]
    by_id = {each.claim: each for each in certificates(verified.value)}
    for position, claim in enumerate(subject["claims"]):
        said = by_id.get(claim["id"])
        if said is None:
            continue
        for holder in said.holders:
            yield {
                "position": position,
                "holder": holder,
                "key": said.key,
                "claim": said.claim,
                "issuer": verified.issuer,
                "certifier": said.certifier,
                "assessor": said.is_assessor,
                "scheme": scheme_of(claim),
                "edition": claim["scheme"]["edition"],
                "start": claim["validity"]["start"],
                "end": claim["validity"].get("end"),
                "status": claim["status"],
                "withdrawn": False,
            }
