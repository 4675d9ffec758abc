"""A log over HTTP, as any reader gets it. Nothing that comes from here is believed."""

import time
from collections.abc import Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self

import httpx2
import orjson

from openquality import wire
from openquality.client import address, headers, pause, reason
from openquality_validator import envelope
from openquality_validator.errors import NetworkError
from openquality_validator.tlog.note import MAX_BYTES as MAX_NOTE
from openquality_validator.tlog.tiles import MAX_ENTRY, WIDTH, Tile

SECONDS = 30.0  # for one answer, all of it
ATTEMPTS = 4  # with waits of 1.4 seconds in all
MAX_TILE = WIDTH * (MAX_ENTRY + 2)
MAX_STATEMENT = envelope.MAX_BYTES
MAX_ANSWER = 16_777_216
MAX_KEPT_ALIVE = 8
_GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
_BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


class Source:
    """Read one registry. May be called from any thread; close it, or use it as a context.

    A method returns None where the registry answers that there is no such thing, and raises
    NetworkError where it gives no answer, a broken one, or one beyond the limits of size and time.
    Follows no redirect.
    """

    def __init__(
        self,
        url: str,
        *,
        transport: httpx2.BaseTransport | None = None,
        seconds: float = SECONDS,
        attempts: int = ATTEMPTS,
    ) -> None:
        self.url: Final = address(url)
        self._seconds = seconds
        self._attempts = attempts
        self._http = httpx2.Client(
            base_url=self.url,
            headers=headers(None),
            timeout=seconds,
            follow_redirects=False,
            transport=transport,
            limits=httpx2.Limits(max_keepalive_connections=MAX_KEPT_ALIVE),
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

    def checkpoint(self) -> bytes | None:
        """Get the newest checkpoint note."""
        return self._get("checkpoint", max_bytes=MAX_NOTE)

    def read(self, path: str) -> bytes | None:
        """Get a tile or entry bundle by its path, as `ports.TileStore` has it."""
        is_entries = Tile.from_path(path).level is None
        return self._get(path, max_bytes=MAX_TILE if is_entries else WIDTH * 32)

    def note(self, url: str) -> bytes | None:
        """Get a checkpoint note from another address."""
        return self._get(url, max_bytes=MAX_NOTE)

    def statement(self, digest: str) -> bytes | None:
        """Get the exact bytes of a statement by its digest."""
        path = f"v1/statements/{digest.removeprefix('sha256:')}"
        return self._get(path, max_bytes=MAX_STATEMENT, accept="application/vc+jwt, */*")

    def bundle(self, digest: str) -> bytes | None:
        """Get the bundle of a statement by its digest."""
        path = f"v1/statements/{digest.removeprefix('sha256:')}"
        return self._get(path, max_bytes=MAX_ANSWER, accept=wire.BUNDLE)

    def lookup(self, question: Mapping[str, Any]) -> dict[str, Any] | None:
        """Ask for the entries with a subject or issuer."""
        return _object(self._get("v1/lookup", max_bytes=MAX_ANSWER, body=orjson.dumps(question)))

    def query(self, question: Mapping[str, Any]) -> dict[str, Any] | None:
        """Ask for comparable records."""
        return _object(self._get("v1/query", max_bytes=MAX_ANSWER, body=orjson.dumps(question)))

    def status(self, digest: str) -> dict[str, Any] | None:
        """Ask how a statement stands."""
        path = f"v1/status/{digest.removeprefix('sha256:')}"
        return _object(self._get(path, max_bytes=MAX_ANSWER))

    def well_known(self) -> dict[str, Any] | None:
        """Ask what the registry says about itself."""
        return _object(self._get(".well-known/openquality", max_bytes=MAX_ANSWER))

    def _get(
        self, path: str, *, max_bytes: int, body: bytes | None = None, accept: str = "*/*"
    ) -> bytes | None:
        for attempt in range(1, self._attempts + 1):
            try:
                status, data, asked = self._exchange(path, max_bytes, body, accept)
            except httpx2.RequestError as error:
                problem, wait = reason(error), None
            except httpx2.InvalidURL as error:
                raise NetworkError(path, reason(error)) from None
            else:
                if status == HTTPStatus.OK:
                    return data
                if status in _GONE:
                    return None
                problem, wait = f"{path} was answered with {status}", asked
                if status not in _BUSY:
                    break
            if attempt < self._attempts:
                time.sleep(pause(attempt, wait))
        raise NetworkError(self.url, problem)

    def _exchange(
        self, path: str, max_bytes: int, body: bytes | None, accept: str
    ) -> tuple[int, bytes, float | None]:
        end = time.monotonic() + self._seconds
        given = {"accept": accept, "accept-encoding": "gzip, identity"}
        if body is not None:
            given["content-type"] = "application/json"
        method = "GET" if body is None else "POST"
        with self._http.stream(method, path, headers=given, content=body) as response:
            parts = bytearray()
            for part in response.iter_bytes():
                parts += part
                # Counted after decompression, so that a small answer cannot fill the memory.
                if len(parts) > max_bytes:
                    raise NetworkError(self.url, f"{path} is longer than {max_bytes:,} bytes")
                if time.monotonic() > end:
                    raise NetworkError(self.url, f"{path} took longer than {self._seconds:g} s")
            return response.status_code, bytes(parts), _seconds(response.headers)


def _seconds(given: Mapping[str, str]) -> float | None:
    try:
        return max(0.0, float(given.get("retry-after", "")))
    except ValueError:
        return None


def _object(data: bytes | None) -> dict[str, Any] | None:
    """Read a JSON object; what is none is as good as no answer to the question."""
    try:
        value = orjson.loads(data or b"null")
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None
