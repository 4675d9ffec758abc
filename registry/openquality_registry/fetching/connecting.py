"""Connections to addresses that were checked, never to a name, and never beyond a moment.

The name is resolved once, before; a second answer of the name service is never asked for, so it
cannot lead elsewhere (DNS rebinding). TLS still asks for, and checks, the name.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from queue import Empty, Queue

import httpcore2

Resolve = Callable[[str, int], Sequence[str]]  # (host, port) → addresses as text, or OSError

MAX_ADDRESSES = 3  # that are tried for one fetch


class Deadline:
    """Hold the moment, on the monotonic clock, by which a request must have ended."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds left. Raises httpcore2.ReadTimeout if there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("out of time")
        return left


def system_resolve(host: str, port: int) -> tuple[str, ...]:
    """Ask the system's name service. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def resolve_within(resolve: Resolve, host: str, port: int, deadline: Deadline) -> Sequence[str]:
    """Resolve within the time: the system's name service can hang for minutes, and takes no limit.

    Raises OSError, or httpcore2.ReadTimeout.
    """
    answers: Queue[Sequence[str] | Exception] = Queue()

    def ask() -> None:
        try:
            answers.put(resolve(host, port))
        except Exception as error:  # noqa: BLE001 - raised again in the thread that asked
            answers.put(error)

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=deadline.left())
    except Empty:
        raise httpcore2.ReadTimeout("no answer from the name service") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


class PinnedBackend(httpcore2.NetworkBackend):
    """Connect to the given addresses in their order, whatever name is asked for."""

    def __init__(
        self, inner: httpcore2.NetworkBackend, addresses: Sequence[str], deadline: Deadline
    ) -> None:
        self._inner = inner
        self._addresses = tuple(addresses[:MAX_ADDRESSES])
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,  # noqa: ARG002 - the name was resolved and checked before
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline holds for everything
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address that answers. Raises httpcore2's errors."""
        problem: Exception = httpcore2.ConnectError("no address")
        for tried, address in enumerate(self._addresses):
            # A silent address leaves time for those after it.
            share = self._deadline.left() / (len(self._addresses) - tried)
            try:
                stream = self._inner.connect_tcp(
                    address, port, share, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                problem = error
            else:
                return _TimedStream(stream, self._deadline)
        raise problem


class _TimedStream(httpcore2.NetworkStream):
    """Read and write only while there is time: a peer that drips bytes gains nothing."""

    def __init__(self, inner: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._inner.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._inner.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        stream = self._inner.start_tls(ssl_context, server_hostname, self._deadline.left())
        return _TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)
