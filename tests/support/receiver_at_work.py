"""A receiver of webhooks on loopback that answers as a test wants, and remembers what came."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson

Reply = tuple[int, dict[str, str]]


@dataclass(frozen=True)
class Came:
    """Hold a request as it came: headers with small names, exact body."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = orjson.loads(self.body)
        return event


@dataclass
class Receiver:
    """Agree to every sender and take every event, unless told otherwise.

    `agrees` are the headers of the answer to OPTIONS. `reply` decides on each event; what it
    answers with 2xx is in `taken`, every attempt in `came`.
    """

    port: int = 0
    agrees: dict[str, str] = field(default_factory=lambda: {"WebHook-Allowed-Origin": "*"})
    reply: Callable[[Came], Reply] = lambda _: (204, {})
    asked: list[dict[str, str]] = field(default_factory=list)
    came: list[Came] = field(default_factory=list)
    taken: list[Came] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.origin}/events"

    def wait(self, is_enough: Callable[["Receiver"], bool], seconds: float = 30) -> None:
        """Wait until something is so, or fail."""
        with self.changed:
            assert self.changed.wait_for(lambda: is_enough(self), seconds), self.came


def answering(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_OPTIONS(self) -> None:
            receiver.asked.append({name.lower(): value for name, value in self.headers.items()})
            self._say(200, receiver.agrees)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            came = Came(self.path, headers, body)
            with receiver.changed:
                receiver.came.append(came)
                receiver.changed.notify_all()
            status, more = receiver.reply(came)
            with receiver.changed:
                if 200 <= status < 300:
                    receiver.taken.append(came)
                receiver.changed.notify_all()
            self._say(status, more)

        def _say(self, status: int, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


@contextlib.contextmanager
def receiver(**given: Any) -> Iterator[Receiver]:  # noqa: ANN401 - the members above
    """Run a receiver on a free port."""
    made = Receiver(**given)
    server = ThreadingHTTPServer(("127.0.0.1", 0), answering(made))
    server.daemon_threads = True
    server.block_on_close = False
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
