"""Servers on loopback that behave as badly as a test wants, and a network that leads to them."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import httpcore2
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

HOST = "maker.example"
PUBLIC = "93.184.215.14"  # any address that the rules allow; the network below leads elsewhere

Answer = Callable[[bytes, socket.socket], None]  # gets the head of a request and the connection


@cache
def certificate() -> tuple[bytes, bytes]:
    """Make a self-signed certificate for HOST alone; give it and its key in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, SHA256())
    )
    return made.public_bytes(Encoding.PEM), key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )


def client_tls() -> ssl.SSLContext:
    """Trust the certificate above, and nothing else."""
    return ssl.create_default_context(cadata=certificate()[0].decode())


def _server_tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "both.pem"
        path.write_bytes(b"".join(certificate()))
        context.load_cert_chain(path)
    return context


class Web:
    """A server on loopback; counts connections and keeps the heads of requests."""

    def __init__(self, answer: Answer, *, tls: bool = True) -> None:
        self.connections = 0
        self.heads: list[bytes] = []
        self.names: list[str | None] = []
        self._answer = answer
        self._tls = _server_tls() if tls else None
        if self._tls:
            self._tls.sni_callback = lambda _, name, __: self.names.append(name)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._open.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        # Whoever talks to us may hang up at any moment; that is what is tested.
        with contextlib.suppress(OSError):
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            head = b""
            while b"\r\n\r\n" not in head and (more := connection.recv(65_536)):
                head += more
            self.heads.append(head)
            self._answer(head, connection)
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        connection.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in self._open:
            each.close()


@contextlib.contextmanager
def web(answer: Answer, *, tls: bool = True) -> Iterator[Web]:
    server = Web(answer, tls=tls)
    try:
        yield server
    finally:
        server.close()


def says(
    body: bytes = b"{}",
    *,
    status: str = "200 OK",
    headers: Iterable[str] = ("Content-Type: application/json",),
) -> Answer:
    """Answer with a body and its length."""
    head = "".join(f"{line}\r\n" for line in headers)
    whole = f"HTTP/1.1 {status}\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    return lambda _, connection: connection.sendall(whole)


class Network(httpcore2.NetworkBackend):
    """Lead every address to one port on loopback, and keep which were asked for.

    An address in `closed` refuses, as a host does that does not listen.
    """

    def __init__(self, port: int, *, closed: Iterable[str] = ()) -> None:
        self.asked: list[tuple[str, int]] = []
        self._port = port
        self._closed = frozenset(closed)
        self._real = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        self.asked.append((host, port))
        if host in self._closed:
            raise httpcore2.ConnectError("refused")
        return self._real.connect_tcp(
            "127.0.0.1", self._port, timeout, local_address, socket_options
        )


class Names:
    """Answer for names, each time with the next of the given answers; the last one stays."""

    def __init__(self, *answers: Iterable[str]) -> None:
        self.asked: list[str] = []
        self._answers = [tuple(each) for each in answers]

    def __call__(self, host: str, _port: int) -> tuple[str, ...]:
        self.asked.append(host)
        return self._answers[min(len(self.asked), len(self._answers)) - 1]
