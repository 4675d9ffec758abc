"""Judge how the record stands: valid in time, and its state in the registry's log (step 11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openquality_validator import envelope, kinds, status
from openquality_validator.bundle.issuer import Issuer, resolver, verified
from openquality_validator.bundle.ledger import Result, failed, passed, unknown
from openquality_validator.bundle.logged import CLOCK_SKEW, moment, prove
from openquality_validator.bundle.parts import Logged, Status
from openquality_validator.entry import Entry
from openquality_validator.errors import IdentityError, StatusError
from openquality_validator.records import VerifiedRecord
from openquality_validator.status import Event, State, States, StatusStatement, Successor
from openquality_validator.status import answer as answers
from openquality_validator.status.answer import Answer
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.trust import Trust


@dataclass(frozen=True, slots=True)
class Standing:
    """Hold the result of the step, the answer that was proved, and the entries behind it."""

    result: Result
    answer: Answer | None = None
    entries: tuple[tuple[int, Entry], ...] = ()


def judge_validity(credential: dict[str, Any], *, logged: Entry, now: datetime) -> Result | None:
    """Judge the record's own window and the time of its admission; None if they hold."""
    if moment(logged) > now + CLOCK_SKEW:
        return failed(
            "V113",
            f"The registry says that it admitted the record at {logged.admitted_at}, which is in "
            "the future. Check your clock.",
        )
    if now < datetime.fromisoformat(credential["validFrom"]):
        return failed("V111", f"The record is valid only from {credential['validFrom']}.")
    until = credential.get("validUntil")
    if until is not None and now > datetime.fromisoformat(until):
        return failed("V112", f"The record expired at {until}.")
    return None


def judge(
    record: VerifiedRecord,
    part: Status | None,
    *,
    issuer: Issuer,
    head: Checkpoint,
    logged: Entry,
    trust: Trust,
    now: datetime,
) -> Standing:
    """Judge the record's window, then what the status answer proves."""
    wrong = judge_validity(record.value, logged=logged, now=now)
    if wrong is not None:
        return Standing(wrong)
    if part is None:
        return Standing(
            unknown(
                "V114",
                "The record is valid in time. Whether it was revoked is unknown: the bundle "
                "carries no status. Fetch it again with `openquality get --refresh`.",
            )
        )
    said, did = answers.verify(part.answer)
    log = trust.log(head.origin)
    if log is None or did not in log.status_keys:
        return Standing(
            unknown(
                "V115",
                f"The status is signed by {did}, which is not a status key in your trust file.",
            )
        )
    if (said.log, said.target, said.size, said.root) != (
        head.origin,
        record.digest,
        head.size,
        head.root,
    ):
        return Standing(
            failed("V116", "The status answer is about another statement, log or checkpoint.")
        )
    states, successor, entries = _derive(record, part.events, issuer, head)
    own = Answer.of(
        states,
        issuer=record.issuer,
        successor=successor,
        target=record.digest,
        log=head.origin,
        size=head.size,
        root=head.root,
        now=now,
    )
    if not said.same_as(own):
        return Standing(
            failed(
                "V116",
                f"The registry says {said.state}, and the log's entries in the bundle say "
                f"{own.state}. Keep the bundle: it convicts the registry.",
            ),
            entries=entries,
        )
    return Standing(_verdict(said, states, record, trust=trust, now=now), said, entries)


def _verdict(
    said: Answer, states: States, record: VerifiedRecord, *, trust: Trust, now: datetime
) -> Result:
    believed = {party.did for party in trust.status_issuers}
    worst = states.worst(lambda did: did == record.issuer or did in believed)
    if worst in {State.SUSPENDED, State.REVOKED}:
        return failed("V118", f"The record was {worst}, as of {said.time}.")
    if said.state is State.SUPERSEDED:
        return failed(
            "V119", f"The record was superseded by {said.successor}. Fetch that one instead."
        )
    asked = datetime.fromisoformat(said.time)
    if asked > now + CLOCK_SKEW:
        return failed("V113", f"The status is of the future ({said.time}). Check your clock.")
    if trust.status_age is not None and now - asked > trust.status_age:
        return unknown(
            "V117",
            f"The status is of {said.time}, older than your limit. Fetch it again with "
            "`openquality get --refresh`.",
        )
    others = [f"{did} says {state}" for did, state in said.others.items()]
    note = f" ({'; '.join(others)}, whose word your trust file does not count)" if others else ""
    return passed("V110", f"The record is valid in time and not revoked as of {said.time}{note}.")


def _derive(
    record: VerifiedRecord, events: Sequence[Logged], issuer: Issuer, head: Checkpoint
) -> tuple[States, Successor | None, tuple[tuple[int, Entry], ...]]:
    """Prove the events, and derive states and the first successor from them."""
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
            "The bundle shows two successors of the record; only the first in the log counts.",
            "Fetch the bundle again; if it stays so, the registry admitted a second one.",
        )
    states = status.derive(target, chain, log=head.origin)
    return states, successors[0] if successors else None, tuple(entries)


def _kind(logged: Logged) -> str:
    content = envelope.credential(envelope.parse_envelope(logged.statement).payload).value
    kind = kinds.of(content).name
    if kind not in {kinds.ATTESTATION, kinds.STATUS}:
        raise StatusError(
            "U001", "An event of the status is not a status statement.", "Fetch it again."
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
            f"The status statement at index {logged.index} cannot be proved: {error.message}",
            "Voices on status other than the issuer's are read if they are did:key identifiers.",
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
            f"The statement at index {logged.index} does not supersede the record: it needs the "
            "same issuer and subject, and the record's digest in `supersedes`.",
            "Fetch the bundle again.",
        )
    return Successor(logged.index, after.digest)
