"""Put together what the registry knows about a statement: the bundle, and the status answer.

Everything in a bundle is proved under one checkpoint, the newest published one. A receipt is the
least of bundles: what a publisher needs at once. A reader gets the issuer's key events, the status
and the anchors too.
"""

import base64
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

import orjson

from openquality.signing import SigningKey
from openquality_registry import heads, status
from openquality_registry.facts import Facts
from openquality_registry.log.proofs import Prover, View
from openquality_registry.pinning import Contents
from openquality_registry.ports import Clock, Logged, Receipt, Store
from openquality_registry.problems import Refused
from openquality_validator import catalogue as catalogues
from openquality_validator import certification, envelope, kinds
from openquality_validator.bundle import Anchor, Bundle, Consistency, Keys, Status
from openquality_validator.bundle import Logged as Part
from openquality_validator.catalogue import Catalogue
from openquality_validator.entry import Entry
from openquality_validator.identity import METHOD
from openquality_validator.message import message
from openquality_validator.status import State, States, Successor, derive, statement_target
from openquality_validator.status.answer import Answer
from openquality_validator.tlog.checkpoint import Checkpoint

MAX_REGISTRATIONS = 20
_PINS = "extensionSchemas"
_PLAIN = f'"issuer":"{METHOD}'.encode()


class AnchorSource(Protocol):
    """Find what others said of checkpoints that hold an entry."""

    def of(self, index: int) -> Sequence[Anchor]:
        """Return the anchors of the entry at an index; there may be none."""
        ...


class Bundler:
    """Assemble bundles from the committed and published log. For any thread."""

    def __init__(
        self,
        *,
        store: Store,
        prover: Prover,
        facts: Facts,
        clock: Clock,
        status_key: SigningKey,
        registrars: Collection[str],
        anchors: AnchorSource | None = None,
    ) -> None:
        self._store = store
        self._prover = prover
        self._facts = facts
        self._clock = clock
        self._status_key = status_key
        self._registrars = registrars
        self._anchors = anchors
        self._pinned = Contents(facts)

    def full(
        self, logged: Logged, statement: bytes, *, catalogue: Catalogue, since: int | None = None
    ) -> bytes:
        """Write the bundle of a logged statement with everything that is known about it.

        `catalogue` is this registry's own, for what names none. `since` asks for the proof that the
        log continues that many entries. Raises ProofError (L040 if it is not published yet, L043
        for `since`) or LogDamaged.
        """
        said = _said(statement)
        catalogue = _named(said, catalogue)
        view = self._prover.view()
        consistency = (
            None
            if since is None
            else Consistency(since, self._prover.consistency(since, view.size))
        )
        keys = self._keys(logged.issuer, view)
        return Bundle(
            statement=statement,
            entry=logged.entry,
            index=logged.index,
            checkpoint=view.checkpoint,
            inclusion_proof=view.inclusion(logged.index),
            catalogue_version=catalogue.version,
            catalogue_digest=catalogue.digest,
            consistency=consistency,
            keys=keys,
            anchors=tuple(self._anchors.of(logged.index)) if self._anchors else (),
            status=self._status(logged, view, keys) if logged.kind in status.STATED else None,
            supporting=self._supporting(logged.issuer),
            schemas=self._pinned.of(said),
        ).to_bytes()

    def receipt(self, statement: bytes, given: Receipt, *, catalogue: Catalogue) -> bytes:
        """Write the receipt of a publish, with the issuer's key events where it has a history.

        With events all is proved under the newest checkpoint, which may be newer than the receipt.
        Where the same had been said in other bytes, the receipt is of those that came first.
        """
        if given.digest != envelope.digest(statement):
            first = self._store.statement(given.digest)
            assert first is not None
            statement = first
        said = _said(statement)
        catalogue = _named(said, catalogue)
        if is_plain(given) and _PINS not in said:
            return receipt(statement, given, catalogue=catalogue)
        issuer = Entry.from_bytes(given.entry).issuer
        view = self._prover.view()
        return Bundle(
            statement=statement,
            entry=given.entry,
            index=given.index,
            checkpoint=view.checkpoint,
            inclusion_proof=view.inclusion(given.index),
            catalogue_version=catalogue.version,
            catalogue_digest=catalogue.digest,
            keys=self._keys(issuer, view),
            schemas=self._pinned.of(said),
        ).to_bytes()

    def status(self, digest: str) -> tuple[Status, bytes]:
        """Answer how a statement stands, with the checkpoint under which it is proved.

        Raises Refused for what is no attestation and no assessment in this log.
        """
        logged = self._stated(digest)
        view = self._prover.view()
        keys = self._keys(logged.issuer, view)
        return self._status(logged, view, keys), view.checkpoint

    def state(self, digest: str, issuer: str, *, size: int | None = None) -> State:
        """Say how a statement stands by its issuer and this registry's operator.

        `size` asks how it stood in the log of that many entries.
        """
        target = statement_target(digest)
        states = self._states(target, self._store.status_statements(target), size)
        worst = states.worst(frozenset((issuer, self._facts.operator)).__contains__)
        if worst is State.ACTIVE and self._successor(digest, size) is not None:
            return State.SUPERSEDED
        return worst

    def certificates(
        self, credential: Mapping[str, Any], *, size: int | None = None
    ) -> dict[str, State]:
        """Say how the certificates that an attestation claims stand, by claim id, where not active.

        By whoever signed the claim, the certifier that it names, the issuers that this registry
        lists for the scheme, and its operator. `size` as in `state`.
        """
        found: dict[str, State] = {}
        for said in certification.certificates(credential):
            voices = certification.counts(
                said, accreditors=self._facts.accreditors, others=(self._facts.operator,)
            )
            spoken = self._store.status_statements(said.key)
            worst = self._states(said.key, spoken, size).worst(voices.__contains__)
            if worst is not State.ACTIVE:
                found[said.claim] = worst
        return found

    def life(self, digest: str) -> dict[str, Any]:
        """Tell the life of an attestation: each event with its log index, in the order of the log.

        What was said in a former log, which this one goes on with, brings the name of that log:
        it does not count in the state. Raises Refused for what is no attestation and no assessment
        in this log.
        """
        logged = self._stated(digest)
        view = self._prover.view()
        events = [self._event(logged.index, "admitted")]
        for each in status.read_all(self._store.status_statements(statement_target(digest))):
            if each.index < view.size:
                said = each.statement
                former = {} if said.log == self._facts.origin else {"log": said.log}
                event = self._event(each.index, said.voice)
                events.append(event | {"reason": said.reason} | former)
        successor = self._successor(digest, view.size)
        if successor is not None:
            events.append(self._event(successor.index, "superseded"))
        events.sort(key=lambda event: int(event["index"]))
        return {"digest": digest, "state": self.state(digest, logged.issuer), "events": events}

    def _event(self, index: int, event: str) -> dict[str, Any]:
        (data,) = self._store.entries(index, index + 1)
        entry = Entry.from_bytes(data)
        return {
            "index": index,
            "digest": entry.digest,
            "event": event,
            "issuer": entry.issuer,
            "admittedAt": entry.admitted_at,
        }

    def _supporting(self, issuer: str) -> tuple[bytes, ...]:
        """Return what this registry's registrars say of an issuer, and the newest words of others.

        Anyone may register anyone, so all of them could be more than a bundle holds.
        """
        listed: list[bytes] = []
        others: list[bytes] = []
        for _, data in self._store.registrations(issuer):
            (listed if _said_by(data) in self._registrars else others).append(data)
        return (*listed[-MAX_REGISTRATIONS:], *others[-MAX_REGISTRATIONS:])

    def _keys(self, issuer: str, view: View) -> Keys:
        if issuer.startswith(METHOD):
            return Keys()
        events = self._store.key_events(issuer)
        return Keys(
            tuple(self._part(index, data, view) for index, data in events if index < view.size),
            self._store.did_witness(issuer),
        )

    def _stated(self, digest: str) -> Logged:
        logged = self._store.find(digest)
        if logged is None or logged.kind not in status.STATED:
            raise Refused(
                "unknown-statement",
                message("{digest} is no attestation or assessment in this log.", digest=digest),
            )
        return logged

    def _states(self, target: str, said: Sequence[tuple[int, bytes]], size: int | None) -> States:
        past = [each for each in said if size is None or each[0] < size]
        events = status.in_log(status.read_all(past), log=self._facts.origin)
        return derive(target, events, log=self._facts.origin)

    def _chain(self, target: str, view: View) -> tuple[States, list[Part]]:
        # Only what the checkpoint covers: a statement committed since is told under the next one.
        said = {
            index: data
            for index, data in self._store.status_statements(target)
            if index < view.size
        }
        events = status.in_log(status.read_all(said.items()), log=self._facts.origin)
        parts = [self._part(event.index, said[event.index], view) for event in events]
        return derive(target, events, log=self._facts.origin), parts

    def _certified(self, logged: Logged) -> list[str]:
        """List the certificates that a statement claims, each once."""
        if logged.kind != kinds.ATTESTATION:
            return []
        data = self._store.statement(logged.digest)
        assert data is not None
        content = envelope.credential(envelope.parse_envelope(data).payload).value
        return sorted({each.key for each in certification.certificates(content)})

    def _status(self, logged: Logged, view: View, keys: Keys) -> Status:
        states, parts = self._chain(statement_target(logged.digest), view)
        certificates: dict[str, States] = {}
        for key in self._certified(logged):
            certificates[key], words = self._chain(key, view)
            parts += words
        successor = self._successor(logged.digest, view.size)
        if successor is not None:
            data = self._store.statement(successor.digest)
            assert data is not None
            parts.append(self._part(successor.index, data, view))
        answer = Answer.of(
            states,
            issuer=logged.issuer,
            successor=successor,
            target=logged.digest,
            head=Checkpoint(self._facts.origin, view.size, view.root),
            key_events=len(keys.events),
            now=self._clock.now(),
            certificates=certificates,
        )
        return Status(answer.sign(self._status_key.did, self._status_key.sign), tuple(parts))

    def _successor(self, digest: str, size: int | None) -> Successor | None:
        name = heads.successor(digest)
        found = self._facts.heads([name]).get(name)
        logged = self._store.find(found) if found else None
        if logged is None or (size is not None and logged.index >= size):
            return None
        return Successor(logged.index, logged.digest)

    def _part(self, index: int, statement: bytes, view: View) -> Part:
        (entry,) = self._store.entries(index, index + 1)
        return Part(statement, entry, index, view.inclusion(index))


def _said_by(statement: bytes) -> str:
    content = envelope.credential(envelope.parse_envelope(statement).payload).value
    return envelope.issuer_of(content)


def is_plain(given: Receipt) -> bool:
    """Tell whether a receipt needs no key events, without reading its entry: most are such."""
    return _PLAIN in given.entry  # in RFC 8785 form no text inside a member can look like this


def is_at_hand(statement: bytes, given: Receipt) -> bool:
    """Tell whether a receipt can be written without asking the database: most can."""
    return given.created and is_plain(given) and _PINS not in _said(statement)


def _said(statement: bytes) -> dict[str, Any]:
    """Read the credential of an admitted statement."""
    payload = statement
    if not statement.startswith(b"{"):
        middle = statement.split(b".")[1]
        payload = base64.urlsafe_b64decode(middle + b"=" * (-len(middle) % 4))
    found: dict[str, Any] = orjson.loads(payload)
    return found


def _named(said: Mapping[str, Any], own: Catalogue) -> Catalogue:
    """Return the catalogue that an admitted record names and was judged under, else our own."""
    version = said.get("catalogueVersion")
    return own if version is None else catalogues.load(version)


def receipt(
    statement: bytes,
    given: Receipt,
    *,
    catalogue: Catalogue,
) -> bytes:
    """Write the receipt of a publish: the bundle with the log's signature, and nothing more."""
    return Bundle(
        statement=statement,
        entry=given.entry,
        index=given.index,
        checkpoint=given.checkpoint,
        inclusion_proof=given.proof,
        catalogue_version=catalogue.version,
        catalogue_digest=catalogue.digest,
    ).to_bytes()
