"""Statements: one in, one out."""

import asyncio
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from openquality import wire
from openquality_registry import admit
from openquality_registry.bootstrap import Parts
from openquality_registry.http import describe, requests
from openquality_registry.http.routes.catalogue import DIGEST
from openquality_registry.log.proofs import Prover
from openquality_registry.ports import Receipt
from openquality_registry.problems import Refused
from openquality_validator import envelope
from openquality_validator.bundle import Consistency
from openquality_validator.entry import Entry
from openquality_validator.errors import ProofError

BUNDLE = "application/vnd.openquality.bundle+json"
FOREVER = {"vary": "accept", "cache-control": "public, max-age=31536000, immutable"}
ASK_AGAIN = {"vary": "accept", "cache-control": "no-cache"}  # the checkpoint moves on
OFFERED = (wire.STATEMENT, wire.JSON, BUNDLE)
REFUSALS = (
    "token-required",
    "token-wrong",
    "too-large",
    "unsupported-media-type",
    "too-many-requests",
    "overloaded",
)
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
            "not-kept",
            "outcome-unknown",
            "log-stopped",
        ),
        status_code=201,
    )
    async def publish(request: Request) -> Response:
        requests.require_token(request, settings.token)
        requests.require_type(request, wire.STATEMENT)
        statement = await requests.body(request, settings.max_statement_bytes)
        future = await asyncio.to_thread(admission.begin, statement)
        receipt = await asyncio.wrap_future(future)
        return Response(
            admit.bundle(statement, receipt, catalogue=parts.catalogue),
            status_code=201 if receipt.created else 200,
            media_type=wire.BUNDLE,
            headers={"location": f"/v1/statements/{receipt.digest}"},
        )

    @routes.get(
        "/v1/statements/{sha256}",
        summary="One statement by the digest of its bytes",
        responses=describe.problems(
            "unknown-statement", "not-acceptable", "invalid-parameter", "outcome-unknown"
        )
        | {
            200: {
                "description": "The statement in the asked form.",
                "content": {
                    wire.STATEMENT: {"schema": COMPACT_JWS},
                    wire.JSON: {"schema": {"type": "object"}},
                    wire.BUNDLE: {"schema": BUNDLE_SCHEMA},
                },
            }
        },
    )
    async def get(
        request: Request,
        sha256: Annotated[str, Path(pattern=DIGEST)],
        from_size: Annotated[int | None, Query(alias="from", ge=0)] = None,
    ) -> Response:
        digest = f"sha256:{sha256.removeprefix('sha256:')}"
        form = requests.accepts(request, OFFERED)
        statement = parts.folder.store.statement(digest)
        if statement is None:
            raise Refused("unknown-statement", f"{digest} is not in this log.")
        if form == wire.STATEMENT:
            return Response(statement, media_type=wire.STATEMENT, headers=FOREVER)
        receipt = admission.known([digest]).get(digest)
        if receipt is None:
            raise Refused("outcome-unknown", "The checkpoint that covers it is being published.")
        if form == wire.JSON:
            view = orjson.dumps(_view(statement, receipt))
            return Response(view, media_type=wire.JSON, headers=ASK_AGAIN)
        since = _consistency(parts.prover, from_size, receipt.size)
        body = admit.bundle(statement, receipt, catalogue=parts.catalogue, consistency=since)
        return Response(body, media_type=wire.BUNDLE, headers=ASK_AGAIN)

    return routes


def _consistency(prover: Prover, old: int | None, new: int) -> Consistency | None:
    if old is None:
        return None
    try:
        return Consistency(old, prover.consistency(old, new))
    except ProofError as error:
        raise Refused("invalid-parameter", f"from: {error.message} {error.hint}") from None


def _view(statement: bytes, receipt: Receipt) -> dict[str, Any]:
    """Show a statement taken apart; only the exact bytes prove anything."""
    entry = Entry.from_bytes(receipt.entry)
    taken = envelope.parse_envelope(statement)
    return {
        "digest": entry.digest,
        "index": receipt.index,
        "admittedAt": entry.admitted_at,
        "issuer": entry.issuer,
        "kind": entry.kind,
        "subjects": entry.subjects,
        "header": {"alg": taken.header.alg, "kid": taken.header.kid},
        "credential": envelope.credential(taken.payload).value,
    }
