"""`openquality serve` as a process: starts, refuses to start, stops."""

import contextlib
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import orjson
import pytest
from registry_at_work import publish, statement

COMMAND = Path(sys.executable).parent / "openquality"


def started(*arguments: str | Path) -> tuple["subprocess.Popen[str]", str, str]:
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", "0", *arguments], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    said = ""
    while "verifier key" not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    found = re.search(r"at (http://\S+)\n", said)
    assert found
    # The listening socket is open already; the answer comes when signals are handled too.
    assert httpx2.get(f"{found[1]}/healthz", timeout=30).status_code == 200
    return process, found[1], said


def stop(process: "subprocess.Popen[str]", number: int = signal.SIGTERM) -> str:
    """Stop the server, in order, and return what it logged."""
    process.send_signal(number)
    assert process.stderr is not None
    with process.stderr as stream:
        said = stream.read()
    assert process.wait(timeout=30) == 0
    assert "Traceback" not in said
    return said


def refused(*arguments: str | Path) -> str:
    done = subprocess.run(
        [COMMAND, "serve", *arguments], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, str]]:
    data = tmp_path_factory.mktemp("serve") / "data"
    process, url, said = started("--data", data)
    yield data, url, said
    stop(process)


def test_it_says_where_it_is_and_its_verifier_key(running: tuple[Path, str, str]) -> None:
    _, url, said = running
    assert url.startswith("http://127.0.0.1:")
    assert httpx2.get(f"{url}/.well-known/openquality").json()["log"]["vkey"] in said
    with httpx2.Client(base_url=url) as client:
        assert publish(client, statement(1)).status_code == 201


def test_a_second_server_on_the_folder_is_refused(running: tuple[Path, str, str]) -> None:
    data, _, _ = running
    said = refused("--data", data, "--port", "0")
    assert "is being served by another process" in said


def test_a_port_in_use_is_a_sentence(running: tuple[Path, str, str], tmp_path: Path) -> None:
    port = running[1].rpartition(":")[2]
    said = refused("--data", tmp_path / "other", "--port", port)
    assert f"port {port}" in said
    assert "--port" in said
    assert not (tmp_path / "other").exists()  # nothing was made for nothing


def test_fsck_while_it_runs(running: tuple[Path, str, str]) -> None:
    done = subprocess.run(
        [COMMAND, "log", "fsck", "--data", running[0]], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_in_order_and_logs_json(tmp_path: Path, number: int) -> None:
    process, url, _ = started("--data", tmp_path / "data")
    with httpx2.Client(base_url=url) as client:
        assert publish(client, statement(1)).status_code == 201
    lines = [orjson.loads(line) for line in stop(process, number).splitlines()]
    assert [line["path"] for line in lines if line["event"] == "request"] == ["/v1/statements"]


def test_a_folder_of_a_newer_version_is_refused_and_not_changed(tmp_path: Path) -> None:
    stop(started("--data", tmp_path)[0])
    config = tmp_path / "config.json"
    own = config.read_bytes()
    newer = orjson.dumps(orjson.loads(own) | {"v": 2})
    config.write_bytes(newer)
    assert "newer version" in refused("--data", tmp_path, "--port", "0")
    assert config.read_bytes() == newer
    config.write_bytes(own)
    with contextlib.closing(sqlite3.connect(tmp_path / "registry.sqlite")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "newer version" in refused("--data", tmp_path, "--port", "0")


def test_a_wrong_setting_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENQUALITY_RATE", "fast")
    assert "OPENQUALITY_RATE" in refused("--data", tmp_path)


def test_a_host_that_is_not_this_machine_is_a_sentence(tmp_path: Path) -> None:
    assert "192.0.2.1" in refused("--data", tmp_path / "data", "--host", "192.0.2.1")
