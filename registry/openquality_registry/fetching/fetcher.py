"""Fetch a document by HTTPS from a host that somebody else named.

Refused, before anything is sent: another scheme than https, user information, a fragment, ports
below 1,024 other than 443, and names that lead to an address that is not public. Refused on the
way: redirects to another origin, compressed or long bodies, other media types, slow answers.
Nothing is taken from the environment (no proxy), no cookie is kept, no credential sent.
"""

import re
import ssl
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from importlib.metadata import version
from time import monotonic
from types import MappingProxyType
from urllib.parse import SplitResult, urljoin, urlsplit

import httpcore2

from openquality_registry.fetching import addresses
from openquality_registry.fetching.cache import Cache
from openquality_registry.fetching.connecting import (
    Deadline,
    PinnedBackend,
    Resolve,
    resolve_within,
    system_resolve,
)
from openquality_validator.errors import OpenQualityError
from openquality_validator.message import message

MAX_BYTES = 1_048_576  # of a body, unless the caller says less or more
SECONDS = 10.0  # for all of a fetch, the name service and redirects included
MAX_AGE = 60.0  # seconds that a copy may be used again, unless the caller says otherwise
MAX_REDIRECTS = 3
MAX_URL = 2_048
MAX_AT_ONCE = 16  # fetches; more wait, so that nobody can have us open thousands of sockets
MAX_CACHE = 16_777_216  # bytes of bodies
_NONE: Mapping[str, str] = MappingProxyType({})
_HTTP = 80
_HTTPS = 443
_UNPRIVILEGED = 1_024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# The characters of RFC 3986, section 2, without brackets in a path; no space, control or backslash.
_PLAIN = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_HOST = re.compile(r"[a-z0-9.\-]+|[0-9a-f:.]+")


@dataclass(eq=False)
class FetchError(OpenQualityError):
    """Say which address was not fetched, why, and what to do."""

    url: str
    problem: str
    hint: str

    def __str__(self) -> str:
        return message(
            "{url} was not fetched: {problem}. {hint}",
            url=self.url,
            problem=self.problem,
            hint=self.hint,
        )


class FetchRefused(FetchError):
    """The rules of this module do not allow the fetch: asking again will not help."""


class FetchFailed(FetchError):
    """There was no answer, or it did not arrive in time: asking again later may help."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Hold an answer; `content_type` is without parameters, it and names of headers are small."""

    url: str
    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    accept: tuple[str, ...]
    max_bytes: int


class Fetcher:
    """Send requests within the rules above. May be called from any thread.

    `allowed` are origins (`http://127.0.0.1:8123`) that the operator configured by hand, such as
    those of witnesses: the rules on scheme, port and address do not hold for them. Never give any
    to the fetcher that resolves identifiers, whose hosts strangers choose.
    `resolve`, `network` and `tls` stand for the Internet; tests put their own in their place.
    """

    def __init__(
        self,
        *,
        allowed: Collection[str] = (),
        resolve: Resolve = system_resolve,
        network: httpcore2.NetworkBackend | None = None,
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._allowed = frozenset(_origin(_parse(url)) for url in allowed)
        self._resolve = resolve
        self._network = network or httpcore2.SyncBackend()
        self._tls = tls or httpcore2.default_ssl_context()
        self._at_once = threading.BoundedSemaphore(MAX_AT_ONCE)
        self._cache: Cache[Fetched] = Cache(clock, MAX_CACHE)

    def get(
        self,
        url: str,
        *,
        accept: Sequence[str] = (),
        max_bytes: int = MAX_BYTES,
        seconds: float = SECONDS,
        max_age: float = MAX_AGE,
    ) -> Fetched:
        """Get a document; a 200 not older than `max_age` seconds may come from memory.

        `accept` are media types, any if empty; an answer other than 200 is given back as it is.
        Follows redirects within the origin. Raises FetchRefused or FetchFailed.
        """
        key = (url, tuple(accept), max_bytes)
        if (kept := self._cache.get(key, max_age)) is not None:
            return kept
        request = _Request("GET", b"", _headers(accept), tuple(accept), max_bytes)
        answer = self._send(url, request, seconds)
        if answer.status == HTTPStatus.OK:
            self._cache.put(key, answer)
        return answer

    def post(
        self,
        url: str,
        body: bytes,
        *,
        content_type: str,
        accept: Sequence[str] = (),
        max_bytes: int = MAX_BYTES,
        seconds: float = SECONDS,
        headers: Mapping[str, str] = _NONE,
    ) -> Fetched:
        """Post a body; `accept` binds an answer of 200 only. Raises FetchRefused or FetchFailed.

        `headers` go beside those that every request has.
        """
        every = (*_headers(accept), (b"Content-Type", content_type.encode()), *_encoded(headers))
        return self._send(url, _Request("POST", body, every, tuple(accept), max_bytes), seconds)

    def options(
        self, url: str, *, headers: Mapping[str, str], max_bytes: int = MAX_BYTES
    ) -> Fetched:
        """Ask what an address takes (RFC 9110, 9.3.7). Raises FetchRefused or FetchFailed."""
        every = (*_headers(()), *_encoded(headers))
        return self._send(url, _Request("OPTIONS", b"", every, (), max_bytes), SECONDS)

    def _send(self, url: str, request: _Request, seconds: float) -> Fetched:
        deadline = Deadline(seconds)
        if not self._at_once.acquire(timeout=seconds):
            raise FetchFailed(
                url, message("too many fetches are on their way"), message("Try again later.")
            )
        try:
            return self._follow(url, request, deadline)
        except (httpcore2.TimeoutException, TimeoutError):
            raise FetchFailed(
                url,
                message("the answer did not arrive within {seconds:g} seconds", seconds=seconds),
                message("Try again later."),
            ) from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
            raise FetchFailed(
                url,
                message("there was no answer ({error})", error=error),
                message("Check the address, or try again later."),
            ) from None
        finally:
            self._at_once.release()

    def _follow(self, url: str, request: _Request, deadline: Deadline) -> Fetched:
        parts = self._checked(url)
        # Once for all redirects: they stay within the origin, hence with these addresses.
        backend = PinnedBackend(self._network, self._addresses(parts, deadline), deadline)
        for _ in range(1 + MAX_REDIRECTS):
            answer, location = self._exchange(parts, request, backend)
            if location is None:
                return answer
            target = self._checked(_joined(parts, location))
            if request.method != "GET" or _origin(target) != _origin(parts):
                raise FetchRefused(
                    url,
                    message("it is redirected to {origin}", origin=_origin(target)),
                    message("Give the address at which the document stands."),
                )
            parts = target
        raise FetchRefused(
            url,
            message(
                "it is redirected more than {max_redirects} times", max_redirects=MAX_REDIRECTS
            ),
            message("Give the address at which the document stands."),
        )

    def _checked(self, url: str) -> SplitResult:
        parts = _parse(url)
        if _origin(parts) in self._allowed:
            return parts
        if parts.scheme != "https":
            raise FetchRefused(
                url, message("it is not https"), message("Serve the document by https.")
            )
        if parts.port is not None and parts.port != _HTTPS and parts.port < _UNPRIVILEGED:
            raise FetchRefused(
                url,
                message("port {port} is kept for another service", port=parts.port),
                message(
                    "Serve the document on port {https} or on one from {unprivileged:,} up.",
                    https=_HTTPS,
                    unprivileged=_UNPRIVILEGED,
                ),
            )
        return parts

    def _addresses(self, parts: SplitResult, deadline: Deadline) -> tuple[str, ...]:
        host, port = parts.hostname or "", _port(parts)
        try:
            found = tuple(resolve_within(self._resolve, host, port, deadline))
        except (OSError, UnicodeError) as error:
            raise FetchFailed(
                parts.geturl(),
                message("the name {host} leads nowhere ({error})", host=host, error=error),
                message("Check the name."),
            ) from None
        if not found:
            raise FetchFailed(
                parts.geturl(),
                message("the name {host} leads nowhere", host=host),
                message("Check the name."),
            )
        if _origin(parts) not in self._allowed:
            for text in found:
                # One bad address spoils them all: an honest name has none.
                address = addresses.parse(text)
                if address is None or not addresses.is_public(address):
                    raise FetchRefused(
                        parts.geturl(),
                        message(
                            "the name {host} leads to {text}, which is not a public address",
                            host=host,
                            text=text,
                        ),
                        message("Serve the document where everybody can read it."),
                    )
        return found

    def _exchange(
        self, parts: SplitResult, request: _Request, backend: PinnedBackend
    ) -> tuple[Fetched, str | None]:
        """Return the answer, or a redirect's Location beside an empty one."""
        url = parts.geturl()
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        with (
            httpcore2.ConnectionPool(ssl_context=self._tls, network_backend=backend) as pool,
            pool.stream(
                request.method,
                httpcore2.URL(
                    scheme=parts.scheme.encode(),
                    host=(parts.hostname or "").encode(),
                    port=parts.port,
                    target=target.encode(),
                ),
                headers=[(b"Host", parts.netloc.encode()), *request.headers],
                content=request.body or None,
            ) as response,
        ):
            headers = _read_headers(response)
            if response.status in _REDIRECTS and "location" in headers:
                return Fetched(url, response.status, "", b""), headers["location"]
            media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
            if response.status == HTTPStatus.OK:
                _check_type(url, media_type, request.accept)
            if headers.get("content-encoding", "identity").lower() != "identity":
                raise FetchRefused(
                    url,
                    message("its body is compressed"),
                    message("Serve it as it is when identity is asked for."),
                )
            body = bytearray()
            for chunk in response.iter_stream():
                body += chunk
                if len(body) > request.max_bytes:
                    raise FetchRefused(
                        url,
                        message(
                            "its body is longer than {max_bytes:,} bytes",
                            max_bytes=request.max_bytes,
                        ),
                        message("Serve a shorter document."),
                    )
            return Fetched(url, response.status, media_type, bytes(body), headers), None


def _headers(accept: Sequence[str]) -> tuple[tuple[bytes, bytes], ...]:
    return (
        (b"User-Agent", f"openquality/{version('openquality')}".encode()),
        (b"Accept", (", ".join(accept) or "*/*").encode()),
        (b"Accept-Encoding", b"identity"),
        (b"Connection", b"close"),
    )


def _encoded(headers: Mapping[str, str]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name.encode(), value.encode()) for name, value in headers.items())


def _read_headers(response: httpcore2.Response) -> dict[str, str]:
    return {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
    }


def _check_type(url: str, media_type: str, accept: tuple[str, ...]) -> None:
    if accept and media_type not in accept:
        raise FetchRefused(
            url,
            message("it is of the media type {value}", value=media_type or "(none)"),
            message("Serve it as {accept}.", accept=" or ".join(accept)),
        )


def _parse(url: str) -> SplitResult:
    """Part an absolute URL. Raises FetchRefused for what two programs could read in two ways."""
    if len(url) > MAX_URL or not _PLAIN.fullmatch(url):
        raise FetchRefused(
            url[:MAX_URL],
            message(
                "it is longer than {max_url:,} characters, or has characters that an address "
                "must encode",
                max_url=MAX_URL,
            ),
            message("Give a plain address; spell international names with xn--."),
        )
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        named = False
    if (
        not named
        or "@" in parts.netloc
        or parts.fragment
        or not _HOST.fullmatch(parts.hostname or "")
    ):
        raise FetchRefused(
            url,
            message("it names no host, or has user information or a fragment"),
            message("Give an address of the form https://host/path."),
        )
    return parts


def _joined(parts: SplitResult, location: str) -> str:
    try:
        return urljoin(parts.geturl(), location)
    except ValueError:
        return location  # which is then refused for what it is


def _origin(parts: SplitResult) -> str:
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}:{_port(parts)}"


def _port(parts: SplitResult) -> int:
    return parts.port or (_HTTPS if parts.scheme == "https" else _HTTP)
