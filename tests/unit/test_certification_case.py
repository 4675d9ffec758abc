"""What is open about a certificate: warnings, requests, answers, closures, appeals, decisions."""

import datetime as dt

import pytest

from openquality.certifying import NoTarget, target_of
from openquality_validator import status
from openquality_validator.certification import (
    Case,
    CertificateSaid,
    Event,
    Kind,
    Measure,
    Outcome,
    counts,
    derive,
    holders,
)
from openquality_validator.errors import StatusError
from openquality_validator.evidence import Accreditor
from openquality_validator.status import StatusStatement, Voice

LOG = "log.example/2026"
KEY = status.certificate_key("ISO-9001", "01 100 012345")
BODY, HOLDER, OWNER = "did:key:zBody", "did:key:zHolder", "did:key:zOwner"
DEADLINE = dt.date(2027, 2, 28)


def digest(number: int) -> str:
    return f"sha256:{number:064x}"


def day(number: int) -> dt.date:
    return dt.date(2027, 1, number)


def measure(
    number: int,
    kind: Kind,
    about: int | None = None,
    *,
    by: str = BODY,
    deadline: dt.date | None = None,
    outcome: Outcome | None = None,
) -> Event:
    said = Measure(
        digest=digest(number),
        issuer=by,
        target=KEY,
        log=LOG,
        kind=kind,
        reason="why",
        issued=day(number),
        about=None if about is None else digest(about),
        deadline=deadline,
        outcome=outcome,
    )
    return Event(number, day(number), said)


def word(number: int, voice: Voice, previous: int | None = None, by: str = BODY) -> Event:
    before = None if previous is None else digest(previous)
    said = StatusStatement(digest(number), by, KEY, LOG, voice, "why", before)
    return Event(number, day(number), said)


def request(number: int, by: str = BODY) -> Event:
    return measure(number, Kind.REQUEST, by=by, deadline=DEADLINE)


def answer(number: int, about: int) -> Event:
    return measure(number, Kind.ACTION, about, by=HOLDER)


def closure(number: int, about: int, outcome: Outcome, by: str = BODY) -> Event:
    return measure(number, Kind.CLOSURE, about, by=by, outcome=outcome)


def appeal(number: int, about: int) -> Event:
    return measure(number, Kind.APPEAL, about, by=HOLDER)


def decision(number: int, about: int, outcome: Outcome) -> Event:
    return measure(number, Kind.DECISION, about, by=OWNER, outcome=outcome)


def case(*events: Event) -> Case:
    return derive(KEY, events, log=LOG)


ANSWERED = (request(1), answer(2, 1))
ENDED = (*ANSWERED, closure(3, 1, Outcome.ACCEPTED))


def test_a_request_is_open_until_its_answer_is_accepted() -> None:
    assert [each.awaits_answer for each in case(request(1)).open] == [True]
    assert [each.awaits_answer for each in case(*ANSWERED).open] == [False]
    assert case(*ENDED).open == ()


def test_a_refused_answer_leaves_the_request_open_with_its_deadline() -> None:
    found = case(*ANSWERED, closure(3, 1, Outcome.REFUSED))
    assert [(each.deadline, each.awaits_answer) for each in found.open] == [(DEADLINE, True)]
    assert case(*found.events, answer(4, 1), closure(5, 1, Outcome.ACCEPTED)).open == ()


def test_whoever_asked_may_end_a_request_without_an_answer() -> None:
    assert case(request(1), closure(2, 1, Outcome.ACCEPTED)).open == ()


@pytest.mark.parametrize(
    ("events", "last_day", "next_day"),
    [((request(1),), 0, 1), (ANSWERED, 0, 1), (ENDED, 0, 0)],
    ids=["open", "answered", "ended"],
)
def test_a_request_is_overdue_from_the_day_after_its_deadline(
    events: tuple[Event, ...], last_day: int, next_day: int
) -> None:
    found = case(*events)
    assert len(found.overdue(DEADLINE)) == last_day
    assert len(found.overdue(DEADLINE + dt.timedelta(days=1))) == next_day


def test_the_case_as_of_a_day_is_what_had_come_in_by_its_end() -> None:
    found = case(*ENDED, word(4, Voice.SUSPENDED))
    assert [len(found.as_of(day(n)).open) for n in (1, 2, 3)] == [1, 1, 0]
    assert found.as_of(dt.date(2026, 12, 31)).events == ()
    assert found.as_of(day(3)).states.by_voice == {}
    assert found.as_of(day(4)) == found


@pytest.mark.parametrize(("outcome", "lifted"), [(Outcome.UPHELD, 1), (Outcome.REJECTED, 0)])
def test_an_upheld_appeal_lifts_a_warning_or_a_request(outcome: Outcome, lifted: int) -> None:
    warned = case(measure(1, Kind.WARNING), appeal(2, 1), decision(3, 2, outcome))
    assert [each.is_lifted for each in warned.warnings] == [lifted]
    asked = case(request(1), appeal(2, 1), decision(3, 2, outcome))
    assert [each.is_lifted for each in asked.requests] == [lifted]
    refused = closure(3, 1, Outcome.REFUSED)
    sent_back = case(*ANSWERED, refused, appeal(4, 3), decision(5, 4, outcome))
    assert len(sent_back.open) == 1 - lifted


def test_an_upheld_appeal_changes_no_state_by_itself() -> None:
    found = case(word(1, Voice.SUSPENDED), appeal(2, 1), decision(3, 2, Outcome.UPHELD))
    assert found.states.of(BODY) is status.State.SUSPENDED
    assert [each.decision is not None for each in found.appeals] == [True]
    again = case(*found.events, word(4, Voice.REINSTATED, 1))
    assert again.states.of(BODY) is status.State.ACTIVE


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ([answer(1, 9)], "U022"),
        ([measure(1, Kind.WARNING), answer(2, 1)], "U022"),
        ([*ENDED, answer(4, 1)], "U025"),
        ([*ENDED, closure(4, 1, Outcome.ACCEPTED)], "U025"),
        ([*ANSWERED, answer(3, 1)], "U026"),
        ([request(1), closure(2, 1, Outcome.REFUSED)], "U026"),
        ([*ANSWERED, closure(3, 1, Outcome.ACCEPTED, by=OWNER)], "U024"),
        ([request(1), appeal(2, 1), appeal(3, 1)], "U027"),
        ([request(1), appeal(2, 1), decision(3, 2, Outcome.REJECTED), appeal(4, 1)], "U027"),
        ([*ANSWERED, appeal(3, 2)], "U022"),
        ([*ENDED, appeal(4, 3)], "U022"),
        ([request(1), appeal(2, 1), appeal(3, 2)], "U022"),
        ([word(1, Voice.SUSPENDED), word(2, Voice.REINSTATED, 1), appeal(3, 2)], "U022"),
        ([request(1), decision(2, 1, Outcome.UPHELD)], "U022"),
        (
            [
                request(1),
                appeal(2, 1),
                decision(3, 2, Outcome.REJECTED),
                decision(4, 2, Outcome.UPHELD),
            ],
            "U028",
        ),
        ([request(1), appeal(2, 1), decision(3, 2, Outcome.UPHELD), answer(4, 1)], "U025"),
        ([request(2), measure(1, Kind.WARNING)], "U004"),
        ([word(1, Voice.REINSTATED)], "U006"),
    ],
    ids=[
        "an answer to nothing",
        "an answer to a warning",
        "an answer after the closure",
        "a closure after the closure",
        "two answers at once",
        "a refusal of no answer",
        "a closure of somebody else's request",
        "an appeal twice",
        "an appeal after the decision",
        "an appeal against an answer",
        "an appeal against an acceptance",
        "an appeal against an appeal",
        "an appeal against a reinstatement",
        "a decision on a request",
        "a decision twice",
        "an answer to what an appeal has lifted",
        "out of order",
        "a reinstatement of what is active",
    ],
)
def test_what_may_not_follow_is_refused(events: list[Event], code: str) -> None:
    with pytest.raises(StatusError) as error:
        case(*events)
    assert error.value.code == code


def test_a_measure_about_another_target_or_log_is_refused() -> None:
    with pytest.raises(StatusError, match="U003"):
        derive(status.certificate_key("ISO-9001", "2"), [request(1)], log=LOG)
    with pytest.raises(StatusError, match="U003"):
        derive(KEY, [request(1)], log="log.example/2027")


@pytest.mark.parametrize(
    ("scheme", "number", "key"),
    [
        # Percent-encoding of RFC 3986, section 2: all but letters, digits and -._~ are encoded.
        ("ISO-9001", "01 100 012345", "certificate:ISO-9001/01%20100%20012345"),
        ("a/b", "c/d", "certificate:a%2Fb/c%2Fd"),
        ("X", "Nr. ä%", "certificate:X/Nr.%20%C3%A4%25"),
    ],
)
def test_the_key_of_a_certificate_is_read_back(scheme: str, number: str, key: str) -> None:
    assert status.certificate_key(scheme, number) == key
    assert status.certificate_of(key) == (scheme, number)


@pytest.mark.parametrize(
    "target",
    [
        "certificate:C-1",
        "certificate:/1",
        "certificate:X/",
        "certificate:X/a b",
        "certificate:X/%61",
        "certificate:X/%FF",
        "certificate:X/1/2",
        "key:did:key:z",
    ],
)
def test_another_spelling_names_no_certificate(target: str) -> None:
    assert status.certificate_of(target) is None


@pytest.mark.parametrize("text", ["nothing", "certificate:nothing", "/1", "ISO-9001/", ""])
def test_what_names_nothing_is_said_so(text: str) -> None:
    with pytest.raises(NoTarget, match="names no certificate"):
        target_of(text)


def test_a_person_names_a_certificate_by_scheme_and_number_or_a_record_by_its_digest() -> None:
    assert target_of("ISO-9001/01 100 012345") == target_of(KEY) == KEY
    record = "statement:sha256:" + "0a" * 32
    named = ("0a" * 32, "sha256:" + "0a" * 32, record)
    assert {target_of(each) for each in named} == {record}


def claim(
    issuer: str, *held: str, certifier: str | None = None, is_assessor: bool
) -> CertificateSaid:
    return CertificateSaid(KEY, "urn:uuid:1#c", issuer, certifier, held, is_assessor)


OWN = claim(BODY, HOLDER, "https://id.gs1.org/01/1", is_assessor=True)
SQUATTER = claim("did:key:zSquat", "did:key:zFriend", is_assessor=True)
QUOTED = claim(HOLDER, HOLDER, certifier=BODY, is_assessor=False)
LISTED = Accreditor(BODY, ("ISO-9001",))


def test_whose_word_counts_is_asked_of_each_claim() -> None:
    assert counts(SQUATTER, accreditors=()) == {"did:key:zSquat"}
    assert counts(OWN, accreditors=(), others=(OWNER,)) == {BODY, OWNER}
    assert counts(QUOTED, accreditors=()) == {HOLDER, BODY}
    assert counts(SQUATTER, accreditors=(LISTED,)) == {"did:key:zSquat", BODY}
    elsewhere = Accreditor(OWNER, ("ISO-14001",))
    assert OWNER not in counts(OWN, accreditors=(elsewhere,))


def test_the_holder_is_whom_the_one_who_asked_named() -> None:
    assert holders([OWN, SQUATTER, QUOTED], BODY) == {HOLDER}
    assert holders([OWN, SQUATTER], "did:key:zSquat") == {"did:key:zFriend"}
    assert holders([OWN, SQUATTER], OWNER, accreditors=(LISTED,)) == {HOLDER}
    assert holders([QUOTED], OWNER) == frozenset()
    site = claim(BODY, HOLDER + "#plant", is_assessor=True)
    assert holders([site], BODY) == {HOLDER}
