"""The feed of events over HTTP: in order, once, resumable, and without a delay."""

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cloudevents.core.formats.json import JSONFormat
from followed_log import waited_on
from registry_at_work import KEY, gtin, publish, publish_all, registry, statement

from openquality import states
from openquality.client import Client
from openquality.signing import generate
from openquality_registry.bootstrap import Parts
from openquality_registry.events import following
from openquality_registry.http.routes import events as route
from openquality_validator.entry import digest

Running = tuple[httpx2.Client, Parts]
PATIENCE = 30.0  # seconds for what takes milliseconds


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with registry(tmp_path / "data") as both:
        yield both


def following_links(
    client: httpx2.Client, count: int, path: str = "/v1/events?wait=5"
) -> list[dict[str, Any]]:
    """Read the feed from link to link until it has told so many events."""
    found: list[dict[str, Any]] = []
    end = time.monotonic() + PATIENCE
    while len(found) < count and time.monotonic() < end:
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
        found.extend(answer.json())
        path = f"{answer.links['next']['url']}&wait=5"
    return found


def test_every_statement_is_told_once_in_the_order_of_the_log(running: Running) -> None:
    client, _ = running
    lines = [statement(number) for number in range(7)]
    publish_all(client, lines)
    found = following_links(client, 7, "/v1/events?limit=3&wait=5")
    assert [event["data"]["digest"] for event in found] == [digest(line) for line in lines]
    assert [event["logindex"] for event in found] == list(range(7))
    assert [event["sequence"] for event in found] == [f"{n:016}" for n in range(1, 8)]
    assert {event["type"] for event in found} == {"org.openquality.statement.admitted.v1"}
    record = client.get(
        f"/v1/statements/{digest(lines[2])}", headers={"accept": "application/json"}
    )
    for name in ("digest", "issuer", "kind", "subjects", "admittedAt"):
        assert found[2]["data"][name] == record.json()[name]
    assert found[2]["time"] == record.json()["admittedAt"]
    # The same question has the same answer.
    assert found == following_links(client, 7, "/v1/events?limit=2&wait=5")


def test_a_reader_by_others_reads_each_event(running: Running) -> None:
    client, parts = running
    publish(client, statement())
    following_links(client, 1)
    answer = client.get("/v1/events")
    assert answer.headers["content-type"] == "application/cloudevents-batch+json"
    read = JSONFormat().read(None, str(answer.text).removeprefix("[").removesuffix("]"))
    assert read.get_specversion() == "1.0"
    assert read.get_source() == f"https://{parts.folder.origin}"
    assert read.get_subject() == f"statement:{digest(statement())}"
    assert read.get_extension("sequence") == "0000000000000001"
    assert read.get_extension("issuer") == KEY.did
    written = read.get_time()
    assert written is not None
    assert written.tzinfo is not None
    # CloudEvents 1.0, "Attribute Names": small letters and digits, at most 20 should be.
    names = answer.json()[0].keys()
    assert all(name.isalnum() and name.islower() and len(name) <= 20 for name in names)


def test_who_waits_is_woken_by_the_publication_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing but the bell can bring it in time.
    monkeypatch.setattr(following, "INTERVAL", 3_600)
    monkeypatch.setattr(route, "RECHECK", 3_600)
    with registry(tmp_path / "data") as (client, parts), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.get, "/v1/events?wait=20")
        waited_on(parts)
        publish(client, statement())
        begun = time.monotonic()
        assert len(waiting.result(timeout=PATIENCE).json()) == 1
        assert time.monotonic() - begun < 15


def test_who_waits_in_vain_is_answered_in_time_and_may_go_on(running: Running) -> None:
    client, _ = running
    publish(client, statement())
    following_links(client, 1)
    answer = client.get("/v1/events?after=1&type=data.late&wait=1")
    assert answer.json() == []
    following = answer.links["next"]["url"]
    assert following == "/v1/events?after=1&type=data.late&limit=100"


def test_latest_begins_behind_what_was_told(running: Running) -> None:
    client, _ = running
    publish(client, statement(0))
    following_links(client, 1)
    path = client.get("/v1/events?after=latest").links["next"]["url"]
    publish(client, statement(1))
    (event,) = following_links(client, 1, f"{path}&wait=5")
    assert event["data"]["digest"] == digest(statement(1))


def test_filters_tell_what_was_asked_for_and_links_keep_them(running: Running) -> None:
    client, _ = running
    other = generate()
    publish_all(client, [statement(0), statement(1), statement(2, key=other)])
    following_links(client, 3)

    def indexes(**asked: object) -> list[int]:
        answer = client.get("/v1/events", params=asked)  # type: ignore[arg-type]  # texts and lists
        assert answer.status_code == 200, answer.text
        again = client.get(answer.links["next"]["url"])
        assert again.json() == []
        return [event["logindex"] for event in answer.json()]

    assert indexes(subject=f"gtin:{gtin(1)}") == [1]
    assert indexes(subject=f"gtin: {gtin(1)}") == [1]
    assert indexes(subject=f"https://id.gs1.org/01/{gtin(2)}") == [2]
    assert indexes(subject=f"statement:{digest(statement(0))}") == [0]
    assert indexes(issuer=other.did) == [2]
    assert indexes(issuer=KEY.did, subject=f"gtin:{gtin(2)}") == []
    assert indexes(type="statement.admitted") == [0, 1, 2]
    assert indexes(type=["org.openquality.statement.admitted.v1", "data.late"]) == [0, 1, 2]
    assert indexes(type="deviation.opened") == []
    assert indexes(subject="a\x00b") == []


def test_a_word_on_a_record_is_an_event_about_that_record(running: Running) -> None:
    client, _ = running
    publish(client, statement())
    about = digest(statement())
    with Client(str(client.base_url)) as ours:
        word = states.make(
            about,
            states.WORDS["suspend"],
            reason="Gauge 7 was out of calibration.",
            name="Nordbolt",
            key=KEY,
            client=ours,
            now=datetime.now(UTC),
        )
    assert publish(client, word).status_code == 201
    found = following_links(client, 2, f"/v1/events?subject=statement:{about}&wait=5")
    # That the word itself was published, and what it says.
    found += following_links(client, 1, f"/v1/events?after=2&subject=statement:{about}&wait=5")
    event = found[2]
    assert event["type"] == "org.openquality.statement.suspended.v1"
    assert event["subject"] == f"statement:{about}"
    assert event["issuer"] == KEY.did
    assert event["data"] == {
        "statement": digest(word),
        "state": "suspended",
        "reason": "Gauge 7 was out of calibration.",
    }


REFUSED = [
    "after=-1",
    "after=newest",
    "after=1e3",
    "type=Certificate",
    "type=certificate.",
    "type=" + "a." * 99,
    "limit=0",
    "limit=1001",
    "wait=21",
    "wait=x",
    "subject=",
    "subject=" + "a" * 2_049,
    "&".join(["type=a.b"] * 21),
]


def test_what_is_no_question_is_refused(running: Running) -> None:
    client, _ = running
    for asked in REFUSED:
        answer = client.get(f"/v1/events?{asked}")
        found = (answer.status_code, answer.json()["code"])
        assert found == (400, "invalid-parameter"), asked


def test_many_who_wait_tie_up_no_threads(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route, "RECHECK", 3_600)
    client, parts = running
    count = 120

    async def wait_together() -> list[int]:
        limits = httpx2.Limits(max_connections=count)
        async with httpx2.AsyncClient(
            base_url=str(client.base_url), timeout=60, limits=limits
        ) as many:
            waiting = [asyncio.create_task(many.get("/v1/events?wait=20")) for _ in range(count)]
            while parts.bell.waiting < count:  # noqa: ASYNC110 - another thread's number
                await asyncio.sleep(0.01)
            threads = threading.active_count()
            # All the others are served as ever, also what works in threads.
            assert (await asyncio.to_thread(publish, client, statement())).status_code == 201
            answers = await asyncio.gather(*waiting)
            assert threads < count / 2
            return [len(answer.json()) for answer in answers]

    assert asyncio.run(wait_together()) == [1] * count


def test_a_server_that_stops_lets_nobody_wait(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        with registry(tmp_path / "data") as (client, parts):
            url = f"{client.base_url}/v1/events?wait=20"
            waiting = pool.submit(httpx2.get, url, timeout=60)
            waited_on(parts)
            begun = time.monotonic()
        assert time.monotonic() - begun < 15
        assert waiting.result(timeout=PATIENCE).json() == []


def test_of_too_many_who_wait_the_last_are_answered_at_once(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "MAX_WAITING", 1)
    client, parts = running
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.get, "/v1/events?wait=20")
        waited_on(parts)
        begun = time.monotonic()
        assert client.get("/v1/events?wait=20").json() == []
        assert time.monotonic() - begun < 15
        publish(client, statement())
        assert len(first.result(timeout=PATIENCE).json()) == 1


def test_a_folder_of_before_tells_its_past(tmp_path: Path) -> None:
    # A registry that never followed its log, as those of earlier versions.
    with registry(tmp_path / "data") as (client, parts):
        publish_all(client, [statement(number) for number in range(3)])
        following_links(client, 3)
        with parts.folder.store.write.begin() as connection:
            connection.exec_driver_sql("DELETE FROM events")
            connection.exec_driver_sql("DELETE FROM follower")
    with registry(tmp_path / "data") as (client, _):
        found = following_links(client, 3)
        assert [event["logindex"] for event in found] == [0, 1, 2]
