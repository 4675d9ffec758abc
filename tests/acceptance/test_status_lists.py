"""Status lists over HTTP, read as an ordinary wallet reads them: none of our decoding is used."""

import base64
import gzip
import json
import shutil
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from registry_at_work import KEY, RunRegistry, attestation, publish, registry
from webvh_at_work import Identity, register, send_line

from openquality import credentials
from openquality.cli.main import main
from openquality.signing import SigningKey, generate, sign, write_key
from openquality_registry.bootstrap import Parts
from openquality_validator import dataintegrity, documents, envelope
from openquality_validator.envelope import digest
from openquality_validator.identity import KeyKind
from openquality_validator.status import statement_target

HOST = "registry.example"
LISTS = f"https://{HOST}/v1/status-lists"
ELSEWHERE = "https://lists.example/v1/status-lists/revocation-1"

Served = tuple[httpx2.Client, Parts]


@pytest.fixture
def served(run_registry: RunRegistry, tmp_path: Path) -> Iterator[Served]:
    with run_registry(tmp_path, public_url=f"https://{HOST}") as (client, parts):
        yield client, parts


@pytest.fixture(scope="module")
def shared(run_registry: RunRegistry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A registry for tests that leave nothing behind but places."""
    folder = tmp_path_factory.mktemp("lists")
    with run_registry(folder, public_url=f"https://{HOST}") as (client, parts):
        yield client, parts


def asked(
    parts: Parts,
    key: SigningKey = KEY,
    purpose: str = "revocation",
    count: int = 1,
    **more: Any,  # noqa: ANN401 - claims of a request
) -> str:
    """Sign a request for places, by the page docs/spec/status.md."""
    said = {"aud": parts.folder.origin, "count": count, "iat": int(time.time()), "purpose": purpose}
    header = {
        "alg": "EdDSA" if key.public.kind is KeyKind.ED25519 else "ES256",
        "kid": key.key_id,
        "typ": "openquality-reservation+jwt",
    }
    payload = documents.canonical(said | more)
    return envelope.write_envelope(header, payload, key.sign).decode()


def reserve(client: httpx2.Client, request: str) -> httpx2.Response:
    return client.post("/v1/status-lists", json={"request": request})


def place(served: Served, key: SigningKey = KEY, purpose: str = "revocation") -> dict[str, str]:
    client, parts = served
    answer = reserve(client, asked(parts, key, purpose))
    assert answer.status_code == 201, answer.text
    (entry,) = answer.json()["entries"]
    return dict(entry)


def record(number: int, entry: dict[str, str], key: SigningKey = KEY) -> bytes:
    return sign(attestation(number, key=key) | {"credentialStatus": entry}, key)


def say(
    served: Served, about: bytes, state: str, previous: bytes | None = None, key: SigningKey = KEY
) -> bytes:
    client, parts = served
    subject = {
        "id": statement_target(digest(about)),
        "log": parts.folder.origin,
        "state": state,
        "reason": "Gauge 7 was out of calibration.",
    }
    if previous is not None:
        subject["previous"] = digest(previous)
    now = datetime.now(UTC)
    value = credentials.make("StatusStatement", subject, issuer=key.did, name="Nordbolt", now=now)
    said = sign(value, key)
    answer = publish(client, said)
    assert answer.status_code == 201, answer.text
    return said


def listed(client: httpx2.Client, entry: dict[str, str]) -> dict[str, Any]:
    """Get the list that an entry names, and verify its signature by hand."""
    assert entry["statusListCredential"].startswith(f"https://{HOST}/")
    answer = client.get(entry["statusListCredential"].removeprefix(f"https://{HOST}"))
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == "application/vc+jwt"
    head = json.loads(unpadded(answer.text.split(".")[0]))
    did = head["kid"].partition("#")[0]
    assert (head["typ"], head["kid"]) == ("vc+jwt", f"{did}#{did.removeprefix('did:key:')}")
    key = Ed25519PublicKey.from_public_bytes(ed25519_of(did.removeprefix("did:key:")))
    signing_input, _, signature = answer.text.rpartition(".")
    key.verify(unpadded(signature), signing_input.encode())  # RFC 8037, section 3.1
    value: dict[str, Any] = json.loads(unpadded(signing_input.split(".")[1]))
    assert value["issuer"]["id"] == did
    return value


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def ed25519_of(multibase: str) -> bytes:
    """Read the raw key of a did:key (multibase base58btc, multicodec 0xed01) by hand."""
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    assert multibase.startswith("z")
    number = 0
    for letter in multibase[1:]:
        number = number * 58 + alphabet.index(letter)
    data = number.to_bytes(34)
    assert data[:2] == b"\xed\x01"
    return data[2:]


def bits(value: dict[str, Any]) -> str:
    """Expand an encodedList into a text of 0 and 1, left to right."""
    text = value["credentialSubject"]["encodedList"]
    assert text.startswith("u")
    return "".join(f"{byte:08b}" for byte in gzip.decompress(unpadded(text[1:])))


def is_set(client: httpx2.Client, entry: dict[str, str]) -> bool:
    """Ask as section 3.2 of the Recommendation says."""
    value = listed(client, entry)
    assert value["credentialSubject"]["statusPurpose"] == entry["statusPurpose"]
    expanded = bits(value)
    assert len(expanded) >= 131_072
    return expanded[int(entry["statusListIndex"])] == "1"


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_wallet_sees_that_a_record_is_revoked(served: Served) -> None:
    client, parts = served
    entry, other = place(served), place(served)
    revoked, standing = record(1, entry), record(2, other)
    assert publish(client, revoked).status_code == 201
    assert publish(client, standing).status_code == 201
    assert not is_set(client, entry)

    suspended = say(served, revoked, "suspended")
    assert not is_set(client, entry)  # it is a list of revocations
    say(served, revoked, "revoked", suspended)
    assert is_set(client, entry)
    assert not is_set(client, other)
    assert bits(listed(client, entry)).count("1") == 1
    # By the status key, which is known from elsewhere.
    assert listed(client, entry)["issuer"]["id"] == parts.folder.status_key.did


def test_a_suspension_is_shown_while_it_lasts_and_a_revocation_for_good(served: Served) -> None:
    client, _ = served
    entry = place(served, purpose="suspension")
    said = record(1, entry)
    publish(client, said)
    suspended = say(served, said, "suspended")
    assert is_set(client, entry)
    reinstated = say(served, said, "reinstated", suspended)
    assert not is_set(client, entry)
    say(served, said, "revoked", reinstated)
    assert is_set(client, entry)


def test_the_word_of_the_operator_is_shown_too(served: Served) -> None:
    client, parts = served
    entry = place(served)
    said = record(1, entry)
    publish(client, said)
    say(served, said, "revoked", key=parts.folder.status_key)
    assert is_set(client, entry)


def test_a_list_is_a_credential_of_the_recommendation(served: Served) -> None:
    client, _ = served
    before = datetime.now(UTC)
    entry = place(served)
    value = listed(client, entry)
    url = f"{LISTS}/revocation-1"
    place_said = entry["statusListIndex"]
    assert entry == {
        "id": f"{url}#{place_said}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": place_said,
        "statusListCredential": url,
    }
    assert value["@context"] == ["https://www.w3.org/ns/credentials/v2"]
    assert value["id"] == url
    assert value["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    begin = datetime.fromisoformat(value["validFrom"])
    end = datetime.fromisoformat(value["validUntil"])
    assert begin.timestamp() >= before.timestamp() - 0.001
    assert (end - begin).total_seconds() == 3_600
    subject = value["credentialSubject"]
    assert (subject["id"], subject["type"]) == (f"{url}#list", "BitstringStatusList")
    path = url.removeprefix(f"https://{HOST}")
    answer = client.get(path)
    assert answer.headers["cache-control"] == f"public, max-age={subject['ttl'] // 1000}"
    # The same until something is said: caches and wallets need not read it again.
    assert client.get(path).content == answer.content


def test_a_place_is_taken_once_and_by_its_issuer_alone(served: Served) -> None:
    client, _ = served
    entry, stranger = place(served), generate()
    refused = (422, "place-not-reserved")
    assert refusal(publish(client, record(9, entry, stranger))) == refused
    said = record(1, entry)
    assert publish(client, said).status_code == 201
    assert refusal(publish(client, record(2, entry))) == refused
    assert publish(client, said).status_code == 200  # the same bytes get their receipt
    # Other bytes under the same id are that mistake, whatever place they name.
    twin = attestation(1) | {"credentialStatus": entry, "validFrom": "2026-11-19T12:00:00Z"}
    assert refusal(publish(client, sign(twin, KEY))) == (409, "duplicate-id")


def test_a_record_with_its_proof_inside_keeps_its_place_in_other_bytes(served: Served) -> None:
    client, _ = served
    value = attestation(1) | {"credentialStatus": place(served)}
    value["proof"] = dataintegrity.sign(
        value, suite="eddsa-jcs-2022", method=KEY.key_id, created=None, sign_bytes=KEY.sign
    )
    kind = {"content-type": "application/vc"}
    first = publish(client, json.dumps(value).encode(), **kind)
    twin = publish(client, json.dumps(value, indent=1).encode(), **kind)
    assert (first.status_code, twin.status_code) == (201, 200)
    assert twin.headers["location"] == first.headers["location"]


def test_two_records_at_once_cannot_share_a_place(served: Served) -> None:
    client, _ = served
    entry = place(served)
    lines = b"\n".join(record(number, entry) for number in (1, 2))
    kind = {"content-type": "application/x-ndjson"}
    answer = client.post("/v1/statements/batch", content=lines, headers=kind)
    assert [json.loads(line)["status"] for line in answer.text.splitlines()] == [201, 409]


@pytest.mark.parametrize(
    "change",
    [
        {"statusListIndex": "131072"},
        {"statusListIndex": "0"},
        {"statusPurpose": "suspension"},
        {"id": "urn:example:other"},
        {"statusListCredential": f"{LISTS}/revocation-2"},
        {"statusListCredential": f"{LISTS}/other"},
        {"statusListCredential": f"{LISTS}/revocation-1?x"},
    ],
    ids=lambda change: "-".join(change.values()).rpartition("/")[2],
)
def test_an_entry_that_is_not_the_one_given_is_refused(
    shared: Served, change: dict[str, str]
) -> None:
    client, _ = shared
    entry = place(shared)
    assert change.get("statusListIndex") != entry["statusListIndex"]
    answer = publish(client, record(1, entry | change))
    assert refusal(answer) == (422, "place-not-reserved")


def test_lists_of_others_are_data_that_means_nothing(served: Served) -> None:
    client, _ = served
    entry = place(served) | {"statusListCredential": ELSEWHERE, "id": f"{ELSEWHERE}#7"}
    assert publish(client, record(1, entry)).status_code == 201
    assert publish(client, record(2, entry)).status_code == 201


def test_places_are_spread_and_none_is_given_twice(shared: Served) -> None:
    client, parts = shared
    given: list[int] = []
    for _ in range(3):
        answer = reserve(client, asked(parts, count=100))
        given += [int(entry["statusListIndex"]) for entry in answer.json()["entries"]]
    assert len(set(given)) == 300
    assert given != sorted(given)
    # Of 300 drawn from the whole, some fall into each eighth: all but once in 10^16.
    assert {at * 8 // 131_072 for at in given} == set(range(8))


def test_an_issuer_with_a_history_reserves_with_a_key_that_it_has_now(shared: Served) -> None:
    client, parts = shared
    hosted = Identity(f"{HOST}:issuers:nordbolt")
    assert register(client, hosted).status_code == 201
    first = hosted.signing
    assert reserve(client, asked(parts, first)).status_code == 201
    assert send_line(client, hosted.rotate()).status_code == 201
    assert reserve(client, asked(parts, hosted.signing)).status_code == 201
    assert refusal(reserve(client, asked(parts, first))) == (422, "invalid-reservation")


@pytest.mark.parametrize(
    "more",
    [
        {"aud": "elsewhere.example/log"},
        {"iat": 1_700_000_000},
        {"iat": "now"},
        {"count": 0},
        {"count": 101},
        {"count": True},
        {"purpose": "message"},
        {"extra": 1},
    ],
    ids=str,
)
def test_a_request_that_says_something_else_is_refused(
    shared: Served, more: dict[str, Any]
) -> None:
    client, parts = shared
    assert refusal(reserve(client, asked(parts, **more))) == (422, "invalid-reservation")


def test_a_request_is_signed_by_the_issuer(shared: Served) -> None:
    client, parts = shared
    head, payload, _ = asked(parts).split(".")
    other = asked(parts, generate())
    for request in (
        f"{head}.{payload}.{other.split('.')[2]}",
        f"{head}.{other.split('.')[1]}",
        "a.b.c",
        "€",
        record(1, {}).decode(),  # signed, and no request
    ):
        assert refusal(reserve(client, request)) == (422, "invalid-reservation")


def test_a_quota_counts_places_as_statements(tmp_path: Path) -> None:
    settings = {"public_url": f"https://{HOST}", "client_per_day": 3}
    with registry(tmp_path, **settings) as (client, parts):
        first = reserve(client, asked(parts, count=2)).json()["entries"]
        assert len(first) == 2
        assert len(reserve(client, asked(parts, count=5)).json()["entries"]) == 1
        assert refusal(reserve(client, asked(parts))) == (429, "quota-used-up")


def test_only_the_invited_reserve_where_only_they_publish(tmp_path: Path) -> None:
    settings = {"public_url": f"https://{HOST}", "admission": "invited", "token": "t0ken" * 5}
    with registry(tmp_path, **settings) as (client, parts):
        assert refusal(reserve(client, asked(parts))) == (401, "token-required")
        own = {"authorization": "Bearer " + "t0ken" * 5}
        body = {"request": asked(parts)}
        assert client.post("/v1/status-lists", json=body, headers=own).status_code == 201


def test_a_registry_without_a_public_address_keeps_no_lists(tmp_path: Path) -> None:
    with registry(tmp_path) as (client, parts):
        assert client.get("/.well-known/openquality").json()["statusLists"] is None
        assert refusal(reserve(client, asked(parts))) == (404, "no-status-lists")
        found = client.get("/v1/status-lists/revocation-1")
        assert refusal(found) == (404, "no-status-lists")


def test_a_list_that_nothing_was_reserved_in_does_not_exist(shared: Served) -> None:
    client, _ = shared
    assert client.get("/.well-known/openquality").json()["statusLists"] == LISTS
    place(shared)
    found = client.get("/v1/status-lists/revocation-2")
    assert refusal(found) == (404, "unknown-status-list")
    found = client.get("/v1/status-lists/suspension-1")
    assert refusal(found) == (404, "unknown-status-list")


def test_a_list_is_the_same_after_a_restart_and_fsck_finds_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    settings = {"public_url": f"https://{HOST}"}
    with registry(folder, **settings) as served:
        entries = [place(served) for _ in range(3)]
        records = [record(number, entry) for number, entry in enumerate(entries[:2])]
        for each in records:
            assert publish(served[0], each).status_code == 201
        say(served, records[0], "revoked")
        before = bits(listed(served[0], entries[0]))
    with registry(folder, **settings) as served:
        assert bits(listed(served[0], entries[0])) == before
        assert refusal(publish(served[0], record(7, entries[1]))) == (422, "place-not-reserved")
        assert publish(served[0], record(8, entries[2])).status_code == 201
    assert main(["log", "fsck", "--data", str(folder)]) == 0


def test_a_place_that_was_lost_with_a_backup_is_taken_again_with_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown, back = tmp_path / "grown", tmp_path / "back"
    settings = {"public_url": f"https://{HOST}"}
    with registry(grown, **settings) as served:
        kept = place(served)
        copy = str(tmp_path / "copy")
        assert main(["backup", "--data", str(grown), "--with-keys", copy]) == 0
        lost = place(served)
        records = [record(1, kept), record(2, lost)]
        for each in records:
            assert publish(served[0], each).status_code == 201
        say(served, records[1], "revoked")
    monkeypatch.setenv("OPENQUALITY_COPIES", str(grown))
    monkeypatch.setenv("OPENQUALITY_PUBLIC_URL", f"https://{HOST}")
    assert main(["restore", copy, "--data", str(back)]) == 0
    with registry(back, **settings) as served:
        assert [is_set(served[0], entry) for entry in (kept, lost)] == [False, True]
        for entry in (kept, lost):
            answer = publish(served[0], record(3, entry))
            assert refusal(answer) == (422, "place-not-reserved")
        assert publish(served[0], records[1]).status_code == 200
    assert main(["log", "fsck", "--data", str(back)]) == 0


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        ("UPDATE heads SET value = 'sha256:' || printf('%064d', 0) WHERE name = :taken", 1),
        ("UPDATE heads SET name = 'place:revocation-1/131072' WHERE name = :taken", 1),
        ("UPDATE heads SET value = 'did:key:zOther' WHERE name = :reserved", 0),
    ],
    ids=["another record", "another place", "a reservation is the database's own word"],
)
def test_fsck_sees_a_place_that_the_log_does_not_give(
    made: tuple[Path, dict[str, str]],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    damage: str,
    found: int,
) -> None:
    original, named = made
    folder = tmp_path / "data"
    shutil.copytree(original, folder)
    with closing(sqlite3.connect(folder / "registry.sqlite")) as database:
        used = {name: head for name, head in named.items() if f":{name}" in damage}
        assert database.execute(damage, used).rowcount == 1
        database.commit()
    capfd.readouterr()
    assert main(["log", "fsck", "--data", str(folder), "--format", "json"]) == found
    differences = json.loads(capfd.readouterr().out)["differences"]
    assert [each["code"] for each in differences] == ["head-differs"] * found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A folder with a place that a record took, and one that is reserved; with their heads."""
    folder = tmp_path_factory.mktemp("made") / "data"
    with registry(folder, public_url=f"https://{HOST}") as served:
        entries = {"taken": place(served), "reserved": place(served)}
        assert publish(served[0], record(1, entries["taken"])).status_code == 201
    heads = {
        name: f"place:revocation-1/{entry['statusListIndex']}" for name, entry in entries.items()
    }
    return folder, heads


def test_a_supplier_reserves_signs_and_publishes_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = tmp_path / "desk"
    desk.mkdir()
    monkeypatch.chdir(desk)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    write_key(desk / "own.key", KEY)
    names = ["a.json", "b.json"]
    for number, name in enumerate(names):
        value = attestation(number) | {"id": f"urn:uuid:{uuid.uuid4()}"}
        text = json.dumps(value).replace(attestation(number)["id"], value["id"])
        (desk / name).write_text(text)
    with registry(tmp_path / "data", public_url=f"https://{HOST}") as (client, parts):
        there = ["--key", "own.key", "--registry", str(client.base_url)]
        assert main(["reserve", *names, "--purpose", "suspension", *there]) == 0
        entries = [json.loads((desk / name).read_text())["credentialStatus"] for name in names]
        assert [entry["statusPurpose"] for entry in entries] == ["suspension"] * 2
        assert main(["publish", *names, "--yes", *there]) == 0
        said = (desk / "a.jwt").read_bytes()
        say((client, parts), said, "suspended")
        assert [is_set(client, entry) for entry in entries] == [True, False]
        # A record keeps the place that it has.
        capsys.readouterr()
        assert main(["reserve", "a.json", *there]) == 1
        assert "already" in capsys.readouterr().err
