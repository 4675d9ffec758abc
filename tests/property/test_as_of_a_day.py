"""The verdict as of a day does not change when later things are said: in bundles, over a whole log.

A registry is simulated whose time moves on between random words on a record and on its
certificate, by its certifier. After every step the bundle says the same of each past day.
"""

import datetime as dt
from dataclasses import replace

from hostile_registry import ORIGIN, Clock, HostileRegistry
from hostile_scene import CERTIFICATE_KEY, certified, spoken
from hypothesis import given, settings
from hypothesis import strategies as st
from registry_at_work import KEY

from openquality_validator import bundle, certification, status
from openquality_validator.bundle import standing
from openquality_validator.certification import Case, Event, Kind, Measure, Outcome
from openquality_validator.entry import digest
from openquality_validator.errors import StatusError
from openquality_validator.evidence import Accreditor
from openquality_validator.status import State, Voice
from openquality_validator.tlog.note import VerifierKey
from openquality_validator.trust import LogKey, Trust, TrustedLog

DAY = dt.timedelta(days=1)
RECORD = certified()
TARGETS = {"record": status.statement_target(digest(RECORD)), "certificate": CERTIFICATE_KEY}
STATES = {
    State.ACTIVE: {Voice.SUSPENDED, Voice.REVOKED},
    State.SUSPENDED: {Voice.REINSTATED, Voice.REVOKED},
    State.REVOKED: set(),
}
AFTER = {
    Voice.SUSPENDED: State.SUSPENDED,
    Voice.REINSTATED: State.ACTIVE,
    Voice.REVOKED: State.REVOKED,
}
STEPS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(sorted(TARGETS)), st.sampled_from(list(Voice))),
    max_size=6,
)


def stood(registry: HostileRegistry, now: dt.datetime, day: dt.date) -> tuple[State, State]:
    """Return how record and certificate stood on a day, by the bundle of now."""
    log = TrustedLog(
        ORIGIN,
        (LogKey(VerifierKey.from_text(registry.vkey)),),
        status_keys=(registry.status_key.did,),
    )
    whom = Trust(logs=(log,), accreditors=(Accreditor(KEY.did, ("ISO-9001",)),))
    found = bundle.verify(registry.bundle(0).to_bytes(), trust=whom, now=now)
    assert found.record is not None
    assert found.events is not None
    proved = found.events.as_of(day)
    certificates = standing.certificates_of(found.record, proved, whom)
    record = standing.state_of(found.record, proved, whom)
    return record, next(iter(certificates.values()), State.ACTIVE)


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_a_bundle_says_the_same_of_a_past_day_whatever_was_said_since(
    steps: list[tuple[int, str, Voice]],
) -> None:
    clock = Clock()
    registry = HostileRegistry(clock)
    registry.admit(RECORD)
    states = dict.fromkeys(TARGETS, State.ACTIVE)
    newest: dict[str, bytes] = {}
    told: dict[dt.date, tuple[State, State]] = {}
    for days, name, voice in steps:
        clock.moment += days * DAY
        if voice not in STATES[states[name]]:
            continue
        word = spoken(voice.value, TARGETS[name], previous=newest.get(name))
        registry.admit(word)
        states[name], newest[name] = AFTER[voice], word
        today = clock.now().date()
        told[today] = (states["record"], states["certificate"])
        for day, expected in told.items():
            assert stood(registry, clock.now(), day) == expected
        assert stood(registry, clock.now(), min(told) - DAY) == (State.ACTIVE, State.ACTIVE)


MEASURES = st.lists(
    st.tuples(
        st.sampled_from([*Kind, *Voice]),
        st.integers(0, 8),
        st.sampled_from(list(Outcome)),
        st.integers(0, 2),
    ),
    max_size=12,
)


@settings(max_examples=200, deadline=None)
@given(MEASURES)
def test_a_case_as_of_a_day_does_not_depend_on_what_came_later(
    drawn: list[tuple[Kind | Voice, int, Outcome, int]],
) -> None:
    case = Case(CERTIFICATE_KEY, ORIGIN)
    past: dict[dt.date, Case] = {}
    day = dt.date(2027, 1, 1)
    for at, (what, about, outcome, days) in enumerate(drawn):
        day += days * DAY
        event = _event(at, what, f"sha256:{about:064x}", outcome, day, case)
        try:
            case = certification.derive(CERTIFICATE_KEY, (*case.events, event), log=ORIGIN)
        except StatusError:
            continue  # it may not follow, and no log holds it
        past[day] = case
        for earlier, before in past.items():
            assert case.as_of(earlier) == before
        # Nothing is lost: every request is open or has its end, and none is overdue in time.
        assert {each.asked.digest for each in case.open} == {
            each.asked.digest for each in case.requests if each.is_open
        }
        assert case.overdue(dt.date(2027, 1, 1)) == ()


def _event(
    at: int, what: Kind | Voice, about: str, outcome: Outcome, day: dt.date, case: Case
) -> Event:
    common = {"digest": f"sha256:{at:064x}", "issuer": KEY.did}
    if isinstance(what, Voice):
        word = status.StatusStatement(
            **common,
            target=CERTIFICATE_KEY,
            log=ORIGIN,
            voice=what,
            reason="why",
            previous=case.states.newest,
        )
        return Event(at, day, word)
    measure = Measure(
        **common,
        target=CERTIFICATE_KEY,
        log=ORIGIN,
        kind=what,
        reason="why",
        issued=day,
    )
    if what is Kind.REQUEST:
        measure = replace(measure, deadline=day)
    elif not what.opens:
        measure = replace(measure, about=about)
    if what in {Kind.CLOSURE, Kind.DECISION}:
        measure = replace(measure, outcome=outcome)
    return Event(at, day, measure)
