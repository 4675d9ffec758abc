"""Certification measures in the registry: who may say what, and what follows on what.

    warning, request   the operator, who is listed here for the scheme, who issued the certificate
                       in a record here; about a record also whoever has signed what it received
    answer, appeal     the holder
    closure            whoever asked
    decision           whoever said what the appeal is against, who is listed here, the operator

The order in which things can be said is `certification.case`; here stands who says them.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

from openquality_registry import heads, voices
from openquality_registry.answering import facts_rows
from openquality_registry.facts import Facts
from openquality_registry.ports import Pending
from openquality_registry.problems import Refused
from openquality_registry.status import STATED
from openquality_validator import certification, envelope, kinds, status, subjects
from openquality_validator.certification import Case, Event, Kind, Measure
from openquality_validator.certification.measure import TYPE
from openquality_validator.entry import Entry
from openquality_validator.message import message
from openquality_validator.records import VerifiedRecord
from openquality_validator.status.statement import STATEMENT

# Measures about one target by issuers whom this registry does not list: honest cases have some
# dozens, and all of them are read for each new one.
MOST_MEASURES: Final = 200


def examine(statement: bytes, verified: VerifiedRecord, facts: Facts) -> Pending:
    """Prepare a measure.

    Raises Refused for a target, voice or deadline that this registry does not take, StatusError
    for what may not follow.
    """
    said = certification.read(verified)
    if said.log != facts.origin:
        raise Refused(
            "wrong-log",
            message(
                "The measure speaks of the log {log}, and this is {origin}.",
                log=said.log,
                origin=facts.origin,
            ),
        )
    if said.deadline is not None and said.deadline < facts.today:
        raise Refused(
            "invalid-statement",
            message("The deadline {deadline} has passed already.", deadline=said.deadline),
        )
    _check_target(said, facts)
    head = heads.case(said.target)
    found = facts.heads([head]).get(head, heads.NONE)
    before = case(said.target, facts)
    _check_voice(said, before, facts)
    index = before.events[-1].index + 1 if before.events else 0
    events = (*before.events, Event(index, facts.today, said))
    certification.derive(said.target, events, log=facts.origin)
    return Pending(
        statement=statement,
        digest=said.digest,
        issuer=said.issuer,
        credential_id=verified.value["id"],
        kind=kinds.MEASURE,
        subjects=subjects.of_target(verified.value),
        index_rows={"measures": facts_rows.of_measure(said)},
        # What answers another one comes after all that could end it.
        expects={} if said.about is None else {head: found},
        moves={} if said.about is None else {head: said.digest},
    )


def case(target: str, facts: Facts) -> Case:
    """Derive all that was said about a target in this log."""
    found = events(facts.said_about(target), log=facts.origin)
    return certification.derive(target, found, log=facts.origin)


def events(said: Iterable[tuple[int, bytes, bytes]], *, log: str) -> tuple[Event, ...]:
    """Read admitted status statements and measures (index, entry, statement) said in a log.

    Replies to observations are left out, and so is what was said in a former log.
    """
    found = []
    for index, entry, statement in said:
        taken = envelope.parse_envelope(statement)
        value = envelope.credential(taken.payload).value
        if value["credentialSubject"]["log"] != log:
            continue
        if kinds.of(value).name == kinds.STATUS:
            word = status.read_admitted(value, digest=taken.digest)
            found.append(Event(index, day(entry), word))
        elif kinds.of(value).type == TYPE:
            measure = certification.read_admitted(value, digest=taken.digest)
            found.append(Event(index, day(entry), measure))
    return tuple(found)


def day(entry: bytes) -> dt.date:
    """Return the day (UTC) on which an entry came in."""
    return dt.date.fromisoformat(Entry.from_bytes(entry).admitted_at[:10])


def _check_target(said: Measure, facts: Facts) -> None:
    if said.target.startswith(STATEMENT):
        found = facts.find(said.target.removeprefix(STATEMENT))
        is_known = found is not None and found.kind in STATED
    else:
        is_known = status.certificate_of(said.target) is not None
    if not is_known:
        raise Refused(
            "unknown-target",
            message(
                "{target} is no record in this log, and no certificate by scheme and number.",
                target=said.target,
            ),
        )


def _check_voice(said: Measure, before: Case, facts: Facts) -> None:
    against = before.said(said.about)
    if against is None or said.kind.opens:
        # What answers nothing that is there is refused by the case itself.
        is_right = not said.kind.opens or voices.may_ask(said.issuer, said.target, facts)
    elif said.kind in {Kind.ACTION, Kind.APPEAL}:
        is_right = said.issuer in voices.holders(said.target, against.issuer, facts)
    elif said.kind is Kind.DECISION:
        appealed = before.said(against.about) if isinstance(against, Measure) else None
        is_right = said.issuer == (appealed and appealed.issuer) or voices.is_listed(
            said.issuer, said.target, facts
        )
    else:
        is_right = True  # of a closure, the case says who may
    if not is_right:
        raise Refused(
            "wrong-voice",
            message(
                "{issuer} may not say this about {target}: it is no {kind} of its own.",
                issuer=said.issuer,
                target=said.target,
                kind=said.kind,
            ),
        )
    if not voices.is_listed(said.issuer, said.target, facts):
        _check_room(said, before.events, facts)


def _check_room(said: Measure, before: Sequence[Event], facts: Facts) -> None:
    others = [
        each
        for each in before
        if isinstance(each.said, Measure)
        and not voices.is_listed(each.said.issuer, said.target, facts)
    ]
    if len(others) >= MOST_MEASURES:
        raise voices.full(said.target)
