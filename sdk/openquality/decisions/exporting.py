"""Make the export of a decision log: events with their proofs, and the files that they name."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from openquality.decisions.folder import Folder, Head
from openquality.decisions.log import DecisionLog, UnknownTransaction
from openquality_validator import documents
from openquality_validator.decision import checking
from openquality_validator.decision import event as events
from openquality_validator.decision.event import Event
from openquality_validator.decision.export import Export, Line, Stamp
from openquality_validator.entry import Entry
from openquality_validator.envelope import digest
from openquality_validator.errors import InvalidInput
from openquality_validator.findings import Finding, Severity
from openquality_validator.message import message
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog import merkle
from openquality_validator.tlog.encoding import base64_bytes


def export(
    log: DecisionLog, *, transaction: str | None = None, withhold: Iterable[str] = ()
) -> Export:
    """Make an export of one decision, or of the whole log.

    That of one decision holds the events without a decision too: policies, tests, deletions.
    `withhold` names members that are not shown in it (`terms`, `reasoning` …), with the files that
    only they name. What of the log is lost is not in the export: `audit` of the log says it. Raises
    UnknownTransaction, Damaged.
    """
    with log.folder.locked(alone=False):
        head = log.folder.head()
        return make(log.folder, head, transaction=transaction, hidden=tuple(withhold))[0]


def make(
    folder: Folder, head: Head, *, transaction: str | None = None, hidden: Sequence[str] = ()
) -> tuple[Export, tuple[Finding, ...]]:
    """Make an export while the folder is held, and say which files are lost or altered."""
    making = _Making(folder, hidden)
    leaves = merkle.leaf_hashes(head.entries)
    read = _reader(leaves)
    wanted = None if transaction is None else checking.SUBJECT + transaction
    lines: list[Line] = []
    known = transaction is None
    for index, data in enumerate(head.entries):
        entry = Entry.from_bytes(data)
        known = known or wanted in entry.subjects
        if wanted is None or not entry.subjects or wanted in entry.subjects:
            event = making.take(index, entry)
            if event is not None:
                proof = merkle.inclusion_proof(index, len(leaves), read)
                lines.append(Line(event.data, data, index, proof))
    if not known:
        raise UnknownTransaction(str(transaction))
    made = Export(
        vkey=folder.key.to_text(),
        checkpoint=head.note,
        lines=tuple(lines),
        artefacts=_Files(folder, frozenset(making.files)),
        stamps=tuple(making.stamps(len(leaves), read)),
    )
    return made, tuple(making.lost)


def lost_file(pointer: str, said: str, *, code: str = "H049") -> Finding:
    """Say that a file of a log's folder is lost or altered."""
    hint = message("Restore the folder from a backup.")
    return Finding(code, Severity.ERROR, pointer, said, hint)


@dataclass(slots=True)
class _Making:
    """Collect the files that events name, and what is lost."""

    folder: Folder
    hidden: Sequence[str]
    files: set[str] = field(default_factory=set)
    lost: list[Finding] = field(default_factory=list)

    def take(self, index: int, entry: Entry) -> Event | None:
        """Read the event of an entry, as it is to be shown, with its files."""
        stored = self.folder.event(entry.digest)
        if stored is None:
            self._note(
                index, message("The file of the event {digest} is missing.", digest=entry.digest)
            )
            return None
        try:
            event = events.read(stored)
            if self.hidden and event.transaction is not None:
                event = events.withhold(event, self.hidden)
        except InvalidInput as error:
            self._note(index, message("The file of the event does not read: {error}", error=error))
            return None
        for name in {*events.artefacts(event), *events.lasting(event)} - self.files:
            content = self.folder.artefact(name)
            if content is not None and digest(content) != name:
                self._note(
                    index, message("The artefact {name} was altered.", name=name), code="H041"
                )
            elif content is not None:
                self.files.add(name)
        return event

    def stamps(self, size: int, read: merkle.HashReader) -> Iterator[Stamp]:
        """Yield the stamps, each with the proof that the log continues what it is over."""
        for number, (name, data) in enumerate(self.folder.anchors()):
            try:
                value = documents.parse_object(data).value
                stamp = _stamp(value, size, read)
                # By its digest: a verifier does not read every byte of a token (RFC 5652).
                if stamp is not None and digest(data) == name:
                    yield stamp
                    continue
                said = message("The anchor is not the one that was written.")
            except InvalidInput as error:
                said = message("The anchor does not read: {error}", error=error)
            self.lost.append(lost_file(f"/anchors/{number}", said))

    def _note(self, index: int, message: str, *, code: str = "H049") -> None:
        self.lost.append(lost_file(f"/events/{index}", message, code=code))


@dataclass(frozen=True, slots=True, eq=False)
class _Files(Mapping[str, bytes]):
    """Read a folder's artefacts one by one: those of a whole log may exceed memory."""

    folder: Folder
    names: frozenset[str]

    def __getitem__(self, name: str) -> bytes:
        data = self.folder.artefact(name) if name in self.names else None
        if data is None:
            raise KeyError(name)
        return data

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.names))

    def __len__(self) -> int:
        return len(self.names)


def _stamp(value: Mapping[str, Any], size: int, read: merkle.HashReader) -> Stamp | None:
    """Read an anchor, with the proof that the log of this size continues it; None if it is none."""
    said: dict[str, bytes | None]
    match value:
        case {"checkpoint": str(note), "token": str(token), **rest} if not rest:
            said = {"token": base64_bytes(token)}
        case {"checkpoint": str(note), "receipt": str(receipt), **rest} if not rest:
            said = {"receipt": receipt.encode()}
        case _:
            return None
    earlier = checkpoints.parse(note.encode())[0].size
    return Stamp(note.encode(), merkle.consistency_proof(earlier, size, read), **said)


def _reader(leaves: Sequence[bytes]) -> merkle.HashReader:
    """Make a reader of the nodes of a tree whose leaves are all at hand."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        row = levels[-1]
        pairs = zip(row[::2], row[1::2], strict=False)
        levels.append([merkle.node_hash(left, right) for left, right in pairs])
    return lambda nodes: [levels[level][index] for level, index in nodes]
