"""Export a decision log, check it, and reconstruct its decisions."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from openquality.decisions.folder import Folder, Head
from openquality.decisions.log import DecisionLog, UnknownTransaction
from openquality_validator import documents
from openquality_validator.decision import checking
from openquality_validator.decision import event as events
from openquality_validator.decision.checking import Checked
from openquality_validator.decision.export import Export, Line, Stamp
from openquality_validator.decision.measures import Reconstruction
from openquality_validator.decision.replay import Replay, Result, replay
from openquality_validator.decision.transaction import CONTENT
from openquality_validator.entry import Entry
from openquality_validator.envelope import digest
from openquality_validator.errors import InvalidInput
from openquality_validator.findings import Finding, Report, Severity
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog import merkle
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.encoding import base64_bytes

if TYPE_CHECKING:
    from openquality_validator.timestamps import Authority

PASSED, REFUSED, UNKNOWN = 0, 1, 3
_RANKING = {"inputs", "alternatives", "objectives"}


@dataclass(frozen=True, slots=True)
class Reconstructed:
    """Hold the reconstruction of one revision of a decision, and how long it took."""

    transaction: str
    basis: str
    replay: Replay
    seconds: float


@dataclass(frozen=True, slots=True)
class Audit:
    """Hold what a check proved, and the reconstructions."""

    checked: Checked
    report: Report
    reconstructed: tuple[Reconstructed, ...]

    @property
    def exit_code(self) -> int:
        """1 if anything is wrong, 3 if anything could not be known, else 0."""
        if self.report.errors:
            return REFUSED
        unknown = any(each.replay.result is Result.UNKNOWN for each in self.reconstructed)
        return UNKNOWN if unknown or not self.checked.is_complete else PASSED

    def measured(self) -> tuple[Reconstruction, ...]:
        """Return the reconstructions as the report counts them."""
        return tuple(
            Reconstruction(each.transaction, each.replay.result.value, each.seconds)
            for each in self.reconstructed
        )


def export(
    log: DecisionLog, *, transaction: str | None = None, withhold: Iterable[str] = ()
) -> Export:
    """Make an export of one decision, or of the whole log.

    That of one decision holds the events without a decision too: policies, tests, deletions.
    `withhold` names members that are not shown in it (`terms`, `reasoning` …), with the files that
    only they name. Raises UnknownTransaction, Damaged.
    """
    hidden = tuple(withhold)
    with log.folder.locked(alone=False):
        head = log.folder.head()
        return _export(log.folder, head, transaction, hidden)


def audit(
    source: DecisionLog | Export,
    *,
    now: datetime | None = None,
    pinned: str | None = None,
    seen: Checkpoint | None = None,
    authorities: Sequence["Authority"] = (),
    reconstruct: bool = True,
) -> Audit:
    """Check a log's folder or an export, and replay the query of every proposal in it.

    `pinned` is the log's verifier key, and `seen` an earlier checkpoint of it, as far as the
    auditor has them from elsewhere. Of a folder its tiles are compared too. Raises Damaged if a
    folder's files contradict each other so that nothing can be read.
    """
    moment = now or datetime.now(UTC)
    found: list[Finding] = []
    if isinstance(source, DecisionLog):
        with source.folder.locked(alone=False):
            head = source.folder.head()
            brought = _export(source.folder, head, None, (), findings=found)
            found.extend(_tiles(source.folder, head))
    else:
        brought = source
    checked = checking.check(brought, now=moment, pinned=pinned, seen=seen, authorities=authorities)
    if isinstance(source, DecisionLog):
        found.extend(_withheld(checked))
    done = tuple(_reconstructed(checked, brought)) if reconstruct else ()
    found.extend(
        Finding(
            each.code,
            each.severity,
            f"/transactions/{one.transaction}{each.pointer}",
            each.message,
            each.hint,
        )
        for one in done
        for each in one.replay.findings
    )
    return Audit(checked, Report.of((*checked.report.findings, *found)), done)


def _export(
    folder: Folder,
    head: Head,
    transaction: str | None,
    hidden: Sequence[str],
    *,
    findings: list[Finding] | None = None,
) -> Export:
    leaves = merkle.leaf_hashes(head.entries)
    read = _reader(leaves)
    lines: list[Line] = []
    files: dict[str, bytes] = {}
    wanted = None if transaction is None else checking.SUBJECT + transaction
    shown = False
    for index, data in enumerate(head.entries):
        entry = Entry.from_bytes(data)
        if wanted is not None and entry.subjects and wanted not in entry.subjects:
            continue
        shown = shown or wanted in entry.subjects
        stored = folder.event(entry.digest)
        if stored is None:
            _add(findings, f"/events/{index}", f"The file of the event {entry.digest} is missing.")
            continue
        try:
            event = events.read(stored)
            if hidden and event.transaction is not None:
                event = events.withhold(event, hidden)
        except InvalidInput as error:
            _add(findings, f"/events/{index}", f"The file of the event does not read: {error}")
            continue
        proof = merkle.inclusion_proof(index, len(leaves), read)
        lines.append(Line(event.data, data, index, proof))
        for name in (*events.artefacts(event), *events.lasting(event)):
            content = folder.artefact(name)
            if content is not None and digest(content) != name:
                _add(findings, f"/events/{index}", f"The artefact {name} was altered.", "H041")
            elif content is not None:
                files[name] = content
    if transaction is not None and not shown:
        raise UnknownTransaction(transaction)
    return Export(
        vkey=folder.key.to_text(),
        checkpoint=head.note,
        lines=tuple(lines),
        artefacts=files,
        stamps=tuple(_stamps(folder, len(leaves), read)),
    )


def _stamps(folder: Folder, size: int, read: merkle.HashReader) -> Iterable[Stamp]:
    for data in folder.anchors():
        value = documents.parse_object(data).value
        note = str(value["checkpoint"]).encode()
        earlier = checkpoints.parse(note)[0].size
        proof = merkle.consistency_proof(earlier, size, read)
        yield Stamp(note, proof, base64_bytes(str(value["token"])) or b"")


def _tiles(folder: Folder, head: Head) -> Iterable[Finding]:
    for path, expected in folder.expected(head):
        place = folder.path / path
        if not place.is_file() or place.read_bytes() != expected:
            yield _folder_finding(f"/{path}", "The tile is not what the entries give.")


def _withheld(checked: Checked) -> Iterable[Finding]:
    for placed in checked.placed:
        if placed.event.withheld:
            yield Finding(
                "H048",
                Severity.ERROR,
                f"/events/{placed.index}",
                f"{placed.event.withheld} member(s) of the event are not there.",
                "Restore the event's file from a backup.",
            )


def _reconstructed(checked: Checked, brought: Export) -> Iterable[Reconstructed]:
    """Replay each revision whose inputs or ranking are its own, as of when its inputs came in."""
    contents: dict[str, dict[str, Any]] = {}
    moments: dict[str, datetime] = {}
    for placed in checked.placed:
        event = placed.event
        name = event.transaction or ""
        if event.type not in {"Proposal", "Amendment"} or event.refused:
            continue
        changed = {each: event.get(each) for each in CONTENT if event.get(each) is not None}
        before = {} if event.type == "Proposal" or event.withheld else contents.get(name, {})
        content = contents[name] = {**before, **changed}
        if "inputs" in changed or name not in moments:
            moments[name] = event.time
        if event.type == "Amendment" and not _RANKING & changed.keys():
            continue
        start = time.perf_counter()
        done = replay(content, brought.artefacts, moment=moments[name])
        yield Reconstructed(name, event.digest, done, time.perf_counter() - start)


def _reader(leaves: Sequence[bytes]) -> merkle.HashReader:
    """Make a reader of the nodes of a tree whose leaves are all at hand."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        row = levels[-1]
        pairs = zip(row[::2], row[1::2], strict=False)
        levels.append([merkle.node_hash(left, right) for left, right in pairs])
    return lambda nodes: [levels[level][index] for level, index in nodes]


def _add(findings: list[Finding] | None, pointer: str, message: str, code: str = "H049") -> None:
    if findings is not None:
        finding = _folder_finding(pointer, message)
        findings.append(
            Finding(code, finding.severity, finding.pointer, finding.message, finding.hint)
        )


def _folder_finding(pointer: str, message: str) -> Finding:
    return Finding("H049", Severity.ERROR, pointer, message, "Restore the folder from a backup.")
