"""No change of a status statement or a status answer passes with other content.

A compact JWS of ours has one spelling: what passes after a change is not changed at all.
"""

from datetime import UTC, datetime
from types import MappingProxyType
from uuid import UUID

import mutations
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openquality import credentials, signing
from openquality_validator import documents, envelope, status
from openquality_validator.envelope import write_envelope
from openquality_validator.errors import InvalidInput, OpenQualityError, StatusError
from openquality_validator.identity import KeyKind, key_id
from openquality_validator.signatures import P256_ORDER
from openquality_validator.status import Event, State
from openquality_validator.status import answer as answers
from openquality_validator.status.answer import Answer

LOG = "log.example/test"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ISSUER, OPERATOR = signing.generate(KeyKind.P256), signing.generate()
NAME = "sha256:" + "ab" * 32
TARGET = status.statement_target(NAME)


def said(state: str, number: int, key: signing.SigningKey, **subject: str) -> bytes:
    """Sign a status statement."""
    given = {"id": TARGET, "log": LOG, "state": state, "reason": "Gauge 7."} | subject
    unsigned = credentials.make(
        "StatusStatement",
        given,
        issuer=key.did,
        name="Nordbolt GmbH",
        now=NOW,
        identifier=UUID(int=number),
    )
    return signing.sign(unsigned, key)


CHAIN = [said("suspended", 1, ISSUER)]
for state, by in (("suspended", OPERATOR), ("reinstated", ISSUER), ("revoked", ISSUER)):
    CHAIN.append(said(state, len(CHAIN) + 1, by, previous=envelope.digest(CHAIN[-1])))
# What else these voices signed: about another thing, in another log, and after another statement.
STRAY = [
    said("revoked", 11, ISSUER, id=status.certificate_target("C-1")),
    said("revoked", 12, ISSUER, log="log.example/other"),
    said("reinstated", 13, ISSUER, previous=envelope.digest(CHAIN[0])),
    said("revoked", 14, OPERATOR),
]


@given(mutations.of_jws(CHAIN[2], CHAIN[0], CHAIN[3]))
@example(CHAIN[2] + b"\n")
@example(CHAIN[2] + b"=")
def test_a_changed_status_statement_is_refused(data: bytes) -> None:
    try:
        status.read(envelope.verify_statement(data))
    except OpenQualityError:
        return
    assert data in CHAIN


def test_no_signature_has_a_twin() -> None:
    # (r, n − s) verifies wherever (r, s) does, and so does a byte that nobody reads.
    head, _, signature = CHAIN[0].rpartition(b".")
    r_s = mutations.decoded(signature)
    high = r_s[:32] + (P256_ORDER - int.from_bytes(r_s[32:])).to_bytes(32)
    with pytest.raises(InvalidInput, match="J012"):
        envelope.verify_statement(head + b"." + mutations.encoded(high))
    for spare in range(1, 16):  # 64 bytes leave four bits of the last of 86 digits unused
        digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        last = digits[digits.index(signature[-1]) + spare]
        with pytest.raises(InvalidInput, match="J003"):
            envelope.verify_statement(head + b"." + signature[:-1] + bytes([last]))


STATEMENTS = [status.read(envelope.verify_statement(data)) for data in [*CHAIN, *STRAY]]


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(STATEMENTS)), max_size=5))
@example(list(enumerate(STATEMENTS[:4])))
@example(list(enumerate(STATEMENTS[1:4])))
def test_statements_in_any_order_pass_as_the_chain_that_was_said(
    given: list[tuple[int, status.StatusStatement]],
) -> None:
    try:
        states = status.derive(TARGET, [Event(*each) for each in given], log=LOG)
    except StatusError:
        return
    order = [statement for _, statement in given]
    # Two statements were said first, and two after the first one; nothing else follows another.
    chains = (STATEMENTS[:4], [STATEMENTS[0], STATEMENTS[6]], [STATEMENTS[7]])
    assert any(order == chain[: len(order)] for chain in chains)
    assert [index for index, _ in given] == sorted({index for index, _ in given})
    assert states.newest == (order[-1].digest if order else None)


# --- the answer -----------------------------------------------------------------------------------

ANSWER = Answer(
    log=LOG,
    target=NAME,
    state=State.SUPERSEDED,
    size=7,
    root=bytes(range(32)),
    time="2026-11-20T12:00:00.000Z",
    key_events=2,
    successor="sha256:" + "cd" * 32,
    others=MappingProxyType({OPERATOR.did: State.SUSPENDED}),
)
SIGNED = ANSWER.sign(OPERATOR.did, OPERATOR.sign)
OTHER = Answer(LOG, NAME, State.ACTIVE, 9, bytes(32), "2026-11-21T12:00:00.000Z")


@given(mutations.of_jws(SIGNED, OTHER.sign(OPERATOR.did, OPERATOR.sign), CHAIN[1]))
def test_a_changed_status_answer_is_refused(data: bytes) -> None:
    try:
        found = answers.verify(data)
    except InvalidInput:
        return
    assert found in ((ANSWER, OPERATOR.did), (OTHER, OPERATOR.did))
    assert found[0].sign(OPERATOR.did, OPERATOR.sign) == data


PAYLOAD = documents.parse(mutations.decoded(SIGNED.split(b".")[1]))
HEADER = {"alg": "EdDSA", "kid": key_id(OPERATOR.did), "typ": answers.TYPE}


@given(st.data())
def test_whatever_a_registry_signs_is_an_answer_in_its_one_form_or_refused(
    data: st.DataObject,
) -> None:
    value = mutations.changed(data.draw, PAYLOAD)
    text = mutations.respelled(data.draw, value) if data.draw(st.booleans()) else None
    try:
        payload = documents.canonical(value) if text is None else text.encode()
    except InvalidInput:
        return
    signed = write_envelope(HEADER, payload, OPERATOR.sign)
    try:
        found, did = answers.verify(signed)
    except InvalidInput:
        return
    assert did == OPERATOR.did
    assert found.sign(did, OPERATOR.sign) == signed


def test_the_answer_itself_passes() -> None:
    assert answers.verify(SIGNED) == (ANSWER, OPERATOR.did)
