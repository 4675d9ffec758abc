"""Clients that take little of the machine: what they use, the server under test has not."""

import json
import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack
from http.client import HTTPConnection
from threading import Thread

from openquality import wire

WAIT = 120.0  # seconds that one answer may take
CONNECTIONS = 8  # requests on their way at once in `get`


def publish(port: int, senders: Sequence[Sequence[bytes]]) -> float:
    """Send each sender's batch bodies one after the other, all senders at once.

    Returns the seconds until the last receipt was there. Raises AssertionError unless every
    statement was admitted as a new entry.
    """
    answers: list[list[bytes]] = [[] for _ in senders]

    def send(bodies: Sequence[bytes], into: list[bytes]) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=WAIT)
        into.extend(_post(connection, wire.publish_many([body])) for body in bodies)
        connection.close()

    threads = [Thread(target=send, args=pair) for pair in zip(senders, answers, strict=True)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - start
    for bodies, received in zip(senders, answers, strict=True):
        sent = [body.count(b"\n") + 1 for body in bodies]
        new = [sum(line.startswith(b'{"status":201,') for line in a.split(b"\n")) for a in received]
        assert new == sent, (sent, new, received[-1:][:300])
    return seconds


def publish_singly(port: int, statements: Sequence[bytes]) -> list[float]:
    """Publish statements one by one over one connection; return the sorted seconds of each."""
    connection = HTTPConnection("127.0.0.1", port, timeout=WAIT)
    found = []
    for statement in statements:
        start = time.perf_counter()
        receipt = _post(connection, wire.publish(statement))
        found.append(time.perf_counter() - start)
        assert json.loads(receipt)["statement"] == statement.decode()
    connection.close()
    return sorted(found)


def get(port: int, path: str, body: bytes, *, accept: str, count: int) -> None:
    """Fetch the same resource `count` times, over a few connections at once.

    Every answer must have the length of the first, whose body must be `body`.
    """
    request = _get(port, path, accept)
    with ExitStack() as stack:
        connections = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), WAIT))
            for _ in range(CONNECTIONS)
        ]
        connections[0].sendall(request)
        length = _first(connections[0], body)
        for _ in range(count // CONNECTIONS):
            for connection in connections:
                connection.sendall(request)
            for connection in connections:
                _read(connection, length)


def get_each(port: int, paths: Sequence[str], *, accept: str) -> None:
    """Fetch each of the resources once, over a few connections at once."""
    requests = [_get(port, path, accept) for path in paths]
    with ExitStack() as stack:
        connections = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), WAIT))
            for _ in range(CONNECTIONS)
        ]
        for at in range(0, len(requests), CONNECTIONS):
            group = list(zip(connections, requests[at : at + CONNECTIONS], strict=False))
            for connection, request in group:
                connection.sendall(request)
            for connection, _ in group:
                head, _ = _receive(connection)
                assert head.startswith(b"HTTP/1.1 200 "), head


def once(port: int, path: str, accept: str) -> bytes | None:
    """Fetch a resource once; None if there is none."""
    with socket.create_connection(("127.0.0.1", port), WAIT) as connection:
        connection.sendall(_get(port, path, accept))
        head, body = _receive(connection)
    if head.startswith(b"HTTP/1.1 404 "):
        return None
    assert head.startswith(b"HTTP/1.1 200 "), head + body[:300]
    return body


def _get(port: int, path: str, accept: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: {accept}\r\n\r\n".encode()


def _receive(connection: socket.socket) -> tuple[bytes, bytes]:
    """Receive an answer that says its length."""
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(1 << 18)
        assert part, received[:300]
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(1 << 18)
    return head, body


def _post(connection: HTTPConnection, request: wire.Request) -> bytes:
    connection.request("POST", f"/{request.path}", request.body, dict(request.headers))
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status in {200, 201}, body
    return body


def _first(connection: socket.socket, body: bytes) -> int:
    received = b""
    while not received.endswith(body) or not received:
        part = connection.recv(1 << 18)
        assert part, received[:300]
        received += part
    assert received.startswith(b"HTTP/1.1 200 "), received[:300]
    return len(received)


def _read(connection: socket.socket, length: int) -> None:
    while length > 0:
        part = connection.recv(length)
        assert part
        length -= len(part)
