"""Status lists for ordinary wallets: places asked for by issuers, lists read by everybody."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from openquality import wire
from openquality_registry.bootstrap import Parts
from openquality_registry.http import describe, requests
from openquality_registry.http.routes.statements import REFUSALS
from openquality_registry.problems import Refused
from openquality_registry.status_lists import TTL
from openquality_validator import envelope
from openquality_validator.message import message
from openquality_validator.status import bitstring
from openquality_validator.status.bitstring import Purpose

MAX_BODY = 16_384  # a request has some 400 bytes; the DID in it may have 2,048
NAME = r"^(revocation|suspension)-[1-9][0-9]{0,5}$"
REQUEST_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["request"],
    "properties": {
        "request": {"type": "string", "description": "a compact JWS by a key of the issuer"}
    },
}
PLACES = {
    "entries": [
        bitstring.entry(
            "https://registry.example/v1/status-lists/revocation-1", Purpose.REVOCATION, 94_567
        )
    ]
}


def router(parts: Parts) -> APIRouter:
    """Make the routes of status lists."""
    routes = APIRouter(tags=["status"])

    @routes.post(
        "/v1/status-lists",
        summary="Reserve places in a status list, before signing",
        openapi_extra=describe.body(wire.JSON, REQUEST_SCHEMA, {"request": "eyJ…"}),
        responses=describe.answer(wire.JSON, schema={"type": "object"}, example=PLACES, status=201)
        | describe.problems(
            *REFUSALS, "invalid-question", "invalid-reservation", "no-status-lists"
        ),
        status_code=201,
    )
    async def reserve(request: Request) -> Response:
        caller = await requests.caller(request, parts.gate)
        asked = _request(await requests.question(request, limit=MAX_BODY))
        entries = await asyncio.to_thread(parts.status_lists.reserve, asked, caller)
        body = orjson.dumps({"entries": entries})
        return Response(body, status_code=201, media_type=wire.JSON)

    @routes.get(
        "/v1/status-lists/{name}",
        summary="A status list, signed (W3C Bitstring Status List)",
        responses=describe.answer(wire.STATEMENT, schema={"type": "string"}, example="eyJ…")
        | describe.problems("unknown-status-list", "no-status-lists", "invalid-parameter"),
    )
    def status_list(name: Annotated[str, Path(pattern=NAME)]) -> Response:
        body = parts.status_lists.signed(name)
        headers = {
            "cache-control": f"public, max-age={int(TTL.total_seconds())}",
            "etag": f'"{envelope.digest(body).removeprefix("sha256:")[:32]}"',
            "access-control-allow-origin": "*",  # wallets run in browsers too
        }
        return Response(body, media_type=wire.STATEMENT, headers=headers)

    return routes


def _request(value: Mapping[str, Any]) -> str:
    """Read a request; REQUEST_SCHEMA says the same to machines."""
    request = value.get("request")
    if value.keys() != {"request"} or not isinstance(request, str):
        raise Refused("invalid-reservation", message("Send request, a text: a compact JWS."))
    return request
