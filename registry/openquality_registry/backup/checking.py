"""Check a backup: recompute everything in it, from the statements up to the signed root.

(1) files         each has the digest of the manifest
(2) rows          as many as the manifest says
(3) entries       their leaf hashes, and each statement's digest is the one of its entry
(4) the root      of all entries is the manifest's and the database's
(5) the checkpoint  signed by the log's key, and its root follows from the entries
"""

from base64 import b64decode
from collections.abc import Callable, Collection, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

from openquality_registry.backup.form import (
    CHECKPOINT,
    CONFIG,
    BadBackup,
    Manifest,
    TableFile,
    digest_of,
    load,
    rows_of,
)
from openquality_validator import documents
from openquality_validator.entry import Entry, digest
from openquality_validator.errors import InvalidInput, MalformedDocument
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.growth import Edge, plan
from openquality_validator.tlog.merkle import leaf_hash
from openquality_validator.tlog.note import VerifierKey

Progress = Callable[[int], None]
LOG_TABLES = frozenset(("entries", "statements"))
WHOLE = -1
_CHUNK = 1_024


def check(path: Path, *, progress: Progress = lambda _: None) -> Manifest:
    """Check a backup and return its manifest. Raises BadBackup with the first thing wrong."""
    manifest = load(path)
    # (1) Files.
    _files(path, manifest)
    published = _checkpoint(path, manifest)
    # (2) Rows of the tables that say nothing of the log itself.
    named = {table.form.name: table for table in manifest.tables}
    for table in manifest.tables:
        if table.form.name not in LOG_TABLES:
            _count(path, table, progress)
    # (3) Entries.
    if not named.keys() >= LOG_TABLES:
        raise BadBackup(path, "lacks the tables of the log")
    entries = _entries(path, named["entries"], named["statements"], progress)
    try:
        roots = _roots(entries, {published.size, manifest.state.size})
    except (ValueError, TypeError) as error:
        raise BadBackup(path, f"has rows of the log that cannot be read ({error})") from None
    # (4) The root.
    if not roots.get(manifest.state.size) == roots[WHOLE] == manifest.state.root:
        raise BadBackup(path, "holds entries that do not give its root")
    # (5) The checkpoint.
    if roots.get(published.size) != published.root:
        raise BadBackup(path, "holds a checkpoint that does not follow from its entries")
    return manifest


def _files(path: Path, manifest: Manifest) -> None:
    for name, expected in manifest.digests.items():
        if ".." in Path(name).parts or not (path / name).is_file():
            raise BadBackup(path, f"lacks {name}")
        if digest_of(path / name) != expected:
            raise BadBackup(path, f"has another {name} than its manifest names")
    for name in (CONFIG, CHECKPOINT, *(table.file for table in manifest.tables)):
        if name not in manifest.digests:
            raise BadBackup(path, f"has no digest of {name}")
    try:
        config = documents.parse_object((path / CONFIG).read_bytes()).value
    except MalformedDocument as error:
        raise BadBackup(path, f"has an unreadable {CONFIG} ({error.message})") from None
    if (config.get("origin"), config.get("vkey")) != (manifest.origin, manifest.vkey):
        raise BadBackup(path, f"has the {CONFIG} of another log")


def _roots(entries: Iterator[bytes], sizes: Collection[int]) -> dict[int, bytes]:
    """Return the root of the tree of each of these sizes, and of the whole one under -1."""
    edge = Edge()
    roots = {0: edge.root}
    chunk: list[bytes] = []

    def grow() -> None:
        nonlocal edge
        edge = plan(edge, chunk).edge
        chunk.clear()

    for entry in entries:
        chunk.append(entry)
        size = edge.size + len(chunk)
        if len(chunk) == _CHUNK or size in sizes:
            grow()
        if size in sizes:
            roots[size] = edge.root
    grow()
    roots[WHOLE] = edge.root
    return roots


def _checkpoint(path: Path, manifest: Manifest) -> Checkpoint:
    try:
        key = VerifierKey.from_text(manifest.vkey)
        note = (path / CHECKPOINT).read_bytes()
        signed = checkpoints.verify(note, origin=manifest.origin, keys=[key])
    except (InvalidInput, OSError) as error:
        raise BadBackup(path, f"holds a checkpoint that is not its log's ({error})") from None
    return signed.checkpoint


def _count(path: Path, table: TableFile, progress: Progress) -> None:
    count = 0
    for _ in rows_of(path, table):
        count += 1
        progress(1)
    if count != table.rows:
        raise BadBackup(path, f"has {count} rows in {table.file}, not {table.rows}")


def _entries(
    path: Path, entries: TableFile, statements: TableFile, progress: Progress
) -> Iterator[bytes]:
    """Yield each entry, after its row and its statement's have been checked."""
    pairs = zip_longest(
        _named(path, entries, "log_index", "entry", "leaf_hash"),
        _named(path, statements, "log_index", "statement"),
    )
    for index, (row, said) in enumerate(pairs):
        if row is None or said is None or row["log_index"] != index or said["log_index"] != index:
            raise BadBackup(path, f"lacks the entry {index}, or its statement")
        try:
            entry = Entry.from_bytes(row["entry"])
        except InvalidInput as error:
            raise BadBackup(path, f"has no entry {index}: {error}") from None
        if leaf_hash(row["entry"]) != row["leaf_hash"]:
            raise BadBackup(path, f"has another leaf hash than that of the entry {index}")
        if digest(said["statement"]) != entry.digest:
            raise BadBackup(path, f"has another statement than that of the entry {index}")
        progress(2)
        yield row["entry"]


def _named(path: Path, table: TableFile, *columns: str) -> Iterator[dict[str, Any]]:
    places = [(name, table.form.columns.index(name)) for name in columns]
    for row in rows_of(path, table):
        yield {
            name: b64decode(row[at]) if table.form.binary[at] else row[at] for name, at in places
        }
