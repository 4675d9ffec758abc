"""Check a decision log, whole or in part, from what is brought alone.

(1) the checkpoint     signed by the log's key, once; that key is the pinned one, if there is one
(2) each entry         names the event, in the form of docs/spec/entry.md; the times of the
                       log do not go back; it stands under the checkpoint's root
(3) each event         well-formed, signed by its issuer, and before the log took it
(4) the whole          no index is missing: else nothing is said about what is not shown
(5) the rules          the course of every decision, the policies, the deletions
(6) the files          those that events name are there, or were deleted after their time
(7) what is due        statements on incidents, the yearly test
(8) the stamps         tokens of time authorities and receipts of registries, over earlier
                       checkpoints that the log continues
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from openquality_validator import documents
from openquality_validator.decision import book as books
from openquality_validator.decision import event as events
from openquality_validator.decision import receipt as receipts
from openquality_validator.decision.book import Book, Placed
from openquality_validator.decision.event import Event
from openquality_validator.decision.export import Export, Line, Stamp
from openquality_validator.decision.policy import Policy
from openquality_validator.entry import VERSION, Entry, timestamp
from openquality_validator.errors import InvalidInput
from openquality_validator.findings import Finding, Report, Severity
from openquality_validator.message import message
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog import merkle
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.note import Note, VerifierKey
from openquality_validator.trust import Trust

if TYPE_CHECKING:
    from openquality_validator.timestamps import Authority

KIND: Final = "decision"
SUBJECT: Final = "transaction:"
_NOT_BELIEVED: Final = {"N004", "H062"}  # an authority or a registry that the auditor did not name
SKEW: Final = timedelta(minutes=5)  # between the clock that signs and the one of the log

CODES: Final[Mapping[str, str]] = {
    "H040": "An export has the form of docs/spec/decision.md.",
    "H041": "A file has the digest by which it is named.",
    "H042": "The log's checkpoint is signed by its own key, and by no other.",
    "H043": "A log entry is that of the event beside it, and stands at its index in the log.",
    "H044": "The times of the log do not go back, and an event is signed before the log takes it.",
    "H045": "A part of the log is not shown: what it holds is unknown.",
    "H046": "A file that an event names is there, unless it was deleted after its time of keeping.",
    "H059": "The keys of an issuer do not go back to older ones than it signed with before.",
    "H060": "The log continues the one that you saw before.",
    "H048": "In the buyer's own log nothing is withheld.",
    "H049": "The files of a log's folder are what its entries give.",
    "H047": "A time-stamp token is over an earlier checkpoint of the same log.",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """Hold what a check found, and what the log says as far as it was proved.

    `is_complete` says that every entry of the log was there; `existed_by` gives for each stamped
    size the time, and the authority or the origin of the registry's log that says so.
    """

    report: Report
    origin: str
    size: int
    is_complete: bool
    book: Book
    placed: tuple[Placed, ...]
    existed_by: tuple[tuple[int, datetime, str], ...] = ()


def check(
    export: Export,
    *,
    now: datetime,
    pinned: str | None = None,
    seen: Checkpoint | None = None,
    authorities: Sequence["Authority"] = (),
    trust: Trust | None = None,
) -> Checked:
    """Check what is brought; whatever it is, answer with findings.

    `pinned` is the log's verifier key as the auditor knows it; without it the export is held to the
    key that it names itself. `seen` is a checkpoint that the auditor kept from an earlier export.
    `authorities` are the time authorities that the auditor believes, and `trust` names the logs of
    registries whose receipts count.
    """
    run = _Check(export, now)
    head = run.head(pinned)
    placed = tuple(run.events(head)) if head else ()
    policies = run.policies(placed)
    book, broken = books.fold(placed, policies)
    run.note(
        Finding(each.code, each.severity, f"/events/{index}{each.pointer}", each.message, each.hint)
        for index, each in broken
    )
    run.note(run.files(placed, book))
    run.note(books.obligations(book, now))
    stamped = tuple(run.stamps(head, authorities, trust or Trust())) if head else ()
    complete = head is not None and run.is_complete(placed, head)
    if head is not None and seen is not None:
        run.continues(head, seen)
    return Checked(
        report=Report.of(run.found),
        origin=head.origin if head else "",
        size=head.size if head else 0,
        is_complete=complete,
        book=book,
        placed=placed,
        existed_by=stamped,
    )


def subjects(event: Event) -> tuple[str, ...]:
    """Return the subject keys of an event's log entry."""
    return () if event.transaction is None else (SUBJECT + event.transaction,)


def entry(event: Event, admitted: datetime) -> Entry:
    """Make the log entry of an event."""
    return Entry(timestamp(admitted), event.digest, event.issuer, KIND, subjects(event))


def endings(transaction: str) -> tuple[bytes, bytes]:
    """Return how the log entries of one decision end in RFC 8785 form, and those of none."""
    of_one, of_none = (
        documents.canonical({"subjects": each, "v": VERSION}).replace(b"{", b",", 1)
        for each in ([SUBJECT + transaction], [])
    )
    return of_one, of_none


class _Check:
    """Collect findings while an export is checked."""

    def __init__(self, export: Export, now: datetime) -> None:
        self._export = export
        self._now = now
        self._keys: dict[str, int] = {}  # how long the DID log of each issuer was so far
        self.found: list[Finding] = []

    def note(self, findings: Iterator[Finding]) -> None:
        """Add findings."""
        self.found.extend(findings)

    def head(self, pinned: str | None) -> Checkpoint | None:
        """(1) Prove the checkpoint."""
        try:
            key = VerifierKey.from_text(self._export.vkey)
            if pinned is not None and pinned != self._export.vkey:
                self._error(
                    "H042", "/vkey", message("The log's key is not the one that you pinned.")
                )
                return None
            signed = checkpoints.verify(self._export.checkpoint, origin=key.name, keys=[key])
            if len(Note.from_bytes(self._export.checkpoint).signatures) != 1:
                self._error(
                    "H042", "/checkpoint", message("The checkpoint has further signatures.")
                )
        except InvalidInput as error:
            self._error(
                "H042",
                "/checkpoint",
                message("The checkpoint proves nothing: {error}", error=error),
            )
            return None
        return signed.checkpoint

    def events(self, head: Checkpoint) -> Iterator[Placed]:
        """(2) and (3): yield the events that are proved."""
        last, before = "", -1
        for number, line in enumerate(self._export.lines):
            pointer = f"/events/{line.index}"
            if line.index <= before:
                self._error(
                    "H043",
                    pointer,
                    message("The event number {number} is out of order.", number=number),
                )
                continue
            before = line.index
            try:
                event = events.read(line.event)
                logged = self._entry(line, event, head)
                if logged.admitted_at < last:
                    self._error(
                        "H044", pointer, message("The log went back from {last}.", last=last)
                    )
                last = max(last, logged.admitted_at)
                yield from self._proved(line, event, logged)
            except InvalidInput as error:
                self.found.append(
                    Finding(error.code, Severity.ERROR, pointer, error.message, error.hint)
                )

    def _entry(self, line: Line, event: Event, head: Checkpoint) -> Entry:
        logged = Entry.from_bytes(line.entry)
        merkle.verify_inclusion(
            merkle.leaf_hash(line.entry),
            index=line.index,
            size=head.size,
            proof=line.proof,
            root=head.root,
        )
        expected = Entry(logged.admitted_at, event.digest, event.issuer, KIND, subjects(event))
        if logged != expected:
            self._error(
                "H043", f"/events/{line.index}", message("The log entry is of another event.")
            )
        return logged

    def _proved(self, line: Line, event: Event, logged: Entry) -> Iterator[Placed]:
        pointer = f"/events/{line.index}"
        report = events.check(event)
        for each in report.findings:
            self.found.append(
                Finding(
                    each.code, each.severity, f"{pointer}{each.pointer}", each.message, each.hint
                )
            )
        if not report.valid:
            return
        keys = self._export.artefacts.get(event.get("keys") or "")
        events.verify(event, keys=keys)
        lines = 0 if keys is None else keys.count(b"\n")
        if lines < self._keys.get(event.issuer, 0):
            self._error(
                "H059", pointer, message("The issuer had newer keys already when it signed this.")
            )
            return
        self._keys[event.issuer] = lines
        if event.time > datetime.fromisoformat(logged.admitted_at) + SKEW:
            self._error("H044", pointer, message("The event is later than its place in the log."))
        yield Placed(line.index, event, logged.admitted_at)

    def policies(self, placed: Sequence[Placed]) -> dict[str, Policy]:
        """Read the policies among the files."""
        found = {}
        for each in placed:
            data = self._export.artefacts.get(each.event.get("policy") or "")
            if data is None:
                continue
            try:
                policy = Policy.from_bytes(data)
            except InvalidInput as error:
                pointer = f"/events/{each.index}/policy"
                self._error(
                    "H017", pointer, message("The policy does not read: {error}", error=error)
                )
                continue
            found[policy.digest] = policy
        return found

    def files(self, placed: Sequence[Placed], book: Book) -> Iterator[Finding]:
        """(6) Look for the files that events name."""
        told: set[str] = set()
        for each in placed:
            for name in (*events.artefacts(each.event), *events.lasting(each.event)):
                if name in self._export.artefacts or name in book.purged or name in told:
                    continue
                told.add(name)
                yield Finding(
                    "H046",
                    Severity.ERROR,
                    f"/events/{each.index}",
                    message(
                        "The file {name} is not there, and nothing in the log says that it may "
                        "be gone.",
                        name=name,
                    ),
                    message("Restore it from a backup of the log's folder."),
                )

    def is_complete(self, placed: Sequence[Placed], head: Checkpoint) -> bool:
        """(4) Say whether every entry was there and proved."""
        shown = len(self._export.lines)
        if shown < head.size:
            said = message(
                "{size} of {head_size} entries are not shown.",
                size=head.size - shown,
                head_size=head.size,
            )
            hint = message("Ask for an export of the whole log to know what else there is.")
            self.found.append(Finding("H045", Severity.WARNING, "/events", said, hint))
        return shown == head.size == len(placed)

    def continues(self, head: Checkpoint, seen: Checkpoint) -> None:
        """(9) Compare with what the auditor saw before, where all entries up to there are shown."""
        entries = [line.entry for line in self._export.lines[: seen.size]]
        if seen.origin != head.origin or seen.size > head.size:
            self._error(
                "H060",
                "/checkpoint",
                message(
                    "You saw {seen} with {seen_size} entries; this is {origin} with {size}.",
                    seen=seen.origin,
                    seen_size=seen.size,
                    origin=head.origin,
                    size=head.size,
                ),
            )
        elif len(entries) < seen.size or self._export.lines[seen.size - 1].index != seen.size - 1:
            said = message(
                "Not all of the {size} entries that you saw before are shown.", size=seen.size
            )
            hint = message("Compare with an export of the whole log.")
            self.found.append(Finding("H060", Severity.WARNING, "/events", said, hint))
        elif merkle.root(merkle.leaf_hashes(entries)) != seen.root:
            self._error(
                "H060",
                "/checkpoint",
                message("The first {size} entries are not those that you saw.", size=seen.size),
            )

    def stamps(
        self, head: Checkpoint, authorities: Sequence["Authority"], trust: Trust
    ) -> Iterator[tuple[int, datetime, str]]:
        """(8) Yield what time authorities and registries prove."""
        key = VerifierKey.from_text(self._export.vkey)
        for number, stamp in enumerate(self._export.stamps):
            try:
                earlier, text = _continued(stamp, head, key)
                if stamp.receipt is None:
                    moment, by = _stamped(stamp.token or b"", text, authorities)
                else:
                    moment, by = receipts.prove(
                        stamp.receipt, text=text, key=key, trust=trust, now=self._now
                    )
                yield earlier.size, moment, by
            except InvalidInput as error:
                unknown = error.code in _NOT_BELIEVED
                severity = Severity.WARNING if unknown else Severity.ERROR
                own = "H047" if stamp.receipt is None else "H061"
                code = error.code if error.code in receipts.CODES else own
                self.found.append(
                    Finding(code, severity, f"/anchors/{number}", str(error), error.hint)
                )

    def _error(self, code: str, pointer: str, said: str) -> None:
        hint = message(
            "Take the log or the export from its source again; if it stays so, it was altered."
        )
        self.found.append(Finding(code, Severity.ERROR, pointer, said, hint))


def _continued(stamp: Stamp, head: Checkpoint, key: VerifierKey) -> tuple[Checkpoint, str]:
    """Return the stamped checkpoint and its text, once the log is proved to continue it."""
    signed = checkpoints.verify(stamp.checkpoint, origin=head.origin, keys=[key])
    earlier = signed.checkpoint
    merkle.verify_consistency(
        old=earlier.size,
        new=head.size,
        old_root=earlier.root,
        new_root=head.root,
        proof=stamp.consistency,
    )
    return earlier, signed.note.text


def _stamped(token: bytes, text: str, authorities: Sequence["Authority"]) -> tuple[datetime, str]:
    from openquality_validator.timestamps import verify_token  # a library that only stamps need

    proved = verify_token(
        token, message_digest=sha256(text.encode()).digest(), authorities=authorities
    )
    return proved.moment, proved.authority
