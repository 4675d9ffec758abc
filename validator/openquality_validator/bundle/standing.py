"""Judge how the record stands: valid in time, and its state in the registry's log (step 11)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openquality_validator import certification, evidence
from openquality_validator.bundle import events
from openquality_validator.bundle.issuer import Issuer
from openquality_validator.bundle.ledger import Result, failed, passed, unknown
from openquality_validator.bundle.logged import CLOCK_SKEW, check_order, moment
from openquality_validator.bundle.parts import Status
from openquality_validator.bundle.proved import Proved
from openquality_validator.entry import Entry
from openquality_validator.errors import InvalidInput
from openquality_validator.message import join, message
from openquality_validator.records import VerifiedRecord
from openquality_validator.status import State, States
from openquality_validator.status import answer as answers
from openquality_validator.status.answer import Answer
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.trust import Trust

_WITHDRAWN = {State.SUSPENDED, State.REVOKED}


@dataclass(frozen=True, slots=True)
class Standing:
    """Hold the result of the step, the answer if the registry's key proves it, and its events."""

    result: Result
    answer: Answer | None = None
    events: Proved | None = None


def judge_validity(credential: dict[str, Any], *, logged: Entry, now: datetime) -> Result | None:
    """Judge the record's own window and the time of its admission; None if they hold."""
    if moment(logged) > now + CLOCK_SKEW:
        return failed(
            "V113",
            message(
                "The registry says that it admitted the record at {admitted_at}, which is in the "
                "future. Check your clock.",
                admitted_at=logged.admitted_at,
            ),
        )
    if now < datetime.fromisoformat(credential["validFrom"]):
        return failed(
            "V111",
            message(
                "The record is valid only from {valid_from}.", valid_from=credential["validFrom"]
            ),
        )
    until = credential.get("validUntil")
    if until is not None and now > datetime.fromisoformat(until):
        return failed("V112", message("The record expired at {until}.", until=until))
    return None


def judge(
    record: VerifiedRecord,
    part: Status | None,
    *,
    issuer: Issuer,
    head: Checkpoint,
    logged: tuple[int, Entry],
    trust: Trust,
    now: datetime,
) -> Standing:
    """Judge the record's window, then what the status answer and its events prove."""
    said, by, proved, wrong = None, "", None, None
    try:
        if part is not None:
            said, by = answers.verify(part.answer)
            proved = events.derive(record, part.events, issuer, head)
            check_order((logged, *issuer.entries, *proved.entries))
    except InvalidInput as error:
        wrong, proved = failed("V116", str(error)), None
    # What is not valid today may have been on another day, and the events say how it stood then.
    out_of_time = judge_validity(record.value, logged=logged[1], now=now)
    if out_of_time is not None or wrong is not None:
        result = out_of_time or wrong
        assert result is not None
        return Standing(result, events=proved)
    if said is None or proved is None:
        return Standing(
            unknown(
                "V114",
                message(
                    "The record is valid in time. Whether it was revoked is unknown: the bundle "
                    "carries no status. Fetch it again with `openquality get --refresh`."
                ),
            )
        )
    worst = worst_of(proved.states, record, trust)
    log = trust.log(head.origin)
    if log is None or by not in log.status_keys:
        return Standing(_judge_unsigned(by, proved, worst, head), events=proved)
    own = Answer.of(
        proved.states,
        issuer=record.issuer,
        successor=proved.successor,
        target=record.digest,
        head=head,
        key_events=len(issuer.entries),
        now=now,
        certificates=proved.certificate_states,
    )
    if said.same_as(own):
        withdrawn = certificates_of(record, proved, trust)
        result = _judge(said, proved, worst, withdrawn, trust=trust, now=now)
        return Standing(result, said, proved)
    return Standing(
        failed(
            "V116",
            message(
                "The status is not about this statement at this checkpoint, or says something "
                "else than the log's entries in the bundle ({state}). If the registry sent it "
                "so, keep the bundle: it convicts the registry.",
                state=own.state,
            ),
        )
    )


def state_of(record: VerifiedRecord, proved: Proved, trust: Trust) -> State:
    """Say how a record stands by its events: by its issuer and whom the trust file believes."""
    worst = worst_of(proved.states, record, trust)
    if worst is State.ACTIVE and proved.successor is not None:
        return State.SUPERSEDED
    return worst


def certificates_of(record: VerifiedRecord, proved: Proved, trust: Trust) -> dict[str, State]:
    """Say how each certificate that a record claims stands, by claim id, where it is not active.

    By whoever signed the claim, the certifier that it names, and whom the trust file lists for the
    scheme or believes (docs/spec/certification.md).
    """
    states = proved.certificate_states
    found: dict[str, State] = {}
    for said in certification.certificates(record.value):
        scheme = certification.scheme_of(said.key)
        believed = [
            party.did
            for party in trust.status_issuers
            if not party.schemes or scheme in party.schemes
        ]
        counts = certification.counts(said, accreditors=trust.accreditors, others=believed)
        worst = states[said.key].worst(counts.__contains__)
        if worst is not State.ACTIVE:
            found[said.claim] = worst
    return found


def _judge_unsigned(by: str, proved: Proved, worst: State, head: Checkpoint) -> Result:
    # What cannot be taken back needs no word of the registry: the log's entries prove it.
    if worst is State.REVOKED or proved.successor is not None:
        return _withdrawn(
            worst, proved, message("the checkpoint of {size} entries", size=head.size)
        )
    return unknown(
        "V115",
        message(
            "The status is signed by {by}, which is not a status key in your trust file. If it "
            "is the registry's own, run `openquality trust add` with --with-status-key.",
            by=by,
        ),
    )


def _judge(
    said: Answer,
    proved: Proved,
    worst: State,
    withdrawn: Mapping[str, State],
    *,
    trust: Trust,
    now: datetime,
) -> Result:
    asked = datetime.fromisoformat(said.time)
    if worst in _WITHDRAWN or said.state is State.SUPERSEDED:
        return _withdrawn(worst, proved, said.time)
    if asked > now + CLOCK_SKEW:
        return failed(
            "V113",
            message("The status is of the future ({time}). Check your clock.", time=said.time),
        )
    if trust.status_age is not None and now - asked > trust.status_age:
        return unknown(
            "V117",
            message(
                "The status is of {time}, older than your limit. Fetch it again with "
                "`openquality get --refresh`.",
                time=said.time,
            ),
        )
    if withdrawn:
        return passed(
            "V110",
            message(
                "The record is valid in time and not revoked as of {time}; a certificate that it "
                "claims no longer stands: {certificates}.",
                time=said.time,
                certificates=join("; ", [f"{claim} {state}" for claim, state in withdrawn.items()]),
            ),
        )
    others = [
        message("{did} says {state}", did=did, state=state) for did, state in said.others.items()
    ]
    if others:
        return passed(
            "V110",
            message(
                "The record is valid in time and not revoked as of {time} ({others}, whose word "
                "your trust file does not count).",
                time=said.time,
                others=join("; ", others),
            ),
        )
    return passed(
        "V110",
        message("The record is valid in time and not revoked as of {time}.", time=said.time),
    )


def _withdrawn(worst: State, proved: Proved, as_of: str) -> Result:
    if worst in _WITHDRAWN:
        return failed(
            "V118", message("The record was {worst}, as of {as_of}.", worst=worst, as_of=as_of)
        )
    assert proved.successor is not None
    return failed(
        "V119",
        message(
            "The record was superseded by {digest}. Fetch that one instead.",
            digest=proved.successor.digest,
        ),
    )


def worst_of(states: States, record: VerifiedRecord, trust: Trust) -> State:
    """Return how the record stands by its issuer and the voices that the trust file believes."""
    claims = record.value["credentialSubject"].get("claims", ())
    schemes = {evidence.scheme_of(claim) for claim in claims}
    believed = {
        party.did
        for party in trust.status_issuers
        if not party.schemes or not schemes.isdisjoint(party.schemes)
    }
    return states.worst(lambda did: did == record.issuer or did in believed)
