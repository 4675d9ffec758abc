"""One statement out, in the form that the client likes: a plain route, for the load it carries."""

import re
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openquality import wire
from openquality_registry.bootstrap import Parts
from openquality_registry.http import describe, requests
from openquality_registry.http.routes.catalogue import DIGEST
from openquality_registry.http.routes.statements import BUNDLE_SCHEMA, COMPACT_JWS
from openquality_registry.issuers import is_event
from openquality_registry.ports import Receipt
from openquality_registry.problems import Refused
from openquality_validator import envelope, kinds
from openquality_validator.entry import Entry
from openquality_validator.errors import GraphError, ProofError
from openquality_validator.message import join, message

PATH = "/v1/statements/{sha256}"
BUNDLE = "application/vnd.openquality.bundle+json"
WITH_PROOF = "application/vc"  # a credential with its proof inside
LINKED = "application/ld+json"
TURTLE = "text/turtle"
OFFERED = (wire.STATEMENT, WITH_PROOF, wire.JSON, BUNDLE, LINKED, TURTLE)
MAX_TURTLE = 128 * 1024  # bytes of a statement; reading it as RDF takes some 0.2 s for as much
FOREVER = {"vary": "accept", "cache-control": "public, max-age=31536000, immutable"}
ASK_AGAIN = {"vary": "accept", "cache-control": "no-cache"}  # the checkpoint moves on

DESCRIBED: Mapping[str, Any] = {
    "tags": ["statements"],
    "summary": "One statement by the digest of its bytes",
    "parameters": [
        {
            "name": "sha256",
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": DIGEST},
        },
        {
            "name": "from",
            "in": "query",
            "description": "in a bundle: also prove that the log of this size was continued",
            "schema": {"type": "integer", "minimum": 0, "maximum": 2**53 - 1},
        },
    ],
    "responses": {
        "200": {
            "description": message("The statement in the asked form."),
            "content": {
                wire.STATEMENT: {"schema": COMPACT_JWS},
                wire.JSON: {"schema": {"type": "object"}},
                wire.BUNDLE: {"schema": BUNDLE_SCHEMA},
                LINKED: {"schema": {"type": "object"}},
                TURTLE: {"schema": {"type": "string"}},
            },
        },
        **describe.named(
            describe.problems(
                "unknown-statement", "not-acceptable", "invalid-parameter", "outcome-unknown"
            )
        ),
    },
}

_DIGEST = re.compile(DIGEST, re.ASCII)
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)


def routes(parts: Parts) -> list[Route]:
    """Make the route of records."""

    async def get(request: Request) -> Response:
        name = request.path_params["sha256"]
        if _DIGEST.fullmatch(name) is None:
            raise Refused(
                "invalid-parameter", message("Name a statement by 64 lower-case hex digits.")
            )
        digest = f"sha256:{name.removeprefix('sha256:')}"
        since = _since(request)
        return await respond(parts, digest, requests.accepts(request, OFFERED), since=since)

    return [Route(PATH, get)]


async def respond(parts: Parts, digest: str, form: str, *, since: int | None = None) -> Response:
    """Answer with a statement in one of the offered forms. Raises Refused."""
    statement = parts.folder.store.statement(digest)
    if statement is None:
        raise Refused("unknown-statement", message("{digest} is not in this log.", digest=digest))
    if form in {wire.STATEMENT, WITH_PROOF}:
        return Response(statement, media_type=_exact(statement), headers=FOREVER)
    if form in {LINKED, TURTLE}:
        body = await run_in_threadpool(_linked, statement, form)
        return Response(body, media_type=form, headers=FOREVER)
    receipt = parts.admission.known([digest]).get(digest)
    if receipt is None:
        raise Refused(
            "outcome-unknown", message("The checkpoint that covers it is being published.")
        )
    if form == wire.JSON:
        view = orjson.dumps(_view(statement, receipt))
        return Response(view, media_type=wire.JSON, headers=ASK_AGAIN)
    logged = parts.folder.store.find(digest)
    assert logged is not None
    try:
        body = parts.bundler.full(logged, statement, catalogue=parts.catalogue, since=since)
    except ProofError as error:
        raise Refused("invalid-parameter", f"from: {error.message} {error.hint}") from None
    return Response(body, media_type=wire.BUNDLE, headers=ASK_AGAIN)


def _linked(statement: bytes, form: str) -> bytes:
    """Show an attestation as linked data, in JSON-LD or in Turtle."""
    if is_event(statement):
        raise Refused("not-acceptable", message("A key event is JSON, and no linked data."))
    credential = envelope.credential(envelope.parse_envelope(statement).payload).value
    if form == LINKED:
        return orjson.dumps(credential)
    if kinds.of(credential) is not kinds.DEFAULT:
        raise Refused("not-acceptable", message("Only attestations have a reading in Turtle."))
    if len(statement) > MAX_TURTLE:
        raise Refused(
            "not-acceptable",
            message(
                "It is longer than {max_turtle} bytes. Ask for JSON-LD.", max_turtle=MAX_TURTLE
            ),
        )
    try:
        from openquality_validator.semantics import to_turtle

        return to_turtle(credential).encode()
    except GraphError as error:
        raise Refused("not-acceptable", join(" ", (error.message, error.hint))) from None


def _since(request: Request) -> int | None:
    if not request.url.query:
        return None
    text = request.query_params.get("from")
    if text is not None and _SIZE.fullmatch(text) is None:
        raise Refused("invalid-parameter", message("from: This is not the size of a log."))
    return None if text is None else int(text)


def _view(statement: bytes, receipt: Receipt) -> dict[str, Any]:
    """Show a statement taken apart; only the exact bytes prove anything."""
    entry = Entry.from_bytes(receipt.entry)
    about = {
        "digest": entry.digest,
        "index": receipt.index,
        "admittedAt": entry.admitted_at,
        "issuer": entry.issuer,
        "kind": entry.kind,
        "subjects": entry.subjects,
    }
    if is_event(statement):
        return about | {"event": orjson.loads(statement)}
    taken = envelope.parse_envelope(statement)
    return about | {
        "header": {"alg": taken.header.alg, "kid": taken.header.kid},
        "credential": envelope.credential(taken.payload).value,
    }


def _exact(statement: bytes) -> str:
    """Name what the exact bytes are: a JWS, a credential with a proof, or a key event."""
    if not statement.startswith(b"{"):
        return wire.STATEMENT
    return wire.JSON if is_event(statement) else WITH_PROOF
