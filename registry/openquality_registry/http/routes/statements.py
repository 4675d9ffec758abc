"""One statement in."""

import asyncio
from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from openquality import wire
from openquality_registry import bundles
from openquality_registry.bootstrap import Parts
from openquality_registry.http import describe, requests

REFUSALS = (
    "token-required",
    "token-wrong",
    "scope-missing",
    "identity-too-low",
    "quota-used-up",
    "too-large",
    "unsupported-media-type",
    "too-many-requests",
    "overloaded",
)
# A JWS; a credential with a proof; a line of a DID log, as JSON or as JSONL.
TYPES = (wire.STATEMENT, "application/vc", wire.JSON, "application/jsonl", "text/jsonl")
COMPACT_JWS = {"type": "string", "pattern": r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$"}
JWS_EXAMPLE = "eyJhbGciOiJFZERTQSJ9.eyJpZCI6InVybjp1dWlkOuKApiJ9.c2lnbmF0dXJl"
BUNDLE_SCHEMA = {
    "type": "object",
    "required": ["v", "statement", "entry", "log", "catalogue"],
}


def router(parts: Parts) -> APIRouter:
    """Make the routes of statements."""
    routes = APIRouter(tags=["statements"])
    settings, admission = parts.settings, parts.admission

    @routes.post(
        "/v1/statements",
        summary="Admit one signed statement",
        openapi_extra=describe.body(wire.STATEMENT, COMPACT_JWS, JWS_EXAMPLE),
        responses=describe.answer(
            wire.BUNDLE, schema=BUNDLE_SCHEMA, description="It was there already: its receipt."
        )
        | describe.answer(
            wire.BUNDLE, schema=BUNDLE_SCHEMA, status=201, description="Admitted: the receipt."
        )
        | describe.problems(
            *REFUSALS,
            "duplicate-id",
            "invalid-statement",
            "not-supported-yet",
            "unpublished-schema",
            "not-kept",
            "outcome-unknown",
            "log-stopped",
        ),
        status_code=201,
    )
    async def publish(request: Request) -> Response:
        caller = await requests.caller(request, parts.gate)
        requests.require_type(request, *TYPES)
        statement = await requests.body(request, settings.max_statement_bytes)
        if statement.startswith(b"{"):
            statement = statement.rstrip(b"\r\n")  # a line of JSONL may bring its line end
        else:
            requests.require_type(request, wire.STATEMENT)
        future = await asyncio.to_thread(admission.begin, statement, caller)
        receipt = await asyncio.wrap_future(future)
        write = partial(parts.bundler.receipt, statement, receipt, catalogue=parts.catalogue)
        # Key events, pinned schemas and bytes that came first are looked up; the rest is at hand.
        is_at_hand = bundles.is_at_hand(statement, receipt)
        body = write() if is_at_hand else await asyncio.to_thread(write)
        return Response(
            body,
            status_code=201 if receipt.created else 200,
            media_type=wire.BUNDLE,
            headers={"location": f"/v1/statements/{receipt.digest}"},
        )

    return routes
