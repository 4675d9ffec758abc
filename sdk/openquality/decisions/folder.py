"""The folder of a decision log: files that only grow, sealed by a signed checkpoint.

    log.json               {"v": 1, "vkey": "<verifier key>"}; its name is the log's origin
    keys/log.key           signs the checkpoints (0600); never part of an export
    checkpoint             the signed head (C2SP tlog-checkpoint): what it covers has happened
    tile/…                 hash tiles and entry bundles (C2SP tlog-tiles)
    events/<hex>           each event with its disclosures, by the digest of its JWS
    artefacts/<hex>        what events name: queries, answers, bundles, reasoning, policies …
    anchors/<size>-<hex>   {"checkpoint": "<note>", "token": "<base64>"} of a time authority, or
                           {"checkpoint": "<note>", "receipt": "<bundle>"} of a registry, by the
                           file's digest
    .lock                  held by whoever reads (shared) or appends (alone)

Order of an append, each step durable before the next:

    1. artefacts and event   a crash here: files that nothing names, and that harm nobody
    2. tiles                 a crash here: tiles of a size nobody has signed; the next append
                             writes them anew
    3. checkpoint            the rename is the commit; only then anybody is told
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from openquality import home, signing
from openquality.refused import RefusedInput
from openquality.signing import SigningKey
from openquality_validator import documents
from openquality_validator.errors import InvalidInput, OpenQualityError
from openquality_validator.message import message
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.growth import Edge, Plan, plan
from openquality_validator.tlog.note import Note, Signature, VerifierKey
from openquality_validator.tlog.tiles import WIDTH, Tile, decode_entries, entry_tiles, tiles

VERSION = 1
CONFIG, KEY, CHECKPOINT, LOCK = "log.json", "keys/log.key", "checkpoint", ".lock"
EVENTS, ARTEFACTS, ANCHORS = "events", "artefacts", "anchors"


@dataclass(eq=False)
class NoLog(OpenQualityError):
    """There is no decision log in a folder."""

    folder: Path

    def __str__(self) -> str:
        return message(
            "{folder} holds no decision log. Make one: openquality decide init.", folder=self.folder
        )


@dataclass(eq=False)
class InTheWay(RefusedInput):
    """A folder that would hold a new log is not empty."""

    folder: Path

    def __str__(self) -> str:
        return message(
            "{folder} is not empty and is not overwritten. Name a new folder.", folder=self.folder
        )


@dataclass(eq=False)
class Damaged(OpenQualityError):
    """The files of a log contradict each other: nothing more is signed."""

    folder: Path
    what: str

    def __str__(self) -> str:
        return message(
            "The decision log in {folder} is damaged: {what}. Nothing was changed; run "
            "`openquality decide check`, and restore the folder from a backup.",
            folder=self.folder,
            what=self.what,
        )


@dataclass(frozen=True, slots=True)
class Head:
    """Hold the entries that the checkpoint covers, and the tree's edge; the root was compared."""

    entries: tuple[bytes, ...]
    edge: Edge
    note: bytes


class Folder:
    """Read and append to the files of one log. Any number of processes may, in turn."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not (path / CONFIG).is_file():
            raise NoLog(path)
        try:
            data = (path / CONFIG).read_bytes()
            value = documents.parse_object(data).value
            self.key = VerifierKey.from_text(str(value.get("vkey")))
        except InvalidInput as error:
            raise Damaged(
                path, message("{config} does not read ({error})", config=CONFIG, error=error)
            ) from None
        if documents.canonical({"v": VERSION, "vkey": self.key.to_text()}) != data:
            raise Damaged(path, message("{config} is not the one that was written", config=CONFIG))

    @classmethod
    def make(cls, path: Path, *, origin: str) -> "Folder":
        """Make an empty log of this origin. Raises InTheWay, LogFormatError (L005), OSError."""
        if path.exists() and any(path.iterdir()):
            raise InTheWay(path)
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        (path / KEY).parent.mkdir(mode=0o700)
        key = signing.generate()
        verifier = VerifierKey.ed25519(origin, key.public.raw)
        signing.write_key(path / KEY, key)
        home.sync(path / "keys")
        # Last, so that a folder with a config is a whole one.
        home.write(path / CONFIG, documents.canonical({"v": VERSION, "vkey": verifier.to_text()}))
        home.sync(path.parent)
        return cls(path)

    @contextmanager
    def locked(self, *, alone: bool) -> Iterator[None]:
        """Hold the log, for reading with others or for appending alone; waits for its turn."""
        handle = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
            yield
        finally:
            os.close(handle)  # gives the lock back too

    def head(self) -> Head:
        """Read what the checkpoint covers. Raises Damaged."""
        note = self.note()
        if note is None:
            return Head((), Edge(), b"")
        try:
            signed = checkpoints.verify(note, origin=self.key.name, keys=[self.key]).checkpoint
            entries = tuple(
                entry
                for tile in entry_tiles(signed.size)
                for entry in decode_entries(self.tile(tile), width=tile.width)
            )
        except InvalidInput as error:
            raise Damaged(self.path, str(error)) from None
        edge = plan(Edge(), entries).edge
        if edge.root != signed.root:
            raise Damaged(self.path, message("its entries do not give the checkpoint's root"))
        return Head(entries, edge, note)

    def note(self) -> bytes | None:
        """Return the checkpoint note, or None before the first entry."""
        with suppress(FileNotFoundError):
            return (self.path / CHECKPOINT).read_bytes()
        return None

    def tile(self, tile: Tile) -> bytes:
        """Read a tile of the current size. Raises Damaged."""
        try:
            return (self.path / tile.path).read_bytes()
        except OSError as error:
            raise Damaged(
                self.path,
                message(
                    "{path} cannot be read ({strerror})", path=tile.path, strerror=error.strerror
                ),
            ) from None

    def append(
        self, head: Head, entry: bytes, *, event: tuple[str, bytes], files: Mapping[str, bytes]
    ) -> Head:
        """Append one event, durably; hold the log alone meanwhile, and read `head` since then.

        Raises OSError: nothing has happened unless the checkpoint stands.
        """
        # 1. What the entry names.
        for digest, data in files.items():
            self.keep(digest, data)
        self._write(self._place(EVENTS, event[0]), event[1])
        # 2. The tiles.
        step = plan(head.edge, [entry])
        for tile, data in step.tiles:
            self._write(self.path / tile.path, data)
        # 3. The commit.
        note = self._sign(step)
        self._write(self.path / CHECKPOINT, note)
        self._tidy(step)
        return Head((*head.entries, entry), step.edge, note)

    def event(self, digest: str) -> bytes | None:
        """Return the bytes of an event, or None."""
        return _read(self._place(EVENTS, digest))

    def artefact(self, digest: str) -> bytes | None:
        """Return an artefact, or None."""
        return _read(self._place(ARTEFACTS, digest))

    def keep(self, digest: str, data: bytes) -> None:
        """Write an artefact that is not there yet, durably."""
        place = self._place(ARTEFACTS, digest)
        if _read(place) != data:
            self._write(place, data)

    def delete(self, digest: str) -> bool:
        """Delete an artefact; tell whether it was there."""
        place = self._place(ARTEFACTS, digest)
        with suppress(FileNotFoundError):
            place.unlink()
            home.sync(place.parent)
            return True
        return False

    def keep_anchor(self, size: int, data: bytes) -> Path:
        """Write an anchor over the checkpoint of a size, durably; return where."""
        place = self.path / ANCHORS / f"{size}-{sha256(data).hexdigest()}"
        self._write(place, data)
        return place

    def signer(self) -> SigningKey:
        """Return the log's own key. Raises Damaged, IdentityError."""
        return self._load()

    def anchors(self) -> tuple[tuple[str, bytes], ...]:
        """Return the anchors, each with the digest that names it; those of smaller sizes first."""
        # Names with a dot before are what a crash left of a file that was being written.
        found = list((self.path / ANCHORS).glob("[0-9]*-*"))
        found.sort(key=lambda place: (int(place.name.partition("-")[0]), place.name))
        return tuple(
            (f"sha256:{place.name.partition('-')[2]}", place.read_bytes()) for place in found
        )

    def expected(self, head: Head) -> Iterator[tuple[str, bytes]]:
        """Yield the path and content of every tile that the entries give."""
        made: dict[Tile, bytes] = dict(plan(Edge(), head.entries).tiles)
        for tile in (*tiles(len(head.entries)), *entry_tiles(len(head.entries))):
            yield tile.path, made[tile]

    def _place(self, kind: str, digest: str) -> Path:
        return self.path / kind / digest.removeprefix("sha256:")

    def _sign(self, step: Plan) -> bytes:
        key = self._load()
        text = Checkpoint(self.key.name, step.size, step.root).to_text()
        signature = Signature(self.key.name, self.key.key_id, key.sign(text.encode()))
        return Note(text, (signature,)).to_bytes()

    def _load(self) -> SigningKey:
        key = signing.read_key(self.path / KEY)
        if key.public.raw != self.key.public:
            raise Damaged(
                self.path,
                message("{key} is not the key that {config} names", key=KEY, config=CONFIG),
            )
        return key

    def _tidy(self, step: Plan) -> None:
        """Remove the partial tiles of smaller sizes; readers hold the lock, and need none."""
        for tile, _ in step.tiles:
            folder = self.path / f"{tile.full.path}.p"
            for old in folder.glob("*"):
                if tile.width == WIDTH or old.name != str(tile.width):
                    old.unlink(missing_ok=True)

    def _write(self, place: Path, data: bytes) -> None:
        for made in _make(place.parent):
            home.sync(made)
        home.write(place, data)


def _make(folder: Path) -> Iterator[Path]:
    """Make a folder and those above it; yield each that got a new member."""
    if not folder.is_dir():
        yield from _make(folder.parent)
        folder.mkdir(exist_ok=True)
        yield folder.parent


def _read(place: Path) -> bytes | None:
    with suppress(FileNotFoundError):
        return place.read_bytes()
    return None
