"""Answer a buyer's queries from a copy of the log, and compare with what the registry answers.

<state>/query.sqlite   the rows of the query's index, derived here from the statements of the copy

A query names the checkpoint at which it is answered, so that both answers are about the same
entries. What no statement tells is left out of the comparison: how well the registry knew an issuer
and what it observed. Recomputations do not count at a checkpoint.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import insert, update

import openquality_schemas
from openquality_registry import defined
from openquality_registry.adapters.sql.claimants import SqlClaimants
from openquality_registry.adapters.sql.derived import Chains, derive
from openquality_registry.adapters.sql.index import SqlIndex
from openquality_registry.adapters.sql.index_tables import INDEX_TABLES, measurements
from openquality_registry.adapters.sql.notices import SqlNotices
from openquality_registry.adapters.sql.opening import open_store
from openquality_registry.adapters.sql.states import Past
from openquality_registry.adapters.sql.store import digest_bytes
from openquality_registry.adapters.sql.tables import entries, log_state, subjects
from openquality_registry.answering import answer
from openquality_registry.watch.alerts import Alert, Code
from openquality_registry.watch.mirror import Mirror
from openquality_registry.watch.source import Source
from openquality_registry.watch.statements import SCHEMA
from openquality_validator import catalogue as catalogues
from openquality_validator import envelope, kinds, metric_sets
from openquality_validator import query as queries
from openquality_validator.entry import Entry, digest
from openquality_validator.errors import InvalidInput
from openquality_validator.evidence import IdentityLevel
from openquality_validator.governance import Publication, SchemaKind, publication
from openquality_validator.metric_sets import is_qualified, set_of, widened
from openquality_validator.query import Query

DATABASE = "query.sqlite"
CHUNK = 256
LIMIT = 500
_NOT_TOLD = ("identity", "explanation")  # of a value


class Unanswerable(InvalidInput):
    """A query whose answer no copy of the log can tell."""


class Questions:
    """Ask queries of the registry and of the copy. For one thread; close it.

    `asked` holds query documents; each is asked at the size of the copy. Raises InvalidQuery for
    one that is not valid, Unanswerable for a floor on identity or for observations. What metrics of
    sets mean is read from the publications in the log.
    """

    def __init__(
        self, source: Source, mirror: Mirror, asked: Sequence[Mapping[str, Any]], *, folder: Path
    ) -> None:
        self._source = source
        self._mirror: Final = mirror
        self._asked = [dict(each) for each in asked]
        for each in self._asked:
            # What a set means stands in the log, which may not have been read yet.
            if not any(map(is_qualified, defined.asked(each))):
                self._parse(each, each.get("accreditors", []), size=0)
        self._store = open_store(folder / DATABASE)

    def close(self) -> None:
        """Close the database."""
        self._store.close()

    def run(self) -> Iterator[Alert]:
        """Derive the rows of new entries, ask each query, yield what differs.

        Raises NetworkError.
        """
        if not self._mirror.size:
            return
        yield from self._catch_up()
        for number, document in enumerate(self._asked, 1):
            yield from self._compare(f"query {number}", document)

    def _catch_up(self) -> Iterator[Alert]:
        size = self._store.state().size
        for start in range(size, self._mirror.size, CHUNK):
            stop = min(self._mirror.size, start + CHUNK)
            rows: dict[str, list[dict[str, object]]] = {}
            for at in range(start, stop):
                alert = self._derive(at, rows)
                if alert is not None:
                    yield alert
            with self._store.write.begin() as connection:
                for table in (entries, subjects, *INDEX_TABLES):
                    if found := rows.get(table.name):
                        connection.execute(insert(table), found)
                connection.execute(update(log_state).values(size=stop))

    def _derive(self, at: int, rows: dict[str, list[dict[str, object]]]) -> Alert | None:
        """Add the rows of an entry; its statement is fetched again, and must be the entry's."""
        data = self._mirror.entry(at)
        entry = Entry.from_bytes(data)
        rows.setdefault("entries", []).append(
            {
                "log_index": at,
                "digest": digest_bytes(entry.digest),
                "issuer": entry.issuer,
                "credential_id": str(at),  # nobody asks for it here
                "kind": entry.kind,
                "entry": data,
                "leaf_hash": b"",
            }
        )
        statement = self._source.statement(entry.digest)
        if statement is None or digest(statement) != entry.digest:
            return Alert(
                Code.STATEMENT_MISSING, f"entry {at}", f"{entry.digest} is not given out again."
            )
        try:
            chains = Chains(sets=self._pinned(at, entry, statement))
            derived = derive(at, entry, statement, chains, set())
        except (InvalidInput, KeyError, TypeError, ValueError):
            return None  # what is wrong with it was said when it came in
        for name in ("subjects", *(table.name for table in INDEX_TABLES)):
            for row in derived.rows.get(name, ()):
                whole = {**row, "log_index": at}
                if name == measurements.name:
                    whole["identity"] = IdentityLevel.L0.value
                rows.setdefault(name, []).append(whole)
        return None

    def _pinned(self, at: int, entry: Entry, statement: bytes) -> dict[str, bytes]:
        """Return the metric sets that a record pins, by digest, as published before it."""
        if entry.kind != kinds.ATTESTATION:
            return {}
        value = envelope.credential(envelope.parse_envelope(statement).payload).value
        return {
            openquality_schemas.sri(said.content): said.content
            for pin in value.get("extensionSchemas", ())
            for said in self._sets(pin["id"], below=at)
        }

    def _sets(self, uri: str, *, below: int) -> Iterator[Publication]:
        for event in self._mirror.events(uri, SCHEMA, below=below):
            value = envelope.credential(envelope.parse_envelope(event.statement).payload).value
            said = publication.read(value, digest=digest(event.statement))
            if said.kind is SchemaKind.METRICS:
                yield said

    def _compare(self, place: str, document: Mapping[str, Any]) -> Iterator[Alert]:
        size = self._mirror.size
        asked = {
            **document,
            "atCheckpoint": {"size": size},
            "asOf": document.get("asOf", self._mirror.admitted_at[:10]),
            "limit": LIMIT,
        }
        said = self._source.query(asked)
        try:
            listed = (said or {})["query"]["accreditors"]["list"]
            question = self._parse(asked, listed, size=size)
            right = self._answer(question, size)
            wrong = _difference(said or {}, right)
        except (KeyError, TypeError, AttributeError, InvalidInput):
            yield Alert(Code.ANSWER_UNUSABLE, place, "The answer is none to the question.")
            return
        if wrong is not None:
            yield Alert(Code.QUERY_WRONG, place, wrong, self._keep(asked, said or {}))

    def _answer(self, question: Query, size: int) -> dict[str, Any]:
        origin = self._mirror.origin
        read = self._store.read
        found = answer.query(question, SqlIndex(read), origin=origin, size=size)
        state = Past(origin, size)
        SqlClaimants(read).mark(found["rows"], state=state)
        SqlNotices(read).mark(found["rows"], accreditors=question.accreditors, state=state)
        return found

    def _parse(
        self, document: Mapping[str, Any], accreditors: Sequence[Any], *, size: int
    ) -> Query:
        asked = {**document, "accreditors": list(accreditors)}
        uris = {set_of(name) for name in defined.asked(asked) if is_qualified(name)}
        published = {uri: tuple(self._sets(uri, below=size)) for uri in sorted(uris)}
        newest = (max(each, key=lambda said: said.version) for each in published.values() if each)
        sets = [metric_sets.parse(said.content) for said in newest]
        catalogue = widened(catalogues.load(), sets)
        question = queries.parse(asked, catalogue=catalogue, today=dt.date.max)
        if question.identity is not IdentityLevel.L0 or question.without:
            raise Unanswerable(
                "Q020",
                "A copy of the log does not tell identity levels or observations.",
                "Leave out `floors.identity` and `without` in a query to watch.",
            )
        return question

    def _keep(self, asked: Mapping[str, Any], said: Mapping[str, Any]) -> str:
        data = orjson.dumps({"query": asked, "answer": said}, option=orjson.OPT_INDENT_2)
        return self._mirror.keep_evidence(f"query-{sha256(data).hexdigest()[:16]}.json", data)


def _difference(said: Mapping[str, Any], right: Mapping[str, Any]) -> str | None:
    """Say where an answer parts from the right one, or None."""
    for name in ("log", "total", "groups", "leftOut", "facets"):
        if said[name] != right[name]:
            return f"It says {name} {_shown(said[name])}, and the log gives {_shown(right[name])}."
    for number, (one, other) in enumerate(zip(said["rows"], right["rows"], strict=False), 1):
        if _told(one) != _told(other):
            digests = other["values"][0]["statement"]
            return f"Row {number} is not the one that the log gives, which is of {digests}."
    if len(said["rows"]) != len(right["rows"]):
        return f"It has {len(said['rows'])} rows, and the log gives {len(right['rows'])}."
    return None


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row without what no statement tells."""
    values = [
        {name: member for name, member in value.items() if name not in _NOT_TOLD}
        for value in row["values"]
    ]
    return {**row, "values": values, "observations": []}


def _shown(value: object) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= _MOST else f"{text[:_MOST]}…"


_MOST = 300  # characters of a member that a message repeats


def load(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """Read query documents from files; raises MalformedDocument or OSError."""
    from openquality_validator import documents

    return [documents.parse_object(path.read_bytes()).value for path in paths]
