"""Tokens over HTTP: made, listed and ended by those who may."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from openquality import wire
from openquality_registry.access.tokens import Scope, Token
from openquality_registry.bootstrap import Parts
from openquality_registry.http import describe, requests
from openquality_registry.http.routes.operator import (
    ALLOWED,
    BODY,
    LOG,
    PREFIX,
    Desk,
    answer_json,
    wrong,
)
from openquality_registry.problems import Refused
from openquality_validator.message import message

MAX_NAME = 100
MAX_DID = 1_024
TOKEN_EXAMPLE = {"name": "ci of nordbolt", "scopes": ["publish"], "issuer": "did:key:z6Mk…"}
TOKEN_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "scopes"],
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": MAX_NAME},
        "scopes": {
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": {"type": "string", "enum": [scope.value for scope in Scope]},
        },
        "issuer": {"type": "string", "pattern": "^did:", "maxLength": MAX_DID},
        "expiresAt": {"type": "string", "format": "date-time"},
    },
}
TOKEN_SHOWN = {
    "id": "3f9c21d07be41a66",
    "name": "ci of nordbolt",
    "scopes": ["publish"],
    "issuer": "did:key:z6Mk…",
    "createdAt": "2026-11-20T12:00:00.000Z",
    "expiresAt": None,
    "revokedAt": None,
}


def router(parts: Parts) -> APIRouter:
    """Make the routes of tokens."""
    routes = APIRouter(tags=["operator"], prefix=PREFIX)
    operator, desk = parts.operator, Desk(parts)

    @routes.get(
        "/tokens",
        summary="Every token, without its secret, in the order of making",
        responses=describe.json({"items": [TOKEN_SHOWN]}) | describe.problems(*ALLOWED),
    )
    async def tokens(request: Request) -> Response:
        await desk.allowed(request, Scope.READ, Scope.TOKENS)
        found = await desk.work(parts.access.all)
        return answer_json({"items": [_shown(token) for token in found]})

    @routes.post(
        "/tokens",
        summary="Make a token; its secret is in this answer and nowhere else",
        openapi_extra=describe.body(wire.JSON, TOKEN_SCHEMA, TOKEN_EXAMPLE),
        responses=describe.answer(
            wire.JSON,
            schema={"type": "object"},
            example={**TOKEN_SHOWN, "token": "oq_…"},
            status=201,
        )
        | describe.problems(*ALLOWED, *BODY, *LOG),
        status_code=201,
    )
    async def create(request: Request) -> Response:
        actor = await desk.allowed(request, Scope.TOKENS, Scope.INVITE)
        asked = _asked(await requests.question(request), now=parts.clock.now())
        _check_may_give(actor, asked)
        token, secret = await desk.work(lambda: operator.create_token(**asked, actor=actor.name))
        return answer_json({**_shown(token), "token": secret}, status=201)

    @routes.delete(
        "/tokens/{id}",
        summary="End a token, at once",
        responses=describe.json(TOKEN_SHOWN)
        | describe.problems(*ALLOWED, "unknown-token", "invalid-parameter", *LOG),
    )
    async def revoke(
        request: Request,
        identifier: Annotated[str, Path(alias="id", pattern="^[0-9a-f]{16}$")],
    ) -> Response:
        actor = await desk.allowed(request, Scope.TOKENS)
        token = await desk.work(lambda: operator.revoke_token(identifier, actor=actor.name))
        if token is None:
            raise Refused(
                "unknown-token", message("GET {prefix}/tokens lists them.", prefix=PREFIX)
            )
        return answer_json(_shown(token))

    return routes


def _asked(value: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Read what a token shall be; TOKEN_SCHEMA says the same to machines."""
    for unknown in sorted(value.keys() - {"name", "scopes", "issuer", "expiresAt"}):
        raise wrong(message("There is no member {unknown!r}.", unknown=unknown[:60]))
    name: object = value.get("name")
    scopes, issuer = value.get("scopes"), value.get("issuer")
    if not isinstance(name, str) or not 1 <= len(name) <= MAX_NAME or not name.isprintable():
        raise wrong(message("name is not a text of 1 to {max_name} characters.", max_name=MAX_NAME))
    if (
        not isinstance(scopes, list)
        or not scopes
        or not all(scope in list(Scope) for scope in scopes)
    ):
        raise wrong(f"scopes is not a list of some of {', '.join(Scope)}.")
    if issuer is not None and not (
        isinstance(issuer, str) and issuer.startswith("did:") and len(issuer) <= MAX_DID
    ):
        raise wrong("issuer is not a DID.")
    return {
        "name": name,
        "scopes": frozenset(map(Scope, scopes)),
        "issuer": issuer,
        "expires_at": _expiry(value.get("expiresAt"), now),
    }


def _expiry(value: object, now: datetime) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or moment <= now:
        raise wrong("expiresAt is not a time to come, such as 2027-01-31T00:00:00Z.")
    return moment


def _check_may_give(actor: Token, asked: Mapping[str, Any]) -> None:
    """Let an inviter give out what publishes for one issuer, and nothing more."""
    if Scope.TOKENS in actor.scopes:
        return
    if asked["scopes"] != {Scope.PUBLISH} or asked["issuer"] is None:
        raise Refused(
            "scope-missing",
            message(
                "With the scope invite a token is made with the scope publish alone, for one "
                "issuer."
            ),
        )


def _shown(token: Token) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "scopes": sorted(token.scopes),
        "issuer": token.issuer,
        "createdAt": token.created_at,
        "expiresAt": token.expires_at,
        "revokedAt": token.revoked_at,
    }
