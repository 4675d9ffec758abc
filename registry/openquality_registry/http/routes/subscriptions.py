"""Subscriptions to events: made, shown and ended by the owner of a token."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from openquality import wire
from openquality_registry.access.tokens import Scope
from openquality_registry.bootstrap import Parts
from openquality_registry.http import describe, requests
from openquality_registry.http.routes.events import subject_key
from openquality_registry.http.routes.operator import ALLOWED, BODY, answer_json
from openquality_registry.webhooks import subscription
from openquality_registry.webhooks.subscription import EXAMPLE, SCHEMA

PATH = "/v1/subscriptions"
ID = "^[0-9a-f]{16}$"
SHOWN = {
    "id": "3f9c21d07be41a66",
    **EXAMPLE,
    "types": [
        "org.openquality.certificate.suspended.v1",
        "org.openquality.certificate.revoked.v1",
    ],
    "issuer": None,
    "createdAt": "2026-11-21T09:00:00.000Z",
    "after": 42,
    "state": "active",
    "failures": 0,
    "failingSince": None,
    "nextAttempt": None,
    "problem": None,
}
AGAIN: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"after": SCHEMA["properties"]["after"]},
}
_RECEIVER = ("receiver-refused", "overloaded")
Answer = TypeVar("Answer")


def router(parts: Parts) -> APIRouter:
    """Make the routes of subscriptions."""
    routes = APIRouter(tags=["events"], prefix=PATH)
    desk = parts.subscriptions

    async def owner(request: Request) -> str:
        """Return the id of the token that subscribes, or raise Refused."""
        caller = await requests.caller(request, parts.gate)
        return parts.gate.require(caller, Scope.SUBSCRIBE).id

    @routes.get(
        "",
        summary="The subscriptions of this token, in the order of making",
        responses=describe.json({"items": [SHOWN]}) | describe.problems(*ALLOWED),
    )
    async def every(request: Request) -> Response:
        token = await owner(request)
        found = await _work(lambda: desk.all(token=token))
        return answer_json({"items": [each.to_json() for each in found]})

    @routes.post(
        "",
        summary="Have events brought to an address that agrees to it",
        openapi_extra=describe.body(wire.JSON, SCHEMA, EXAMPLE),
        responses=describe.answer(wire.JSON, schema={"type": "object"}, example=SHOWN, status=201)
        | describe.problems(*ALLOWED, *BODY, *_RECEIVER, "too-many-subscriptions"),
        status_code=201,
    )
    async def make(request: Request) -> Response:
        token = await owner(request)
        wanted = subscription.read(await requests.question(request), spell=subject_key)
        made = await _work(lambda: desk.make(wanted, token=token))
        return answer_json(made.to_json(), status=201)

    @routes.get(
        "/{id}",
        summary="One subscription, and how it stands",
        responses=describe.json(SHOWN)
        | describe.problems(*ALLOWED, "unknown-subscription", "invalid-parameter"),
    )
    async def one(
        request: Request, identifier: Annotated[str, Path(alias="id", pattern=ID)]
    ) -> Response:
        token = await owner(request)
        found = await _work(lambda: desk.one(identifier, token=token))
        return answer_json(found.to_json())

    @routes.delete(
        "/{id}",
        summary="End a subscription, for good",
        responses=describe.json(SHOWN)
        | describe.problems(*ALLOWED, "unknown-subscription", "invalid-parameter"),
    )
    async def end(
        request: Request, identifier: Annotated[str, Path(alias="id", pattern=ID)]
    ) -> Response:
        token = await owner(request)
        gone = await _work(lambda: desk.end(identifier, token=token))
        return answer_json(gone.to_json())

    @routes.post(
        "/{id}/enable",
        summary="Let a disabled subscription go on where it stopped, or from another place on",
        openapi_extra=describe.body(wire.JSON, AGAIN, {}),
        responses=describe.json(SHOWN)
        | describe.problems(*ALLOWED, *BODY, *_RECEIVER, "unknown-subscription"),
    )
    async def enable(
        request: Request, identifier: Annotated[str, Path(alias="id", pattern=ID)]
    ) -> Response:
        token = await owner(request)
        value = await requests.question(request)
        after = subscription.read_again(value)
        new = await _work(lambda: desk.begin_again(identifier, after=after, token=token))
        return answer_json(new.to_json())

    return routes


async def _work(task: Callable[[], Answer]) -> Answer:
    return await asyncio.to_thread(task)
