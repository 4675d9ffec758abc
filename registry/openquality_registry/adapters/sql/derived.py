"""What follows from the statements of a log: the rows by which they are found, and the chains.

`index_check.py` compares it with what is kept, `renewing.py` writes it anew.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

import openquality_schemas
from openquality_registry import heads, places, schemas
from openquality_registry.adapters.sql.store import digest_bytes
from openquality_registry.adapters.sql.tables import entries
from openquality_registry.answering import facts_rows, index
from openquality_registry.dated import dated
from openquality_registry.issuers import is_event
from openquality_registry.status import in_log
from openquality_validator import catalogue as catalogues
from openquality_validator import documents, envelope, kinds, metric_sets, status
from openquality_validator.certification import measure
from openquality_validator.compatibility.modes import DEFAULT, Mode
from openquality_validator.documents import Record
from openquality_validator.entry import Entry
from openquality_validator.errors import StatusError
from openquality_validator.evidence import Verification
from openquality_validator.findings import Report
from openquality_validator.governance import SchemaKind, deprecation, publication
from openquality_validator.identity import address, web
from openquality_validator.metric_sets import MetricSet
from openquality_validator.records import ValidRecord, VerifiedRecord
from openquality_validator.status import Event, State
from openquality_validator.status.statement import STATEMENT

Json = Mapping[str, Any]
Rows = Mapping[str, Sequence[Mapping[str, object]]]
_WITHDRAWN = {State.SUSPENDED, State.REVOKED}


@dataclass(slots=True)
class Chains:
    """Hold what follows from the whole log: heads, status chains, successors, key events."""

    heads: dict[str, str] = field(default_factory=dict)
    events: dict[str, list[Event]] = field(default_factory=dict)
    superseded: set[str] = field(default_factory=set)
    places: dict[str, set[str]] = field(default_factory=dict)  # who names each place of a list
    modes: dict[str, Mode] = field(default_factory=dict)  # in force, by the URI of a schema
    sets: dict[str, bytes] = field(default_factory=dict)  # metric sets, as records pin them

    def withdrawn(self, connection: Connection, *, log: str, operator: str | None) -> set[int]:
        """Return the log indexes of the statements whose values stand in no answer."""
        found = set()
        targets = {target.removeprefix(STATEMENT) for target in self.events} | self.superseded
        for digest in sorted(targets):
            row = connection.execute(
                select(entries.c.log_index, entries.c.issuer).where(
                    entries.c.digest == _bytes_of(digest)
                )
            ).first()
            if row is not None and self._is_withdrawn(digest, {row.issuer, operator}, log):
                found.add(row.log_index)
        return found

    def _is_withdrawn(self, digest: str, voices: Collection[str | None], log: str) -> bool:
        if digest in self.superseded:
            return True
        target = status.statement_target(digest)
        try:
            events = in_log(self.events.get(target, ()), log=log)
            states = status.derive(target, events, log=log)
        except StatusError:
            return False  # the chain is broken, which a monitor names
        return states.worst(voices.__contains__) in _WITHDRAWN


@dataclass(frozen=True, slots=True)
class Derived:
    """Hold what the index says of one statement: its id, and its rows by table."""

    id: str
    rows: Mapping[str, Sequence[Mapping[str, object]]]


def derive(
    at: int, entry: Entry, statement: bytes, chains: Chains, proved: set[tuple[int, str]]
) -> Derived:
    """Derive the rows of one statement, and add what it says to the chains.

    `at` is its log index, and `proved` names claims that were recomputed, by log index. The
    statements of a log come in its order. Raises InvalidInput, KeyError, TypeError or ValueError
    for one that nobody would have admitted.
    """
    rows: dict[str, Sequence[Mapping[str, object]]] = {
        "subjects": [{"key": key} for key in entry.subjects]
    }
    if is_event(statement):
        did = entry.issuer
        if did.startswith(address.WEBVH):
            version = name = documents.parse_object(statement).value["versionId"]
        else:
            version, name = web.Archived.from_bytes(statement).digest, entry.digest
        chains.heads[heads.issuer(did)] = version
        rows["key_events"] = [{"did": did, "version": version}]
        return Derived(name, rows)
    record = envelope.credential(envelope.parse_envelope(statement).payload)
    value = record.value
    match kinds.of(value).name:
        case kinds.KEY:
            rows["key_events"] = [{"did": entry.issuer, "version": ""}]
        case kinds.STATUS:
            rows |= _of_status(at, value, entry, chains)
        case kinds.SCHEMA:
            rows |= _of_schema(value, entry, chains)
        case kinds.MEASURE if kinds.of(value).type == measure.TYPE:
            rows |= _of_measure(value, entry, chains)
        case kinds.ATTESTATION:
            rows |= _of_attestation(at, record, entry, chains, proved)
    for table, found in rows.items():
        rows[table] = dated(table, found, entry.admitted_at)
    return Derived(value["id"], rows)


def admitted(record: Record, entry: Entry, *, sets: Sequence[MetricSet] = ()) -> VerifiedRecord:
    """Return the record of a statement in the log as what it was when it came in: verified.

    `sets` are the metric sets that it pins. How well its issuer was known then is not in the log,
    so that it says the least.
    """
    # Its bytes are still those that were verified: nothing is proved here.
    return VerifiedRecord(
        valid=ValidRecord(record, Report(()), tuple(sets)),
        issuer=entry.issuer,
        digest=entry.digest,
        key_id="",
    )


def _of_status(at: int, value: Json, entry: Entry, chains: Chains) -> Rows:
    said = status.read_admitted(value, digest=entry.digest)
    chains.heads[heads.status(said.target)] = entry.digest
    chains.events.setdefault(said.target, []).append(Event(at, said))
    return {
        "statuses": [{"target": said.target, "state": said.voice, "issuer": said.issuer}],
        "words": facts_rows.of_status(said),
        "certificate_words": facts_rows.of_certificate(said),
    }


def _of_measure(value: Json, entry: Entry, chains: Chains) -> Rows:
    said = measure.read_admitted(value, digest=entry.digest)
    if said.about is not None:
        chains.heads[heads.case(said.target)] = entry.digest
    return {"measures": facts_rows.of_measure(said)}


def _of_attestation(
    at: int, record: Record, entry: Entry, chains: Chains, proved: set[tuple[int, str]]
) -> Rows:
    value = record.value
    if (old := value.get("supersedes")) is not None:
        chains.superseded.add(old)
        chains.heads[heads.successor(old)] = entry.digest
    if (place := places.claimed(value)) is not None:
        chains.places.setdefault(place, set()).add(entry.digest)
    catalogue = catalogues.load(value["catalogueVersion"])
    sets = metric_sets.pinned(value, chains.sets)
    rows = index.rows(admitted(record, entry, sets=sets), catalogue=catalogue)
    recomputed = {"verification": Verification.RECOMPUTED.value}
    return rows | {
        "measurements": [
            {**row, **recomputed} if (at, row["claim"]) in proved else row
            for row in rows["measurements"]
        ]
    }


def _of_schema(value: Json, entry: Entry, chains: Chains) -> Rows:
    if kinds.of(value).type == deprecation.TYPE:
        return schemas.deprecated(deprecation.read(value, digest=entry.digest))
    said = publication.read(value, digest=entry.digest)
    mode = said.mode or chains.modes.get(said.id, DEFAULT)
    chains.modes[said.id] = mode
    if said.kind is SchemaKind.METRICS:
        chains.sets[openquality_schemas.sri(said.content)] = said.content
    chains.heads[heads.schema(said.id)] = entry.digest
    chains.heads[heads.schema_name(said.owner, said.name)] = said.id
    return schemas.rows(said, mode=mode)


def _bytes_of(digest: str) -> bytes:
    try:
        return digest_bytes(digest)
    except ValueError:
        return b""  # a target that is no statement
