"""did:webvh 1.0: what a log must obey, line by line, and the keys that follow from it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openquality import signing
from openquality.signing import SigningKey
from openquality_validator import dataintegrity, documents, envelope
from openquality_validator.errors import IdentityError
from openquality_validator.identity import (
    KeyKind,
    KeyResolution,
    address,
    approvals,
    did_key,
    didlog,
    history,
    making,
    multikey,
)
from openquality_validator.identity.history import KeyEvent
from openquality_validator.identity.key import multihash
from openquality_validator.identity.making import Content, Signer

START = datetime(2026, 1, 1, tzinfo=UTC)
UPDATE = [signing.generate() for _ in range(4)]
ASSERT = [signing.generate() for _ in range(3)]
P256 = signing.generate(KeyKind.P256)
PLACE = "quality.example:issuers:nordbolt"


def signer(key: SigningKey) -> Signer:
    return Signer(key.public, key.sign)


def content(number: int) -> Content:
    return Content((ASSERT[number].public,), next_update=UPDATE[number + 1].public)


def grown(count: int) -> list[bytes]:
    """Make a log in which each line rotates update key and assertion key."""
    data = [making.first_line(PLACE, content(0), update=signer(UPDATE[0]), time=START)]
    for number in range(1, count):
        lines = didlog.read(data)
        moment = START + timedelta(days=number)
        data.append(
            making.next_line(lines, content(number), update=signer(UPDATE[number]), time=moment)
        )
    return data


LOG = grown(3)
DID = didlog.read(LOG)[0].did


def resigned(
    change: Callable[[dict[str, Any]], None], line: int = 0, key: SigningKey | None = None
) -> list[bytes]:
    """Change a line and make its hashes and proof anew, so that only the rule is broken."""
    value = json.loads(LOG[line])
    del value["proof"]
    scid = value["state"]["id"].split(":")[2]
    change(value)
    if line == 0:
        text = documents.canonical_any(value | {"versionId": "{SCID}"}).decode()
        text = text.replace(scid, "{SCID}")
        previous = scid = multihash(text.encode())
        value = json.loads(text.replace("{SCID}", scid))
    else:
        previous = json.loads(LOG[line - 1])["versionId"]
    number = value.pop("number", line + 1)
    value["versionId"] = previous
    hashed = didlog.entry_hash(value)
    value["versionId"] = f"{number}-{hashed}"
    used = key or UPDATE[line]
    name = multikey(used.public)
    value["proof"] = [
        dataintegrity.sign(
            value,
            suite="eddsa-jcs-2022",
            method=f"did:key:{name}#{name}",
            created=None,
            sign_bytes=used.sign,
        )
    ]
    return [*LOG[:line], json.dumps(value).encode()]


def test_a_log_that_was_made_is_read() -> None:
    lines = didlog.read(LOG, now=START + timedelta(days=9))
    assert [line.number for line in lines] == [1, 2, 3]
    assert {line.did for line in lines} == {DID}
    assert DID.endswith(":quality.example:issuers:nordbolt")
    assert address.parse(DID).url("did.jsonl") == (
        "https://quality.example/issuers/nordbolt/did.jsonl"
    )


def test_a_change_that_is_made_properly_is_read() -> None:
    def change(value: dict[str, Any]) -> None:
        value["state"]["service"] = []

    assert len(didlog.read(resigned(change))) == 1
    assert len(didlog.read(resigned(change, 1))) == 2


def parameters(**given: object) -> Callable[[dict[str, Any]], None]:
    def change(value: dict[str, Any]) -> None:
        for name, member in given.items():
            if member is ...:
                del value["parameters"][name]
            else:
                value["parameters"][name] = member

    return change


def member(name: str, given: object) -> Callable[[dict[str, Any]], None]:
    def change(value: dict[str, Any]) -> None:
        value[name] = given

    return change


def document_id(old: str, new: str) -> Callable[[dict[str, Any]], None]:
    def change(value: dict[str, Any]) -> None:
        value["state"]["id"] = value["state"]["id"].replace(old, new)

    return change


WITNESS = did_key(ASSERT[0].public)


@pytest.mark.parametrize(
    ("code", "line", "change"),
    [
        ("K102", 0, parameters(method="did:webvh:99.0")),
        ("K102", 0, parameters(method=...)),
        ("K102", 0, parameters(updateKeys=...)),
        ("K102", 0, parameters(surprise=1)),
        ("K102", 0, parameters(portable="yes")),
        ("K102", 0, parameters(ttl=-1)),
        ("K102", 0, parameters(updateKeys=[multikey(P256.public)])),
        ("K102", 0, parameters(witness={"threshold": 0, "witnesses": [{"id": WITNESS}]})),
        ("K102", 0, parameters(witness={"threshold": 2, "witnesses": [{"id": WITNESS}]})),
        ("K102", 0, parameters(witness={"threshold": 1, "witnesses": [{"id": WITNESS}] * 2})),
        ("K102", 0, parameters(witness={"threshold": 1, "witnesses": []})),
        ("K102", 0, parameters(witness={"threshold": 1, "witnesses": [{"id": "did:web:a.b"}]})),
        ("K102", 1, parameters(scid="Qm")),
        ("K102", 1, parameters(portable=True)),
        ("K102", 1, parameters(method="did:webvh:0.5")),
        ("K102", 1, parameters(updateKeys=...)),  # keys rotated beforehand are never inherited
        ("K102", 1, parameters(nextKeyHashes=...)),
        ("K102", 1, parameters(updateKeys=[multikey(UPDATE[3].public)])),
        ("K105", 1, member("number", 3)),
        ("K105", 1, member("versionTime", "2026-01-01T00:00:00Z")),
        ("K105", 1, member("versionTime", "2026-01-02T00:00:00")),
        ("K105", 1, member("versionTime", "2026-01-02T00:00:00+01:00")),
        ("K105", 1, member("versionTime", "2026-02-30T00:00:00Z")),
        ("K106", 0, document_id("quality.example", "127.0.0.1")),
        ("K106", 1, document_id("quality.example", "other.example")),
        ("K106", 1, document_id("did:webvh:", "did:webvh:Q")),
    ],
)
def test_a_line_that_breaks_a_rule_is_refused(
    code: str, line: int, change: Callable[[dict[str, Any]], None]
) -> None:
    with pytest.raises(IdentityError) as error:
        didlog.read(resigned(change, line), now=START + timedelta(days=9))
    assert error.value.code == code


def test_a_line_by_a_key_that_nobody_allowed_is_refused() -> None:
    def unchanged(_: dict[str, Any]) -> None:
        return None

    for line in (0, 1):
        with pytest.raises(IdentityError, match="K104"):
            didlog.read(resigned(unchanged, line, key=UPDATE[3]))


def test_without_commitments_the_line_before_says_who_signs() -> None:
    plain = Content((ASSERT[0].public,))
    first = making.first_line(PLACE, plain, update=signer(UPDATE[0]), time=START)
    lines = didlog.read([first])
    for key, allowed in ((UPDATE[0], True), (UPDATE[1], False)):
        value = json.loads(
            making.next_line(lines, plain, update=signer(key), time=START + timedelta(days=1))
        )
        assert value["parameters"]["updateKeys"] == [multikey(key.public)]
        data = [first, json.dumps(value).encode()]
        if allowed:
            assert len(didlog.read(data)) == 2
        else:
            with pytest.raises(IdentityError, match="K104"):
                didlog.read(data)


def test_a_line_of_the_future_is_refused_where_there_is_a_clock() -> None:
    with pytest.raises(IdentityError, match="K105"):
        didlog.read(LOG, now=START + timedelta(days=2) - timedelta(minutes=6))
    assert didlog.read(LOG, now=START + timedelta(days=2) - timedelta(minutes=4))


def test_nothing_follows_a_deactivation() -> None:
    end = Content((), deactivated=True)
    data = [
        *LOG,
        making.next_line(
            didlog.read(LOG), end, update=signer(UPDATE[3]), time=START + timedelta(days=3)
        ),
    ]
    ended = history.build(DID, [KeyEvent(line) for line in data])
    with pytest.raises(IdentityError, match="K121"):
        ended.at()
    again = making.next_line(
        didlog.read(data), content(0), update=signer(UPDATE[0]), time=START + timedelta(days=4)
    )
    with pytest.raises(IdentityError, match="K105"):
        didlog.read([*data, again])


def approval(line: bytes, *keys: SigningKey) -> dict[str, Any]:
    said = {"versionId": json.loads(line)["versionId"]}
    proofs = [
        dataintegrity.sign(
            said,
            suite="eddsa-jcs-2022",
            method=f"{key.did}#{multikey(key.public)}",
            created="2026-01-01T00:00:00Z",
            sign_bytes=key.sign,
        )
        for key in keys
    ]
    return said | {"proof": proofs}


RULE = {"threshold": 2, "witnesses": [{"id": key.did} for key in ASSERT]}
WITNESSED = resigned(parameters(witness=RULE))


@pytest.mark.parametrize(
    ("file", "accepted"),
    [
        ([approval(WITNESSED[0], *ASSERT[:2])], True),
        ([approval(WITNESSED[0], ASSERT[0]), approval(WITNESSED[0], ASSERT[2])], True),
        ([approval(WITNESSED[0], ASSERT[0], ASSERT[0])], False),  # one witness counts once
        ([approval(WITNESSED[0], ASSERT[0], UPDATE[1])], False),
        ([approval(LOG[1], *ASSERT)], False),  # of another log
        ([], False),
        (None, False),
    ],
)
def test_witnesses_approve_by_number(file: list[Any] | None, accepted: bool) -> None:  # noqa: FBT001
    data = None if file is None else json.dumps(file).encode()
    lines = didlog.read(WITNESSED)
    if accepted:
        approvals.check(lines, data)
    else:
        with pytest.raises(IdentityError, match="K107"):
            approvals.check(lines, data)


@pytest.mark.parametrize("file", [b"{}", b"[1]", b"not json", b'[{"versionId":1,"proof":[]}]'])
def test_a_file_of_approvals_of_another_form_is_refused(file: bytes) -> None:
    with pytest.raises(IdentityError, match="K107"):
        approvals.check(didlog.read(WITNESSED), file)


def test_the_keys_in_force_follow_from_the_place_in_the_log() -> None:
    events = [KeyEvent(line, index) for line, index in zip(LOG, (10, 20, 30), strict=True)]
    known = history.build(DID, events)
    for index, number in ((11, 0), (20, 0), (21, 1), (30, 1), (31, 2), (None, 2)):
        keys = known.at(index).resolution.keys
        assert keys == {f"{DID}#{multikey(ASSERT[number].public)}": ASSERT[number].public}
    with pytest.raises(IdentityError, match="K120"):
        known.at(10)


@pytest.mark.parametrize("order", [(20, 10, 30), (10, 10, 30), (10, None, 30)])
def test_events_out_of_order_are_refused(order: tuple[int | None, ...]) -> None:
    events = [KeyEvent(line, index) for line, index in zip(LOG, order, strict=True)]
    with pytest.raises(IdentityError, match="K122"):
        history.build(DID, events)


def test_the_log_of_another_identifier_is_refused() -> None:
    other = making.first_line(PLACE, content(1), update=signer(UPDATE[1]), time=START)
    with pytest.raises(IdentityError, match="K106"):
        history.build(DID, [KeyEvent(other)])
    with pytest.raises(IdentityError, match="K106"):
        history.build(DID.replace("nordbolt", "other"), [KeyEvent(line) for line in LOG])


@pytest.mark.parametrize(
    "did",
    [
        "did:webvh:Qm" + "1" * 44 + ":127.0.0.1",
        "did:webvh:Qm" + "1" * 44 + ":127%2E0%2E0%2E1",
        "did:webvh:Qm" + "1" * 44 + ":127.1",
        "did:webvh:Qm" + "1" * 44 + ":0x7f.1",
        "did:webvh:Qm" + "1" * 44 + ":example.0x10",
        "did:webvh:Qm" + "1" * 44 + ":localhost",
        "did:webvh:Qm" + "1" * 44 + ":127.0.0.1%3a8080",
        "did:webvh:Qm" + "1" * 44 + ":127.0.0.1#x",
        "did:webvh:Qm" + "1" * 44 + ":example.com%3A0",
        "did:webvh:Qm" + "1" * 44 + ":example.com%3A65536",
        "did:webvh:Qm" + "1" * 44 + ":example.com%3A80%3A80",
        "did:webvh:Qm" + "1" * 44 + ":example.com:..:admin",
        "did:webvh:Qm" + "1" * 44 + ":example.com:%2E%2E:admin",
        "did:webvh:Qm" + "1" * 44 + ":example.com:a%2Fb",
        "did:webvh:Qm" + "1" * 44 + ":example.com:a%00b",
        "did:webvh:Qm" + "1" * 44 + ":example.com:%20a",
        "did:webvh:Qm" + "1" * 44 + ":example.com:%FF",
        "did:webvh:Qm" + "1" * 44 + ":example.com:",
        "did:webvh:Qm" + "1" * 44 + ":user@example.com",
        "did:webvh:Qm" + "1" * 44,
        "did:webvh:{SCID}:example.com",
        "did:web:",
        "did:key:z6Mk",
    ],
)
def test_an_identifier_that_leads_elsewhere_is_refused(did: str) -> None:
    with pytest.raises(IdentityError, match="K100"):
        address.parse(did)


@pytest.mark.parametrize(
    ("did", "url"),
    [
        ("did:web:w3c-ccg.github.io", "https://w3c-ccg.github.io/.well-known/did.json"),
        (
            "did:web:w3c-ccg.github.io:user:alice",
            "https://w3c-ccg.github.io/user/alice/did.json",
        ),
        (
            "did:web:example.com%3A3000:user:alice",
            "https://example.com:3000/user/alice/did.json",
        ),
        ("did:web:example.com:%E7%94%A8", "https://example.com/%E7%94%A8/did.json"),
    ],
)
def test_the_examples_of_did_web_give_their_addresses(did: str, url: str) -> None:
    assert address.parse(did).url("did.json") == url


def test_a_statement_with_a_rotated_key_is_verified_by_the_keys_of_its_time() -> None:
    known = history.build(DID, [KeyEvent(line) for line in LOG])
    credential = {"issuer": {"id": DID, "name": "Nordbolt"}}
    for number, good in ((0, False), (2, True)):
        key = ASSERT[number]
        header = {"alg": "EdDSA", "kid": f"{DID}#{multikey(key.public)}", "typ": "vc+jwt"}
        data = envelope.write_envelope(header, documents.canonical(credential), key.sign)
        taken = envelope.parse_envelope(data)
        record = envelope.credential(taken.payload)

        def resolve(_: str) -> KeyResolution:
            return known.at().resolution

        if good:
            _, found = envelope.issuer_key(taken, record, resolve=resolve)
            envelope.verify_signature(taken, found)
        else:
            with pytest.raises(Exception, match="J015"):
                envelope.issuer_key(taken, record, resolve=resolve)


@given(st.data())
def test_no_changed_log_passes(data: st.DataObject) -> None:
    line = data.draw(st.integers(0, 2))
    place = data.draw(st.integers(0, len(LOG[line]) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != LOG[line][place]))
    changed = LOG[line][:place] + bytes([byte]) + LOG[line][place + 1 :]
    lines = [*LOG[:line], changed, *LOG[line + 1 :]]
    try:
        history.build(DID, [KeyEvent(each) for each in lines])
    except IdentityError:
        return
    # White space and escapes are free; what it says is not.
    assert json.loads(changed) == json.loads(LOG[line])
