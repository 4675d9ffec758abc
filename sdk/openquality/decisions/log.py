"""The buyer's decision log: append signed events under the policy's rules."""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from openquality.decisions.folder import Folder, Head
from openquality.refused import RefusedInput
from openquality.signing import SigningKey
from openquality_validator.decision import book as books
from openquality_validator.decision import checking, rules, sdjwt
from openquality_validator.decision import event as events
from openquality_validator.decision.book import Book, Placed
from openquality_validator.decision.event import Event
from openquality_validator.decision.policy import Policy
from openquality_validator.decision.transaction import Transaction
from openquality_validator.entry import Entry, timestamp
from openquality_validator.envelope import digest
from openquality_validator.findings import Finding
from openquality_validator.identity import KeyKind
from openquality_validator.message import message
from openquality_validator.records import InvalidRecord

Json = Mapping[str, Any]
NEWEST = "newest"  # the revision in force when the event is appended


class InvalidEvent(InvalidRecord):
    """An event has not the form that it must have; nothing was recorded. `report` says why."""


@dataclass(eq=False)
class FileMissing(RefusedInput):
    """An event names a file that was not brought."""

    digest: str

    def __str__(self) -> str:
        return message(
            "The event names {digest}, and no such file was brought. Attach it.", digest=self.digest
        )


@dataclass(eq=False)
class UnknownTransaction(RefusedInput):
    """The log holds no such decision."""

    name: str

    def __str__(self) -> str:
        return message(
            "The log holds no decision {name!r}. List them: openquality decide show.",
            name=self.name,
        )


@dataclass(frozen=True, slots=True)
class Recorded:
    """Say what was recorded: the event, its index, and why it took no effect, if it did not."""

    event: Event
    index: int
    refused: tuple[Finding, ...]
    state: Transaction | None

    @property
    def digest(self) -> str:
        """The digest that names the event."""
        return self.event.digest


class DecisionLog:
    """A decision log in a folder. Every method may be called by several processes at once.

    Each method that records signs with the given key and returns what was recorded. An attempt that
    the rules refuse is recorded as refused, and `Recorded.refused` says why: it has no effect. What
    has not the form of an event raises InvalidEvent and is not recorded.
    """

    def __init__(
        self, folder: Path, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.folder = Folder(folder)
        self._clock = clock

    @classmethod
    def create(
        cls,
        folder: Path,
        *,
        policy: bytes,
        key: SigningKey,
        origin: str | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> "DecisionLog":
        """Make a log, with its first policy signed by `key`.

        `origin` names the log in its checkpoints; a random one by default. Raises InvalidPolicy,
        InTheWay, OSError.
        """
        Policy.from_bytes(policy)
        Folder.make(folder, origin=origin or f"decisions.invalid/{secrets.token_hex(8)}")
        log = cls(folder, clock=clock)
        log.adopt(policy, key=key)
        return log

    def adopt(self, policy: bytes, *, key: SigningKey) -> Recorded:
        """Put a policy in force; only an owner that the policy before it lists may."""
        name = Policy.from_bytes(policy).digest
        return self.record("PolicyAdoption", {"policy": name}, key=key, files=(policy,))

    def propose(
        self, transaction: str, content: Json, *, key: SigningKey, files: Iterable[bytes] = ()
    ) -> Recorded:
        """Propose a decision; `content` has the members of a Proposal, `files` what they name."""
        return self.record("Proposal", content, transaction=transaction, key=key, files=files)

    def amend(
        self,
        transaction: str,
        changes: Json,
        *,
        reasons: Sequence[Json],
        key: SigningKey,
        files: Iterable[bytes] = (),
    ) -> Recorded:
        """Replace whole members of the proposal; it is then reviewed and executed anew."""
        content = {**changes, "reasons": list(reasons)}
        return self.record("Amendment", content, transaction=transaction, key=key, files=files)

    def approve(
        self,
        transaction: str,
        *,
        actor: Json,
        key: SigningKey,
        reasons: Sequence[Json] = (),
        basis: str | None = None,
    ) -> Recorded:
        """Approve the newest revision, or exactly the one that `basis` names."""
        content: dict[str, Any] = {"actor": actor} | ({"reasons": list(reasons)} if reasons else {})
        return self.record(
            "Approval", content, transaction=transaction, key=key, basis=basis or NEWEST
        )

    def override(
        self,
        transaction: str,
        *,
        selected: int,
        actor: Json,
        reasons: Sequence[Json],
        key: SigningKey,
        basis: str | None = None,
    ) -> Recorded:
        """Choose another alternative, by rank; this is an approval too."""
        content = {"actor": actor, "selected": selected, "reasons": list(reasons)}
        return self.record(
            "Override", content, transaction=transaction, key=key, basis=basis or NEWEST
        )

    def execute(
        self,
        transaction: str,
        *,
        key: SigningKey,
        terms: Json | None = None,
        waiver: str | None = None,
        outputs: Iterable[bytes] = (),
        files: Iterable[bytes] = (),
        basis: str | None = None,
    ) -> Recorded:
        """Execute what is approved; without the review that the policy demands it is refused.

        `terms` are the final ones, by default those of the proposal; `outputs` are kept. It is the
        newest revision that is executed, or exactly the one that `basis` names.
        """
        made = tuple(outputs)
        content: dict[str, Any] = {"waiver": waiver} if waiver else {}
        content |= {"terms": terms} if terms else {}
        content |= {"outputs": [digest(each) for each in made]} if made else {}
        return self.record(
            "Execution",
            content,
            transaction=transaction,
            key=key,
            files=(*files, *made),
            basis=basis or NEWEST,
        )

    def pause(self, transaction: str, *, reasons: Sequence[Json], key: SigningKey) -> Recorded:
        """Pause a decision: nothing but resuming, ending or an incident is possible then."""
        return self._plain("Pause", transaction, reasons, key)

    def resume(
        self, transaction: str, *, key: SigningKey, reasons: Sequence[Json] = ()
    ) -> Recorded:
        """Resume a paused decision where it was."""
        return self._plain("Resumption", transaction, reasons, key)

    def cancel(self, transaction: str, *, reasons: Sequence[Json], key: SigningKey) -> Recorded:
        """Cancel what is not executed; of an executed decision only an open amendment falls."""
        return self._plain("Cancellation", transaction, reasons, key)

    def reverse(self, transaction: str, *, reasons: Sequence[Json], key: SigningKey) -> Recorded:
        """Reverse what was executed."""
        return self._plain("Reversal", transaction, reasons, key)

    def incident(
        self, transaction: str, incident: Json, *, report: Json, key: SigningKey
    ) -> Recorded:
        """Record that an incident was opened, stated to those concerned, or resolved."""
        content = {"incident": incident, "report": report}
        return self.record("Incident", content, transaction=transaction, key=key)

    def test_override(
        self, *, passed: bool, actor: Json, report: Json, key: SigningKey
    ) -> Recorded:
        """Record the yearly test that a person can stop the system; a reviewer signs it."""
        outcome = "passed" if passed else "failed"
        return self.record(
            "OverrideTest", {"outcome": outcome, "actor": actor, "report": report}, key=key
        )

    def purge(self, digests: Sequence[str], *, key: SigningKey) -> Recorded:
        """Delete artefacts after their time of keeping; their digests stay in the log."""
        recorded = self.record("Purge", {"purged": sorted(set(digests))}, key=key)
        if not recorded.refused:
            # After the event: a crash in between leaves files that the log says are gone.
            for name in digests:
                self.folder.delete(name)
        return recorded

    def book(self) -> Book:
        """Return what the log says, without proving signatures; see `check` for that."""
        with self.folder.locked(alone=False):
            return self._book(self._placed(self.folder.head(), None))

    def policy(self) -> Policy | None:
        """Return the policy in force; every log has one from its beginning."""
        with self.folder.locked(alone=False):
            return self._book(self._placed(self.folder.head(), "")).policy

    def events(self, transaction: str) -> tuple[Placed, ...]:
        """Return the events of one decision. Raises UnknownTransaction."""
        with self.folder.locked(alone=False):
            placed = self._placed(self.folder.head(), transaction)
        found = tuple(each for each in placed if each.event.transaction == transaction)
        if not found:
            raise UnknownTransaction(transaction)
        return found

    def expired(self) -> tuple[str, ...]:
        """Return the digests of the artefacts that are there and past their time of keeping."""
        book, now = self.book(), self._clock()
        named = {each for state in book.transactions.values() for each in state.artefacts}
        over = (each for each in named if (until := book.kept_until(each)) and until < now)
        return tuple(sorted(each for each in over if self.folder.artefact(each) is not None))

    def record(
        self,
        kind: str,
        content: Json,
        *,
        key: SigningKey,
        transaction: str | None = None,
        files: Iterable[bytes] = (),
        basis: str | None = None,
    ) -> Recorded:
        """Sign and append one event of any type; the methods above say what each needs.

        Raises InvalidEvent, FileMissing, Damaged, OSError.
        """
        brought = {digest(data): data for data in files}
        own = key.document
        if own is not None:
            brought[digest(own)] = own
        with self.folder.locked(alone=True):
            head = self.folder.head()
            book = self._book(self._placed(head, transaction))
            state = book.transactions.get(transaction or "")
            if state is None and transaction is not None and kind != "Proposal":
                raise UnknownTransaction(transaction)
            now = self._clock()
            document: dict[str, Any] = {
                "v": events.VERSION,
                "type": kind,
                "time": timestamp(now),
                "issuer": key.did,
                **({"keys": digest(own)} if own is not None else {}),
                **({"transaction": transaction} if transaction else {}),
                **({"previous": state.last} if state else {}),
                **content,
            }
            if basis is not None and state is not None:
                document["basis"] = state.revision.basis if basis == NEWEST else basis
            if kind == "Execution" and state is not None and book.policy is not None:
                document.setdefault("terms", state.revision.content.get("terms"))
                document["compliance"] = rules.compliance(
                    state, book.policy, waiver=content.get("waiver"), on=now.date()
                )
            return self._append(head, book, document, key, brought)

    def _append(
        self,
        head: Head,
        book: Book,
        document: Json,
        key: SigningKey,
        brought: Mapping[str, bytes],
    ) -> Recorded:
        event = _signed(document, key)
        self._require(event, brought)
        policies = self._policies([event], brought)
        found = books.judge(book, event, policies)
        if found:
            codes = sorted({each.code for each in found})
            event = _signed({**document, "refused": codes}, key)
        # The clock of a machine may go back; the log does not.
        last = Entry.from_bytes(head.entries[-1]).admitted_at if head.entries else ""
        admitted = max(timestamp(self._clock()), last)
        entry = checking.entry(event, datetime.fromisoformat(admitted))
        named = {*events.artefacts(event), *events.lasting(event)}
        self.folder.append(
            head,
            entry.to_bytes(),
            event=(event.digest, event.data),
            files={name: data for name, data in brought.items() if name in named},
        )
        after, _ = books.take(book, event, policies)
        state = after.transactions.get(event.transaction or "")
        return Recorded(event, len(head.entries), found, state)

    def _require(self, event: Event, brought: Mapping[str, bytes]) -> None:
        report = events.check(event)
        if not report.valid:
            raise InvalidEvent(report)
        # What an auditor would refuse to read, we do not write.
        events.verify(event, keys=brought.get(event.get("keys") or ""))
        for name in (*events.artefacts(event), *events.lasting(event)):
            if name not in brought and self.folder.artefact(name) is None:
                raise FileMissing(name)

    def _plain(
        self, kind: str, transaction: str, reasons: Sequence[Json], key: SigningKey
    ) -> Recorded:
        content = {"reasons": list(reasons)} if reasons else {}
        return self.record(kind, content, transaction=transaction, key=key)

    def _placed(self, head: Head, transaction: str | None) -> tuple[Placed, ...]:
        """Read the events of one decision and those of none, or all if none is named."""
        # By their ends, which tell decisions apart: to read every entry would take most of the
        # time of an append. The root was compared, so each has the form in which it was written.
        ends = None if transaction is None else checking.endings(transaction)
        found = []
        for index, data in enumerate(head.entries):
            if ends is None or data.endswith(ends):
                entry = Entry.from_bytes(data)
                event = self.folder.event(entry.digest)
                if event is not None:
                    found.append(Placed(index, events.read(event), entry.admitted_at))
        return tuple(found)

    def _book(self, placed: Sequence[Placed]) -> Book:
        return books.fold(placed, self._policies([each.event for each in placed], {}))[0]

    def _policies(self, among: Iterable[Event], brought: Mapping[str, bytes]) -> dict[str, Policy]:
        found = {}
        for name in {event.get("policy") for event in among} - {None}:
            data = brought.get(name) or self.folder.artefact(name)
            if data is not None:
                found[name] = Policy.from_bytes(data)
        return found


def _signed(document: Json, key: SigningKey) -> Event:
    algorithm = "EdDSA" if key.public.kind is KeyKind.ED25519 else "ES256"
    salts = (secrets.token_bytes(sdjwt.SALT_BYTES) for _ in document)
    header = {"alg": algorithm, "kid": key.key_id}
    return events.read(events.write(document, header, sign=key.sign, salts=salts))
