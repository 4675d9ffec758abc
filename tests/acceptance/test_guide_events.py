"""The guide to events: its commands and its receiver run against a registry."""

import os
import shlex
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import orjson
import pytest
from fenced_blocks import blocks
from followed_log import waited_on
from registry_at_work import gtin, publish, publish_all, registry, statement

from openquality.cli.main import main
from openquality_registry.access.operator import make_token
from openquality_registry.access.tokens import Scope
from openquality_registry.bootstrap import Parts
from openquality_validator.entry import digest

TEXT = (Path(__file__).parents[2] / "docs/guide/events.md").read_text("utf-8")
COMMANDS = [shlex.split(line) for block in blocks(TEXT, "sh") for line in block.splitlines()]
PATIENCE = 30.0
Out = Callable[[], str]


@pytest.fixture
def out(capfd: pytest.CaptureFixture[str]) -> Out:
    def read() -> str:
        text: str = capfd.readouterr().out
        return text

    return read


def token(parts: Parts) -> str:
    _, secret = make_token(
        parts.access,
        name="webhooks of a buyer",
        scopes=frozenset({Scope.SUBSCRIBE}),
        issuer=None,
        expires_at=None,
        now=datetime.now(UTC),
    )
    return secret


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def told(client: httpx2.Client, count: int) -> None:
    """Wait until so many events are in the feed."""
    end = time.monotonic() + PATIENCE
    while len(client.get("/v1/events?wait=1").json()) < count:
        assert time.monotonic() < end


def test_the_commands_tell_what_happened(tmp_path: Path, out: Out) -> None:
    with registry(tmp_path / "data") as (client, _):
        publish_all(client, [statement(number) for number in range(3)])
        told(client, 3)
        url = str(client.base_url)
        all_of_them, certificates, of_one = (
            [url if word == "https://registry.example" else word for word in words[1:]]
            for words in COMMANDS
            if words[1] == "events"
        )
        assert main(all_of_them) == 0
        lines = out().splitlines()
        assert [line.split()[0] for line in lines] == ["1", "2", "3"]
        for number, line in enumerate(lines):
            assert line.split()[2:] == [
                "statement.admitted",
                f"statement:{digest(statement(number))}",
            ]
        assert main(certificates) == 0
        assert out() == ""
        assert main([word.replace("09506000134352", gtin(1)) for word in of_one]) == 0
        (event,) = map(orjson.loads, out().splitlines())
        assert event["data"]["digest"] == digest(statement(1))
        # From a place on, in pages that are smaller than what there is.
        assert main(["events", "--registry", url, "--after", "2", "--format", "json"]) == 0
        assert [orjson.loads(line)["sequence"] for line in out().splitlines()] == [f"{3:016}"]


def test_a_reader_who_follows_hears_what_comes(tmp_path: Path) -> None:
    program = [sys.executable, "-m", "openquality", "events", "--follow", "--after", "latest"]
    with registry(tmp_path / "data") as (client, parts):
        publish(client, statement(0))
        told(client, 1)
        words = [*program, "--registry", str(client.base_url)]
        # Through a pipe, as to grep: Python holds back what it writes there, unless told otherwise.
        held = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
        with subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=held
        ) as reader:
            late = threading.Timer(PATIENCE, reader.kill)
            late.start()
            waited_on(parts)
            publish(client, statement(1))
            assert reader.stdout is not None
            assert reader.stdout.readline().split()[:1] == [b"2"]
            late.cancel()
            reader.terminate()
            reader.communicate(timeout=PATIENCE)


def test_an_answer_that_is_no_feed_is_named(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with registry(tmp_path / "data") as (client, _):
        assert main(["events", "--registry", f"{client.base_url}/v1"]) == 1
        assert main(["events", "--registry", str(client.base_url), "--type", "Nonsense"]) == 1
    said = capfd.readouterr().err
    assert "type" in said
    assert "Traceback" not in said


def test_the_receiver_of_the_guide_takes_what_the_registry_brings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: Out
) -> None:
    (script,) = blocks(TEXT, "python")
    (tmp_path / "receiver.py").write_text(script)
    port = free_port()
    receiver = f"http://127.0.0.1:{port}"
    with registry(tmp_path / "data", receivers=receiver) as (client, parts):
        url = str(client.base_url)
        monkeypatch.setenv("OPENQUALITY_TOKEN", token(parts))
        monkeypatch.setenv("OPENQUALITY_REGISTRY", url)
        words = [sys.executable, "receiver.py", str(port)]
        with subprocess.Popen(
            words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                _until_it_listens(port)
                meant = {
                    "https://registry.example": url,
                    "https://buyer.example/openquality": receiver,
                }
                add, every, enable, remove = (
                    [meant.get(word, word) for word in words[1:]]
                    for words in COMMANDS
                    if words[1] == "subscription"
                )
                assert main(add) == 0
                made = out().split()
                assert made[1:3] == ["active", receiver]
                publish(client, statement(0))
                publish(client, statement(1))
                assert process.stdout is not None
                for number in (0, 1):
                    assert process.stdout.readline().split() == [
                        "org.openquality.statement.admitted.v1",
                        f"statement:{digest(statement(number))}",
                    ]
                # What nobody signed is refused.
                assert httpx2.post(receiver, content=b"{}").status_code == 400
                assert main(every) == 0
                assert out().split()[:3] == made[:3]
                for command, word in ((enable, "active"), (remove, "ended.")):
                    given = [made[0] if each == "3f9c21d07be41a66" else each for each in command]
                    assert main(given) == 0
                    assert word in out().split()
                assert main([*every, "--format", "json"]) == 0
                assert orjson.loads(out()) == {"items": []}
            finally:
                process.terminate()


def _until_it_listens(port: int) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(port)
