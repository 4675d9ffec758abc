"""Issuers over HTTP: hosted and fetched identities, forgeries, levels, contested subjects."""

import contextlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import loopback_web
import orjson
import pytest
from registry_at_work import RunRegistry, attestation, publish, trust_in
from webvh_at_work import NOW, Identity, register, send_line

from openquality import credentials, wire
from openquality.signing import SigningKey, generate, sign
from openquality_registry.bootstrap import Parts
from openquality_registry.fetching import Fetcher
from openquality_validator import bundle
from openquality_validator.entry import Entry
from openquality_validator.identity import history, multikey
from openquality_validator.identity.history import KeyEvent

HOST = "registry.example"
Served = tuple[httpx2.Client, Parts]
Elsewhere = Callable[
    ..., contextlib.AbstractContextManager[tuple[httpx2.Client, Parts, loopback_web.Web]]
]


def code(answer: httpx2.Response) -> str:
    """Return the problem's code, and that of its finding if it has one."""
    problem = answer.json()
    findings = problem.get("findings") or [{}]
    return f"{answer.status_code} {problem['code']} {findings[0].get('code', '')}".strip()


@pytest.fixture(scope="module")
def served(run_registry: RunRegistry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("registry") / "data"
    with run_registry(folder, public_url=f"https://{HOST}") as running:
        yield running


@pytest.fixture
def hosted(served: Served, request: pytest.FixtureRequest) -> Identity:
    """Give an identity that is hosted under a name of its own."""
    name = f"s{abs(hash(request.node.name)) % 10**9}"
    identity = Identity(f"{HOST}:issuers:{name}")
    assert register(served[0], identity).status_code == 201
    return identity


def name_of(identity: Identity) -> str:
    return identity.did.rpartition(":")[2]


def test_a_hosted_identity_is_served_as_it_was_sent(served: Served, hosted: Identity) -> None:
    client = served[0]
    line = hosted.rotate()
    assert send_line(client, line).status_code == 201
    log = client.get(f"/issuers/{name_of(hosted)}/did.jsonl")
    assert log.content == b"".join(each + b"\n" for each in hosted.lines)
    again = send_line(client, line + b"\n")
    assert again.status_code == 200
    assert again.json()["log"]["index"] == send_line(client, line).json()["log"]["index"]
    first = register(client, hosted, now=NOW - timedelta(days=9))
    assert first.status_code == 200  # the same bytes again: no proof is looked at
    assert client.get(f"/issuers/{name_of(hosted)}/did-witness.json").status_code == 404
    assert client.get("/issuers/nobody/did.jsonl").json()["code"] == "unknown-issuer"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"key": generate()}, "which the line lacks"),
        ({"origin": "another.example/log"}, "must say"),
        ({"now": NOW - timedelta(minutes=6)}, "another time"),
        ({"now": NOW + timedelta(minutes=60)}, "another time"),  # of when the file was read
        ({"line": Identity(f"{HOST}:issuers:other").lines[0]}, "must say"),
    ],
    ids=["key", "origin", "old", "ahead", "line"],
)
def test_without_a_proof_of_possession_nothing_is_registered(
    served: Served, changed: dict[str, Any], told: str
) -> None:
    identity = Identity(f"{HOST}:issuers:unproved")
    answer = register(served[0], identity, **changed)
    assert code(answer) == "422 invalid-registration"
    assert told in answer.json()["detail"]
    assert served[0].get("/issuers/unproved/did.jsonl").status_code == 404


def test_a_signature_of_somebody_else_is_no_proof(served: Served) -> None:
    identity = Identity(f"{HOST}:issuers:unproved")
    thief = generate().bound_to(identity.signing.key_id)
    answer = register(served[0], identity, key=thief)
    assert code(answer) == "422 invalid-registration"
    assert "J017" in answer.json()["detail"]


@pytest.mark.parametrize(
    "place",
    [
        "elsewhere.example:issuers:nordbolt",
        f"{HOST}:nordbolt",
        f"{HOST}:issuers:a:b",
        f"{HOST}:issuers:UPPER",
        f"{HOST}:issuers:ab",
        f"{HOST}:issuers:-ab",
        f"{HOST}%3A8443:issuers:nordbolt",
    ],
)
def test_what_is_not_for_this_registry_is_not_hosted(served: Served, place: str) -> None:
    assert code(register(served[0], Identity(place))) == "422 invalid-registration"


@pytest.mark.parametrize(
    "body",
    [{}, {"line": 1, "proofs": []}, {"line": "{}", "proofs": []}, {"line": "{}", "proofs": [1]}],
)
def test_a_registration_that_says_nothing_is_refused(served: Served, body: object) -> None:
    assert code(served[0].post("/v1/issuers", json=body)) == "422 invalid-registration"


def test_a_name_belongs_to_whoever_came_first(served: Served, hosted: Identity) -> None:
    other = Identity(f"{HOST}:issuers:{name_of(hosted)}")
    assert code(register(served[0], other)) == "409 name-taken"


def test_a_registry_without_an_address_hosts_nothing(
    run_registry: RunRegistry, tmp_path: Path
) -> None:
    with run_registry(tmp_path / "data") as (client, _):
        identity = Identity(f"{HOST}:issuers:nordbolt")
        assert code(register(client, identity)) == "404 no-hosting"


def test_a_host_that_forges_a_line_is_refused_by_everybody(
    served: Served, hosted: Identity
) -> None:
    """The host has everything but the next key; whoever verifies needs nothing from it."""
    forged = hosted.rotate(by=generate())  # a line of the host's own making
    assert code(send_line(served[0], forged)) == "422 invalid-statement K102"
    with pytest.raises(Exception, match="K102"):
        history.build(hosted.did, [KeyEvent(hosted.lines[0]), KeyEvent(forged)])
    # Nor can it change a line that the issuer signed, or begin the history anew.
    good = hosted.rotate()
    stranger = multikey(generate().public).encode()
    changed = good.replace(multikey(hosted.key.public).encode(), stranger)
    assert changed != good
    assert code(send_line(served[0], changed)) == "422 invalid-statement K103"
    anew = Identity(f"{HOST}:issuers:{name_of(hosted)}")
    with pytest.raises(Exception, match="K106"):
        history.build(hosted.did, [KeyEvent(anew.lines[0])])


def test_of_two_next_lines_the_first_one_stands(served: Served, hosted: Identity) -> None:
    kept, due = list(hosted.lines), hosted.next
    first = hosted.rotate()
    hosted.lines, hosted.next = kept, due
    second = hosted.rotate()
    assert send_line(served[0], first).status_code == 201
    assert send_line(served[0], second).status_code == 422  # it no longer follows
    versions = served[0].get(f"/v1/issuers/{hosted.did}").json()["versions"]
    assert len(versions) == 2


def test_a_rotation_between_signing_and_admission_refuses_the_old_key(
    served: Served, hosted: Identity
) -> None:
    client = served[0]
    before, sent = hosted.statement(1), hosted.statement(2)
    assert publish(client, sent).status_code == 201
    assert send_line(client, hosted.rotate()).status_code == 201
    assert code(publish(client, before)) == "422 invalid-statement J015"
    assert publish(client, sent).status_code == 200
    assert publish(client, hosted.statement(3)).status_code == 201
    for answer in (publish(client, sent), publish(client, hosted.statement(3))):
        verdict = bundle.verify(answer.content, trust=trust_in(client), now=datetime.now(UTC))
        steps = {step.number: step.outcome.value for step in verdict.steps}
        assert (steps[5], steps[7]) == ("pass", "pass")


def test_key_events_are_shown_as_what_they_are(served: Served, hosted: Identity) -> None:
    digest = orjson.loads(send_line(served[0], hosted.lines[0]).json()["entry"])["digest"]
    exact = served[0].get(f"/v1/statements/{digest}", headers={"accept": wire.STATEMENT})
    assert exact.content == hosted.lines[0]
    assert exact.headers["content-type"].startswith("application/json")
    view = served[0].get(f"/v1/statements/{digest}", headers={"accept": wire.JSON}).json()
    assert (view["kind"], view["issuer"], view["subjects"]) == ("key", hosted.did, [hosted.did])
    assert view["event"]["versionId"].startswith("1-")


def test_a_compromise_is_said_by_another_key_of_the_issuer(
    served: Served, hosted: Identity
) -> None:
    client, old = served[0], hosted.signing

    def said(by: SigningKey, about: str, issuer: str) -> bytes:
        subject = {"id": issuer, "key": about, "since": "2026-11-20T12:00:00Z"}
        made = credentials.make("KeyCompromise", subject, issuer=by.did, name="Nordbolt", now=NOW)
        return sign(made, by)

    assert code(publish(client, said(old, old.key_id, hosted.did))).endswith("K125")
    assert send_line(client, hosted.rotate()).status_code == 201
    stranger = generate()
    assert code(publish(client, said(stranger, old.key_id, hosted.did))).endswith("K125")
    assert publish(client, said(hosted.signing, old.key_id, hosted.did)).status_code == 201
    shown = client.get(f"/v1/issuers/{hosted.did}").json()
    assert [dispute["key"] for dispute in shown["disputes"]] == [old.key_id]


@pytest.fixture
def elsewhere(
    run_registry: RunRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Elsewhere:
    """Run a registry whose Internet is one server that has the given files."""

    @contextlib.contextmanager
    def run(
        files: dict[str, bytes], **settings: object
    ) -> Iterator[tuple[httpx2.Client, Parts, loopback_web.Web]]:
        def answer(head: bytes, connection: Any) -> None:  # noqa: ANN401 - a socket
            path = head.split(b" ")[1].decode()
            found = files.get(path)
            status = "404 Not Found" if found is None else "200 OK"
            loopback_web.says(found or b"", status=status)(head, connection)

        with loopback_web.web(answer) as web:
            fetcher = partial(
                Fetcher,
                resolve=lambda _host, _port: [loopback_web.PUBLIC],
                network=loopback_web.Network(web.port),
                tls=loopback_web.client_tls(),
            )
            monkeypatch.setattr("openquality_registry.bootstrap.Fetcher", fetcher)
            monkeypatch.setattr("openquality_registry.adapters.elsewhere.MAX_AGE", 0.0)
            monkeypatch.setattr("openquality_registry.adapters.elsewhere.RETRY", 0.0)
            with run_registry(tmp_path / "data", **settings) as (client, parts):
                yield client, parts, web

    return run


def entries(parts: Parts) -> list[tuple[str, str]]:
    store = parts.folder.store
    found = [Entry.from_bytes(data) for data in store.entries(0, store.state().size)]
    return [(entry.kind, entry.issuer) for entry in found]


def jsonl(identity: Identity) -> bytes:
    return b"".join(line + b"\n" for line in identity.lines)


def test_an_identity_on_its_own_domain_is_fetched_and_logged_before_its_statement(
    elsewhere: Elsewhere,
) -> None:
    identity = Identity(f"{loopback_web.HOST}:quality")
    files = {"/quality/did.jsonl": jsonl(identity)}
    with elsewhere(files, admission="L1") as (client, parts, web):
        assert publish(client, identity.statement(1)).status_code == 201
        expected = [("key", identity.did), ("attestation", identity.did)]
        assert entries(parts) == expected
        assert client.get(f"/v1/issuers/{identity.did}").json()["level"] == "L1"
        old = identity.signing
        identity.rotate()
        files["/quality/did.jsonl"] = jsonl(identity)
        late = sign(attestation(2, key=old), old)
        assert code(publish(client, late)) == "422 invalid-statement J015"
        assert entries(parts) == expected  # a refused statement brings nothing into the log
        assert publish(client, identity.statement(3)).status_code == 201
        assert entries(parts)[2:] == expected
        # Without an answer from there, what the log holds goes on to count.
        files.clear()
        assert publish(client, identity.statement(4)).status_code == 201
        assert web.connections == 4


def test_what_cannot_be_fetched_is_refused_by_name(elsewhere: Elsewhere) -> None:
    identity = Identity(f"{loopback_web.HOST}:quality")
    other = Identity(f"{loopback_web.HOST}:quality")
    files: dict[str, bytes] = {}
    with elsewhere(files) as (client, parts, _):
        assert code(publish(client, identity.statement(1))) == "422 issuer-unreachable"
        assert code(send_line(client, identity.lines[0])) == "404 unknown-issuer"
        files["/quality/did.jsonl"] = jsonl(other)
        assert code(publish(client, identity.statement(1))).endswith("K106")
        files["/quality/did.jsonl"] = b"<html>nothing</html>"
        assert publish(client, identity.statement(1)).status_code == 422
        assert entries(parts) == []


def test_a_domain_that_rewrites_its_history_changes_nothing(elsewhere: Elsewhere) -> None:
    identity = Identity(f"{loopback_web.HOST}:quality")
    files = {"/quality/did.jsonl": jsonl(identity)}
    with elsewhere(files) as (client, parts, _):
        assert publish(client, identity.statement(1)).status_code == 201
        honest = identity.statement(2)
        anew = Identity(f"{loopback_web.HOST}:quality")
        forged = identity.rotate(by=generate())  # its key is the forger's from here on
        for served in (identity.lines[0] + b"\n" + forged, forged, jsonl(anew), b"{"):
            files["/quality/did.jsonl"] = served
            assert code(publish(client, identity.statement(3))) == "422 invalid-statement J015"
        assert publish(client, honest).status_code == 201  # the owner is not kept out by it
        assert entries(parts) == [
            ("key", identity.did),
            ("attestation", identity.did),
            ("attestation", identity.did),
        ]


def did_web(key: SigningKey) -> tuple[str, bytes]:
    did = f"did:web:{loopback_web.HOST}"
    method = {
        "id": f"{did}#one",
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": multikey(key.public),
    }
    document = {"id": did, "verificationMethod": [method], "assertionMethod": [f"{did}#one"]}
    return did, json.dumps(document, indent=1).encode()


def test_a_did_web_is_archived_and_an_unproved_change_is_marked(elsewhere: Elsewhere) -> None:
    first, second = generate(), generate()
    did, document = did_web(first)
    files = {"/.well-known/did.json": document}
    with elsewhere(files) as (client, parts, _):
        by_first = first.bound_to(f"{did}#one")
        assert publish(client, sign(attestation(1, key=by_first), by_first)).status_code == 201
        assert publish(client, sign(attestation(2, key=by_first), by_first)).status_code == 201
        assert entries(parts) == [("key", did), ("attestation", did), ("attestation", did)]
        files["/.well-known/did.json"] = did_web(second)[1]
        by_second = second.bound_to(f"{did}#one")
        assert publish(client, sign(attestation(3, key=by_second), by_second)).status_code == 201
        shown = client.get(f"/v1/issuers/{did}").json()
        assert shown["level"] == "L1"
        assert [each["discontinuous"] for each in shown["versions"]] == [False, True]
        archived = next(iter(parts.folder.store.statements(0, 1)))
        assert orjson.loads(archived)["document"].encode() == document


def registration(registrar: SigningKey, did: str, **changed: Any) -> bytes:  # noqa: ANN401
    subject = {
        "id": did,
        "name": "Nordbolt Fasteners GmbH",
        "identifiers": [{"scheme": "lei", "value": "529900T8BM49AURSDO55"}],
    }
    made = credentials.make(
        "IssuerRegistration", subject, issuer=registrar.did, name="Registrar", now=NOW, **changed
    )
    return sign(made, registrar)


def list_registrar(folder: Path, registrar: SigningKey, *schemes: str) -> None:
    config = orjson.loads((folder / "config.json").read_bytes())
    config["registrars"] = [{"did": registrar.did, "schemes": list(schemes)}]
    (folder / "config.json").write_bytes(orjson.dumps(config))


@pytest.mark.parametrize(
    ("schemes", "valid_until", "level"),
    [
        (("lei",), None, "L2"),
        (("lei", "vat"), None, "L2"),
        (("vat",), None, "L0"),
        ((), None, "L0"),
        (("lei",), NOW - timedelta(seconds=1), "L0"),
    ],
)
def test_a_level_comes_from_a_registrar_that_the_operator_lists_and_names_it(
    run_registry: RunRegistry,
    tmp_path: Path,
    schemes: tuple[str, ...],
    valid_until: datetime | None,
    level: str,
) -> None:
    registrar, supplier = generate(), generate()
    with run_registry(tmp_path / "data"):
        pass
    list_registrar(tmp_path / "data", registrar, *schemes)
    with run_registry(tmp_path / "data") as (client, _):
        said = registration(registrar, supplier.did, valid_until=valid_until)
        assert publish(client, said).status_code == 201
        shown = client.get(f"/v1/issuers/{supplier.did}").json()
        assert shown["level"] == level
        (vouched,) = shown["registrations"]
        assert (vouched["registrar"], vouched["counts"]) == (registrar.did, level == "L2")
        # Found by the identifier as well.
        found = client.post("/v1/lookup", json={"subjects": ["lei:529900T8BM49AURSDO55"]}).json()
        assert [item["kind"] for item in found["items"]] == ["registration"]


def test_with_a_level_asked_for_a_registered_issuer_is_let_in(
    run_registry: RunRegistry, tmp_path: Path
) -> None:
    registrar, supplier = generate(), generate()
    with run_registry(tmp_path / "data"):
        pass
    list_registrar(tmp_path / "data", registrar, "lei")
    with run_registry(tmp_path / "data") as (client, _):
        assert publish(client, registration(registrar, supplier.did)).status_code == 201
    with run_registry(tmp_path / "data", admission="L2", issuer_per_day=1) as (client, _):
        mine = sign(attestation(1, key=supplier), supplier)
        assert publish(client, mine).status_code == 201
        more = sign(attestation(2, key=supplier), supplier)
        assert code(publish(client, more)) == "429 quota-used-up"
        stranger = generate()
        refused = publish(client, sign(attestation(3, key=stranger), stranger))
        assert code(refused) == "403 identity-too-low"


def test_an_issuer_keeps_its_means_of_correction_when_it_is_no_longer_invited(
    run_registry: RunRegistry,
    tmp_path: Path,
) -> None:
    folder, url = tmp_path / "data", f"https://{HOST}"
    with run_registry(folder, public_url=url) as (client, _):
        identity = Identity(f"{HOST}:issuers:nordbolt")
        assert register(client, identity).status_code == 201
    with run_registry(folder, public_url=url, admission="invited") as (client, _):
        assert code(publish(client, identity.statement(1))) == "401 token-required"
        other = Identity(f"{HOST}:issuers:other")
        assert code(register(client, other)) == "401 token-required"
        assert send_line(client, identity.rotate()).status_code == 201


def test_a_subject_that_several_claim_is_shown_with_all_of_them(
    make_contested: Callable[[], Served],
) -> None:
    client, _ = make_contested()
    asked = {
        "subject": {"type": "Product"},
        "where": [{"metric": "cpk"}],
        "asOf": "2026-11-20",
    }
    answer = client.post("/v1/query", json=asked).json()
    by_subject = {row["subject"]["id"]: row["subject"] for row in answer["rows"]}
    contested = [each for each in by_subject.values() if each["contested"]]
    assert len(contested) == 1
    assert len(contested[0]["producers"]) == 2
    assert len([row for row in answer["rows"] if row["subject"]["contested"]]) == 2
    subject = contested[0]["id"]
    number = subject.rpartition("/")[2]
    found = client.post("/v1/lookup", json={"subjects": [f"gtin:{number}", subject]}).json()
    assert [each["contested"] for each in found["subjects"]] == [True, True]
    assert found["subjects"][0]["producers"] == contested[0]["producers"]


@pytest.fixture
def make_contested(run_registry: RunRegistry, tmp_path: Path) -> Iterator[Callable[[], Served]]:
    with run_registry(tmp_path / "data") as served:

        def make() -> Served:
            one, two = generate(), generate()
            for number, key in ((1, one), (1, two), (2, one)):
                value = attestation(number, key=key)
                assert publish(served[0], sign(value, key)).status_code == 201
            return served

        yield make
