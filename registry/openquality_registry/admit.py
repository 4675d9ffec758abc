"""Admission: from the bytes that a supplier sent to a receipt (docs/spec/admission.md).

    1. size                       by the caller, before anything is read
    2. what is in the log         the same bytes again, or the same said in other bytes, get the
                                  first entry, whatever became of the key or of heads since
    3. envelope, strict JSON, key, signature, schema, rules
    4. what this registry takes   by kind; extensions of schemas that are published here
    5. the log                    index rows, then a place in the queue

`examine` is steps 3 to 5. It asks the database only through `facts`, so that what needs no facts
can be examined in another process.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace

from openquality_registry import certification, governing, heads, pinning, places, replies, status
from openquality_registry.access.gate import Caller, Gate
from openquality_registry.adapters.sql.store import SqlStore
from openquality_registry.answering import index
from openquality_registry.facts import Facts, StoreFacts
from openquality_registry.issuers import Keys, is_event
from openquality_registry.log.batch import check_entry
from openquality_registry.log.errors import LogError
from openquality_registry.log.proofs import Prover
from openquality_registry.log.sequencer import Sequencer
from openquality_registry.ports import Logged, Pending, Receipt
from openquality_registry.problems import Refused
from openquality_validator import catalogue as catalogues
from openquality_validator import entry, envelope, identity, kinds, subjects
from openquality_validator.entry import Entry
from openquality_validator.errors import (
    IdentityError,
    InvalidInput,
    OpenQualityError,
    ProofError,
)
from openquality_validator.identity import KeyResolution
from openquality_validator.message import message
from openquality_validator.records import VerifiedRecord
from openquality_validator.status import key_target


def examine(statement: bytes, facts: Facts) -> Pending:
    """Verify a statement and prepare what the log and the index take of it.

    Raises InvalidInput or InvalidRecord with what is wrong, Refused for what is not taken, and
    NeedsFacts where the facts at hand do not do.
    """
    if is_event(statement):
        pending = facts.key_event(statement)
        check_entry(pending)
        return pending
    used: dict[str, Keys] = {}

    def resolve(did: str) -> KeyResolution:
        used[did] = facts.keys(did)
        return used[did].resolution

    verified = envelope.verify_statement(
        statement, resolve=resolve, schemas=pinning.Contents(facts)
    )
    examiner = EXAMINERS.get(kinds.of(verified.value).name)
    if examiner is None:
        raise Refused(
            "not-supported-yet", message("This registry does not take statements of this type.")
        )
    pending = examiner(statement, verified, facts)
    keys = used[verified.issuer]
    if keys.version is not None:
        # The order of the log and that of the keys agree: a rotation in between refuses this.
        head = {heads.issuer(verified.issuer): keys.version}
        pending = replace(pending, expects={**pending.expects, **head}, first=keys.events)
    check_entry(pending)
    return pending


def attestation(statement: bytes, verified: VerifiedRecord, facts: Facts) -> Pending:
    """Prepare an attestation."""
    credential = verified.value
    pinning.require_checked(verified)
    version = credential["catalogueVersion"]
    if catalogues.is_later(version):
        raise Refused(
            "not-supported-yet",
            message(
                "The record names the catalogue {version}, and this registry knows them up to "
                "{DEFAULT_VERSION}: it cannot judge the metrics. Nothing is wrong with the "
                "record; publish it where that catalogue is known, or name an earlier one.",
                version=version,
                DEFAULT_VERSION=catalogues.DEFAULT_VERSION,
            ),
        )
    expects = _unrevoked_key(verified.issuer)
    supersession = status.check_supersession(verified, facts)
    if supersession is not None:
        expects |= supersession[0]
    old = supersession and supersession[1]
    moves = {heads.successor(old): verified.digest} if old else {}
    if (place := places.check(verified, facts)) is not None:
        expects |= dict([place])
        moves[place[0]] = verified.digest
    return Pending(
        statement=statement,
        digest=verified.digest,
        issuer=verified.issuer,
        credential_id=credential["id"],
        kind=kinds.ATTESTATION,
        subjects=subjects.of_attestation(credential),
        index_rows=index.rows(verified, catalogue=catalogues.load(version)),
        expects=expects,
        moves=moves,
        withdraws={old: True} if old else {},
    )


def compromise(statement: bytes, verified: VerifiedRecord, facts: Facts) -> Pending:  # noqa: ARG001 - one of a table
    """Prepare an issuer's word that one of its keys was in other hands."""
    subject = verified.value["credentialSubject"]
    of_issuer = subject["id"] == verified.issuer == subject["key"].partition("#")[0]
    if not of_issuer or subject["key"] == verified.key_id:
        raise IdentityError(
            "K125",
            message(
                "{key_id} may not say that {key} was in other hands.",
                key_id=verified.key_id,
                key=subject["key"],
            ),
            message("Rotate the key first, then say with the new one that the old one is lost."),
        )
    return Pending(
        statement=statement,
        digest=verified.digest,
        issuer=verified.issuer,
        credential_id=verified.value["id"],
        kind=kinds.KEY,
        subjects=subjects.of_target(verified.value),
        index_rows={"key_events": [{"did": verified.issuer, "version": ""}]},
    )


def word(statement: bytes, verified: VerifiedRecord, facts: Facts) -> Pending:  # noqa: ARG001 - one of a table
    """Prepare a word that changes nothing here: it is for each reader to say whether it counts.

    So are a registrar's word on an issuer, and the digest of a checkpoint of somebody's own log.
    """
    kind = kinds.of(verified.value)
    return Pending(
        statement=statement,
        digest=verified.digest,
        issuer=verified.issuer,
        credential_id=verified.value["id"],
        kind=kind.name,
        subjects=kind.subjects(verified.value),
    )


def measure(statement: bytes, verified: VerifiedRecord, facts: Facts) -> Pending:
    """Prepare a reply to an observation, or a certification measure."""
    if kinds.of(verified.value).type == replies.TYPE:
        return replies.examine(statement, verified, facts)
    return certification.examine(statement, verified, facts)


def assessment(statement: bytes, verified: VerifiedRecord, facts: Facts) -> Pending:
    """Prepare an assessment: a word that a key out of use cannot say."""
    said = word(statement, verified, facts)
    return replace(said, expects=_unrevoked_key(verified.issuer))


def schema(statement: bytes, verified: VerifiedRecord, facts: Facts) -> Pending:
    """Prepare a statement about a schema: a word that a key out of use cannot say."""
    said = governing.examine(statement, verified, facts)
    return replace(said, expects={**said.expects, **_unrevoked_key(verified.issuer)})


def _unrevoked_key(issuer: str) -> dict[str, str]:
    """Expect that a did:key has not taken itself out of use, in this log or a former one."""
    if not issuer.startswith(identity.METHOD):
        return {}
    return {heads.status(key_target(issuer)): heads.NONE}


EXAMINERS: Mapping[str, Callable[[bytes, VerifiedRecord, Facts], Pending]] = {
    kinds.ATTESTATION: attestation,
    kinds.STATUS: status.examine,
    kinds.KEY: compromise,
    kinds.REGISTRATION: word,
    kinds.ANCHOR: word,
    kinds.MEASURE: measure,
    kinds.ASSESSMENT: assessment,
    kinds.SCHEMA: schema,
}
"""Who prepares the statements of each kind that this registry takes."""


class Admission:
    """Admit statements over the ports. Every method may be called from any thread."""

    def __init__(
        self,
        *,
        store: SqlStore,
        sequencer: Sequencer,
        prover: Prover,
        facts: StoreFacts,
        gate: Gate,
    ) -> None:
        self._store = store
        self.facts = facts
        self._gate = gate
        self._sequencer = sequencer
        self._prover = prover

    def begin(self, statement: bytes, caller: Caller) -> "Future[Receipt]":
        """Admit one statement; the future holds its receipt.

        Raises what `examine` raises, Refused by the gate, Overloaded or LogStopped; the future
        fails with what the sequencer says.
        """
        (again,) = self.again([statement])
        return again or self.submit([examine(statement, self.facts)], caller)[0]

    def again(self, statements: Sequence[bytes]) -> "list[Future[Receipt] | None]":
        """Return the receipt of each statement that was committed, in these bytes or in others.

        What a statement builds on has moved on since, so this comes before its examination.
        """
        digests = [entry.digest(statement) for statement in statements]
        found = self._store.find_many(digests)
        logged = [
            found.get(digest) or self._twin(statement)
            for digest, statement in zip(digests, statements, strict=True)
        ]
        return [None if each is None else self._settled(each) for each in logged]

    def _twin(self, statement: bytes) -> Logged | None:
        """Find the statement that says the same in other bytes.

        Only a proof inside the credential leaves its white space free; it is the canonical form
        that counts then, proof included, and the bytes that came first.
        """
        if not statement.startswith(b"{"):
            return None
        try:
            said = envelope.credential(envelope.parse_envelope(statement).payload).value
            issuer = envelope.issuer_of(said)
        except InvalidInput:
            return None  # no credential: its examination says what is wrong, or takes a key event
        logged = self._store.find_id(issuer, str(said.get("id")))
        first = self._store.statement(logged.digest) if logged else None
        if first is None or not first.startswith(b"{"):
            return None
        same = envelope.canonical_digest(first) == envelope.canonical_digest(statement)
        return logged if same else None

    def _settled(self, logged: Logged) -> "Future[Receipt]":
        """Return the receipt of a committed statement; the queue answers once it is published."""
        receipt = self._receipt(logged)
        if receipt is None:
            try:
                return self._sequencer.submit(self._committed(logged))
            except LogError as error:
                return _failed(error)
        done: Future[Receipt] = Future()
        done.set_result(receipt)
        return done

    def _committed(self, logged: Logged) -> Pending:
        """Ask the queue for a statement that the Store has: it finds it there, and adds nothing."""
        statement = self._store.statement(logged.digest)
        assert statement is not None
        return Pending(
            statement=statement,
            digest=logged.digest,
            issuer=logged.issuer,
            credential_id=logged.credential_id,
            kind=logged.kind,
            subjects=Entry.from_bytes(logged.entry).subjects,
        )

    def known(self, digests: Sequence[str]) -> dict[str, Receipt]:
        """Return receipts of those statements that the published log holds."""
        found = self._store.find_many(digests)
        receipts = {digest: self._receipt(logged) for digest, logged in found.items()}
        return {digest: receipt for digest, receipt in receipts.items() if receipt}

    def submit(self, batch: Sequence[Pending], caller: Caller) -> "list[Future[Receipt]]":
        """Queue those examined statements that the gate lets in; the others' futures fail.

        All or none of them are queued: raises Overloaded or LogStopped.
        """
        refusals = self._gate.permit(batch, caller)
        admitted = [each for each, no in zip(batch, refusals, strict=True) if no is None]
        every = [part for each in admitted for part in (*each.first, each)]
        queued = iter(zip(every, self._sequencer.submit_all(every), strict=True))
        wanted = set(map(id, admitted))
        own = (future for part, future in queued if id(part) in wanted)
        return [next(own) if refusal is None else _failed(refusal) for refusal in refusals]

    def stopped(self) -> str | None:
        """Say why nothing can be admitted now, or None."""
        return self._sequencer.trouble

    def _receipt(self, logged: Logged) -> Receipt | None:
        try:
            proof = self._prover.inclusion(logged.index)
        except ProofError:
            # Committed a moment ago and not yet published: the queue answers when it is.
            return None
        return Receipt(
            index=logged.index,
            digest=logged.digest,
            entry=logged.entry,
            checkpoint=proof.checkpoint,
            size=proof.size,
            proof=proof.proof,
            created=False,
        )


def _failed(refusal: OpenQualityError) -> "Future[Receipt]":
    failed: Future[Receipt] = Future()
    failed.set_exception(refusal)
    return failed
