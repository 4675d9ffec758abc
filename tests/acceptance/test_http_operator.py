"""Tokens, admission policy and quotas, by a real server; every action of an operator on record."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from registry_at_work import KEY, RunRegistry, publish, publish_all, statement

from openquality.cli.main import main
from openquality.signing import generate
from openquality_registry.access.operator import make_token
from openquality_registry.access.tokens import Scope
from openquality_registry.bootstrap import Parts
from openquality_validator import envelope
from openquality_validator.entry import Entry

ALL = ("publish", "invite", "status", "policy", "tokens", "read-operator")
Served = tuple[httpx2.Client, Parts]
LocalToken = Callable[..., str]


@pytest.fixture
def local_token(
    database_of: Callable[[Path], str | None],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> LocalToken:
    """Make a token as whoever holds the data folder does."""

    def make(data: Path, *scopes: str) -> str:
        options = [option for scope in scopes for option in ("--scope", scope)]
        url = database_of(data)
        if url is not None:
            monkeypatch.setenv("OPENQUALITY_DATABASE", url)
        capfd.readouterr()
        assert main(["operator", "token", "create", "--data", str(data), *options]) == 0
        return capfd.readouterr().out.strip()

    return make


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@pytest.fixture
def served(run_registry: RunRegistry, tmp_path: Path) -> Iterator[Served]:
    with run_registry(tmp_path / "data") as running:
        yield running


@pytest.fixture
def root(served: Served, local_token: LocalToken) -> dict[str, str]:
    """Give the header of a token for everything; the server runs while it is made."""
    return bearer(local_token(served[1].settings.data, *ALL))


@pytest.fixture(scope="module")
def shared(run_registry: RunRegistry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Run one registry for the requests that change nothing in it."""
    with run_registry(tmp_path_factory.mktemp("shared") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def shared_root(shared: Served) -> dict[str, str]:
    _, secret = make_token(
        shared[1].access,
        name="operator",
        scopes=frozenset(Scope),
        issuer=None,
        expires_at=None,
        now=datetime.now(UTC),
    )
    return bearer(secret)


def made(served: Served, root: dict[str, str], **asked: Any) -> Any:  # noqa: ANN401 - JSON
    answer = served[0].post("/v1/operator/tokens", json={"name": "t", **asked}, headers=root)
    assert answer.status_code == 201, answer.text
    return answer.json()


def set_policy(served: Served, root: dict[str, str], **changed: object) -> httpx2.Response:
    policy = {"admission": "open", "clientPerDay": 0, "issuerPerDay": 0} | changed
    return served[0].put("/v1/operator/policy", json=policy, headers=root)


def actions(parts: Parts) -> list[dict[str, Any]]:
    """Read what operators did from the log itself: verified, by the key that the registry shows."""
    store = parts.folder.store
    size = store.state().size
    found = []
    for data, entry in zip(store.statements(0, size), store.entries(0, size), strict=True):
        if Entry.from_bytes(entry).kind == "operator":
            verified = envelope.verify_statement(data)
            assert verified.issuer == parts.folder.status_key.did
            found.append(verified.value["credentialSubject"])
    return found


def test_every_action_stands_in_the_log_and_no_secret_anywhere(
    served: Served, root: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        token = made(served, root, name="ci", scopes=["publish"], issuer=KEY.did)
        assert (
            served[0].delete(f"/v1/operator/tokens/{token['id']}", headers=root).status_code == 200
        )
        assert set_policy(served, root, admission="invited").status_code == 200
    did = [(each["performed"], each["actor"]) for each in actions(served[1])]
    assert did == [
        ("token-create", "local: command line"),
        ("token-create", "operator"),
        ("token-revoke", "operator"),
        ("policy-set", "operator"),
    ]
    assert actions(served[1])[1]["details"] == {
        "name": "ci",
        "scopes": "publish",
        "issuer": KEY.did,
    }
    logged = "".join(str(vars(record)) for record in caplog.records)
    assert "policy-set" in logged
    stored = b"".join(
        path.read_bytes() for path in served[1].settings.data.rglob("*") if path.is_file()
    )
    for secret in (token["token"], root["authorization"].removeprefix("Bearer ")):
        assert secret not in logged
        assert secret.encode() not in stored


def test_a_token_made_while_the_server_is_down_is_recorded_when_it_starts(
    run_registry: RunRegistry, tmp_path: Path, local_token: LocalToken
) -> None:
    with run_registry(tmp_path / "data"):
        pass
    local_token(tmp_path / "data", "tokens")
    for _ in range(2):
        with run_registry(tmp_path / "data") as (_, parts):
            assert [each["performed"] for each in actions(parts)] == ["token-create"]


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "tokens", "tokens"),
        ("POST", "tokens", "tokens"),
        ("DELETE", "tokens/0123456789abcdef", "tokens"),
        ("GET", "policy", "policy"),
        ("PUT", "policy", "policy"),
        ("POST", "status", "status"),
        ("GET", "usage", "read-operator"),
    ],
)
def test_each_route_asks_for_its_scope(
    shared: Served, shared_root: dict[str, str], method: str, path: str, scope: str
) -> None:
    client = shared[0]
    without = client.request(method, f"/v1/operator/{path}", json={})
    assert (without.status_code, without.json()["code"]) == (401, "token-required")
    assert without.headers["www-authenticate"] == "Bearer"
    others = sorted({*ALL} - {scope, "invite", "read-operator"})
    other = bearer(made(shared, shared_root, scopes=others)["token"])
    answer = client.request(method, f"/v1/operator/{path}", json={}, headers=other)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing")
    right = bearer(made(shared, shared_root, scopes=[scope])["token"])
    answer = client.request(method, f"/v1/operator/{path}", json={}, headers=right)
    assert answer.json().get("code") not in {"scope-missing", "token-required"}
    assert answer.status_code < 500


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"scopes": []},
        {"scopes": ["everything"]},
        {"scopes": ["publish"], "issuer": "nordbolt"},
        {"scopes": ["publish"], "expiresAt": "2020-01-01T00:00:00Z"},
        {"scopes": ["publish"], "expiresAt": "tomorrow"},
        {"scopes": ["publish"], "power": True},
        {"scopes": ["publish"], "name": ""},
        {"scopes": ["publish"], "name": "two\nlines"},
        {"scopes": "publish"},
        {"scopes": [["publish"]]},
    ],
)
def test_a_token_that_cannot_be_is_refused(
    shared: Served, shared_root: dict[str, str], asked: dict[str, object]
) -> None:
    before = shared[1].access.all()
    answer = shared[0].post("/v1/operator/tokens", json={"name": "t", **asked}, headers=shared_root)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-parameter")
    assert shared[1].access.all() == before


def test_an_inviter_gives_out_publishing_for_one_issuer_and_no_more(
    served: Served, root: dict[str, str]
) -> None:
    inviter = bearer(made(served, root, scopes=["invite"])["token"])
    assert made(served, inviter, scopes=["publish"], issuer=KEY.did)["issuer"] == KEY.did
    for more in ({"scopes": ["publish"]}, {"scopes": ["policy", "publish"], "issuer": KEY.did}):
        answer = served[0].post("/v1/operator/tokens", json={"name": "t", **more}, headers=inviter)
        assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing")


def test_an_invitation_holds_for_its_issuer_until_it_is_revoked(
    served: Served, root: dict[str, str]
) -> None:
    client = served[0]
    assert set_policy(served, root, admission="invited").status_code == 200
    about = client.get("/.well-known/openquality").json()
    assert about["policy"]["admission"] == "invited"
    invitation = made(served, root, scopes=["publish"], issuer=KEY.did)
    mine = bearer(invitation["token"])
    for send in (publish, lambda c, s, **h: publish_all(c, [s], **h)):
        assert send(client, statement(1)).json()["code"] == "token-required"
    assert publish(client, statement(1), **mine).status_code == 201
    stranger = publish(client, statement(2, key=generate()), **mine)
    assert (stranger.status_code, stranger.json()["code"]) == (403, "scope-missing")
    line = orjson.loads(publish_all(client, [statement(3, key=generate())], **mine).content)
    assert line["problem"]["code"] == "scope-missing"
    assert client.delete(f"/v1/operator/tokens/{invitation['id']}", headers=root).status_code == 200
    ended = publish(client, statement(4), **mine)
    assert (ended.status_code, ended.json()["code"]) == (403, "token-wrong")
    assert "revoked" in ended.json()["detail"]
    # What is in the log already is answered to everybody.
    assert publish(client, statement(1)).status_code == 200


def test_a_token_ends_at_its_time(
    served: Served, root: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    token = made(served, root, scopes=["read-operator"], expiresAt=soon.isoformat())
    headers = bearer(token["token"])
    assert served[0].get("/v1/operator/usage", headers=headers).status_code == 200
    monkeypatch.setattr(served[1].clock.__class__, "now", lambda _: soon)
    ended = served[0].get("/v1/operator/usage", headers=headers)
    assert (ended.status_code, ended.json()["code"]) == (403, "token-wrong")


def test_whoever_guesses_tokens_has_to_wait(served: Served, root: dict[str, str]) -> None:
    client = served[0]
    codes = [
        client.get("/v1/operator/policy", headers=bearer(f"oq_{n}")).json()["code"]
        for n in range(11)
    ]
    assert codes == ["token-wrong"] * 10 + ["too-many-requests"]
    blocked = client.get("/v1/operator/policy", headers=root)
    assert blocked.status_code == 429
    assert 1 <= int(blocked.headers["retry-after"]) <= 10
    assert client.get("/checkpoint").status_code == 200


def test_the_policy_outlives_the_server(
    run_registry: RunRegistry, tmp_path: Path, local_token: LocalToken
) -> None:
    with run_registry(tmp_path / "data") as served:
        root = bearer(local_token(tmp_path / "data", "policy"))
        assert set_policy(served, root, admission="L2", clientPerDay=7).status_code == 200
    with run_registry(tmp_path / "data", admission="open") as served:
        answer = served[0].get("/v1/operator/policy", headers=root)
        assert answer.json() == {"admission": "L2", "clientPerDay": 7, "issuerPerDay": 0}


@pytest.mark.parametrize(
    "wrong",
    [
        {"admission": "closed"},
        {"admission": ["open"]},
        {"clientPerDay": -1},
        {"clientPerDay": 2**31},
        {"issuerPerDay": True},
        {"issuerPerDay": 1.5},
        {"more": 1},
    ],
)
def test_a_policy_that_cannot_be_is_refused(
    shared: Served, shared_root: dict[str, str], wrong: dict[str, object]
) -> None:
    answer = set_policy(shared, shared_root, **wrong)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-parameter")
    assert shared[1].gate.policy.to_json()["admission"] == "open"


def test_a_level_is_asked_for_and_self_asserted_keys_have_none(
    run_registry: RunRegistry, tmp_path: Path
) -> None:
    with run_registry(tmp_path / "data", admission="L1") as (client, _):
        refused = publish(client, statement(1))
        assert (refused.status_code, refused.json()["code"]) == (403, "identity-too-low")


def test_a_quota_counts_what_is_new_and_says_when_to_come_back(
    served: Served, root: dict[str, str]
) -> None:
    client = served[0]
    assert set_policy(served, root, clientPerDay=3).status_code == 200
    assert publish(client, statement(1)).status_code == 201
    assert publish(client, statement(1)).status_code == 200  # known: costs nothing
    assert publish(client, b"rubbish").status_code == 422  # refused: costs nothing
    lines = publish_all(client, [statement(n) for n in range(2, 6)]).text.splitlines()
    answered = [orjson.loads(line) for line in lines]
    assert [line["status"] for line in answered] == [201, 201, 429, 429]
    assert answered[2]["problem"]["code"] == "quota-used-up"
    over = publish(client, statement(9))
    assert over.status_code == 429
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    until = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=UTC) - datetime.now(UTC)
    assert abs(int(over.headers["retry-after"]) - until.total_seconds()) < 60
    # A token is a client of its own, and what was used is there to read.
    own = made(served, root, scopes=["publish"])
    assert publish(client, statement(10), **bearer(own["token"])).status_code == 201
    usage = client.get("/v1/operator/usage", headers=root).json()["items"]
    assert {item["client"]: item["count"] for item in usage} == {
        "address:127.0.0.1": 3,
        f"token:{own['id']}": 1,
    }


def test_the_operators_word_on_a_record_is_a_status_statement_on_record(
    served: Served, root: dict[str, str]
) -> None:
    client, parts = served
    digest = orjson.loads(publish(client, statement(1)).json()["entry"])["digest"]
    said = {"target": f"statement:{digest}", "state": "suspended", "reason": "Under review."}
    answer = client.post("/v1/operator/status", json=said, headers=root)
    assert answer.status_code == 201, answer.text
    assert [each["performed"] for each in actions(parts)][-1] == "status-set"
    data = client.get(f"/v1/statements/{answer.json()['digest']}").content
    verified = envelope.verify_statement(data)
    assert verified.issuer == parts.folder.status_key.did
    assert verified.value["credentialSubject"]["state"] == "suspended"
    nothing = {**said, "target": "statement:sha256:" + 64 * "0"}
    refused = client.post("/v1/operator/status", json=nothing, headers=root)
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown-target")


def test_a_token_in_a_data_folder_that_is_none_is_refused(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    options = ["operator", "token", "create", "--data", str(tmp_path), "--scope"]
    assert main([*options, "publish"]) == 2
    assert main([*options, "everything"]) == 2
    assert "publish, invite" in capfd.readouterr().err.replace("\n", " ")
