"""Fetch the statements of new entries, and verify them as anybody can who has the whole log.

Key events, status statements, certification measures and successors are kept: what comes later is
judged by them.
"""

import datetime as dt
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from openquality_registry.issuers import is_event
from openquality_registry.watch import publications
from openquality_registry.watch.alerts import Alert, Code
from openquality_registry.watch.mirror import Event, Mirror
from openquality_registry.watch.source import Source
from openquality_validator import certification, envelope, identity, kinds, status
from openquality_validator import entry as entries
from openquality_validator.bundle import Bundle
from openquality_validator.certification import Measure, measure
from openquality_validator.entry import Entry
from openquality_validator.errors import IdentityError, InvalidInput, StatusError
from openquality_validator.governance import publication
from openquality_validator.identity import KeyResolution, history
from openquality_validator.identity.history import KeyEvent, KeyHistory
from openquality_validator.records import InvalidRecord, VerifiedRecord

KEY, STATUS, MEASURE, SUCCESSOR = "key", "status", "measure", "successor"
SCHEMA = "schema"
MAX_CACHED = 1_024  # histories of keys


class Statements:
    """Examine statements in the order of the log. For one thread."""

    def __init__(self, source: Source, mirror: Mirror) -> None:
        self._source = source
        self._mirror: Final = mirror
        self._histories: OrderedDict[tuple[str, int], KeyHistory] = OrderedDict()

    def examine(
        self, index: int, entry: Entry, fresh: Sequence[Event]
    ) -> tuple[Alert | None, Event | None]:
        """Fetch and verify the statement of an entry; return what is wrong, or what to keep.

        `fresh` are the events that are not in the copy yet. Raises NetworkError.
        """
        try:
            return None, self._verified(index, entry, fresh)
        except _Fault as fault:
            code, text = fault.code, fault.text
        except StatusError as error:
            code, text = Code.STATUS_CHAIN, str(error)
        except (InvalidInput, InvalidRecord) as error:
            code, text = Code.STATEMENT_INVALID, str(error)
        return Alert(code, f"entry {index}", text), None

    def _verified(self, index: int, entry: Entry, fresh: Sequence[Event]) -> Event | None:
        data = self._source.statement(entry.digest)
        if data is None:
            raise _Fault(Code.STATEMENT_MISSING, f"{entry.digest} is not given out.")
        if entries.digest(data) != entry.digest:
            raise _Fault(Code.STATEMENT_DIFFERS, f"Other bytes are given out for {entry.digest}.")
        if is_event(data):
            return self._key_event(index, entry, data, fresh)
        return self._signed(index, entry, data, fresh)

    def _key_event(self, index: int, entry: Entry, data: bytes, fresh: Sequence[Event]) -> Event:
        did = history.event_did(data)
        if entry != Entry(entry.admitted_at, entry.digest, did, kinds.KEY, (did,)):
            raise _differs()
        event = Event(index, did, KEY, data)
        # What comes before the first event that does not fit was verified with it.
        self._history(did, (*self._known(did, KEY, index, fresh), event), entry.digest)
        return event

    def _signed(
        self, index: int, entry: Entry, data: bytes, fresh: Sequence[Event]
    ) -> Event | None:
        def resolve(did: str) -> KeyResolution:
            if did.startswith(identity.METHOD):
                return identity.resolve(did)
            known = self._known(did, KEY, index, fresh)
            return self._history(did, known, entry.digest).at(index).resolution

        verified = envelope.verify_statement(data, resolve=resolve)
        if entries.rebuild(data, verified.value, entry.admitted_at) != entry:
            raise _differs()
        match entry.kind:
            case kinds.STATUS:
                return self._spoken(index, status.read(verified), data, fresh)
            case kinds.MEASURE if kinds.of(verified.value).type == measure.TYPE:
                return self._measured(index, entry, measure.read(verified), data, fresh)
            case kinds.SCHEMA if kinds.of(verified.value).type == publication.TYPE:
                return self._published(index, verified, data, fresh)
            case kinds.KEY:
                return Event(index, verified.issuer, KEY, data)
            case kinds.ATTESTATION if "supersedes" in verified.value:
                return self._succeeding(index, verified, data, fresh)
            case _:
                return None

    def _published(
        self, index: int, verified: VerifiedRecord, data: bytes, fresh: Sequence[Event]
    ) -> Event:
        about = verified.value["credentialSubject"]["id"]
        earlier = self._known(about, SCHEMA, index, fresh)
        broken = publications.follow(verified, [each.statement for each in earlier])
        if broken is not None:
            raise _Fault(Code.STATUS_CHAIN, broken)
        return Event(index, about, SCHEMA, data)

    def _succeeding(
        self, index: int, verified: VerifiedRecord, data: bytes, fresh: Sequence[Event]
    ) -> Event:
        old = verified.value["supersedes"]
        before = self._known(old, SUCCESSOR, index, fresh)
        if any(_issuer(each.statement) == verified.issuer for each in before):
            text = f"{old} has a successor already, and only the first counts."
            raise _Fault(Code.STATUS_CHAIN, text)
        return Event(index, old, SUCCESSOR, data)

    def _spoken(
        self, index: int, said: status.StatusStatement, data: bytes, fresh: Sequence[Event]
    ) -> Event | None:
        if said.log != self._mirror.origin and not self._has_spoken(fresh):
            return None  # of a former log: its entries come first, and count there
        event = Event(index, said.target, STATUS, data)
        chain = [*self._known(said.target, STATUS, index, fresh), event]
        derive(said.target, chain, log=self._mirror.origin)
        return event

    def _measured(
        self, index: int, entry: Entry, said: Measure, data: bytes, fresh: Sequence[Event]
    ) -> Event | None:
        """Check that a measure may follow what was said before; raises StatusError."""
        if said.log != self._mirror.origin and not self._has_spoken(fresh):
            return None
        before = [
            each
            for kind in (STATUS, MEASURE)
            for each in self._known(said.target, kind, index, fresh)
        ]
        # The order is what is checked; on which day each came in changes nothing of that.
        day = dt.date.fromisoformat(entry.admitted_at[:10])
        events = [
            certification.Event(each.index, day, _word(each))
            for each in sorted(before, key=lambda each: each.index)
        ]
        events.append(certification.Event(index, day, said))
        certification.derive(said.target, events, log=self._mirror.origin)
        return Event(index, said.target, MEASURE, data)

    def _has_spoken(self, fresh: Sequence[Event]) -> bool:
        """Tell whether any status statement or measure was said in this log yet."""
        kept = {STATUS, MEASURE}
        return any(each.kind in kept for each in fresh) or any(map(self._mirror.has, kept))

    def _known(
        self, about: str, kind: str, index: int, fresh: Sequence[Event]
    ) -> tuple[Event, ...]:
        kept = self._mirror.events(about, kind, below=index)
        return (*kept, *(each for each in fresh if (each.about, each.kind) == (about, kind)))

    def _history(self, did: str, events: Sequence[Event], digest: str) -> KeyHistory:
        """Build the history of an issuer's keys. Raises IdentityError."""
        lines = [
            KeyEvent(each.statement, each.index) for each in events if is_event(each.statement)
        ]
        name = (did, lines[-1].index or 0) if lines else (did, -1)
        if name in self._histories:
            return self._histories[name]
        try:
            built = history.build(did, lines)
        except IdentityError:
            witness = self._approvals(digest)
            if witness is None:
                raise
            built = history.build(did, lines, witness=witness)
        self._histories[name] = built
        if len(self._histories) > MAX_CACHED:
            self._histories.popitem(last=False)
        return built

    def _approvals(self, digest: str) -> bytes | None:
        """Get the approvals of an issuer's own witnesses: they are beside the log, not in it."""
        data = self._source.bundle(digest)
        try:
            return None if data is None else Bundle.from_bytes(data).keys.witness
        except InvalidInput:
            return None


def _issuer(statement: bytes) -> str:
    content = envelope.credential(envelope.parse_envelope(statement).payload).value
    return envelope.issuer_of(content)


@dataclass
class _Fault(Exception):
    """Say what is wrong with a statement."""

    code: Code
    text: str


def _differs() -> _Fault:
    return _Fault(Code.STATEMENT_DIFFERS, "The entry is not the one that its statement gives.")


def derive(target: str, events: Sequence[Event], *, log: str) -> status.States:
    """Derive how a target stands from status statements that were verified before."""
    return status.derive(target, [_said(event) for event in events], log=log)


def _word(event: Event) -> Measure | status.StatusStatement:
    if event.kind == STATUS:
        return _said(event).statement
    record = envelope.credential(envelope.parse_envelope(event.statement).payload)
    return measure.read_admitted(record.value, digest=entries.digest(event.statement))


def _said(event: Event) -> status.Event:
    record = envelope.credential(envelope.parse_envelope(event.statement).payload)
    digest = entries.digest(event.statement)
    return status.Event(event.index, status.read_admitted(record.value, digest=digest))
