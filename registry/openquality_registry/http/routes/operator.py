"""What operators do over HTTP, each by a token with the right scope."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from openquality import wire
from openquality_registry.access.policy import Policy
from openquality_registry.access.tokens import Scope, Token
from openquality_registry.bootstrap import Parts
from openquality_registry.http import describe, requests
from openquality_registry.problems import Refused
from openquality_validator.message import message

PREFIX = "/v1/operator"
ALLOWED = ("token-required", "token-wrong", "scope-missing", "too-many-requests")
BODY = ("invalid-question", "invalid-parameter", "unsupported-media-type", "too-large")
LOG = ("not-kept", "outcome-unknown", "overloaded", "log-stopped")
POLICY_EXAMPLE = {"admission": "invited", "clientPerDay": 1000, "issuerPerDay": 0}
POLICY_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["admission", "clientPerDay", "issuerPerDay"],
    "properties": {
        "admission": {"type": "string", "enum": ["open", "invited", "L1", "L2"]},
        "clientPerDay": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
        "issuerPerDay": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
    },
}
STATUS_EXAMPLE = {
    "target": "statement:sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "state": "suspended",
    "reason": "The issuer's certificate is under review.",
}
STATUS_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["target", "state", "reason"],
    "properties": {
        "target": {"type": "string", "minLength": 1, "maxLength": 2_048},
        "state": {"type": "string", "enum": ["suspended", "reinstated", "revoked"]},
        "reason": {"type": "string", "minLength": 1, "maxLength": 500},
    },
}
Answer = TypeVar("Answer")


class Desk:
    """Where operators are let in, and their work is done."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def allowed(self, request: Request, *scopes: Scope) -> Token:
        """Return the token of a request if it has one of the scopes, or raise Refused."""
        gate = self._parts.gate
        return gate.require(await requests.caller(request, gate), *scopes)

    async def work(self, task: Callable[[], Answer]) -> Answer:
        """Do what waits for the log or the database in a thread; record what is behind first."""

        def run() -> Answer:
            self._parts.operator.catch_up()
            return task()

        return await asyncio.to_thread(run)


def router(parts: Parts) -> APIRouter:
    """Make the routes of operators, but for those of tokens."""
    routes = APIRouter(tags=["operator"], prefix=PREFIX)
    gate, operator, desk = parts.gate, parts.operator, Desk(parts)

    @routes.get(
        "/policy",
        summary="The admission policy",
        responses=describe.json(POLICY_EXAMPLE, POLICY_SCHEMA) | describe.problems(*ALLOWED),
    )
    async def policy(request: Request) -> Response:
        await desk.allowed(request, Scope.READ, Scope.POLICY)
        return answer_json(gate.policy.to_json())

    @routes.put(
        "/policy",
        summary="Set the admission policy, from now on",
        openapi_extra=describe.body(wire.JSON, POLICY_SCHEMA, POLICY_EXAMPLE),
        responses=describe.json(POLICY_EXAMPLE, POLICY_SCHEMA)
        | describe.problems(*ALLOWED, *BODY, *LOG),
    )
    async def set_policy(request: Request) -> Response:
        actor = await desk.allowed(request, Scope.POLICY)
        wanted = Policy.from_json(await requests.question(request))
        await desk.work(lambda: operator.set_policy(wanted, actor=actor.name))
        return answer_json(wanted.to_json())

    @routes.post(
        "/status",
        summary="Say the operator's word on a record",
        openapi_extra=describe.body(wire.JSON, STATUS_SCHEMA, STATUS_EXAMPLE),
        responses=describe.answer(
            wire.JSON,
            schema={"type": "object"},
            example={"digest": "sha256:…", "index": 12},
            status=201,
        )
        | describe.problems(
            *ALLOWED, *BODY, *LOG, "invalid-statement", "unknown-target", "outdated"
        ),
        status_code=201,
    )
    async def say(request: Request) -> Response:
        actor = await desk.allowed(request, Scope.STATUS)
        value = await requests.question(request)
        if value.keys() != {"target", "state", "reason"}:
            raise wrong(message("Send target, state and reason."))
        target, state, reason = (str(value[name]) for name in ("target", "state", "reason"))
        receipt = await desk.work(
            lambda: operator.say(target, state=state, reason=reason, actor=actor.name)
        )
        return answer_json({"digest": receipt.digest, "index": receipt.index}, status=201)

    @routes.get(
        "/usage",
        summary="New statements of a day by token, address and issuer",
        responses=describe.json({"day": "2026-11-20", "items": [{"client": "…", "count": 7}]})
        | describe.problems(*ALLOWED, "invalid-parameter"),
    )
    async def usage(
        request: Request,
        day: Annotated[
            str | None, Query(pattern=r"^\d{4}-\d\d-\d\d$", description="in UTC; today if absent")
        ] = None,
    ) -> Response:
        await desk.allowed(request, Scope.READ)
        chosen = day or parts.clock.now().astimezone(UTC).date().isoformat()
        items = await desk.work(lambda: list(parts.access.usage(chosen)))
        return answer_json({"day": chosen, "items": items})

    return routes


def answer_json(value: Mapping[str, Any], *, status: int = 200) -> Response:
    """Answer with JSON that no cache keeps."""
    headers = {"cache-control": "no-store"}
    return Response(orjson.dumps(value), status_code=status, media_type=wire.JSON, headers=headers)


def wrong(detail: str) -> Refused:
    """Make the refusal of a body that does not say what it should."""
    return Refused("invalid-parameter", message("{detail} See /openapi.json.", detail=detail))
