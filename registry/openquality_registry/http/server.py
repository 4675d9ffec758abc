"""Run an application with uvicorn: in front, or in a thread beside a program."""

import contextlib
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from openquality_validator.errors import OpenQualityError
from openquality_validator.message import message

BACKLOG = 2048  # connections that wait to be accepted; uvicorn's own number
GRACE = 20  # seconds that requests on their way have when the server stops


@dataclass(eq=False)
class AddressTaken(OpenQualityError):
    """Say that an address cannot be listened on."""

    host: str
    port: int
    reason: str

    def __str__(self) -> str:
        return message(
            "Cannot listen on {host} port {port}: {reason}. Stop the program that uses it, "
            "or choose another with --port.",
            host=self.host,
            port=self.port,
            reason=self.reason,
        )


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket, or raise AddressTaken."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        # With TCP named as its protocol: asyncio only then turns off Nagle's algorithm, which
        # would hold the second part of every answer back for 40 ms.
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise AddressTaken(host, port, error.strerror or str(error)) from None
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(where)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise AddressTaken(host, port, error.strerror or str(error)) from None
    return listening


def address(listening: socket.socket) -> str:
    """Return the URL of a listening socket."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(
    app: ASGIApp,
    listening: socket.socket,
    *,
    ready: Callable[[], None],
    stopping: Callable[[], None] = lambda: None,
) -> None:
    """Serve until SIGTERM or SIGINT, then finish the requests on their way and return.

    Calls `ready` when clients may connect and either signal ends the server in order, `stopping`
    when it begins to end: requests that wait for something else than work should wait no more.
    """
    server = _server(app, stopping)
    # uvicorn catches signals only while it runs, and raises them again afterwards: with its own
    # handler in place throughout, an early one counts and what follows here is still done.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.handle_exit)
    ready()
    server.run(sockets=[listening])


@contextlib.contextmanager
def background(
    app: ASGIApp, listening: socket.socket, *, stopping: Callable[[], None] = lambda: None
) -> Iterator[str]:
    """Serve in a thread and give the address; stop in order at the end."""
    server = _server(app, stopping)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.005)
    try:
        yield address(listening)
    finally:
        server.should_exit = True
        thread.join()


class _Server(uvicorn.Server):
    """Say when it begins to stop, before it waits for the requests on their way."""

    def __init__(self, config: uvicorn.Config, stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop taking connections, then wait."""
        self._stopping()
        await super().shutdown(sockets)


def _server(app: ASGIApp, stopping: Callable[[], None]) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # http/edge.py writes the line
        lifespan="off",
        ws="none",
        server_header=False,
        proxy_headers=False,  # a client must not choose its own address
        timeout_graceful_shutdown=GRACE,
    )
    return _Server(config, stopping)
