"""Check a decision log or an export of it, and reconstruct its decisions."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from openquality.decisions.exporting import lost_file, make
from openquality.decisions.folder import Folder, Head
from openquality.decisions.log import DecisionLog
from openquality_validator.decision import checking
from openquality_validator.decision.checking import Checked
from openquality_validator.decision.export import Export
from openquality_validator.decision.measures import Reconstruction
from openquality_validator.decision.replay import Replay, Result, replay
from openquality_validator.decision.transaction import CONTENT
from openquality_validator.findings import Finding, Report, Severity
from openquality_validator.message import message
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.trust import Trust

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


def audit(
    source: DecisionLog | Export,
    *,
    now: datetime | None = None,
    pinned: str | None = None,
    seen: Checkpoint | None = None,
    authorities: Sequence["Authority"] = (),
    trust: Trust | None = None,
    reconstruct: bool = True,
) -> Audit:
    """Check a log's folder or an export, and replay the query of every proposal in it.

    `pinned` is the log's verifier key, and `seen` an earlier checkpoint of it, as far as the
    auditor has them from elsewhere; stamps of `authorities` count, and receipts of the logs that
    `trust` names. Of a folder its tiles are compared too. Raises Damaged if a folder's files
    contradict each other so that nothing can be read.
    """
    moment = now or datetime.now(UTC)
    found: list[Finding] = []
    if isinstance(source, DecisionLog):
        with source.folder.locked(alone=False):
            head = source.folder.head()
            brought, lost = make(source.folder, head)
            found.extend((*lost, *_tiles(source.folder, head)))
    else:
        brought = source
    checked = checking.check(
        brought, now=moment, pinned=pinned, seen=seen, authorities=authorities, trust=trust
    )
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


def _tiles(folder: Folder, head: Head) -> Iterable[Finding]:
    for path, expected in folder.expected(head):
        place = folder.path / path
        if not place.is_file() or place.read_bytes() != expected:
            yield lost_file(f"/{path}", message("The tile is not what the entries give."))


def _withheld(checked: Checked) -> Iterable[Finding]:
    for placed in checked.placed:
        if placed.event.withheld:
            yield Finding(
                "H048",
                Severity.ERROR,
                f"/events/{placed.index}",
                message(
                    "{withheld} member(s) of the event are not there.",
                    withheld=placed.event.withheld,
                ),
                message("Restore the event's file from a backup."),
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
