"""The life of a certificate in a registry, on either database: who may say what, and what follows.

Hostile voices: a stranger, a certifier of another scheme with the same number, a replayed word, an
appeal by somebody who does not hold the certificate.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx2
import pytest
from certified_at_work import (
    BUYER,
    CERTIFIER,
    KEY,
    NAME,
    NOW,
    NUMBER,
    STRANGER,
    SUPPLIER,
    TODAY,
    certified,
    claimed,
    measure,
    quoted,
    word,
)
from profiles_at_work import key, records
from registry_at_work import RunRegistry, publish, trust_in
from years_at_work import LISTED

from openquality.signing import sign
from openquality_registry.adapters.sql.index_check import IndexCheck
from openquality_registry.bootstrap import Parts
from openquality_validator import bundle, envelope, status
from openquality_validator.bundle import standing
from openquality_validator.trust import Trust

Served = tuple[httpx2.Client, Parts]
DEADLINE = "2027-02-28"


@pytest.fixture
def served(run_registry: RunRegistry, tmp_path: Path) -> Iterator[Served]:
    """Serve a registry of one's own."""
    with certified(run_registry, tmp_path / "data") as running:
        yield running


@pytest.fixture(scope="module")
def shared(run_registry: RunRegistry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a registry in which every test has a certificate of its own."""
    with certified(run_registry, tmp_path_factory.mktemp("shared") / "data") as running:
        yield running


@pytest.fixture
def own(shared: Served, request: pytest.FixtureRequest) -> str:
    """Issue a certificate for one test, and name it."""
    number = request.node.name[:60]
    taken(shared[0], claimed(CERTIFIER, number=number))
    return status.certificate_key("ISO-9001", number)


def taken(client: httpx2.Client, statement: bytes) -> bytes:
    answer = publish(client, statement)
    assert answer.status_code == 201, answer.text
    return statement


def refused(client: httpx2.Client, statement: bytes) -> str:
    """Return the code of the refusal: of the rule that is broken, where it names one."""
    answer = publish(client, statement)
    assert answer.status_code in {409, 422}, answer.text
    problem = answer.json()
    findings = problem.get("findings") or [{"code": problem["code"]}]
    return str(findings[0]["code"])


def judged(client: httpx2.Client, as_of: str = TODAY) -> tuple[str, list[str]]:
    """Return the state and reasons of the certificate under the profile."""
    found = client.get(f"/v1/profiles/{NAME}/assess/{SUPPLIER.did}", params={"asOf": as_of}).json()
    (own,) = [each for each in found["indicators"] if each["id"] == NAME]
    return own["state"], own["reasons"]


def rows(client: httpx2.Client, **more: object) -> int:
    """Count the supplier's rows in a query that asks for the certificate."""
    question = {
        "subject": {"ids": [SUPPLIER.did]},
        "where": [{"metric": "on-time-delivery"}],
        "certificates": [{"scheme": "ISO-9001", **more}],
        "asOf": TODAY,
    }
    return len(client.post("/v1/query", json=question).json()["rows"])


def bundle_of(client: httpx2.Client, statement: bytes) -> bytes:
    digest = envelope.digest(statement).removeprefix("sha256:")
    return client.get(f"/v1/statements/{digest}", headers={"accept": bundle.MEDIA_TYPE}).content


CERTIFICATE = sign(records(NAME)[1], CERTIFIER)


def test_a_suspended_certificate_counts_no_more_until_it_is_reinstated(served: Served) -> None:
    client, parts = served
    assert (judged(client), rows(client)) == (("passed", []), 1)

    suspended = taken(client, word(client, "suspended", CERTIFIER))
    assert judged(client) == ("failed", ["certificate:suspended"])
    assert rows(client) == 0
    # The day before, nobody had said so.
    assert judged(client, "2026-11-19") == ("passed", [])

    again = taken(client, word(client, "reinstated", CERTIFIER, previous=suspended))
    assert (judged(client), rows(client)) == (("passed", []), 1)
    # What stood before is asked of the log of that size.
    before = {"subject": {"ids": [SUPPLIER.did]}, "where": [{"metric": "on-time-delivery"}]}
    asked = before | {"certificates": [{"scheme": "ISO-9001"}], "asOf": TODAY}
    past = client.post("/v1/query", json=asked | {"atCheckpoint": {"size": 3}}).json()
    assert past["rows"] == []
    # What is revoked stays so.
    revoked = taken(client, word(client, "revoked", CERTIFIER, previous=again))
    assert judged(client) == ("failed", ["certificate:revoked"])
    assert refused(client, word(client, "reinstated", CERTIFIER, previous=revoked)) == "U006"
    check = IndexCheck(
        parts.folder.store.read, origin=parts.folder.origin, operator=parts.folder.status_key.did
    )
    assert list(check.run(parts.published_size())) == []


def test_the_operator_and_a_listed_certifier_are_heard_and_a_stranger_is_not(
    served: Served,
) -> None:
    client, parts = served
    assert refused(client, word(client, "suspended", STRANGER)) == "wrong-voice"
    # Nor the holder, who can only take back its own records.
    assert refused(client, word(client, "suspended", SUPPLIER)) == "wrong-voice"
    assert refused(client, measure(client, "warning", STRANGER)) == "wrong-voice"

    taken(client, word(client, "suspended", parts.folder.status_key))
    assert judged(client) == ("failed", ["certificate:suspended"])
    assert rows(client) == 0


def test_another_certifier_with_the_same_number_speaks_of_its_own_certificate(
    served: Served,
) -> None:
    client, _ = served
    # Of another scheme: it is another certificate.
    taken(client, claimed(STRANGER, scheme="ISO-14001"))
    assert refused(client, word(client, "suspended", STRANGER)) == "wrong-voice"
    other = status.certificate_key("ISO-14001", NUMBER)
    taken(client, word(client, "suspended", STRANGER, target=other))
    assert judged(client) == ("passed", [])
    # Of the same scheme: its word counts for what it issued itself.
    taken(client, claimed(STRANGER))
    taken(client, word(client, "revoked", STRANGER))
    assert (judged(client), rows(client)) == (("passed", []), 1)
    # And the other way round: what is listed keeps its voice, behind the stranger's word.
    assert rows(client, accredited=True) == 1


def test_the_certifier_s_word_reaches_the_holder_s_own_quote(
    run_registry: RunRegistry, tmp_path: Path
) -> None:
    with certified(run_registry, tmp_path / "data", listed=False) as (client, _):
        taken(client, quoted())
        assert rows(client) == 1
        taken(client, word(client, "suspended", CERTIFIER))
        assert rows(client) == 0


def test_an_old_word_cannot_be_said_again(shared: Served, own: str) -> None:
    client, _ = shared
    say = partial(word, client, signer=CERTIFIER, target=own)
    first = taken(client, say("suspended"))
    again = taken(client, say("reinstated", previous=first))
    taken(client, say("suspended", previous=again))
    # The reinstatement once more: the same bytes change nothing, a copy is outdated.
    assert publish(client, again).status_code == 200
    assert refused(client, say("reinstated", previous=first)) == "outdated"
    assert refused(client, say("suspended", previous=again)) == "outdated"


def test_a_request_goes_its_way_from_question_to_closure(shared: Served, own: str) -> None:
    client, parts = shared
    say = partial(measure, client, target=own)
    asked = taken(client, say("correctiveActionRequest", CERTIFIER, deadline=DEADLINE))
    answer = taken(client, say("correctiveAction", SUPPLIER, about=asked))
    assert refused(client, say("correctiveAction", SUPPLIER, about=asked)) == "U026"
    taken(client, say("closure", CERTIFIER, about=asked, outcome="refused"))
    taken(client, say("correctiveAction", SUPPLIER, about=asked))
    taken(client, say("closure", CERTIFIER, about=asked, outcome="accepted"))
    assert refused(client, say("correctiveAction", SUPPLIER, about=asked)) == "U025"
    assert refused(client, say("appeal", SUPPLIER, about=answer)) == "U022"
    check = IndexCheck(
        parts.folder.store.read, origin=parts.folder.origin, operator=parts.folder.status_key.did
    )
    assert list(check.run(parts.published_size())) == []


def test_who_may_not_say_it_is_refused(shared: Served, own: str) -> None:
    client, parts = shared
    operator = parts.folder.status_key
    say = partial(measure, client, target=own)
    asked = taken(client, say("correctiveActionRequest", CERTIFIER, deadline=DEADLINE))
    for kind in ("correctiveAction", "appeal"):
        assert refused(client, say(kind, STRANGER, about=asked)) == "wrong-voice"
    assert refused(client, say("correctiveAction", CERTIFIER, about=asked)) == "wrong-voice"
    closed = say("closure", operator, about=asked, outcome="accepted")
    assert refused(client, closed) == "U024"
    appeal = taken(client, say("appeal", SUPPLIER, about=asked))
    assert refused(client, say("appeal", SUPPLIER, about=asked)) == "U027"
    for party in (STRANGER, SUPPLIER):
        decided = say("decision", party, about=appeal, outcome="upheld")
        assert refused(client, decided) == "wrong-voice"
    taken(client, say("decision", operator, about=appeal, outcome="upheld"))
    assert refused(client, say("correctiveAction", SUPPLIER, about=asked)) == "U025"


def test_somebody_who_holds_a_certificate_of_the_same_number_is_not_the_holder(
    shared: Served, own: str
) -> None:
    client, _ = shared
    _, number = status.certificate_of(own) or ("", "")
    taken(client, claimed(STRANGER, number=number, holder=BUYER))
    say = partial(measure, client, target=own)
    warned = taken(client, say("warning", CERTIFIER))
    assert refused(client, say("appeal", BUYER, about=warned)) == "wrong-voice"
    taken(client, say("appeal", SUPPLIER, about=warned))
    # Of the stranger's own certificate the buyer is the holder, and the supplier is not.
    theirs = taken(client, say("warning", STRANGER))
    assert refused(client, say("appeal", SUPPLIER, about=theirs)) == "wrong-voice"
    taken(client, say("appeal", BUYER, about=theirs))


def test_issuers_who_are_not_listed_cannot_fill_a_case(shared: Served, own: str) -> None:
    client, _ = shared
    _, number = status.certificate_of(own) or ("", "")
    taken(client, claimed(STRANGER, number=number))
    last = None
    for turn in range(16):
        state = "reinstated" if turn % 2 else "suspended"
        last = taken(client, word(client, state, STRANGER, previous=last, target=own))
    more = word(client, "suspended", STRANGER, previous=last, target=own)
    assert refused(client, more) == "case-full"
    taken(client, word(client, "suspended", CERTIFIER, previous=last, target=own))


def test_a_measure_that_says_something_wrong_is_refused(shared: Served, own: str) -> None:
    client, _ = shared
    say = partial(measure, client, signer=CERTIFIER)
    warned = say("warning", target=own)
    asks = partial(say, "correctiveActionRequest", target=own)
    assert refused(client, asks(deadline="2026-11-19")) == "U023"  # the day before it was signed
    assert refused(client, asks()) == "S002"
    assert refused(client, say("warning", target=own, deadline=DEADLINE)) == "U021"
    closed = say("closure", target=own, about=warned, outcome="upheld")
    assert refused(client, closed) == "U021"
    spelled = say("warning", target="certificate:ISO-9001/a%2fb")
    assert refused(client, spelled) == "unknown-target"
    nothing = say("warning", target=f"statement:sha256:{'0' * 64}")
    assert refused(client, nothing) == "unknown-target"
    elsewhere = envelope.credential(envelope.parse_envelope(warned).payload).value
    elsewhere["credentialSubject"]["log"] = "log.example/elsewhere"
    assert refused(client, sign(elsewhere, CERTIFIER)) == "wrong-log"


def test_a_deadline_that_has_passed_since_signing_is_refused(shared: Served, own: str) -> None:
    client, _ = shared
    said = measure(client, "correctiveActionRequest", CERTIFIER, target=own, deadline=TODAY)
    old = envelope.credential(envelope.parse_envelope(said).payload).value
    old["validFrom"] = "2026-10-01T08:00:00Z"
    old["credentialSubject"]["deadline"] = "2026-11-19"
    assert refused(client, sign(old, CERTIFIER)) == "invalid-statement"
    taken(client, said)


def test_a_buyer_who_signed_what_it_received_may_ask_about_a_record(shared: Served) -> None:
    client, _ = shared
    record = status.statement_target(envelope.digest(sign(records(NAME)[0], SUPPLIER)))
    asked = measure(client, "correctiveActionRequest", BUYER, target=record, deadline=DEADLINE)
    assert refused(client, asked) == "wrong-voice"

    received = records(NAME)[0]
    text = received | {
        "id": "urn:uuid:00000000-0000-4000-8000-0000000000b1",
        "issuer": {"id": BUYER.did, "name": "A buyer"},
    }
    claims = [
        each | {"id": f"{text['id']}#c{at}"}
        for at, each in enumerate(received["credentialSubject"]["claims"])
        if each["metric"] == "on-time-delivery"
    ]
    subject = received["credentialSubject"] | {"issuerRole": "observer", "claims": claims}
    subject["producer"] = {"party": {"id": SUPPLIER.did, "name": "Nordbolt Fasteners GmbH"}}
    taken(client, sign(text | {"credentialSubject": subject}, BUYER))
    taken(client, asked)
    taken(client, measure(client, "correctiveAction", SUPPLIER, about=asked, target=record))


def test_an_assessment_can_be_suspended_and_says_so_in_its_bundle(shared: Served) -> None:
    client, _ = shared
    record = records("cx-standard")
    assessor = next(each for each in record if "QualityAssessment" in each["type"])
    signer = key("assessor")
    assert assessor["issuer"]["id"] == signer.did
    statement = taken(client, sign(assessor, signer))
    target = status.statement_target(envelope.digest(statement))
    taken(client, word(client, "suspended", signer, target=target))

    digest = envelope.digest(statement)
    life = client.get(f"/v1/statements/{digest}/history").json()
    assert life["state"] == "suspended"
    assert [each["event"] for each in life["events"]] == ["admitted", "suspended"]
    found = bundle.verify(bundle_of(client, statement), trust=trusted(client), now=NOW)
    assert next(step.code for step in found.steps if step.name == "status") == "V118"


def trusted(client: httpx2.Client) -> Trust:
    """Trust the registry's log and its status key, and list the certifier."""
    (log,) = trust_in(client).logs
    named = client.get("/.well-known/openquality").json()["statusKeys"]
    return Trust(logs=(replace(log, status_keys=tuple(named)),), accreditors=LISTED)


def test_a_bundle_says_offline_how_its_certificate_stood_on_each_day(shared: Served) -> None:
    client, _ = shared
    taken(client, word(client, "suspended", CERTIFIER))
    whom = trusted(client)
    found = bundle.verify(bundle_of(client, CERTIFICATE), trust=whom, now=NOW)

    # The record itself was not withdrawn; what it says of the certificate no longer holds.
    assert found.overall.value == "pass", found.steps
    assert found.status is not None
    (told,) = [step.message for step in found.steps if step.code == "V110"]
    assert "no longer stands" in told
    assert found.status.certificates == {KEY: {CERTIFIER.did: status.State.SUSPENDED}}
    assert found.record is not None
    assert found.events is not None
    for day, expected in ((19, {}), (20, {"suspended"})):
        proved = found.events.as_of(dt.date(2026, 11, day))
        stood = standing.certificates_of(found.record, proved, whom)
        assert {state.value for state in stood.values()} == set(expected)
