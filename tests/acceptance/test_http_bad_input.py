"""Whatever arrives over HTTP: a clear answer, and nothing half-kept."""

import base64
import hashlib
import hmac
import json
import socket
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx2
import pytest
from registry_at_work import KEY, attestation, publish, publish_all, registry, statement

from openquality import wire
from openquality.signing import SigningKey, generate, sign
from openquality_registry.bootstrap import Parts
from openquality_validator import identity
from openquality_validator.identity import KeyKind

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-5
EC = generate(KeyKind.P256)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx2.Client, Parts]]:
    with registry(tmp_path_factory.mktemp("registry") / "data") as running:
        publish(running[0], statement())
        yield running


@pytest.fixture(scope="module")
def client(served: tuple[httpx2.Client, Parts]) -> httpx2.Client:
    return served[0]


@pytest.fixture(autouse=True)
def nothing_is_kept(served: tuple[httpx2.Client, Parts]) -> Iterator[None]:
    """Hold every test here to it: the log and the index stay as they were."""
    _, parts = served
    before = parts.folder.store.state()
    yield
    assert parts.folder.store.state() == before
    assert len(list(parts.folder.store.statements(0, 100))) == before.size


def b64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def token(payload: bytes, *, key: SigningKey = KEY, **header: object) -> bytes:
    """Sign any bytes under any header."""
    fields = {"alg": "EdDSA", "kid": identity.key_id(key.did), "typ": "vc+jwt"} | header
    signing_input = b64(json.dumps(fields).encode()) + b"." + b64(payload)
    return signing_input + b"." + b64(key.sign(signing_input))


def payload(number: int = 1) -> bytes:
    return json.dumps(attestation(number)).encode()


def changed(find: str, put: str) -> bytes:
    text = payload().decode()
    assert find in text
    return token(text.replace(find, put).encode())


def hmac_from_the_public_key() -> bytes:
    header = {"alg": "HS256", "kid": identity.key_id(KEY.did), "typ": "vc+jwt"}
    signing_input = b64(json.dumps(header).encode()) + b"." + b64(payload())
    return signing_input + b"." + b64(hmac.digest(KEY.public.raw, signing_input, hashlib.sha256))


def alg_none() -> bytes:
    header = {"alg": "none", "kid": identity.key_id(KEY.did), "typ": "vc+jwt"}
    return b64(json.dumps(header).encode()) + b"." + b64(payload()) + b"." + b64(bytes(64))


def high_s() -> bytes:
    signing_input, _, signature = sign(attestation(1, key=EC), EC).rpartition(b".")
    raw = base64.urlsafe_b64decode(signature + b"==")
    twin = raw[:32] + (P256_ORDER - int.from_bytes(raw[32:])).to_bytes(32)
    return signing_input + b"." + b64(twin)


def small_order_key() -> bytes:
    # With the identity point as key, R = identity and S = 0 verify for every message.
    did = "did:key:z" + identity.base58_encode(b"\xed\x01" + b"\x01" + bytes(31))
    header = {"alg": "EdDSA", "kid": identity.key_id(did), "typ": "vc+jwt"}
    body = payload().decode().replace(KEY.did, did).encode()
    return b64(json.dumps(header).encode()) + b"." + b64(body) + b"." + b64(b"\x01" + bytes(63))


def tampered() -> bytes:
    header, body, signature = statement(1).split(b".")
    text = base64.urlsafe_b64decode(body + b"==").replace(b'"97.5"', b'"98.5"')
    return header + b"." + b64(text) + b"." + signature


def deep_nesting() -> bytes:
    return token(b"[" * 300_000 + b"]" * 300_000)


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing at all": (lambda: b"", "J002"),
    "no JWS": (lambda: b"\x00\xff not a token", "J002"),
    "not JSON": (lambda: token(b"{nonsense"), "D003"),
    "not UTF-8": (lambda: token(b'{"id": "\xff"}'), "D002"),
    "a duplicate key": (lambda: changed('"name": ', '"id": "urn:x", "name": '), "D004"),
    "nesting": (deep_nesting, "D003"),
    "10^400": (lambda: changed('"n": 125', f'"n": 1{400 * "0"}'), "D003"),
    "a lone surrogate": (lambda: changed('"name": "', '"name": "\\ud800'), "D003"),
    "a schema that is not ours": (
        lambda: changed("schemas/1/attestation.json", "schemas/9/attestation.json"),
        "S005",
    ),
    "an unknown metric": (
        lambda: changed('"metric": "on-time-delivery"', '"metric": "on-time-ish"'),
        "C001",
    ),
    "a unit of another quantity": (
        lambda: changed('"amount": "97.5", "unit": "%"', '"amount": "97.5", "unit": "kg"'),
        "C004",
    ),
    "alg none": (alg_none, "J009"),
    "an HMAC with the public key": (hmac_from_the_public_key, "J009"),
    "a foreign kid": (
        lambda: token(payload(), kid=identity.key_id(generate().did)),
        "J014",
    ),
    "a key by URL": (lambda: token(payload(), jku="https://example.com/keys"), "J008"),
    "a high S twin": (high_s, "J012"),
    "a small-order key": (small_order_key, "K005"),
    "a tampered payload": (tampered, "J017"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_statement_is_refused_with_its_finding(client: httpx2.Client, name: str) -> None:
    make, code = BAD[name]
    data = make()
    answer = publish(client, data)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == wire.PROBLEM
    assert answer.json()["code"] == "invalid-statement"
    assert code in {finding["code"] for finding in answer.json()["findings"]}
    line = json.loads(publish_all(client, [data or b"."]).text)
    assert line["status"] == 422
    assert code in {finding["code"] for finding in line["problem"]["findings"]}


def test_the_same_id_with_other_bytes(client: httpx2.Client) -> None:
    answer = publish(client, sign(attestation(0) | {"name": "Other words"}, KEY))
    assert (answer.status_code, answer.json()["code"]) == (409, "duplicate-id")


def test_ten_megabytes(client: httpx2.Client) -> None:
    answer = publish(client, b"[" * 10_000_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def test_a_body_without_length_is_cut_off_where_it_grows_too_long(client: httpx2.Client) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield b"x" * 65_536

    answer = client.post(
        "/v1/statements", content=endless(), headers={"content-type": wire.STATEMENT}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "", "application/jwt"])
def test_a_wrong_media_type(client: httpx2.Client, kind: str) -> None:
    answer = publish(client, statement(1), **{"content-type": kind})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-media-type")
    assert answer.headers["accept"].split(", ")[0] == wire.STATEMENT


@pytest.mark.parametrize("route", ["/v1/query", "/v1/compare", "/v1/lookup"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b"{}",
        b'{"where": 1, "digests": 1, "subjects": 1}',
        b'{"limit": 1, "limit": 2}',
        b'{"cursor": "bm9uc2Vuc2U"}',
        b'{"subjects": ["\\ud800"], "digests": ["\\ud800"]}',
        b'{"subjects": [""], "digests": [""], "where": []}',
        b'{"nobody": "knows this"}',
        b'{"a":' * 100_000,
    ],
)
def test_a_bad_question_is_refused_with_findings(
    client: httpx2.Client, route: str, body: bytes
) -> None:
    answer = client.post(route, content=body, headers={"content-type": "application/json"})
    too_long = len(body) > 262_144
    assert answer.status_code == (413 if too_long else 422)
    assert answer.json()["code"] == ("too-large" if too_long else "invalid-question")
    assert too_long or answer.json()["findings"]


def test_a_cursor_of_another_question(client: httpx2.Client) -> None:
    first = client.post("/v1/lookup", json={"issuers": [KEY.did], "limit": 1})
    assert first.json()["next"] is None
    stolen = base64.urlsafe_b64encode(b'["0000000000000000",0,1]').decode()
    answer = client.post("/v1/lookup", json={"issuers": [KEY.did], "cursor": stolen})
    assert answer.json()["findings"][0]["pointer"] == "/cursor"


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/v1/nothing",
        "/v1/statements/",
        "/tile/../keys/log.key",
        "/tile/%2e%2e/%2e%2e/keys/log.key",
        "/tile/0/000",
        "/tile/0/000.p/0",
        "/tile/0/000.p/256",
        "/tile/64/000",
        "/tile/0/x000/001",
        "/tile/entries/999",
    ],
)
def test_what_is_not_there(client: httpx2.Client, path: str) -> None:
    # By hand: a client would tidy up the path.
    url = urlsplit(str(client.base_url))
    with socket.create_connection((url.hostname, url.port), timeout=10) as wire_:
        wire_.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        head, _, body = b"".join(iter(lambda: wire_.recv(65_536), b"")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404 ")
    assert json.loads(body)["code"] in {"not-found", "unknown-tile"}


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/v1/statements", "POST"),
        ("PUT", "/v1/query", "GET"),
        ("POST", "/checkpoint", "GET"),
        ("POST", "/tile/0/000", "GET"),
    ],
)
def test_a_method_that_is_not_taken(
    client: httpx2.Client, method: str, path: str, allow: str
) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")
    assert set(allow.split(", ")) <= set(answer.headers["allow"].split(", "))


@pytest.mark.parametrize("digest", ["abc", "sha256:ABC", "sha512:" + 64 * "0", 63 * "0"])
def test_a_digest_that_is_none(client: httpx2.Client, digest: str) -> None:
    for route in ("/v1/statements", "/v1/schemas"):
        answer = client.get(f"{route}/{digest}")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid-parameter")
