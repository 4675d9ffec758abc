"""How long after its receipt a statement is in the feed, and at a receiver's.

One statement after the other is published to a registry in a process of its own; a reader waits on
the feed, and a receiver on loopback takes the webhooks. Beside it what no webhook can be faster
than: a bare POST of the same event, over a new connection, to the same receiver. Then a batch, and
how fast the feed catches up with it.
"""

import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import harness, load, processes
from openquality import signing
from openquality_validator.entry import digest

SINGLE = 300  # statements, one after the other
BATCH = 2_000  # statements at once
PATIENCE = 120.0


def run() -> None:
    """Print milliseconds: median and 99th percentile."""
    harness.heading(f"Events: from the receipt to the feed and to a receiver, {SINGLE} statements")
    harness.machine("uvicorn", "sqlalchemy")
    key = signing.generate()
    statements = [
        signing.sign(json.loads(each) | {"issuer": {"id": key.did, "name": "Bench"}}, key)
        for each in harness.records(SINGLE + BATCH)
    ]
    single, batch = statements[:SINGLE], statements[SINGLE:]
    with TemporaryDirectory() as folder, _receiver() as receiver:
        data = Path(folder) / "data"
        os.environ["OPENQUALITY_RECEIVERS"] = f"http://127.0.0.1:{receiver.port}"
        with processes.registry(data) as server:
            _subscribe(server.port, data, receiver.port)
            reader = _Reader(server.port)
            receipts = _publish(server.port, single)
            _until(lambda: len(reader.at) >= SINGLE and len(receiver.at) >= SINGLE)
            _show("receipt → feed", [reader.at[name] - at for name, at in receipts.items()])
            _show("receipt → webhook", [receiver.at[name] - at for name, at in receipts.items()])
            _show("floor: a bare POST", _floor(receiver))
            used, begun = server.cpu(), time.perf_counter()
            load.publish(server.port, [[b"\n".join(batch)]])
            received = time.perf_counter() - begun
            _until(lambda: len(reader.at) >= SINGLE + BATCH)
            caught = time.perf_counter() - begun
            used = server.cpu() - used
            print(
                f"  a batch of {BATCH:,}: receipts after {received:.2f} s, all in the feed after "
                f"{caught:.2f} s ({BATCH / caught:,.0f} /s), {used:.1f} s of CPU"
            )
            reader.stop()


@dataclass
class _Receiver:
    """Hold when each statement's event came, by its digest."""

    port: int
    at: dict[str, float] = field(default_factory=dict)
    last: bytes = b""


@contextmanager
def _receiver() -> Iterator[_Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_OPTIONS(self) -> None:
            self.send_response(200)
            self.send_header("WebHook-Allowed-Origin", "*")
            self.end_headers()

        def do_POST(self) -> None:
            now = time.perf_counter()
            made.last = self.rfile.read(int(self.headers["Content-Length"]))
            made.at.setdefault(json.loads(made.last)["data"]["digest"], now)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = _Receiver(server.server_address[1])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()


class _Reader:
    """Wait on the feed, in a thread, and note when each statement's event came."""

    def __init__(self, port: int) -> None:
        self.at: dict[str, float] = {}
        self._stopped = False
        self._thread = threading.Thread(target=self._read, args=(port,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped = True

    def _read(self, port: int) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        path = "/v1/events?after=latest&limit=1000"
        while not self._stopped:
            connection.request("GET", f"{path}&wait=5")
            answer = connection.getresponse()
            events = json.loads(answer.read())
            now = time.perf_counter()
            path = answer.headers["Link"].partition("<")[2].partition(">")[0]
            for event in events:
                self.at[event["data"]["digest"]] = now


def _publish(port: int, statements: Sequence[bytes]) -> dict[str, float]:
    """Publish one after the other, at rest between them; return when each receipt was there."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    found = {}
    for statement in statements:
        connection.request(
            "POST", "/v1/statements", statement, {"content-type": "application/vc+jwt"}
        )
        answer = connection.getresponse()
        body = answer.read()
        found[digest(statement)] = time.perf_counter()
        assert answer.status == 201, body
        time.sleep(0.02)
    return found


def _subscribe(port: int, data: Path, receiver: int) -> None:
    words = [processes.COMMAND, "operator", "token", "create", "--data", data]
    made = subprocess.run([*words, "--scope", "subscribe"], capture_output=True, check=True)
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request(
        "POST",
        "/v1/subscriptions",
        json.dumps({"url": f"http://127.0.0.1:{receiver}/", "types": ["statement.admitted"]}),
        {
            "content-type": "application/json",
            "authorization": f"Bearer {made.stdout.decode().strip()}",
        },
    )
    answer = connection.getresponse()
    assert answer.status == 201, answer.read()


def _floor(receiver: _Receiver) -> list[float]:
    """Send the last event again and again, each over a connection of its own."""
    found = []
    for _ in range(SINGLE):
        begun = time.perf_counter()
        connection = HTTPConnection("127.0.0.1", receiver.port, timeout=PATIENCE)
        connection.request("POST", "/", receiver.last)
        assert connection.getresponse().status == 204
        connection.close()
        found.append(time.perf_counter() - begun)
    return found


def _until(is_so: Callable[[], bool]) -> None:
    end = time.perf_counter() + PATIENCE
    while not is_so():
        assert time.perf_counter() < end
        time.sleep(0.01)


def _show(name: str, seconds: Sequence[float]) -> None:
    ordered = sorted(seconds)
    median, high = ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]
    print(f"  {name:20} median {median * 1e3:6.1f} ms, p99 {high * 1e3:6.1f} ms")
