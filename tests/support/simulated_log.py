"""A store and a tile store in memory, with faults and crashes, and a naive Merkle tree.

A fault is decided before each operation, by a callback that gets the operation's name:
`fails` raises and does nothing, `persists` does everything and raises, `crash` ends the process
before the operation, `crash after` after it. `tears` and `crash, torn` leave half of a file behind
where the operation writes one, and are `fails` and `crash` elsewhere.
"""

import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from openquality_registry.adapters.signing import LogKey
from openquality_registry.log.errors import AlreadyTaken, LostRace
from openquality_registry.ports import Commit, Logged, LogState, Pending, Placed
from openquality_validator.tlog import checkpoint as checkpoints

ORIGIN = "log.example/test"


class Fault(StrEnum):
    FAILS = "fails"
    PERSISTS = "fails but persists"
    CRASH = "crash"
    CRASH_AFTER = "crash after"
    TEARS = "tears"
    CRASH_TORN = "crash, torn"


class Crash(BaseException):
    """The process ends here: nothing in it may catch this."""


Faults = Callable[[str], Fault | None]


def no_faults(_: str) -> None:
    return None


class Operations:
    """Run operations through the faults."""

    def __init__(self, faults: Faults = no_faults) -> None:
        self.faults = faults

    def run(
        self,
        name: str,
        work: Callable[[], object] = lambda: None,
        half: Callable[[], object] = lambda: None,
    ) -> None:
        fault = self.faults(name)
        if fault in {Fault.TEARS, Fault.CRASH_TORN}:
            half()
        if fault in {Fault.CRASH, Fault.CRASH_TORN}:
            raise Crash(name)
        if fault in {Fault.FAILS, Fault.TEARS}:
            raise OSError(28, "No space left on device", name)
        work()
        if fault is Fault.CRASH_AFTER:
            raise Crash(name)
        if fault is Fault.PERSISTS:
            raise OSError(5, "Input/output error", name)


class MemoryStore:
    """The port Store, in memory."""

    def __init__(self, operations: Operations | None = None) -> None:
        self.rows: list[Placed] = []
        self._heads: dict[str, str] = {}
        self._state = LogState(0, sha256().digest())
        self._operations = operations or Operations()

    def state(self) -> LogState:
        self._operations.run("state")
        return self._state

    def commit(self, batch: Commit) -> None:
        self._operations.run("commit", lambda: self._commit(batch))

    def _commit(self, batch: Commit) -> None:
        if batch.old != self._state:
            raise LostRace(f"the log is no longer at size {batch.old.size}")
        for row in batch.rows:
            if taken := self._taken(row.pending):
                raise AlreadyTaken(taken.digest)
        self.rows.extend(batch.rows)
        for row in batch.rows:
            self._heads.update(row.pending.moves)
        self._state = batch.new

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        self._operations.run("entries")
        return iter([row.entry for row in self.rows[start:stop]])

    def leaf_hashes(self, start: int, stop: int) -> Iterator[bytes]:
        return iter([row.leaf_hash for row in self.rows[start:stop]])

    def statements(self, start: int, stop: int) -> Iterator[bytes]:
        return iter([row.pending.statement for row in self.rows[start:stop]])

    def statement(self, digest: str) -> bytes | None:
        return next((r.pending.statement for r in self.rows if r.pending.digest == digest), None)

    def find(self, digest: str) -> Logged | None:
        return next((logged(row) for row in self.rows if row.pending.digest == digest), None)

    def find_id(self, issuer: str, credential_id: str) -> Logged | None:
        name = (issuer, credential_id)
        return next(
            (logged(r) for r in self.rows if (r.pending.issuer, r.pending.credential_id) == name),
            None,
        )

    def find_taken(self, batch: Sequence[Pending]) -> tuple[Logged | None, ...]:
        self._operations.run("find_taken")
        return tuple(self._taken(pending) for pending in batch)

    def heads(self, names: Collection[str]) -> Mapping[str, str]:
        self._operations.run("heads")
        return {name: self._heads[name] for name in names if name in self._heads}

    def key_events(self, did: str) -> Sequence[tuple[int, bytes]]:
        return [
            (row.index, row.pending.statement)
            for row in self.rows
            for event in row.pending.index_rows.get("key_events", ())
            if event["did"] == did
        ]

    def did_witness(self, _did: str) -> bytes | None:
        return None

    def registrations(self, did: str) -> Sequence[tuple[int, bytes]]:
        return [
            (row.index, row.pending.statement)
            for row in self.rows
            if row.pending.kind == "registration" and did in row.pending.subjects
        ]

    def status_statements(self, target: str) -> Sequence[tuple[int, bytes]]:
        return [
            (row.index, row.pending.statement)
            for row in self.rows
            for status in row.pending.index_rows.get("statuses", ())
            if status["target"] == target
        ]

    def said_about(self, target: str) -> Sequence[tuple[int, bytes, bytes]]:
        return [
            (row.index, row.entry, row.pending.statement)
            for row in self.rows
            if row.pending.kind in {"status", "measure"} and target in row.pending.subjects
        ]

    def _taken(self, pending: Pending) -> Logged | None:
        return self.find(pending.digest) or self.find_id(pending.issuer, pending.credential_id)


def logged(row: Placed) -> Logged:
    pending = row.pending
    return Logged(
        row.index, pending.digest, pending.issuer, pending.credential_id, pending.kind, row.entry
    )


class MemoryTiles:
    """The port TileStore, in memory; `on_publish` sees every checkpoint before it is visible.

    A crash inside `write` leaves any part of that call's files behind, as a real disk may.
    """

    def __init__(self, operations: Operations | None = None, *, seed: int = 0) -> None:
        self.files: dict[str, bytes] = {}
        self.note: bytes | None = None
        self.on_publish: Callable[[bytes], None] = lambda _: None
        self._operations = operations or Operations()
        self._random = random.Random(seed)  # noqa: S311 - a test's seed

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def write(self, files: Sequence[tuple[str, bytes]]) -> None:
        before = dict(self.files)
        try:
            for path, data in files:
                self._operations.run(
                    "write",
                    lambda p=path, d=data: self.files.update({p: d}),
                    lambda p=path, d=data: self.files.update({p: d[: len(d) // 2]}),
                )
            self._operations.run("synchronise")
        except Crash:
            for path, data in files:
                if len(self.files.get(path, data)) < len(data):
                    continue  # torn
                if self._random.random() < 0.5:
                    self.files[path] = data
                elif path in before:
                    self.files[path] = before[path]
                else:
                    self.files.pop(path, None)
            raise

    def drop_partials(self, path: str) -> None:
        def drop() -> None:
            for name in [name for name in self.files if name.startswith(f"{path}.p/")]:
                del self.files[name]

        self._operations.run("drop_partials", drop)

    def checkpoint(self) -> bytes | None:
        self._operations.run("checkpoint")
        return self.note

    def publish_checkpoint(self, note: bytes, size: int) -> None:
        self._operations.run("publish_checkpoint", lambda: self._publish(note, size))

    def _publish(self, note: bytes, size: int) -> None:
        published = -1 if self.note is None else checkpoints.parse(self.note)[0].size
        if published > size:
            raise LostRace(f"a checkpoint of {published} entries is published")
        if published < size:
            self.on_publish(note)
            self.note = note


class SteppingClock:
    """Step by each of the given seconds, again and again; some may be negative."""

    def __init__(self, *steps: float) -> None:
        self._now = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
        self._steps = steps or (1.0,)
        self._count = 0

    def now(self) -> datetime:
        self._now += timedelta(seconds=self._steps[self._count % len(self._steps)])
        self._count += 1
        return self._now


def log_key(name: str = ORIGIN) -> LogKey:
    return LogKey(name, Ed25519PrivateKey.from_private_bytes(b"\x07" * 32))


def pending(number: int, *, variant: str = "", issuer: str = "did:key:zIssuer") -> Pending:
    """Make a statement; the same number with another variant has the same id and other bytes."""
    statement = f"statement {number} {variant}".encode()
    return Pending(
        statement=statement,
        digest=f"sha256:{sha256(statement).hexdigest()}",
        issuer=issuer,
        credential_id=f"urn:uuid:{number}",
        kind="attestation",
        subjects=(f"mpn:{number}",),
    )


def naive_root(entries: Sequence[bytes]) -> bytes:
    """Compute MTH word for word as RFC 9162, section 2.1.1, defines it."""
    if not entries:
        return sha256().digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = 1
    while 2 * k < len(entries):
        k *= 2
    return sha256(b"\x01" + naive_root(entries[:k]) + naive_root(entries[k:])).digest()


def naive_path(index: int, entries: Sequence[bytes]) -> list[bytes]:
    """Compute PATH word for word as RFC 9162, section 2.1.3.1, defines it."""
    if len(entries) == 1:
        return []
    k = 1
    while 2 * k < len(entries):
        k *= 2
    if index < k:
        return [*naive_path(index, entries[:k]), naive_root(entries[k:])]
    return [*naive_path(index - k, entries[k:]), naive_root(entries[:k])]
