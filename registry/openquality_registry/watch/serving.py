"""Serve a witness over HTTP: one small application, with limits on size and time."""

import asyncio
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from openquality_registry.watch.witness import Witness
from openquality_validator.tlog.witness import MAX_REQUEST, PATH

SECONDS = 15.0  # for a request's body
MAX_AT_ONCE = 64  # requests; more are told to come back


def create_app(witness: Witness, *, seconds: float = SECONDS) -> Starlette:
    """Make the application of a witness."""
    at_once = asyncio.Semaphore(MAX_AT_ONCE)

    async def add_checkpoint(request: Request) -> Response:
        if at_once.locked():
            return PlainTextResponse(
                "Too many requests at once.\n",
                HTTPStatus.SERVICE_UNAVAILABLE,
                headers={"retry-after": "1"},
            )
        async with at_once:
            try:
                data = await asyncio.wait_for(_body(request), seconds)
            except TimeoutError:
                return PlainTextResponse("The body is too slow.\n", HTTPStatus.REQUEST_TIMEOUT)
            except ClientDisconnect:
                return Response(status_code=HTTPStatus.BAD_REQUEST)
            if data is None:
                return PlainTextResponse(
                    f"The body is longer than {MAX_REQUEST} bytes.\n",
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                )
            answer = await asyncio.to_thread(witness.add_checkpoint, data)
        return Response(answer.body, answer.status, headers={"content-type": answer.media_type})

    async def checkpoint(request: Request) -> Response:
        answer = await asyncio.to_thread(witness.checkpoint, request.path_params["origin"])
        headers = {"content-type": answer.media_type, "cache-control": "no-cache"}
        return Response(answer.body, answer.status, headers=headers)

    async def about(_request: Request) -> Response:
        return PlainTextResponse(f"A C2SP tlog-witness.\n{witness.vkey}\n")

    return Starlette(
        routes=[
            Route(PATH, add_checkpoint, methods=["POST"]),
            Route("/{origin}/checkpoint", checkpoint, methods=["GET"]),
            Route("/", about, methods=["GET"]),
        ]
    )


async def _body(request: Request) -> bytes | None:
    """Return the body, or None as soon as it is too long."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_REQUEST:
            return None
        parts.append(part)
    return b"".join(parts)
