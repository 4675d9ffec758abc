"""Prove the events in a bundle's status, and derive how the record stands from them."""

from collections.abc import Sequence
from dataclasses import dataclass

from openquality_validator import envelope, kinds, status
from openquality_validator.bundle.issuer import Issuer, resolver, verified
from openquality_validator.bundle.logged import prove
from openquality_validator.bundle.parts import Logged
from openquality_validator.entry import Entry
from openquality_validator.errors import IdentityError, StatusError
from openquality_validator.message import message
from openquality_validator.records import VerifiedRecord
from openquality_validator.status import Event, States, StatusStatement, Successor
from openquality_validator.tlog.checkpoint import Checkpoint


@dataclass(frozen=True, slots=True)
class Proved:
    """Hold the states of the voices, the first successor, and the log entries that prove them."""

    states: States
    successor: Successor | None
    entries: tuple[tuple[int, Entry], ...]


def derive(
    record: VerifiedRecord, events: Sequence[Logged], issuer: Issuer, head: Checkpoint
) -> Proved:
    """Prove the events, and derive states and the first successor from them.

    Raises StatusError (U003 to U009), or what proving and verifying raise.
    """
    target = status.statement_target(record.digest)
    chain: list[Event] = []
    successors: list[Successor] = []
    entries: list[tuple[int, Entry]] = []
    for logged in events:
        kind = _kind(logged)
        entry = prove(logged, head, kind=kind)
        entries.append((logged.index, entry))
        if kind == kinds.ATTESTATION:
            successors.append(_successor(record, logged, entry, issuer))
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
    states = status.derive(target, chain, log=head.origin)
    return Proved(states, successors[0] if successors else None, tuple(entries))


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
