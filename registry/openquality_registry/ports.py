"""What the registry needs from outside, and what the outside must promise.

    Store      one database: statements, entries, index rows, the log's size and root
    TileStore  the files that everybody reads: tiles, entry bundles, the checkpoint
    Signer     the log's key
    Clock      the time

The order of work between them is the sequencer's (`log/sequencer.py`).
Errors of the log are drawn in `log/errors.py`.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class LogState:
    """Hold the committed size of the log and its RFC 6962 root (32 bytes)."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Pending:
    """Hold a verified statement that waits for its place in the log.

    `statement` is the exact bytes, `digest` is `sha256:` and their hex; `subjects` are the sorted
    keys of `kinds.Kind.subjects`. `index_rows` maps a table's name to rows that the Store inserts
    in the same transaction, each completed with the entry's log index; the sequencer never looks
    inside. `admittedAt` is absent: the sequencer gives it at the commit.

    A head is a named value that statements move, such as the newest status of a target (`heads.py`
    has the names). `expects` says which value each head must have when the statement gets its
    place ("" for none yet), `moves` which value it gives them, in the same transaction. `withdraws`
    says of the digests of earlier attestations whether their values still stand in answers.
    `first` are statements that have to be in the log before this one: the issuer's key events.
    """

    statement: bytes
    digest: str
    issuer: str
    credential_id: str
    kind: str
    subjects: tuple[str, ...]
    index_rows: Mapping[str, Sequence[Mapping[str, object]]] = field(default_factory=dict)
    expects: Mapping[str, str] = field(default_factory=dict)
    moves: Mapping[str, str] = field(default_factory=dict)
    withdraws: Mapping[str, bool] = field(default_factory=dict)
    first: tuple["Pending", ...] = ()


@dataclass(frozen=True, slots=True)
class Placed:
    """Hold a pending statement with its index, entry bytes, leaf hash and `admittedAt` text."""

    index: int
    pending: Pending
    admitted_at: str
    entry: bytes
    leaf_hash: bytes


@dataclass(frozen=True, slots=True)
class Commit:
    """Hold what one transaction writes: rows old.size … new.size−1, and the new state."""

    old: LogState
    new: LogState
    rows: tuple[Placed, ...]


@dataclass(frozen=True, slots=True)
class Logged:
    """Hold what the Store knows of a committed statement, without its bytes."""

    index: int
    digest: str
    issuer: str
    credential_id: str
    kind: str
    entry: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """Hold the proof that a statement is in the log.

    `checkpoint` is a note of size `size`; `proof` leads from the leaf of `entry` at `index` to its
    root. `created` is False if the same bytes had been admitted before: the index is then the
    first one, under a checkpoint that may be newer.
    """

    index: int
    digest: str
    entry: bytes
    checkpoint: bytes
    size: int
    proof: tuple[bytes, ...]
    created: bool


class Store(Protocol):
    """Keep statements, entries, index rows and the log's size and root, in one database.

    Durability: when `commit` returns, its rows survive the loss of power.
    Consistency: a reader sees a commit whole or not at all, and sees it at once after `commit`
    returned. Indices have no gaps; `state().size` is the number of entries.
    Concurrency: every method may be called from any thread; `commit` from one at a time in this
    process, and another process may try at the same moment (one of the two gets LostRace).
    Retries: the caller never repeats a `commit` blindly; it reads `state()` first.
    """

    def state(self) -> LogState:
        """Return the committed state; an empty log has size 0 and the root SHA-256("")."""
        ...

    def commit(self, batch: Commit) -> None:
        """Write the batch in one transaction, guarded by `batch.old`.

        Raises LostRace if the committed state is not `batch.old`, AlreadyTaken if a digest or
        (issuer, credential_id) is in the log; both leave nothing behind. OSError with ENOSPC says
        that nothing was kept because the disk is full. Any other exception leaves the outcome
        open, and the caller finds it by `state()`.
        """
        ...

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the entry bytes of indices start … stop−1, in order, without loading them all."""
        ...

    def leaf_hashes(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the leaf hashes (32 bytes) of indices start … stop−1, in order, streaming."""
        ...

    def statements(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the exact statement bytes of indices start … stop−1, in order, streaming."""
        ...

    def statement(self, digest: str) -> bytes | None:
        """Return the exact bytes with this digest."""
        ...

    def find(self, digest: str) -> Logged | None:
        """Return the committed statement with this digest."""
        ...

    def find_id(self, issuer: str, credential_id: str) -> Logged | None:
        """Return the committed statement of this issuer with this credential id."""
        ...

    def find_taken(self, batch: Sequence[Pending]) -> tuple[Logged | None, ...]:
        """Return, for each pending, the committed one with its digest, else with its issuer and id.

        A batch has up to 256 members; one or two queries should answer for all of them.
        """
        ...

    def heads(self, names: Collection[str]) -> Mapping[str, str]:
        """Return the values of those of the named heads that have one."""
        ...

    def key_events(self, did: str) -> Sequence[tuple[int, bytes]]:
        """Return the key events of an issuer in log order: index and exact bytes."""
        ...

    def did_witness(self, did: str) -> bytes | None:
        """Return the newest did-witness.json of a did:webvh, if it has one."""
        ...

    def keep_did_witness(self, did: str, proofs: bytes) -> None:
        """Keep the newest did-witness.json of a did:webvh, durably."""
        ...

    def has_issuer(self, did: str) -> bool:
        """Tell whether any entry is by this issuer."""
        ...

    def registrations(self, did: str) -> Sequence[tuple[int, bytes]]:
        """Return the registrations of an issuer in log order: index and exact bytes."""
        ...

    def status_statements(self, target: str) -> Sequence[tuple[int, bytes]]:
        """Return the status statements for a target in log order: index and exact bytes."""
        ...

    def said_about(self, target: str) -> Sequence[tuple[int, bytes, bytes]]:
        """Return what status statements and measures say of a target, in log order.

        Each as index, entry bytes and exact bytes; all statements of both kinds are there, also
        replies to observations.
        """
        ...


class TileStore(Protocol):
    """Keep the public files of the log. Paths are relative, as in C2SP tlog-tiles (`tile/0/000`).

    Durability: when `write` or `publish_checkpoint` returns, content and name survive the loss of
    power. A reader sees a file whole or not at all, also while it is written again.
    Concurrency: one writer at a time in this process; readers at any time, in any process. Two
    processes that write the same tile write the same bytes, so their order does not matter.
    Retries: each method may be repeated after any failure; the same call gives the same end.
    Errors: OSError, after which any part of the files of that call may have been written.
    """

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, or None if there is none."""
        ...

    def write(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Write files in this order, making all of them durable before returning."""
        ...

    def drop_partials(self, path: str) -> None:
        """Remove the partial tiles of the full tile `path`; it is no error if there are none.

        Called only when the full tile is durable. May be lost in a crash: partials do no harm.
        """
        ...

    def checkpoint(self) -> bytes | None:
        """Return the published checkpoint note, or None before the first."""
        ...

    def publish_checkpoint(self, note: bytes, size: int) -> None:
        """Publish a checkpoint of this size, under a lock that holds between processes.

        Only ever larger: at the same size the published one stays; raises LostRace if a larger
        one is published.
        """
        ...


class Signer(Protocol):
    """Hold the log's key. May be called from any thread."""

    @property
    def name(self) -> str:
        """The key's name, which is the log's origin."""
        ...

    @property
    def vkey(self) -> str:
        """The verifier key text that readers pin (C2SP signed-note)."""
        ...

    def sign(self, text: bytes) -> bytes:
        """Return the note: the text, an empty line, and the signature line."""
        ...


class Clock(Protocol):
    """Tell the time."""

    def now(self) -> datetime:
        """Return the time with a time zone; it may step back (the sequencer allows for it)."""
        ...
