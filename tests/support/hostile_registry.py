"""A registry in memory whose operator holds every key of it, and can lie about anything.

It works honestly until a test changes its parts. It speaks HTTP through `handle`, as the transport
of a client, so that a monitor reads it without a socket.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import orjson
from simulated_log import log_key

from openquality import wire
from openquality.signing import SigningKey, generate
from openquality_registry.adapters.signing import LogKey
from openquality_registry.issuers import is_event
from openquality_validator import catalogue as catalogues
from openquality_validator import certification, documents, envelope, kinds, status
from openquality_validator.bundle import Bundle, Consistency, Keys, Logged, Status
from openquality_validator.entry import Entry, digest, rebuild, timestamp
from openquality_validator.errors import LogFormatError, StatusError
from openquality_validator.identity import METHOD, history
from openquality_validator.status import (
    Event,
    State,
    States,
    StatusStatement,
    Successor,
    statement_target,
)
from openquality_validator.status.answer import Answer
from openquality_validator.tlog import merkle
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.tiles import WIDTH, Tile, encode_entries, encode_hashes

ORIGIN = "log.example/hostile"
STEP = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Row:
    statement: bytes
    entry: bytes


class Clock:
    """The time, as the test has it."""

    def __init__(self) -> None:
        self.moment = datetime.now(UTC) - timedelta(minutes=30)

    def now(self) -> datetime:
        return self.moment


@dataclass
class HostileRegistry:
    """Rows of a log, and what is answered about them."""

    clock: Clock
    rows: list[Row] = field(default_factory=list)
    key: LogKey = field(default_factory=lambda: log_key(ORIGIN))
    status_key: SigningKey = field(default_factory=generate)
    # What witnesses signed, by the text of the checkpoint.
    cosigned: dict[bytes, bytes] = field(default_factory=dict)
    # Lies: what is served instead (None: not at all), what look-ups leave out, which events bundles
    # and status answers are without, whether answers are signed to fit that, the size of the tree
    # of which they are, and what they say.
    served: dict[str, bytes | None] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    left_out: set[int] = field(default_factory=set)
    answers_fit: bool = True
    answer_size: int | None = None
    says: State | None = None

    @property
    def vkey(self) -> str:
        return self.key.vkey

    def fork(self) -> "HostileRegistry":
        """Return a second registry of the same keys, which goes its own way."""
        return replace(self, rows=list(self.rows), served=dict(self.served))

    def admit(self, statement: bytes, *, admitted_at: datetime | None = None, **lies: Any) -> int:  # noqa: ANN401 - members of an entry
        """Log a statement without looking at it; `lies` change members of its entry."""
        self.clock.moment += STEP
        time = timestamp(admitted_at or self.clock.now())
        made = _entry(statement, time)
        values = {name: getattr(made, name) for name in Entry.__slots__} | lies
        self.rows.append(Row(statement, Entry(**values).to_bytes()))
        return len(self.rows) - 1

    def note(self, size: int | None = None) -> bytes:
        text = self.head(size).to_text().encode()
        return self.key.sign(text) + self.cosigned.get(text, b"")

    def head(self, size: int | None = None) -> Checkpoint:
        size = len(self.rows) if size is None else size
        return Checkpoint(ORIGIN, size, merkle.root(self._leaves()[:size]))

    def consistency(self, old: int, size: int | None = None) -> tuple[bytes, ...]:
        return merkle.consistency_proof(old, size or len(self.rows), self._nodes)

    def bundle(self, index: int, *, size: int | None = None, since: int | None = None) -> Bundle:
        """Make the bundle of an entry, as an honest registry would from what it wants to show."""
        size = len(self.rows) if size is None else size
        row = self.rows[index]
        version = self._content(index).get("catalogueVersion")
        terms = catalogues.load(version) if version else catalogues.load()
        shown = [at for at in self._key_events(index, size) if at not in self.left_out]
        return Bundle(
            statement=row.statement,
            entry=row.entry,
            index=index,
            checkpoint=self.note(size),
            inclusion_proof=merkle.inclusion_proof(index, size, self._nodes),
            catalogue_version=terms.version,
            catalogue_digest=terms.digest,
            consistency=None
            if since is None or since > size
            else Consistency(since, self.consistency(since, size)),
            keys=Keys(tuple(self.logged(at, size) for at in shown)),
            status=self.status(index, size),
        )

    def status(self, index: int, size: int | None = None) -> Status:
        """Answer how an attestation stands."""
        size = len(self.rows) if size is None else size
        entry = self._read(index)
        target = statement_target(entry.digest)
        about = [
            at
            for at in range(size)
            if self._kind(at) == kinds.STATUS and target in self._read(at).subjects
        ]
        after = [at for at in range(size) if self._content(at).get("supersedes") == entry.digest]
        words = {key: self._words(key, size) for key in self._certificates(index)}
        every = (*about, *after, *(at for found in words.values() for at in found))
        shown = [at for at in every if at not in self.left_out]
        keys = self._key_events(index, size)
        if self.answers_fit:
            about, after, keys = (
                [at for at in events if at not in self.left_out] for events in (about, after, keys)
            )
            words = {
                key: [at for at in found if at not in self.left_out] for key, found in words.items()
            }
        answer = Answer.of(
            self._stands(target, about),
            issuer=entry.issuer,
            successor=Successor(after[0], self._read(after[0]).digest) if after else None,
            target=entry.digest,
            head=self.head(size),
            now=self.clock.now(),
            key_events=len(keys),
            certificates={key: self._stands(key, found) for key, found in words.items()},
        )
        if self.says is not None:
            answer = replace(answer, state=self.says)
        signed = answer.sign(self.status_key.did, self.status_key.sign)
        return Status(signed, tuple(self.logged(at, size) for at in shown))

    def _words(self, key: str, size: int) -> list[int]:
        """List the status statements about a certificate."""
        return [
            at
            for at in range(size)
            if self._kind(at) == kinds.STATUS and key in self._read(at).subjects
        ]

    def _certificates(self, index: int) -> list[str]:
        if self._kind(index) != kinds.ATTESTATION:
            return []
        return sorted({each.key for each in certification.certificates(self._content(index))})

    def _stands(self, target: str, about: Sequence[int]) -> States:
        """Derive a state; a hostile registry passes over the statements that do not fit."""
        chain: list[Event] = []
        for at in about:
            with suppress(StatusError):
                status.derive(target, [*chain, Event(at, self._said(at))], log=ORIGIN)
                chain.append(Event(at, self._said(at)))
        return status.derive(target, chain, log=ORIGIN)

    def _key_events(self, index: int, size: int) -> list[int]:
        issuer = self._read(index).issuer
        if issuer.startswith(METHOD):
            return []
        return [
            at for at in range(size) if self._kind(at) == kinds.KEY and self._issuer(at) == issuer
        ]

    def handle(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request."""
        path = request.url.path.lstrip("/")
        data = self.served[path] if path in self.served else self._answer(path, request)
        return httpx2.Response(404) if data is None else httpx2.Response(200, content=data)

    def _answer(self, path: str, request: httpx2.Request) -> bytes | None:
        if path == "checkpoint":
            return self.note()
        if path.startswith("tile/"):
            return self.tile(Tile.from_path(path))
        if path == "v1/lookup":
            return orjson.dumps(self._lookup(orjson.loads(request.content)))
        name = f"sha256:{path.rpartition('/')[2]}"
        for index, row in enumerate(self.rows):
            if digest(row.statement) == name:
                if path.startswith("v1/status/"):
                    return documents.canonical(self.status(index, self.answer_size).to_json())
                wants_bundle = wire.BUNDLE in request.headers["accept"]
                return self.bundle(index).to_bytes() if wants_bundle else row.statement
        return None

    def tile(self, tile: Tile) -> bytes | None:
        """Return a tile of the log, whatever size is signed."""
        start, stop = tile.index * WIDTH, tile.index * WIDTH + tile.width
        if tile.level is None:
            entries = [row.entry for row in self.rows[start:stop]]
            return encode_entries(entries) if len(entries) == tile.width else None
        span = WIDTH**tile.level
        if stop * span > len(self.rows):
            return None
        leaves = self._leaves()
        nodes = [merkle.root(leaves[at * span : (at + 1) * span]) for at in range(start, stop)]
        return encode_hashes(nodes)

    def _lookup(self, question: Mapping[str, Any]) -> dict[str, Any]:
        items = []
        for index in range(len(self.rows)):
            entry = self._read(index)
            asked = set(question.get("subjects", ())) & set(entry.subjects)
            if index not in self.hidden and (asked or entry.issuer in question.get("issuers", ())):
                items.append({"index": index, "digest": entry.digest})
        return {"items": items, "log": {"origin": ORIGIN, "size": len(self.rows)}, "next": None}

    def logged(self, index: int, size: int) -> Logged:
        row = self.rows[index]
        proof = merkle.inclusion_proof(index, size, self._nodes)
        return Logged(row.statement, row.entry, index, proof)

    def _said(self, index: int) -> StatusStatement:
        return status.read_admitted(self._content(index), digest=self._read(index).digest)

    def _content(self, index: int) -> dict[str, Any]:
        statement = self.rows[index].statement
        if not statement or is_event(statement):
            return {}
        return envelope.credential(envelope.parse_envelope(statement).payload).value

    def _kind(self, index: int) -> str:
        return self._read(index).kind

    def _issuer(self, index: int) -> str:
        return self._read(index).issuer

    def _read(self, index: int) -> Entry:
        try:
            return Entry.from_bytes(self.rows[index].entry)
        except LogFormatError:
            return Entry("", "", "", "", ())  # one that the registry made up

    def _leaves(self) -> list[bytes]:
        return merkle.leaf_hashes(row.entry for row in self.rows)

    def _nodes(self, nodes: Sequence[tuple[int, int]]) -> list[bytes]:
        leaves = self._leaves()
        return [merkle.root(leaves[at << level : (at + 1) << level]) for level, at in nodes]


def _entry(statement: bytes, time: str) -> Entry:
    if is_event(statement):
        did = history.event_did(statement)
        return Entry(time, digest(statement), did, kinds.KEY, (did,))
    record = envelope.credential(envelope.parse_envelope(statement).payload)
    return rebuild(statement, record.value, time)
