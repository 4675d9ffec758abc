"""Many statements in one request."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from openquality import wire
from openquality_registry import bulk
from openquality_registry.bootstrap import Parts
from openquality_registry.http import describe, requests
from openquality_registry.http.routes.statements import JWS_EXAMPLE, REFUSALS
from openquality_registry.problems import Refused
from openquality_registry.settings import Settings
from openquality_validator.message import message


def router(parts: Parts) -> APIRouter:
    """Make the route of batches."""
    routes = APIRouter(tags=["statements"])
    settings = parts.settings
    slots = asyncio.Semaphore(settings.max_batches)

    @routes.post(
        "/v1/statements/batch",
        summary="Admit many signed statements, an answer line for each",
        openapi_extra=describe.body(wire.LINES, {"type": "string"}, f"{JWS_EXAMPLE}\n"),
        responses=describe.answer(
            wire.LINES,
            schema={"type": "string"},
            example='{"status":201,"bundle":{"v":1}}\n',
            description="A line for each statement, in order.",
        )
        | describe.problems(*REFUSALS),
    )
    async def batch(request: Request) -> Response:
        caller = await requests.caller(request, parts.gate)
        parts.gate.enter(caller)
        requests.require_type(request, wire.LINES)
        if slots.locked():
            raise Refused(
                "overloaded", message("Other batches are being admitted. Try again in a moment.")
            )
        await slots.acquire()
        try:
            statements = await _statements(request, settings)
        except BaseException:
            slots.release()
            raise
        lines = bulk.answers(
            statements,
            admission=parts.admission,
            caller=caller,
            examiner=parts.examiner,
            receipt=partial(parts.bundler.receipt, catalogue=parts.catalogue),
        )
        return _Held(lines, slots)

    return routes


async def _statements(request: Request, settings: Settings) -> list[bytes]:
    # The whole body first: a client that reads no answer before it has sent everything would
    # otherwise wait for us while we wait for it. Its size is bounded.
    data = await requests.body(request, settings.max_batch_bytes)
    statements = [line for line in data.replace(b"\r", b"").split(b"\n") if line]
    if len(statements) > settings.max_batch_lines:
        raise Refused(
            "too-large",
            message(
                "The batch has {count} lines; send at most {max_batch_lines} at once. Nothing "
                "was admitted.",
                count=len(statements),
                max_batch_lines=settings.max_batch_lines,
            ),
        )
    return statements


class _Held(StreamingResponse):
    """Stream the answer lines, and give the batch's slot back at the end, however it comes."""

    def __init__(self, lines: AsyncIterator[bytes], slots: asyncio.Semaphore) -> None:
        super().__init__(lines, media_type=wire.LINES)
        self._slots = slots

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._slots.release()
