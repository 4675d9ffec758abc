"""Webhooks as receivers see them: agreed to, signed, in order, again until they arrive."""

import base64
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from receiver_at_work import Came, Receiver, Reply, receiver
from registry_at_work import gtin, publish, publish_all, registry, statement

import openquality
from openquality_registry.access.operator import make_token
from openquality_registry.access.tokens import Scope
from openquality_registry.bootstrap import Parts
from openquality_registry.webhooks import delivering, desk, pauses
from openquality_registry.webhooks import receiver as receiving
from openquality_validator.entry import digest

PATIENCE = 30.0
Running = tuple[httpx2.Client, Parts]
Run = Callable[..., AbstractContextManager[Running]]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pauses be short; how long they are is a matter of test_webhook_pauses.py."""
    monkeypatch.setattr(pauses, "PAUSES", (timedelta(milliseconds=20),))
    monkeypatch.setattr(delivering, "INTERVAL", 0.05)


@pytest.fixture
def listening() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture
def running(tmp_path: Path, listening: Receiver) -> Iterator[Running]:
    with registry(tmp_path / "data", receivers=listening.origin) as both:
        yield both


def token(parts: Parts, scope: Scope = Scope.SUBSCRIBE) -> dict[str, str]:
    """Make a token as whoever holds the data folder does."""
    _, secret = make_token(
        parts.access,
        name="buyer",
        scopes=frozenset({scope}),
        issuer=None,
        expires_at=None,
        now=datetime.now(UTC),
    )
    return {"authorization": f"Bearer {secret}"}


def subscribe(
    client: httpx2.Client, auth: dict[str, str], url: str, **wanted: object
) -> httpx2.Response:
    return client.post("/v1/subscriptions", json={"url": url, **wanted}, headers=auth)


def shown(
    client: httpx2.Client, auth: dict[str, str], is_so: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Ask for the one subscription until it is so."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        (one,) = client.get("/v1/subscriptions", headers=auth).json()["items"]
        if is_so(one):
            found: dict[str, Any] = one
            return found
        time.sleep(0.02)
    raise AssertionError(one)


def indexes(found: list[Came]) -> list[int]:
    return [came.event["logindex"] for came in found]


# --- what a receiver gets -----------------------------------------------------------------------


def test_a_receiver_that_agreed_gets_each_event_signed(
    running: Running, listening: Receiver
) -> None:
    client, parts = running
    listening.agrees = {"WebHook-Allowed-Origin": "registry.invalid"}
    made = subscribe(client, token(parts), listening.url)
    assert made.status_code == 201, made.text
    # CloudEvents, HTTP 1.1 Web Hooks, 4.1.2: a name that the receiver may decide on.
    assert [asked["webhook-request-origin"] for asked in listening.asked] == ["registry.invalid"]
    publish(client, statement())
    listening.wait(lambda one: bool(one.taken))
    (came,) = listening.taken
    assert came.path == "/events"
    assert came.headers["content-type"] == "application/cloudevents+json"
    assert came.headers["webhook-request-origin"] == "registry.invalid"
    assert [came.event] == client.get("/v1/events").json()
    assert came.event["data"]["digest"] == digest(statement())
    about = client.get("/.well-known/openquality").json()["webhooks"]
    (key,) = about["keys"]
    # By the text of Standard Webhooks alone.
    headers = came.headers
    assert headers["webhook-id"] == came.event["id"]
    version, _, signature = headers["webhook-signature"].partition(",")
    assert version == "v1a"
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key.removeprefix("whpk_")))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + came.body
    public.verify(base64.b64decode(signature), content)
    # And with what receivers are given.
    now = datetime.now(UTC)
    assert openquality.webhooks.verify(headers, came.body, keys=[key], now=now) == came.event


def test_only_what_is_asked_for_comes(running: Running, listening: Receiver) -> None:
    client, parts = running
    subscribe(client, token(parts), listening.url, subject=f"https://id.gs1.org/01/{gtin(2)}")
    subscribe(client, token(parts), f"{listening.url}/types", types=["data.late"])
    publish_all(client, [statement(number) for number in range(5)])
    listening.wait(lambda one: bool(one.taken))
    publish(client, statement(7))
    time.sleep(0.3)  # nothing else is on its way
    assert indexes(listening.taken) == [2]


def test_a_subscription_begins_now_or_where_it_is_told_to(
    running: Running, listening: Receiver
) -> None:
    client, parts = running
    publish_all(client, [statement(number) for number in range(3)])
    while len(client.get("/v1/events").json()) < 3:
        time.sleep(0.01)
    late = subscribe(client, token(parts), f"{listening.url}/late").json()
    early = subscribe(client, token(parts), f"{listening.url}/early", after=1).json()
    assert (late["after"], early["after"]) == (3, 1)
    publish(client, statement(3))
    listening.wait(lambda one: len(one.taken) == 4)
    of = {path: indexes([c for c in listening.taken if c.path == path]) for path in PATHS}
    assert of == {"/events/late": [3], "/events/early": [1, 2, 3]}


PATHS = ("/events/late", "/events/early")


# --- failures -----------------------------------------------------------------------------------


def test_what_does_not_arrive_is_tried_again_in_its_order(
    running: Running, listening: Receiver
) -> None:
    client, parts = running

    def reply(came: Came) -> Reply:
        # Every event fails twice.
        tries = [each for each in listening.came if each.event["id"] == came.event["id"]]
        return (500, {}) if len(tries) < 3 else (200, {})

    listening.reply = reply
    auth = token(parts)
    subscribe(client, auth, listening.url)
    publish_all(client, [statement(number) for number in range(4)])
    listening.wait(lambda one: len(one.taken) == 4)
    assert indexes(listening.taken) == [0, 1, 2, 3]
    assert indexes(listening.came) == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    now = shown(client, auth, lambda one: one["after"] == 4)
    assert (now["failures"], now["problem"], now["nextAttempt"]) == (0, None, None)


def test_the_owner_sees_what_went_wrong_and_a_restart_forgets_nothing(
    tmp_path: Path, listening: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pauses, "PAUSES", (timedelta(hours=1),))
    listening.reply = lambda _: (503, {})
    given = {"receivers": listening.origin}
    with registry(tmp_path / "data", **given) as (client, parts):
        auth = token(parts)
        subscribe(client, auth, listening.url)
        publish_all(client, [statement(0), statement(1)])
        before = shown(client, auth, lambda one: one["failures"] == 1)
        assert before["problem"] == "The receiver answered 503."
        assert before["state"] == "active"
        key = client.get("/.well-known/openquality").json()["webhooks"]["keys"]
    listening.reply = lambda _: (204, {})
    with registry(tmp_path / "data", **given) as (client, parts):
        assert shown(client, auth, lambda _: True) == before
        assert client.get("/.well-known/openquality").json()["webhooks"]["keys"] == key
        # The pause is over only for whoever has waited.
        assert len(listening.came) == 1
        answer = client.post(f"/v1/subscriptions/{before['id']}/enable", json={}, headers=auth)
        assert answer.status_code == 200
        listening.wait(lambda one: len(one.taken) == 2)
        assert indexes(listening.taken) == [0, 1]


def test_receivers_that_hang_hold_up_no_other(
    running: Running, listening: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "SECONDS", 120)  # longer than anything here is waited for
    client, parts = running
    free, hanging = threading.Event(), threading.Semaphore(0)
    fails = True

    def reply(came: Came) -> Reply:
        if came.path.endswith("good"):
            return (204, {})
        if fails:
            return (500, {})
        hanging.release()
        free.wait(PATIENCE)
        return (204, {})

    listening.reply = reply
    auth = token(parts)
    # More of them than there are threads, each of which has failed before.
    count = delivering.THREADS + delivering.THREADS_FOR_FAILING + 1
    for _ in range(count):
        assert subscribe(client, auth, f"{listening.url}/bad").status_code == 201
    publish(client, statement(0))
    listening.wait(lambda one: len(one.came) >= 3 * count)
    fails = False
    for _ in range(delivering.THREADS_FOR_FAILING):
        assert hanging.acquire(timeout=PATIENCE)
    assert subscribe(client, auth, f"{listening.url}/good").status_code == 201
    publish_all(client, [statement(number) for number in range(1, 21)])

    def good(one: Receiver) -> list[int]:
        return indexes([came for came in one.taken if came.path.endswith("good")])

    listening.wait(lambda one: len(good(one)) == 20)
    assert good(listening) == list(range(1, 21))
    free.set()


def test_a_receiver_that_hangs_for_the_first_time_is_left_in_time(
    running: Running, listening: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "SECONDS", 0.5)
    client, parts = running
    free = threading.Event()

    def reply(came: Came) -> Reply:
        if came.path.endswith("hanging"):
            free.wait(PATIENCE)
        return (204, {})

    listening.reply = reply
    auth = token(parts)
    for _ in range(delivering.THREADS + 1):
        assert subscribe(client, auth, f"{listening.url}/hanging").status_code == 201
    assert subscribe(client, auth, f"{listening.url}/good").status_code == 201
    publish(client, statement())
    listening.wait(lambda one: "/events/good" in {came.path for came in one.taken})
    free.set()


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        ((410, {}), "The receiver answered 410."),
        ((307, {"location": "/elsewhere"}), None),
    ],
)
def test_who_has_gone_is_asked_no_more_and_redirects_are_not_followed(
    running: Running, listening: Receiver, reply: Reply, problem: str | None
) -> None:
    client, parts = running
    listening.reply = lambda _: reply
    auth = token(parts)
    made = subscribe(client, auth, listening.url).json()
    publish(client, statement())
    if problem is None:
        now = shown(client, auth, lambda one: one["failures"] > 1)
        assert "redirected" in now["problem"]
        assert {came.path for came in listening.came} == {"/events"}
        return
    now = shown(client, auth, lambda one: one["state"] == "disabled")
    assert now["problem"] == problem
    publish(client, statement(1))
    time.sleep(0.3)
    assert indexes(listening.came) == [0]
    # Its owner lets it go on: nothing was lost.
    listening.reply = lambda _: (204, {})
    path = f"/v1/subscriptions/{made['id']}/enable"
    assert client.post(path, json={}, headers=auth).json()["state"] == "active"
    listening.wait(lambda one: len(one.taken) == 2)
    assert indexes(listening.taken) == [0, 1]
    # Or from another place on.
    assert client.post(path, json={"after": 1}, headers=auth).json()["after"] == 1
    listening.wait(lambda one: len(one.taken) == 3)
    assert indexes(listening.taken) == [0, 1, 1]


def test_after_days_of_failures_a_subscription_ends(
    running: Running, listening: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pauses, "GIVE_UP", timedelta(seconds=0.3))
    listening.reply = lambda _: (500, {})
    client, parts = running
    auth = token(parts)
    subscribe(client, auth, listening.url)
    publish(client, statement())
    now = shown(client, auth, lambda one: one["state"] == "disabled")
    assert now["failures"] >= 1
    assert now["problem"].startswith("Nothing has arrived for")
    assert now["problem"].endswith("The receiver answered 500.")
    assert now["nextAttempt"] is None


def test_a_receiver_is_left_alone_as_long_as_it_asks(running: Running, listening: Receiver) -> None:
    listening.reply = lambda _: (429, {"retry-after": "3600"})
    client, parts = running
    auth = token(parts)
    subscribe(client, auth, listening.url)
    publish(client, statement())
    now = shown(client, auth, lambda one: one["failures"] == 1)
    due = datetime.fromisoformat(now["nextAttempt"]) - datetime.now(UTC)
    assert timedelta(minutes=50) < due <= timedelta(hours=1)


# --- who may, and where to ----------------------------------------------------------------------


def test_without_the_scope_nothing_is_shown_or_done(running: Running, listening: Receiver) -> None:
    client, parts = running
    wrong = token(parts, Scope.PUBLISH)
    made = subscribe(client, token(parts), listening.url).json()
    path = f"/v1/subscriptions/{made['id']}"
    for method, where in (
        ("GET", "/v1/subscriptions"),
        ("POST", "/v1/subscriptions"),
        ("GET", path),
        ("DELETE", path),
        ("POST", f"{path}/enable"),
    ):
        body = {"json": {"url": listening.url}} if method == "POST" else {}
        assert client.request(method, where, **body).status_code == 401
        answer = client.request(method, where, headers=wrong, **body)
        assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing")
    assert len(listening.asked) == 1


def test_a_subscription_is_seen_and_ended_by_its_token_alone(
    running: Running, listening: Receiver
) -> None:
    client, parts = running
    own, other = token(parts), token(parts)
    made = subscribe(client, own, listening.url).json()
    path = f"/v1/subscriptions/{made['id']}"
    assert client.get("/v1/subscriptions", headers=other).json() == {"items": []}
    for method, where in (("GET", path), ("DELETE", path), ("POST", f"{path}/enable")):
        body = {"json": {}} if method == "POST" else {}
        answer = client.request(method, where, headers=other, **body)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-subscription")
    assert client.get(path, headers=own).json() == made
    assert client.delete(path, headers=own).json() == made
    assert client.delete(path, headers=own).status_code == 404
    publish(client, statement())
    time.sleep(0.3)
    assert listening.came == []


def test_a_token_that_has_ended_brings_nothing_more(running: Running, listening: Receiver) -> None:
    client, parts = running
    auth = token(parts)
    made = subscribe(client, auth, listening.url).json()
    found = parts.folder.store
    (owner,) = parts.access.all()
    parts.access.revoke(owner.id, "2026-11-21T09:00:00.000Z")
    publish(client, statement())
    end = time.monotonic() + PATIENCE
    while parts.subscriptions.one(made["id"], token=owner.id).active and time.monotonic() < end:
        time.sleep(0.02)
    now = parts.subscriptions.one(made["id"], token=owner.id)
    assert not now.active
    assert "was revoked" in now.problem
    assert listening.came == []
    assert found.state().size >= 1


def test_there_are_so_many_of_a_token_and_so_many_in_all(
    running: Running, listening: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "PER_TOKEN", 2)
    monkeypatch.setattr(desk, "IN_ALL", 3)
    client, parts = running
    one, other = token(parts), token(parts)
    for auth, status in ((one, 201), (one, 201), (one, 409), (other, 201), (other, 409)):
        answer = subscribe(client, auth, listening.url)
        assert answer.status_code == status, answer.text
        if status == 409:
            assert answer.json()["code"] == "too-many-subscriptions"


def test_who_does_not_agree_is_brought_nothing(running: Running, listening: Receiver) -> None:
    client, parts = running
    auth = token(parts)
    for agrees in (
        {},
        {"WebHook-Allowed-Origin": "other.example"},
        {"WebHook-Allowed-Origin": ""},
        {"Allow": "POST"},
        {"WebHook-Allowed-Origin": "*.invalid"},
    ):
        listening.agrees = agrees
        answer = subscribe(client, auth, listening.url)
        assert (answer.status_code, answer.json()["code"]) == (422, "receiver-refused"), agrees
        assert "WebHook-Allowed-Origin" in answer.json()["detail"]
    assert client.get("/v1/subscriptions", headers=auth).json() == {"items": []}


INSIDE = [
    "http://127.0.0.1:{port}/",
    "https://127.0.0.1:{port}/",
    "https://localhost:{port}/",
    "https://[::1]:{port}/",
    "https://[::ffff:127.0.0.1]:{port}/",
    "https://[::ffff:7f00:1]:{port}/",
    "https://[64:ff9b::7f00:1]:{port}/",
    "https://[fe80::1]:{port}/",
    "https://[fc00::1]:{port}/",
    "https://2130706433:{port}/",
    "https://0x7f.1:{port}/",
    "https://0:{port}/",
    "https://10.0.0.1:{port}/",
    "https://169.254.169.254/latest/meta-data",
    "https://100.100.100.200/",
    "https://192.168.0.1:{port}/",
    "https://user@127.0.0.1:{port}/",
    "https://example.com:22/",
    "ftp://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "//127.0.0.1:{port}/",
    "events",
    " ",
    "https://127.0.0.1:{port}/#part",
]


def test_an_address_inside_is_refused_and_nothing_is_sent_there(tmp_path: Path) -> None:
    # A registry that allows no receiver by hand, and one that listens.
    with receiver() as inside, registry(tmp_path / "data", rate=0) as (client, parts):
        auth = token(parts)
        for each in INSIDE:
            answer = subscribe(client, auth, each.format(port=inside.port))
            assert (answer.status_code, answer.json()["code"]) == (422, "receiver-refused"), each
        assert inside.asked == inside.came == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": ""},
        {"url": 1},
        {"url": "https://buyer.example/", "secret": "x"},
        {"url": "https://buyer.example/", "types": "data.late"},
        {"url": "https://buyer.example/", "types": ["Data"]},
        {"url": "https://buyer.example/", "types": [7]},
        {"url": "https://buyer.example/", "types": ["data.late"] * 21},
        {"url": "https://buyer.example/", "subject": ""},
        {"url": "https://buyer.example/", "issuer": 1},
        {"url": "https://buyer.example/", "after": -1},
        {"url": "https://buyer.example/", "after": True},
        {"url": "https://buyer.example/", "after": 10**15},
        {"url": "https://buyer.example/" + "a" * 2_048},
    ],
)
def test_a_wish_that_says_something_else_is_refused(
    idle: tuple[httpx2.Client, dict[str, str]], body: dict[str, object]
) -> None:
    client, auth = idle
    answer = client.post("/v1/subscriptions", content=orjson.dumps(body), headers=auth)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-parameter"), answer.text


@pytest.fixture(scope="module")
def idle(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[httpx2.Client, dict[str, str]]]:
    with registry(tmp_path_factory.mktemp("idle") / "data", rate=0) as (client, parts):
        yield client, token(parts) | {"content-type": "application/json"}


def test_a_setting_that_names_no_origin_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(openquality.OpenQualityError, match="OPENQUALITY_RECEIVERS"),
        registry(tmp_path / "data", receivers="nonsense"),
    ):
        pass


def test_no_log_line_holds_what_stands_in_the_address(
    running: Running, listening: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    client, parts = running
    listening.reply = lambda _: (410, {})
    auth = token(parts)
    with caplog.at_level(logging.DEBUG, logger="openquality"):
        caplog.set_level(logging.DEBUG, logger="openquality_registry")
        subscribe(client, auth, f"{listening.url}?access_token=mF_9.B5f-4.1JqM")
        publish(client, statement())
        shown(client, auth, lambda one: one["state"] == "disabled")
    told = "".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "a subscription is disabled" in told
    assert "mF_9" not in told
    assert auth["authorization"].removeprefix("Bearer ") not in told
