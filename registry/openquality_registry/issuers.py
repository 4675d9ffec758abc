"""Issuers, as this registry's log knows them: keys over time, levels, who vouches.

A key event is verified with all those before it, so nobody, this registry included, can add one
that the issuer did not sign; documents of did:web are the exception, and marked as what they are.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from openquality_registry import heads
from openquality_registry.ports import Clock, Pending, Store
from openquality_registry.problems import Refused
from openquality_validator import entry, envelope, identity, kinds
from openquality_validator.errors import IdentityError
from openquality_validator.evidence import Accreditor
from openquality_validator.identity import KeyResolution, address, history
from openquality_validator.identity.history import Dispute, KeyEvent, KeyHistory
from openquality_validator.message import message

MAX_CACHED = 4_096  # histories; one of a few versions takes about 10 kB


@dataclass(frozen=True, slots=True)
class Keys:
    """Hold the keys that a DID has now.

    `version` is the head under which they were found, None where there is none (did:key). `events`
    are key events found elsewhere that have to be in the log first.
    """

    resolution: KeyResolution
    version: str | None = None
    events: tuple[Pending, ...] = ()


@dataclass(frozen=True, slots=True)
class Registration:
    """Hold a registrar's word on an issuer; `counts` says that this registry believes it now."""

    index: int
    digest: str
    registrar: str
    name: str
    identifiers: tuple[tuple[str, str], ...]
    valid_from: str
    valid_until: str | None
    counts: bool


class Elsewhere(Protocol):
    """Look at where issuers publish their keys themselves."""

    def news(
        self, did: str, known: Sequence[bytes], head: str
    ) -> tuple[Sequence[bytes], bytes | None]:
        """Return the key events that follow the known ones, and the approvals of witnesses.

        Raises Refused (issuer-unreachable) where nothing is known and nothing can be had.
        """
        ...


class Issuers:
    """Answer from the committed key events, and from elsewhere. May be called from any thread.

    `host` is the address under which this registry hosts identities, such as
    `registry.example%3A8443`, if it does.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        host: str | None,
        registrars: Sequence[Accreditor],
        elsewhere: Elsewhere,
    ) -> None:
        self._store = store
        self._clock = clock
        self.host = host
        self._registrars = {party.did: frozenset(party.schemes) for party in registrars}
        self._elsewhere = elsewhere
        self._cached: OrderedDict[tuple[str, str], KeyHistory] = OrderedDict()

    def keys(self, did: str) -> Keys:
        """Find the keys that a DID has now.

        Raises IdentityError, or Refused (issuer-unreachable).
        """
        if did.startswith(identity.METHOD):
            return Keys(identity.resolve(did))
        head = self._head(did)
        if self.is_hosted(did):
            return self._now(did, self.history(did), head)
        address.parse(did)
        known = self._events(did)
        statements = [event.statement for event in known]
        fresh, witness = self._elsewhere.news(did, statements, head)
        if not fresh:
            return self._now(did, self.history(did), head)
        events = [*known, *(KeyEvent(data) for data in fresh)]
        unplaced = [KeyEvent(event.statement) for event in events]
        try:
            whole = history.build(did, unplaced, witness=witness, now=self._clock.now())
        except IdentityError:
            if not known:
                raise
            # Whoever holds the server there may serve anything: what the log holds goes on.
            return self._now(did, self.history(did), head)
        if witness is not None:
            self._store.keep_did_witness(did, witness)
        return self._now(did, whole, head, fresh=fresh)

    def history(self, did: str) -> KeyHistory:
        """Return the verified history of a DID as the log holds it. Raises IdentityError."""
        if did.startswith(identity.METHOD):
            return history.build(did, ())
        head = self._head(did)
        if not head:
            raise IdentityError(
                "K120",
                message("The log holds no keys of {did}.", did=did[:200]),
                message("Register the identity first: `openquality init --did webvh`."),
            )
        found = self._cached.get((did, head))
        if found is None:
            built = history.build(did, self._events(did), witness=self._store.did_witness(did))
            # Rows may have come after the head was read: they belong to the next one.
            last = max(at for at, v in enumerate(built.versions) if v.version_id == head)
            found = replace(built, versions=built.versions[: last + 1])
            self._cached[did, head] = found
            if len(self._cached) > MAX_CACHED:
                self._cached.popitem(last=False)
        return found

    def event(self, statement: bytes) -> Pending:
        """Prepare a line of a DID log that its owner sent: the next one of a known identity.

        Raises IdentityError, or Refused for an identity that is not in the log.
        """
        did = history.event_did(statement)
        if not did.startswith(address.WEBVH):
            raise Refused(
                "invalid-statement",
                message(
                    "Only lines of a did:webvh are sent; a registry archives other documents "
                    "itself."
                ),
            )
        if b"\n" in statement:
            raise Refused(
                "invalid-statement", message("A line of a DID log contains no line break.")
            )
        head = self._head(did)
        if not head:
            raise Refused(
                "unknown-issuer",
                message(
                    "The log holds no keys of {did}. Register a hosted identity by POST "
                    "/v1/issuers; one on a domain of its own is fetched from there with its "
                    "first statement.",
                    did=did,
                ),
            )
        known = self._events(did)
        unplaced = [KeyEvent(event.statement) for event in (*known, KeyEvent(statement))]
        witness = self._store.did_witness(did)
        built = history.build(did, unplaced, witness=witness, now=self._clock.now())
        return pending_event(did, statement, before=head, version=built.versions[-1].version_id)

    def is_hosted(self, did: str) -> bool:
        """Tell whether this registry hosts the DID."""
        name = self.hosted_name(did)
        if name is None:
            return False
        head = heads.hosted(name)
        return self._store.heads([head]).get(head) == did

    def hosted_name(self, did: str) -> str | None:
        """Return the name of a DID under this registry's address, whether or not it is taken."""
        start, separator, name = did.rpartition(":")
        at = f":{self.host}:issuers"
        hosted = self.host is not None and separator and start.endswith(at)
        return name if hosted and did.startswith(address.WEBVH) else None

    def is_known(self, did: str) -> bool:
        """Tell whether the log holds anything by the issuer."""
        return self._store.has_issuer(did)

    def level(self, did: str) -> str:
        """Return the issuer's level now: L2 if a registrar that this registry accepts vouches."""
        if any(registration.counts for registration in self.registrations(did)):
            return "L2"
        if did.startswith(identity.METHOD) or self.is_hosted(did):
            return "L0"
        return "L1"

    def registrations(self, did: str) -> tuple[Registration, ...]:
        """Return what registrars say about the issuer, in the order of the log."""
        return tuple(
            self._registration(index, data) for index, data in self._store.registrations(did)
        )

    def disputes(self, did: str) -> tuple[Dispute, ...]:
        """Return the issuer's words that a key was in other hands, in the order of the log."""
        found = []
        for index, data in self._store.key_events(did):
            if not is_event(data):
                subject = _content(data)["credentialSubject"]
                since = datetime.fromisoformat(subject["since"])
                found.append(Dispute(subject["key"], since, index))
        return tuple(found)

    def lines(self, did: str) -> tuple[bytes, ...]:
        """Return the DID log's lines as they were sent, for a did:webvh."""
        return tuple(event.statement for event in self._events(did))

    def _head(self, did: str) -> str:
        name = heads.issuer(did)
        return self._store.heads([name]).get(name, heads.NONE)

    def _events(self, did: str) -> list[KeyEvent]:
        return [
            KeyEvent(data, index) for index, data in self._store.key_events(did) if is_event(data)
        ]

    def _now(self, did: str, known: KeyHistory, head: str, *, fresh: Sequence[bytes] = ()) -> Keys:
        newest = known.at()
        resolution = newest.resolution
        if resolution.did != did:
            raise IdentityError(
                "K106",
                message("{did} is called {did2} now.", did=did[:200], did2=resolution.did[:200]),
                message("Write the issuer's newest identifier."),
            )
        if self.is_hosted(did):
            resolution = replace(resolution, level="L0")
        events: list[Pending] = []
        before = head
        for data, version in zip(
            fresh, known.versions[len(known.versions) - len(fresh) :], strict=True
        ):
            events.append(pending_event(did, data, before=before, version=version.version_id))
            before = version.version_id
        return Keys(resolution, newest.version_id, tuple(events))

    def _registration(self, index: int, data: bytes) -> Registration:
        value = _content(data)
        registrar = value["issuer"]["id"]
        subject = value["credentialSubject"]
        identifiers = tuple((item["scheme"], item["value"]) for item in subject["identifiers"])
        now = self._clock.now()
        until = value.get("validUntil")
        counts = (
            {scheme for scheme, _ in identifiers} <= self._registrars.get(registrar, frozenset())
            and datetime.fromisoformat(value["validFrom"]) <= now
            and (until is None or now <= datetime.fromisoformat(until))
        )
        return Registration(
            index=index,
            digest=entry.digest(data),
            registrar=registrar,
            name=subject["name"],
            identifiers=identifiers,
            valid_from=value["validFrom"],
            valid_until=until,
            counts=counts,
        )


def is_event(statement: bytes) -> bool:
    """Tell a line of a DID log or an archived document from a signed credential."""
    if not statement.startswith(b"{"):
        return False
    try:
        history.event_did(statement)
    except IdentityError:
        return False
    return True


def pending_event(did: str, statement: bytes, *, before: str, version: str) -> Pending:
    """Prepare a verified key event that follows the version `before`."""
    digest = entry.digest(statement)
    head = heads.issuer(did)
    # A did:web may come back to an earlier document, which is a new event all the same.
    name = version if did.startswith(address.WEBVH) else digest
    return Pending(
        statement=statement,
        digest=digest,
        issuer=did,
        credential_id=name,
        kind=kinds.KEY,
        subjects=(did,),
        index_rows={"key_events": [{"did": did, "version": version}]},
        expects={head: before},
        moves={head: version},
    )


def _content(statement: bytes) -> dict[str, Any]:
    """Read a credential that was verified when it came in; its key may have gone since."""
    return envelope.credential(envelope.parse_envelope(statement).payload).value
