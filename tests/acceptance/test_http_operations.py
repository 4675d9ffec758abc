"""Limits, tokens, health, metrics, and trouble with the disk, by a real server."""

import json
import logging
import socket
import threading
from pathlib import Path

import httpx2
import pytest
from registry_at_work import publish, publish_all, registry, statement, trust_in, verdict

from openquality_registry.adapters.files import FileTiles
from openquality_registry.bootstrap import open_folder
from openquality_registry.http import server
from openquality_registry.log.fsck import Check
from openquality_validator.tlog.note import VerifierKey

TOKEN = "correct-horse-battery-staple"


def test_the_registry_says_what_it_is(tmp_path: Path) -> None:
    with registry(tmp_path / "data", origin="example.com/quality") as (client, parts):
        about = client.get("/.well-known/openquality").json()
        key = VerifierKey.from_text(about["log"]["vkey"])
        assert about["log"]["origin"] == key.name == "example.com/quality"
        assert client.get("/checkpoint").text.startswith("example.com/quality\n0\n")
        assert about["limits"]["batchLines"] == 5_000
        assert about["catalogue"]["digest"] == parts.catalogue.digest
        assert client.get("/healthz").text == "ok\n"
        assert client.get("/readyz").text == "ok\n"


def test_origin_and_key_stay_with_the_folder(tmp_path: Path) -> None:
    seen = []
    for _ in range(2):
        with registry(tmp_path / "data") as (client, _):
            seen.append(client.get("/.well-known/openquality").json()["log"])
    assert seen[0] == seen[1]


def test_a_token_guards_admission_and_not_reading(tmp_path: Path) -> None:
    with registry(tmp_path / "data", token=TOKEN) as (client, _):
        for send in (publish, lambda c, s, **h: publish_all(c, [s], **h)):
            without = send(client, statement(1))
            assert (without.status_code, without.json()["code"]) == (401, "token-required")
            assert without.headers["www-authenticate"] == "Bearer"
            wrong = send(client, statement(1), authorization=f"Bearer {TOKEN}x")
            assert (wrong.status_code, wrong.json()["code"]) == (403, "token-wrong")
            assert TOKEN not in wrong.text
        right = publish(client, statement(1), authorization=f"Bearer {TOKEN}")
        assert right.status_code == 201
        assert client.get("/checkpoint").status_code == 200
        assert client.get("/.well-known/openquality").json()["limits"]["tokenRequired"] is True


def test_no_log_line_holds_the_token_or_a_body(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), registry(tmp_path / "data", token=TOKEN) as (client, _):
        publish(client, statement(1), authorization=f"Bearer {TOKEN}")
        publish(client, b"rubbish", authorization="Bearer wrong-token")
    lines = [str(vars(record)) for record in caplog.records]
    assert any("/v1/statements" in line for line in lines)
    for secret in (TOKEN, "wrong-token", statement(1).decode(), "rubbish"):
        assert not any(secret in line for line in lines)


def test_a_client_that_sends_too_fast_is_told_when_to_come_back(tmp_path: Path) -> None:
    with registry(tmp_path / "data", rate=0.1, burst=3) as (client, _):
        codes = [client.post("/v1/lookup", json={"issuers": ["x"]}).status_code for _ in range(4)]
        assert codes == [200, 200, 200, 429]
        answer = publish(client, statement(1))
        assert answer.json()["code"] == "too-many-requests"
        assert 1 <= int(answer.headers["retry-after"]) <= 10
        assert client.get("/checkpoint").status_code == 200  # reading stays free


def test_a_batch_with_too_many_lines_admits_nothing(tmp_path: Path) -> None:
    with registry(tmp_path / "data", max_batch_lines=2) as (client, parts):
        answer = publish_all(client, [statement(number) for number in range(3)])
        assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
        assert parts.published_size() == 0


def test_one_batch_too_many_is_told_to_wait(tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slowly() -> "list[bytes]":
        yield statement(1)  # type: ignore[misc]
        begun.set()
        go_on.wait(30)
        yield b"\n"  # type: ignore[misc]

    with registry(tmp_path / "data", max_batches=1) as (client, _):
        headers = {"content-type": "application/x-ndjson"}
        answers: list[httpx2.Response] = []
        with httpx2.Client(base_url=client.base_url, timeout=60) as other:
            sender = threading.Thread(
                target=lambda: answers.append(
                    other.post("/v1/statements/batch", content=slowly(), headers=headers)
                )
            )
            sender.start()
            begun.wait(30)
            while (busy := publish_all(client, [statement(2)])).status_code == 200:
                pass  # the first request has not reached the server yet
            go_on.set()
            sender.join()
        assert (busy.status_code, busy.json()["code"]) == (503, "overloaded")
        assert int(busy.headers["retry-after"]) >= 1
        assert json.loads(answers[0].text)["status"] == 201
        assert publish_all(client, [statement(3)]).status_code == 200  # the slot is free again


def test_metrics_count_requests_and_entries(tmp_path: Path) -> None:
    with registry(tmp_path / "data") as (client, _):
        publish(client, statement(1))
        client.get("/nothing")
        client.get("/tile/0/000.p/1")
        text = client.get("/metrics").text
    assert "openquality_log_size 1.0\n" in text
    assert "openquality_log_writable 1.0\n" in text
    for labels in (
        'method="POST",route="/v1/statements",status="201"',
        'method="GET",route="none",status="404"',
        'method="GET",route="/tile/{path:path}",status="200"',
    ):
        assert f"openquality_http_requests_total{{{labels}}} 1.0\n" in text


class FullDisk(FileTiles):
    """Tiles on a disk that may be full."""

    full = False

    def write(self, files: object) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        super().write(files)  # type: ignore[arg-type]


def test_a_full_disk_under_the_tiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openquality_registry.folder.FileTiles", FullDisk)
    with registry(tmp_path / "data") as (client, parts):
        trust = trust_in(client)
        kept = publish(client, statement(1))
        monkeypatch.setattr(FullDisk, "full", True)
        unknown = publish(client, statement(2))
        assert (unknown.status_code, unknown.json()["code"]) == (503, "outcome-unknown")
        assert "retry-after" in unknown.headers
        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 200
        monkeypatch.setattr(FullDisk, "full", False)
        again = publish(client, statement(2))
        assert again.status_code == 200  # it was in the log already
        assert client.get("/readyz").status_code == 200
        for receipt in (kept, again):
            assert verdict(receipt.content, trust) == "pass"
        assert parts.published_size() == 2


def test_a_full_disk_under_the_database(tmp_path: Path) -> None:
    with registry(tmp_path / "data") as (client, parts):
        trust = trust_in(client)
        kept = publish(client, statement(1))
        # SQLite's own limit: the file may not grow, as on a full disk (SQLITE_FULL).
        with parts.folder.store.write.begin() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        answers = [publish(client, statement(number)) for number in range(2, 40)]
        refused = [answer for answer in answers if answer.status_code != 201]
        assert refused
        assert {answer.json()["code"] for answer in refused} == {"not-kept"}
        with parts.folder.store.write.begin() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1073741823")
        again = publish(client, statement(39))
        assert again.status_code == 201
        assert verdict(kept.content, trust) == verdict(again.content, trust) == "pass"
        admitted = 2 + len(answers) - len(refused)
        assert parts.published_size() == admitted
    folder = open_folder(tmp_path / "data")
    check = Check(folder.store, folder.tiles, origin=folder.origin, vkey=folder.signer.vkey)
    assert list(check.run()) == []
    folder.close()


def test_answers_are_not_held_back_by_nagles_algorithm() -> None:
    # asyncio turns it off for accepted connections only if their socket names TCP itself.
    with server.listen("127.0.0.1", 0) as listening, socket.socket() as client:
        client.connect(listening.getsockname())
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.proto == socket.IPPROTO_TCP
