"""Prove the events in a bundle's status, and derive how the record stands from them."""

from collections.abc import Sequence

from openquality_validator import certification, envelope, identity, kinds, status
from openquality_validator.bundle.issuer import Issuer, resolver, verified
from openquality_validator.bundle.logged import prove
from openquality_validator.bundle.parts import Logged
from openquality_validator.bundle.proved import Proved
from openquality_validator.entry import Entry, rebuild
from openquality_validator.errors import IdentityError, ProofError, StatusError
from openquality_validator.message import message
from openquality_validator.records import VerifiedRecord
from openquality_validator.status import Event, StatusStatement, Successor
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.validate import require_valid


def derive(
    record: VerifiedRecord, events: Sequence[Logged], issuer: Issuer, head: Checkpoint
) -> Proved:
    """Prove the events, and that they form chains: of the record, and of its certificates.

    Raises StatusError (U003 to U009), or what proving and verifying raise.
    """
    target = status.statement_target(record.digest)
    chain: list[Event] = []
    certificates: dict[str, list[Event]] = {
        each.key: [] for each in certification.certificates(record.value)
    }
    successors: list[Successor] = []
    entries: list[tuple[int, Entry]] = []
    for logged in events:
        kind = _kind(logged)
        entry = prove(logged, head, kind=kind)
        entries.append((logged.index, entry))
        if kind == kinds.ATTESTATION:
            successors.append(_successor(record, logged, entry, issuer))
        elif entry.subjects and entry.subjects[0] in certificates:
            said = _on_certificate(logged, entry, issuer)
            certificates[said.target].append(Event(logged.index, said))
        else:
            chain.append(Event(logged.index, _statement(logged, entry, issuer)))
    if len(successors) > 1:
        raise StatusError(
            "U007",
            message(
                "The bundle shows two successors of the record; only the first in the log counts."
            ),
            message("Fetch the bundle again; if it stays so, the registry admitted a second one."),
        )
    proved = Proved(
        target=target,
        log=head.origin,
        chain=tuple(chain),
        certificates={key: tuple(said) for key, said in certificates.items()},
        successor=successors[0] if successors else None,
        entries=tuple(entries),
    )
    _ = proved.states, proved.certificate_states  # raises what the chains forbid
    return proved


def _kind(logged: Logged) -> str:
    content = envelope.credential(envelope.parse_envelope(logged.statement).payload).value
    kind = kinds.of(content).name
    if kind not in {kinds.ATTESTATION, kinds.STATUS}:
        raise StatusError(
            "U001",
            message("An event of the status is not a status statement."),
            message("Fetch it again."),
        )
    return kind


def _on_certificate(logged: Logged, entry: Entry, issuer: Issuer) -> StatusStatement:
    """Read a word on a certificate: verified where the keys of its voice are at hand.

    Certifiers have identities of every kind, whose keys are not in this bundle. That they said it
    is then the registry's word alone, which everybody who follows the log can check.
    """
    if entry.issuer.startswith(identity.METHOD) or entry.issuer == issuer.history.did:
        return status.read(verified(logged, entry, resolver(issuer, logged.index)))
    record = envelope.credential(envelope.parse_envelope(logged.statement).payload)
    content = require_valid(record).value
    if rebuild(logged.statement, content, entry.admitted_at) != entry:
        raise ProofError(
            "B007",
            message(
                "The log entry at index {index} does not follow from its statement.",
                index=logged.index,
            ),
            message("Fetch the bundle again; if it stays so, the registry logged something else."),
        )
    return status.read_admitted(content, digest=entry.digest)


def _statement(logged: Logged, entry: Entry, issuer: Issuer) -> StatusStatement:
    try:
        return status.read(verified(logged, entry, resolver(issuer, logged.index)))
    except IdentityError as error:
        # The keys of a third voice are not in the bundle; its word is shown and never counts,
        # but a trusted one must be proved.
        raise StatusError(
            "U008",
            message(
                "The status statement at index {index} cannot be proved: {message}",
                index=logged.index,
                message=error.message,
            ),
            message(
                "Voices on status other than the issuer's are read if they are did:key identifiers."
            ),
        ) from None


def _successor(record: VerifiedRecord, logged: Logged, entry: Entry, issuer: Issuer) -> Successor:
    after = verified(logged, entry, resolver(issuer, logged.index))
    if (
        after.value.get("supersedes") != record.digest
        or after.issuer != record.issuer
        or after.value["credentialSubject"]["id"] != record.value["credentialSubject"]["id"]
    ):
        raise StatusError(
            "U009",
            message(
                "The statement at index {index} does not supersede the record: it needs the same "
                "issuer and subject, and the record's digest in `supersedes`.",
                index=logged.index,
            ),
            message("Fetch the bundle again."),
        )
    return Successor(logged.index, after.digest)
