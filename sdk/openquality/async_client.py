"""A registry over HTTP, for programs built on asyncio."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import httpx2

from openquality import wire
from openquality.client import (
    ATTEMPTS,
    TIMEOUT,
    address,
    headers,
    is_busy,
    is_passing,
    pause,
    plain,
    reason,
)
from openquality_validator.errors import NetworkError
from openquality_validator.message import message


class AsyncClient:
    """Talk to one registry without blocking; the same methods and promises as Client."""

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        timeout: float = TIMEOUT,
        attempts: int = ATTEMPTS,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self.url = address(url)
        self._attempts = attempts
        self._http = httpx2.AsyncClient(
            base_url=self.url,
            headers=headers(token),
            timeout=timeout,
            follow_redirects=False,
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def send(self, request: wire.Request) -> wire.Response:
        """Send one request, repeating it where that is harmless; raise NetworkError."""
        for attempt in range(1, self._attempts + 1):
            last = attempt == self._attempts or not request.repeatable
            try:
                response = plain(
                    await self._http.request(
                        request.method,
                        request.path,
                        headers=list(request.headers),
                        content=request.body or None,
                    )
                )
            except (httpx2.RequestError, httpx2.InvalidURL) as error:
                if last or not is_passing(error):
                    raise NetworkError(self.url, reason(error)) from None
                await asyncio.sleep(pause(attempt, None))
                continue
            if not is_busy(response) or last:
                return response
            await asyncio.sleep(pause(attempt, response.retry_after))
        raise NetworkError(self.url, message("no attempt was allowed"))

    async def publish(self, statement: bytes) -> bytes:
        """Publish a signed statement and return its receipt bundle, as sent by the registry."""
        outcome = wire.read_outcome(await self.send(wire.publish(statement)))
        if outcome.problem is not None:
            raise outcome.problem.to_error()
        assert outcome.bundle is not None
        return outcome.bundle

    async def publish_many(self, statements: Sequence[bytes]) -> tuple[wire.Outcome, ...]:
        """Publish statements in one request; return an outcome for each, in order."""
        if not statements:
            return ()
        response = await self.send(wire.publish_many(statements))
        return wire.read_outcomes(response, len(statements))

    async def register(self, line: bytes, proofs: Sequence[str]) -> bytes:
        """Have an identity hosted; return its receipt bundle."""
        return wire.read(await self.send(wire.register(line, proofs)))

    async def reserve(self, request: str) -> dict[str, Any]:
        """Reserve places in a status list; each of `entries` is a `credentialStatus`."""
        return wire.read_json(await self.send(wire.reserve(request)))

    async def bring(self, statement: str, data: bytes, media_type: str) -> dict[str, Any]:
        """Bring the data that a published statement names; return what its claims gave.

        The data leave this machine: the registry's operator can read them.
        """
        return wire.read_json(await self.send(wire.bring(statement, data, media_type)))

    async def evidence(self, digest: str) -> dict[str, Any]:
        """Return what a registry tells of a data file, by digest, and what claims gave from it."""
        return wire.read_json(await self.send(wire.evidence(digest)))

    async def delete_data(self, digest: str, request: str) -> dict[str, Any]:
        """Have a data file deleted, for good; return what stays: its digest and results."""
        return wire.read_json(await self.send(wire.delete_data(digest, request)))

    async def issuer(self, did: str) -> dict[str, Any]:
        """Return an issuer's keys with their history, its level, and who vouches for it."""
        return wire.read_json(await self.send(wire.issuer(did)))

    async def statement(self, digest: str) -> bytes:
        """Return the exact bytes of a signed statement, by digest."""
        return wire.read_statement(await self.send(wire.statement(digest)), digest)

    async def record(self, digest: str) -> dict[str, Any]:
        """Return the decoded view of a statement, by digest."""
        return wire.read_json(await self.send(wire.statement(digest, wire.JSON)))

    async def bundle(self, digest: str, *, since: int | None = None) -> bytes:
        """Return the bundle of a statement, by digest: what `verify` needs.

        `since` is the size of the last checkpoint seen; the bundle then proves growth from it.
        """
        return wire.read(await self.send(wire.statement(digest, wire.BUNDLE, since=since)))

    async def status(self, digest: str) -> dict[str, Any]:
        """Return the signed status answer of a statement, with the events it follows from."""
        return wire.read_json(await self.send(wire.status(digest)))

    async def history(self, digest: str) -> dict[str, Any]:
        """Return the life of a statement: what was said of it, in the order of the log."""
        return wire.read_json(await self.send(wire.history(digest)))

    async def observations(self, digest: str) -> dict[str, Any]:
        """Return what the log shows around a record, with the replies of its issuer."""
        return wire.read_json(await self.send(wire.observations(digest)))

    async def query(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer to a query for comparable records."""
        return wire.read_json(await self.send(wire.query(document)))

    async def lookup(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return every statement about the named subjects, or by the named issuers, paged."""
        return wire.read_json(await self.send(wire.lookup(document)))

    async def assess(
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
        return wire.read_json(await self.send(asked))

    async def compare(self, digests: Iterable[str]) -> dict[str, Any]:
        """Return named records side by side."""
        return wire.read_json(await self.send(wire.compare(digests)))

    async def fetch(self, path: str) -> dict[str, Any]:
        """Return one of the plain JSON resources, such as `v1/metrics` or `v1/units`."""
        return wire.read_json(await self.send(wire.fetch(path)))

    async def well_known(self) -> dict[str, Any]:
        """Return what the registry says about itself: origin, verifier key, limits, versions."""
        return await self.fetch(".well-known/openquality")

    async def checkpoint(self) -> bytes:
        """Return the log's current signed checkpoint."""
        return wire.read(await self.send(wire.fetch("checkpoint", accept="text/plain")))
