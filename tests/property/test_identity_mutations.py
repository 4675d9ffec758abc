"""No change of key events, or of a credential with a proof inside, passes with other content.

White space and the order of members are free in JSON, so a twin may pass here; it then says the
same, and has the same name in RFC 8785 form.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import mutations
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from openquality import credentials, signing
from openquality_validator import dataintegrity, documents, envelope
from openquality_validator.errors import IdentityError, InvalidInput, OpenQualityError
from openquality_validator.identity import (
    KeyKind,
    approvals,
    didlog,
    history,
    key_id,
    making,
    multikey,
    web,
)
from openquality_validator.identity.history import KeyEvent
from openquality_validator.identity.key import base58_decode, base58_encode
from openquality_validator.identity.making import Content, Signer
from openquality_validator.signatures import P256_ORDER

START = datetime(2026, 1, 1, tzinfo=UTC)
UPDATE = [signing.generate() for _ in range(4)]
ASSERT = [signing.generate() for _ in range(3)]
APPROVERS = [signing.generate() for _ in range(3)]
PLACE = "quality.example:issuers:nordbolt"


def proved(value: dict[str, Any], key: signing.SigningKey, method: str = "") -> dict[str, Any]:
    """Sign a JSON value with a proof inside, by the key of a did:key or another one."""
    suite = "eddsa-jcs-2022" if key.public.kind is KeyKind.ED25519 else "ecdsa-jcs-2019"
    return dataintegrity.sign(
        value,
        suite=suite,
        method=method or key_id(key.did),
        created="2026-11-20T12:00:00Z",
        sign_bytes=key.sign,
    )


# --- statements with a proof inside ---------------------------------------------------------------


def statement(key: signing.SigningKey, number: int) -> dict[str, Any]:
    subject = {"id": "statement:sha256:" + "ab" * 32, "log": "log.example", "state": "revoked"}
    value = credentials.make(
        "StatusStatement",
        subject | {"reason": f"Gauge {number} ≠ 8."},
        issuer=key.did,
        name="Nordbolt GmbH",
        now=START,
        identifier=UUID(int=number),
    )
    return value | {"proof": proved(value, key)}


P256 = signing.generate(KeyKind.P256)
STATEMENTS = [statement(key, number) for key in (ASSERT[0], P256) for number in (7, 9)]
BYTES = [documents.canonical_any(value) for value in STATEMENTS]
NAMES = [envelope.canonical_digest(data) for data in BYTES]


def check_statement(data: bytes) -> bool:
    """Verify a changed statement; tell whether it passes, and then says what one says."""
    try:
        found = envelope.verify_statement(data)
    except OpenQualityError:
        return False
    value = documents.parse(data)
    assert value in STATEMENTS
    assert found.value == {name: value[name] for name in value if name != "proof"}
    assert (found.issuer, found.key_id) == (value["issuer"]["id"], key_id(value["issuer"]["id"]))
    assert envelope.canonical_digest(data) == NAMES[STATEMENTS.index(value)]
    return True


@pytest.mark.parametrize("number", range(4))
def test_the_statement_itself_passes(number: int) -> None:
    assert check_statement(BYTES[number])


@given(st.sampled_from((0, 2)).flatmap(lambda at: mutations.of_bytes(BYTES[at], BYTES[at + 1])))
@example(BYTES[0] + b"\n")
def test_changed_bytes_of_a_statement_with_a_proof(data: bytes) -> None:
    check_statement(data)


@given(st.data())
def test_a_changed_member_of_a_statement_with_a_proof(data: st.DataObject) -> None:
    value = mutations.changed(data.draw, data.draw(st.sampled_from(STATEMENTS)))
    check_statement(mutations.respelled(data.draw, value).encode("utf-8", "surrogatepass"))


@given(st.data())
def test_another_spelling_of_a_statement_with_a_proof_is_the_same(data: st.DataObject) -> None:
    value = data.draw(st.sampled_from(STATEMENTS))
    text = mutations.respelled(data.draw, value)
    assert check_statement(text.strip().encode())


def test_a_proof_has_no_twin() -> None:
    value = STATEMENTS[2]
    r_s = base58_decode(value["proof"]["proofValue"][1:])
    high = r_s[:32] + (P256_ORDER - int.from_bytes(r_s[32:])).to_bytes(32)
    for twin, code in ((high, "J012"), (b"\0" + r_s, "J030"), (r_s + b"\0", "J030")):
        changed = value | {"proof": value["proof"] | {"proofValue": "z" + base58_encode(twin)}}
        with pytest.raises(InvalidInput, match=code):
            envelope.verify_statement(documents.canonical_any(changed))


@pytest.mark.parametrize(
    "context",
    [
        [*STATEMENTS[0]["@context"], "https://example.com/other-terms"],  # part of it signed
        ["https://example.com/other-terms", *STATEMENTS[0]["@context"]],
        STATEMENTS[0]["@context"][:1],
    ],
)
def test_no_context_is_added_to_what_was_signed_or_taken_from_it(context: list[str]) -> None:
    # The suite hashes the document under the proof's own context: terms beyond it are not signed.
    changed = STATEMENTS[0] | {"@context": context}
    with pytest.raises(InvalidInput, match="J032"):
        envelope.verify_statement(documents.canonical_any(changed))


# --- did:webvh ------------------------------------------------------------------------------------


def grown(count: int) -> list[bytes]:
    """Make a log in which each line rotates update key and assertion key."""
    lines: list[bytes] = []
    for number in range(count):
        content = Content((ASSERT[number].public,), next_update=UPDATE[number + 1].public)
        update = Signer(UPDATE[number].public, UPDATE[number].sign)
        time = START + timedelta(days=number)
        lines.append(
            making.next_line(didlog.read(lines), content, update=update, time=time)
            if lines
            else making.first_line(PLACE, content, update=update, time=time)
        )
    return lines


LOG = grown(3)
LINES = didlog.read(LOG)


def check_log(lines: list[bytes]) -> bool:
    """Read a changed log; tell whether it passes, and then is a beginning of the true one."""
    try:
        found = didlog.read(lines)
    except IdentityError:
        return False
    assert found == LINES[: len(found)]
    return True


@given(st.integers(0, 2), st.data())
def test_changed_bytes_of_a_line(at: int, data: st.DataObject) -> None:
    twin = data.draw(mutations.of_bytes(LOG[at], *(LOG[:at] + LOG[at + 1 :])))
    check_log([*LOG[:at], twin, *LOG[at + 1 :]])


@given(st.integers(0, 2), st.data())
def test_a_changed_member_of_a_line(at: int, data: st.DataObject) -> None:
    value = mutations.changed(data.draw, json.loads(LOG[at]))
    text = mutations.respelled(data.draw, value)
    check_log([*LOG[:at], text.encode("utf-8", "surrogatepass"), *LOG[at + 1 :]])


@given(st.data())
@settings(max_examples=30)
def test_another_spelling_of_a_line_is_the_same_line(data: st.DataObject) -> None:
    twins = [mutations.respelled(data.draw, json.loads(line)).encode() for line in LOG]
    assert check_log(twins)


@given(st.lists(st.sampled_from(LOG), max_size=4))
@example(LOG[:2])
def test_lines_in_any_order_pass_as_a_beginning_of_the_log(lines: list[bytes]) -> None:
    assert check_log(lines) is (lines != [] and lines == LOG[: len(lines)])


@given(st.data())
def test_whatever_is_signed_as_a_line_is_the_owners_or_refused(data: st.DataObject) -> None:
    # Hashes and proof are made anew, so that the change reaches the code behind them.
    signer = data.draw(st.sampled_from((UPDATE[1], UPDATE[1], UPDATE[0], UPDATE[2], P256)))
    method = key_id(data.draw(st.sampled_from((signer, UPDATE[1]))).did)
    value = json.loads(LOG[1])
    del value["proof"]
    if data.draw(st.booleans()):
        value = mutations.changed(data.draw, value)
    try:
        hashed = didlog.entry_hash(value | {"versionId": LINES[0].version_id})
        value["versionId"] = f"2-{hashed}"
        value["proof"] = [proved(value, signer, method)]
        line = documents.canonical_any(value)
    except InvalidInput:
        return
    events = [KeyEvent(LOG[0], 0), KeyEvent(line, 1)]
    try:
        found = history.build(LINES[0].did, events, now=START + timedelta(days=9))
    except IdentityError:
        return
    assert signer is UPDATE[1]
    assert found.versions[1].version_id == value["versionId"]
    for name, key in found.versions[1].resolution.keys.items():
        assert name.startswith(f"{value['state']['id']}#")
        assert multikey(key) in line.decode()


# --- the approvals of a log -----------------------------------------------------------------------

RULE = {"threshold": 2, "witnesses": [{"id": key.did} for key in APPROVERS]}


def witnessed() -> list[bytes]:
    """Make a log whose second line asks for witnesses, and a third one."""
    before = LINES[0]
    lines = [LOG[0]]
    for number in (1, 2):
        value = json.loads(LOG[number])
        del value["proof"]
        value["parameters"] |= {"witness": RULE}
        hashed = didlog.entry_hash(value | {"versionId": before.version_id})
        value["versionId"] = f"{number + 1}-{hashed}"
        value["proof"] = [proved(value, UPDATE[number])]
        lines.append(documents.canonical_any(value))
        before = didlog.read(lines)[-1]
    return lines


WITNESSED = didlog.read(witnessed())


def approval(line: didlog.Line, *keys: signing.SigningKey) -> dict[str, Any]:
    content = {"versionId": line.version_id}
    return content | {"proof": [proved(dict(content), key) for key in keys]}


FILE = [approval(WITNESSED[1], APPROVERS[0]), approval(WITNESSED[2], *APPROVERS[1:])]
# Two approvals of one witness, and those of strangers.
OTHER_FILE = [
    approval(WITNESSED[1], *APPROVERS[:2]),
    approval(WITNESSED[2], APPROVERS[1], *ASSERT[:2]),
]
GENUINE = {
    (item["versionId"], proof["proofValue"]): proof["verificationMethod"]
    for item in [*FILE, *OTHER_FILE]
    for proof in item["proof"]
}


def check_approvals(data: bytes, lines: tuple[didlog.Line, ...]) -> bool:
    """Check a changed file; if it passes, enough true approvals stand in it for each line."""
    try:
        approvals.check(lines, data)
    except IdentityError:
        return False
    said = [
        (item["versionId"], GENUINE.get((item["versionId"], str(proof.get("proofValue")))))
        for item in documents.parse(data)
        for proof in item["proof"]
        if isinstance(proof, dict)
    ]
    approvers = {key_id(key.did) for key in APPROVERS}
    for place, line in enumerate(lines[1:], start=1):
        later = {each.version_id for each in lines[place:]}
        assert line.number > 1
        assert len({by for version, by in said if version in later and by in approvers}) >= 2
    return True


@pytest.mark.parametrize(
    ("file", "count", "passes"),
    [(FILE, 3, True), (FILE[:1], 2, False), (OTHER_FILE, 2, True), (OTHER_FILE, 3, False)],
)
def test_the_approvals_themselves(file: list[Any], count: int, *, passes: bool) -> None:
    assert check_approvals(documents.canonical_any(file), WITNESSED[:count]) is passes


@given(st.data())
def test_changed_approvals_prove_no_more(data: st.DataObject) -> None:
    count = data.draw(st.sampled_from((2, 3)))
    file = data.draw(st.sampled_from((FILE, OTHER_FILE)))
    if data.draw(st.booleans()):
        proofs = [proof for item in FILE + OTHER_FILE for proof in item["proof"]]
        file = [
            item | {"proof": data.draw(st.lists(st.sampled_from(proofs), max_size=4))}
            for item in file
        ]
    text = documents.canonical_any(file)
    check_approvals(text, WITNESSED[:count])
    check_approvals(documents.canonical_any(mutations.changed(data.draw, file)), WITNESSED[:count])
    check_approvals(data.draw(mutations.of_bytes(text)), WITNESSED[:count])


# --- did:web --------------------------------------------------------------------------------------

WEB = "did:web:nordbolt.example"


def document(key: signing.SigningKey, by: signing.SigningKey | None = None) -> dict[str, Any]:
    name = f"{WEB}#{multikey(key.public)}"
    method = {
        "id": name,
        "type": "Multikey",
        "controller": WEB,
        "publicKeyMultibase": multikey(key.public),
    }
    value: dict[str, Any] = {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": WEB,
        "verificationMethod": [method],
        "assertionMethod": [name],
    }
    if by is not None:
        value["proof"] = proved(dict(value), by, f"{WEB}#{multikey(by.public)}")
    return value


FIRST, SECOND = document(ASSERT[0]), document(ASSERT[1], ASSERT[0])


def archived(value: dict[str, Any], *, discontinuous: bool = False) -> bytes:
    text = json.dumps(value)
    return web.Archived(WEB, text, "2026-11-19T00:00:00.000Z", discontinuous).to_bytes()


@given(mutations.of_bytes(archived(SECOND), archived(FIRST)))
def test_an_archived_document_has_one_spelling(data: bytes) -> None:
    try:
        read = web.Archived.from_bytes(data)
    except IdentityError:
        return
    assert read.to_bytes() == data


@given(st.data())
def test_a_changed_document_is_not_vouched_for(data: st.DataObject) -> None:
    value = mutations.changed(data.draw, SECOND)
    event = archived(value, discontinuous=data.draw(st.booleans()))
    assert web.continues(FIRST, SECOND)
    if web.continues(FIRST, value):
        assert value == SECOND
    try:
        found = history.build(WEB, [KeyEvent(archived(FIRST), 0), KeyEvent(event, 1)])
    except IdentityError:
        return
    assert found.versions[1].discontinuous is (value != SECOND)


@given(mutations.of_bytes(archived(SECOND), archived(FIRST), LOG[0]))
def test_changed_bytes_of_a_key_event_are_a_key_event_or_refused(data: bytes) -> None:
    try:
        did = history.event_did(data)
        found = history.build(did, [KeyEvent(archived(FIRST), 0), KeyEvent(data, 1)])
    except IdentityError:
        return
    assert found.did == did == WEB


# --- keys -----------------------------------------------------------------------------------------


@given(
    st.sampled_from([multikey(key.public) for key in (ASSERT[0], P256)]).flatmap(
        lambda text: mutations.of_bytes(text.encode())
    )
)
def test_a_key_has_one_spelling(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    try:
        resolution = envelope.identity.resolve(f"did:key:{text}")
    except IdentityError:
        return
    (key,) = resolution.keys.values()
    assert multikey(key) == text
