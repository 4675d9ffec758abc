"""Admission: from the bytes that a supplier sent to a receipt (docs/spec/admission.md).

    1. size                       by the caller, before anything is read
    2. the digest is looked up    the same bytes again get their first entry, whatever became of
                                  the key since
    3. envelope, strict JSON, key, signature, schema, rules
    4. what this registry takes   by kind; not yet: extensions
    5. the log                    index rows, then a place in the queue

`examine` is steps 3 to 5. It asks the database only through `facts`, so that what needs no facts
can be examined in another process.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from openquality_registry import heads, index, status
from openquality_registry.adapters.sql.store import SqlStore
from openquality_registry.facts import Facts, StoreFacts
from openquality_registry.log.batch import check_entry
from openquality_registry.log.proofs import Prover
from openquality_registry.log.sequencer import Sequencer
from openquality_registry.ports import Logged, Pending, Receipt
from openquality_registry.problems import Refused
from openquality_validator import bundle as bundles
from openquality_validator import catalogue as catalogues
from openquality_validator import entry, envelope, identity, kinds, subjects
from openquality_validator.catalogue import Catalogue
from openquality_validator.errors import ProofError
from openquality_validator.records import VerifiedRecord
from openquality_validator.status import key_target

# Members that the schema has and this registry does not take: admitting one would promise what
# only a later version can keep.
LATER: Mapping[str, str] = {
    "extensionSchemas": "Leave out the extensions and the schemas that they pin.",
    "extensions": "Leave out the extensions and the schemas that they pin.",
}


def examine(statement: bytes, facts: Facts) -> Pending:
    """Verify a statement and prepare what the log and the index take of it.

    Raises InvalidInput or InvalidRecord with what is wrong, Refused for what is not taken, and
    NeedsFacts where the facts at hand do not do.
    """
    verified = envelope.verify_statement(statement, resolve=facts.resolve)
    examiner = EXAMINERS.get(kinds.of(verified.value).name)
    if examiner is None:
        raise Refused("not-supported-yet", "This registry does not take statements of this type.")
    pending = examiner(statement, verified, facts)
    check_entry(pending)
    return pending


def attestation(statement: bytes, verified: VerifiedRecord, facts: Facts) -> Pending:
    """Prepare an attestation."""
    credential = verified.value
    _refuse_later(credential)
    expects = _unrevoked_key(verified.issuer)
    supersession = status.check_supersession(verified, facts)
    if supersession is not None:
        expects |= supersession[0]
    old = supersession and supersession[1]
    return Pending(
        statement=statement,
        digest=verified.digest,
        issuer=verified.issuer,
        credential_id=credential["id"],
        kind=kinds.ATTESTATION,
        subjects=subjects.of_attestation(credential),
        index_rows=index.rows(verified, catalogue=catalogues.load(credential["catalogueVersion"])),
        expects=expects,
        moves={heads.successor(old): verified.digest} if old else {},
        withdraws={old: True} if old else {},
    )


def _unrevoked_key(issuer: str) -> dict[str, str]:
    """Expect that a did:key has not taken itself out of use."""
    if not issuer.startswith(identity.METHOD):
        return {}
    return {heads.status(key_target(issuer)): heads.NONE}


EXAMINERS: Mapping[str, Callable[[bytes, VerifiedRecord, Facts], Pending]] = {
    kinds.ATTESTATION: attestation,
    kinds.STATUS: status.examine,
}
"""Who prepares the statements of each kind that this registry takes."""


class Admission:
    """Admit statements over the ports. Every method may be called from any thread."""

    def __init__(
        self, *, store: SqlStore, sequencer: Sequencer, prover: Prover, facts: StoreFacts
    ) -> None:
        self._store = store
        self.facts = facts
        self._sequencer = sequencer
        self._prover = prover

    def begin(self, statement: bytes) -> "Future[Receipt]":
        """Admit one statement; the future holds its receipt.

        Raises what `examine` raises, Overloaded or LogStopped; the future fails with what the
        sequencer says.
        """
        digest = entry.digest(statement)
        known = self.known([digest]).get(digest)
        if known is None:
            return self._sequencer.submit(examine(statement, self.facts))
        done: Future[Receipt] = Future()
        done.set_result(known)
        return done

    def known(self, digests: Sequence[str]) -> dict[str, Receipt]:
        """Return receipts of those statements that the published log holds."""
        found = self._store.find_many(digests)
        receipts = {digest: self._receipt(logged) for digest, logged in found.items()}
        return {digest: receipt for digest, receipt in receipts.items() if receipt}

    def submit(self, batch: Sequence[Pending]) -> "list[Future[Receipt]]":
        """Queue examined statements, all or none. Raises Overloaded or LogStopped."""
        return self._sequencer.submit_all(batch)

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


def bundle(
    statement: bytes,
    receipt: Receipt,
    *,
    catalogue: Catalogue,
    consistency: bundles.Consistency | None = None,
) -> bytes:
    """Write the bundle of a statement under its receipt's checkpoint."""
    return bundles.Bundle(
        statement=statement,
        entry=receipt.entry,
        index=receipt.index,
        checkpoint=receipt.checkpoint,
        inclusion_proof=receipt.proof,
        catalogue_version=catalogue.version,
        catalogue_digest=catalogue.digest,
        consistency=consistency,
    ).to_bytes()


def _refuse_later(credential: Mapping[str, Any]) -> None:
    subject = credential["credentialSubject"]
    places = [("", credential), ("/credentialSubject", subject)] + [
        (f"/credentialSubject/claims/{at}", claim) for at, claim in enumerate(subject["claims"])
    ]
    for place, value in places:
        for name, mend in LATER.items():
            if name in value:
                raise Refused(
                    "not-supported-yet", f"{place}/{name} is not taken by this version. {mend}"
                )
