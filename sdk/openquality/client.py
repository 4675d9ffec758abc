"""A registry over HTTP, for programs that wait."""

import time
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import httpx2

from openquality import wire
from openquality_validator.errors import NetworkError
from openquality_validator.message import message

TIMEOUT = 30.0  # seconds; a receipt waits for a published checkpoint, normally milliseconds
ATTEMPTS = 5  # with waits of 3 seconds in all: a registry that was just started may be reached
TOO_MANY = 429
BUSY = {TOO_MANY, 503}  # too many requests, service unavailable: the same bytes may pass later
MAX_WAIT = 30.0  # seconds between two attempts, whatever the registry asks for


class Client:
    """Talk to one registry.

    Repeats a request on its own when there was no answer, or 429 or 503, waiting as `Retry-After`
    asks: every request here may be repeated without harm. Follows no redirect. Methods raise
    RegistryError with the registry's findings, or NetworkError. Close it, or use it as a context.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        timeout: float = TIMEOUT,
        attempts: int = ATTEMPTS,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self.url = address(url)
        self._attempts = attempts
        self._http = httpx2.Client(
            base_url=self.url,
            headers=headers(token),
            timeout=timeout,
            follow_redirects=False,
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(self, request: wire.Request) -> wire.Response:
        """Send one request, repeating it where that is harmless; raise NetworkError."""
        for attempt in range(1, self._attempts + 1):
            last = attempt == self._attempts or not request.repeatable
            try:
                response = plain(
                    self._http.request(
                        request.method,
                        request.path,
                        headers=list(request.headers),
                        content=request.body or None,
                    )
                )
            except (httpx2.RequestError, httpx2.InvalidURL) as error:
                if last or not is_passing(error):
                    raise NetworkError(self.url, reason(error)) from None
                time.sleep(pause(attempt, None))
                continue
            if not is_busy(response) or last:
                return response
            time.sleep(pause(attempt, response.retry_after))
        raise NetworkError(self.url, message("no attempt was allowed"))

    def publish(self, statement: bytes) -> bytes:
        """Publish a signed statement and return its receipt bundle, as sent by the registry."""
        outcome = wire.read_outcome(self.send(wire.publish(statement)))
        if outcome.problem is not None:
            raise outcome.problem.to_error()
        assert outcome.bundle is not None
        return outcome.bundle

    def publish_many(self, statements: Sequence[bytes]) -> tuple[wire.Outcome, ...]:
        """Publish statements in one request; return an outcome for each, in order."""
        if not statements:
            return ()
        return wire.read_outcomes(self.send(wire.publish_many(statements)), len(statements))

    def register(self, line: bytes, proofs: Sequence[str]) -> bytes:
        """Have an identity hosted; return its receipt bundle."""
        return wire.read(self.send(wire.register(line, proofs)))

    def reserve(self, request: str) -> dict[str, Any]:
        """Reserve places in a status list; each of `entries` is a `credentialStatus`."""
        return wire.read_json(self.send(wire.reserve(request)))

    def bring(self, statement: str, data: bytes, media_type: str) -> dict[str, Any]:
        """Bring the data that a published statement names; return what its claims gave.

        The data leave this machine: the registry's operator can read them.
        """
        return wire.read_json(self.send(wire.bring(statement, data, media_type)))

    def evidence(self, digest: str) -> dict[str, Any]:
        """Return what a registry tells of a data file, by digest, and what claims gave from it."""
        return wire.read_json(self.send(wire.evidence(digest)))

    def delete_data(self, digest: str, request: str) -> dict[str, Any]:
        """Have a data file deleted, for good; return what stays: its digest and results."""
        return wire.read_json(self.send(wire.delete_data(digest, request)))

    def issuer(self, did: str) -> dict[str, Any]:
        """Return an issuer's keys with their history, its level, and who vouches for it."""
        return wire.read_json(self.send(wire.issuer(did)))

    def statement(self, digest: str) -> bytes:
        """Return the exact bytes of a signed statement, by digest."""
        return wire.read_statement(self.send(wire.statement(digest)), digest)

    def record(self, digest: str) -> dict[str, Any]:
        """Return the decoded view of a statement, by digest."""
        return wire.read_json(self.send(wire.statement(digest, wire.JSON)))

    def bundle(self, digest: str, *, since: int | None = None) -> bytes:
        """Return the bundle of a statement, by digest: what `verify` needs.

        `since` is the size of the last checkpoint seen; the bundle then proves growth from it.
        """
        return wire.read(self.send(wire.statement(digest, wire.BUNDLE, since=since)))

    def status(self, digest: str) -> dict[str, Any]:
        """Return the signed status answer of a statement, with the events it follows from."""
        return wire.read_json(self.send(wire.status(digest)))

    def history(self, digest: str) -> dict[str, Any]:
        """Return the life of a statement: what was said of it, in the order of the log."""
        return wire.read_json(self.send(wire.history(digest)))

    def observations(self, digest: str) -> dict[str, Any]:
        """Return what the log shows around a record, with the replies of its issuer."""
        return wire.read_json(self.send(wire.observations(digest)))

    def query(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer to a query for comparable records."""
        return wire.read_json(self.send(wire.query(document)))

    def lookup(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return every statement about the named subjects, or by the named issuers, paged."""
        return wire.read_json(self.send(wire.lookup(document)))

    def assess(
        self,
        profile: str,
        subject: str,
        *,
        as_of: str | None = None,
        producer: str | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Return what the log shows about a subject under a profile: the registry's own word.

        `as_of` is a day like 2026-11-20, today if it is not given; `openquality assess` gives the
        user's own word.
        """
        asked = wire.assess(profile, subject, as_of=as_of, producer=producer, parameters=parameters)
        return wire.read_json(self.send(asked))

    def compare(self, digests: Iterable[str]) -> dict[str, Any]:
        """Return named records side by side."""
        return wire.read_json(self.send(wire.compare(digests)))

    def fetch(self, path: str) -> dict[str, Any]:
        """Return one of the plain JSON resources, such as `v1/metrics` or `v1/units`."""
        return wire.read_json(self.send(wire.fetch(path)))

    def well_known(self) -> dict[str, Any]:
        """Return what the registry says about itself: origin, verifier key, limits, versions."""
        return self.fetch(".well-known/openquality")

    def checkpoint(self) -> bytes:
        """Return the log's current signed checkpoint."""
        return wire.read(self.send(wire.fetch("checkpoint", accept="text/plain")))


def address(url: str) -> str:
    """Return a registry's address with its scheme and one slash at the end."""
    if "://" not in url:
        local = url.startswith(("127.0.0.1", "localhost", "[::1]"))
        url = f"{'http' if local else 'https'}://{url}"
    return url.rstrip("/") + "/"


def headers(token: str | None) -> dict[str, str]:
    """Return the header fields that every request carries."""
    common = {"user-agent": "openquality"}
    return common | ({"authorization": f"Bearer {token}"} if token else {})


def plain(response: httpx2.Response) -> wire.Response:
    """Turn the library's response into ours."""
    names = {name.lower(): value for name, value in response.headers.items()}
    return wire.Response(response.status_code, names, response.content)


def reason(error: Exception) -> str:
    """Say in words why there was no answer."""
    if isinstance(error, httpx2.TimeoutException):
        return "it took too long"
    return str(error) or type(error).__name__


def is_passing(error: Exception) -> bool:
    """Tell whether the same request may succeed a moment later."""
    return isinstance(error, httpx2.TransportError) and not isinstance(
        error, httpx2.UnsupportedProtocol
    )


def is_busy(response: wire.Response) -> bool:
    """Tell whether the same request may pass a moment later; a quota that is used up may not."""
    return response.status in BUSY and (
        response.status != TOO_MANY or (response.retry_after or 0.0) <= MAX_WAIT
    )


def pause(attempt: int, asked: float | None) -> float:
    """Return the seconds to wait after an attempt: what was asked, else 0.2, 0.4, 0.8 and so on."""
    return min(MAX_WAIT, 0.1 * 2**attempt if asked is None else asked)
