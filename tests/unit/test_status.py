"""The chain of status statements, and the signed answer."""

from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

import openquality_schemas
from openquality import signing
from openquality_validator import envelope, status
from openquality_validator.errors import InvalidInput, StatusError
from openquality_validator.status import Event, State, States, StatusStatement, Successor, Voice
from openquality_validator.status import answer as answers
from openquality_validator.status.answer import Answer
from openquality_validator.tlog.checkpoint import Checkpoint

LOG = "log.example/2026"
DIGEST = "sha256:" + "ab" * 32
TARGET = "statement:" + DIGEST
ISSUER = signing.generate()
REGISTRY = signing.generate()
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def statement(number: int, voice: Voice, previous: int | None, by: str = "did:a") -> Event:
    digest = f"sha256:{number:064x}"
    before = None if previous is None else f"sha256:{previous:064x}"
    return Event(number, StatusStatement(digest, by, TARGET, LOG, voice, "why", before))


SUSPENDED = statement(1, Voice.SUSPENDED, None)
REINSTATED = statement(2, Voice.REINSTATED, 1)
REVOKED = statement(3, Voice.REVOKED, 2)


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([], State.ACTIVE),
        ([SUSPENDED], State.SUSPENDED),
        ([SUSPENDED, REINSTATED], State.ACTIVE),
        ([SUSPENDED, REINSTATED, REVOKED], State.REVOKED),
        ([statement(1, Voice.REVOKED, None)], State.REVOKED),
    ],
)
def test_the_state_follows_from_the_chain(events: list[Event], state: State) -> None:
    assert status.derive(TARGET, events, log=LOG).of("did:a") is state


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ([replace(SUSPENDED, statement=replace(SUSPENDED.statement, log="other"))], "U003"),
        ([replace(SUSPENDED, statement=replace(SUSPENDED.statement, target="key:x"))], "U003"),
        ([SUSPENDED, replace(REINSTATED, index=1)], "U004"),
        ([REINSTATED], "U005"),  # the replay of a reinstatement
        ([SUSPENDED, REINSTATED, statement(3, Voice.SUSPENDED, 1)], "U005"),
        ([SUSPENDED, statement(2, Voice.SUSPENDED, 1)], "U006"),
        ([statement(1, Voice.REINSTATED, None)], "U006"),
        ([SUSPENDED, REINSTATED, REVOKED, statement(4, Voice.REINSTATED, 3)], "U006"),
        ([SUSPENDED, REINSTATED, REVOKED, statement(4, Voice.REVOKED, 3)], "U006"),
    ],
)
def test_a_chain_that_breaks_a_rule_is_refused(events: list[Event], code: str) -> None:
    with pytest.raises(StatusError) as error:
        status.derive(TARGET, events, log=LOG)
    assert error.value.code == code


def test_each_voice_has_a_state_of_its_own_and_the_reader_chooses_whom_to_believe() -> None:
    events = [
        statement(1, Voice.SUSPENDED, None, by="did:operator"),
        statement(2, Voice.REVOKED, 1, by="did:scheme"),
    ]
    states = status.derive(TARGET, events, log=LOG)
    assert states.of("did:a") is State.ACTIVE
    assert states.worst(lambda did: did == "did:operator") is State.SUSPENDED
    assert states.worst(lambda _: True) is State.REVOKED
    assert states.worst(lambda _: False) is State.ACTIVE
    assert states.newest == f"sha256:{2:064x}"


def credential(**subject: str) -> dict[str, Any]:
    name = "status.schema.json"
    data = openquality_schemas.read(name, version="1.0-draft.2")
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/openquality/v1"],
        "id": "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66",
        "type": ["VerifiableCredential", "StatusStatement"],
        "issuer": {"id": ISSUER.did, "name": "Nordbolt"},
        "validFrom": "2026-11-20T12:00:00Z",
        "credentialSchema": {
            "id": "https://w3id.org/openquality/schemas/1/status.json",
            "type": "JsonSchema",
            "digestSRI": openquality_schemas.sri(data),
        },
        "credentialSubject": {
            "id": TARGET,
            "log": LOG,
            "state": "suspended",
            "reason": "Gauge 7 was out of calibration.",
        }
        | subject,
    }


def read(value: dict[str, Any]) -> StatusStatement:
    return status.read(envelope.verify_statement(signing.sign(value, ISSUER)))


def test_a_signed_statement_is_read_as_a_value() -> None:
    value = credential(previous="sha256:" + "cd" * 32)
    said = read(value)
    assert (said.issuer, said.target, said.log) == (ISSUER.did, TARGET, LOG)
    assert (said.voice, said.previous) == (Voice.SUSPENDED, "sha256:" + "cd" * 32)
    assert said.reason == "Gauge 7 was out of calibration."


@pytest.mark.parametrize(
    "subject",
    [
        {"id": "statement:sha256:" + "AB" * 32},
        {"id": "everything"},
        {"state": "active"},
        {"reason": ""},
        {"previous": "ab"},
        {"log": ""},
    ],
)
def test_the_schema_refuses_another_shape(subject: dict[str, str]) -> None:
    with pytest.raises(InvalidInput, match=r"^S\d{3}"):
        read(credential(**subject))


def test_a_key_can_only_revoke_itself() -> None:
    own = status.key_target(ISSUER.did)
    assert read(credential(id=own, state="revoked")).voice is Voice.REVOKED
    for wrong in ({"id": own}, {"id": status.key_target(REGISTRY.did), "state": "revoked"}):
        with pytest.raises(StatusError, match="U002"):
            read(credential(**wrong))


def answer(states: States | None = None, successor: Successor | None = None) -> Answer:
    return Answer.of(
        states or States(),
        issuer="did:a",
        successor=successor,
        target=DIGEST,
        head=Checkpoint(LOG, 7, bytes(32)),
        key_events=3,
        now=NOW,
    )


SIGNED = answer().sign(REGISTRY.did, REGISTRY.sign)


def test_an_answer_is_read_back_with_the_key_that_signed_it() -> None:
    states = States(MappingProxyType({"did:b": State.SUSPENDED, "did:c": State.ACTIVE}))
    given = answer(states, Successor(5, "sha256:" + "ef" * 32))
    assert (given.state, given.others) == (State.SUPERSEDED, {"did:b": State.SUSPENDED})
    assert answers.verify(given.sign(REGISTRY.did, REGISTRY.sign)) == (given, REGISTRY.did)


def test_revoked_is_said_also_of_what_is_superseded() -> None:
    states = States(MappingProxyType({"did:a": State.REVOKED}))
    given = answer(states, Successor(5, "sha256:" + "ef" * 32))
    assert given.state is State.REVOKED
    assert given.successor == "sha256:" + "ef" * 32


def test_two_answers_about_one_tree_agree_whenever_they_were_given() -> None:
    assert answer().same_as(replace(answer(), time="2026-11-21T00:00:00.000Z"))
    assert not answer().same_as(replace(answer(), size=8))
    assert not answer().same_as(replace(answer(), key_events=2))
    assert not answer().same_as(replace(answer(), state=State.REVOKED))


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"state": "fine"},
        {"others": {"did:b": 1}},
        {"asOf": {"root": "AA==", "size": 7, "time": "2026-11-20T12:00:00.000Z"}},
        {"asOf": {"root": "A" * 43 + "=", "size": 7, "time": "2026-11-20T12:00:00Z"}},
        {"asOf": {"root": "A" * 43 + "=", "size": -1, "time": "2026-11-20T12:00:00.000Z"}},
        {"keyEvents": -1},
        {"extra": 1},
    ],
)
def test_an_answer_of_another_form_is_refused(change: dict[str, Any]) -> None:
    value = orjson.loads(envelope.parse_envelope(SIGNED, typ=answers.TYPE).payload) | change
    header = {"alg": "EdDSA", "kid": REGISTRY.did + "#" + REGISTRY.did[8:], "typ": answers.TYPE}
    payload = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    with pytest.raises(StatusError, match="U011"):
        answers.verify(envelope.write_envelope(header, payload, REGISTRY.sign))


def test_an_answer_is_no_statement_and_a_statement_no_answer() -> None:
    with pytest.raises(InvalidInput, match="J005"):
        envelope.parse_envelope(SIGNED)
    with pytest.raises(InvalidInput, match="J005"):
        answers.verify(signing.sign(credential(), ISSUER))


@given(st.data())
def test_no_changed_answer_passes(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(SIGNED) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != SIGNED[place]))
    with pytest.raises(InvalidInput):
        answers.verify(SIGNED[:place] + bytes([byte]) + SIGNED[place + 1 :])
