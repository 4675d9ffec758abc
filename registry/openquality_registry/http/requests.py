"""Read requests: body with a limit, media types, JSON, who sends."""

import asyncio
from typing import Any

from starlette.requests import Request

from openquality.checking import as_finding
from openquality_registry.access.gate import Caller, Gate
from openquality_registry.problems import Refused
from openquality_validator import documents
from openquality_validator.errors import MalformedDocument
from openquality_validator.message import join, message

MAX_QUESTION_BYTES = 262_144  # a hundred subjects of 2,048 bytes, and room


async def body(request: Request, limit: int) -> bytes:
    """Return the request's body, or refuse it as soon as it is longer than `limit` bytes."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise _too_large(limit)
    parts = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        parts.append(part)
    return b"".join(parts)


def require_type(request: Request, *allowed: str) -> None:
    """Refuse a body whose media type is none of `allowed`; parameters are ignored."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in allowed:
        raise Refused(
            "unsupported-media-type",
            message(
                "The body is {value}. Send Content-Type: {allowed}.",
                value=given or "of no stated kind",
                allowed=allowed[0],
            ),
            headers=(("accept", ", ".join(allowed)),),
        )


async def question(request: Request, *, limit: int = MAX_QUESTION_BYTES) -> dict[str, Any]:
    """Return the body as a JSON object, read as strictly as statements are."""
    require_type(request, "application/json")
    return question_from(await body(request, limit), limit=limit)


def question_from(data: bytes, *, limit: int = MAX_QUESTION_BYTES) -> dict[str, Any]:
    """Read a question, or refuse it with the place of the mistake."""
    try:
        return documents.parse_object(data, max_bytes=limit).value
    except MalformedDocument as error:
        raise Refused(
            "invalid-question", join(" ", (error.message, error.hint)), (as_finding(error),)
        ) from None


async def caller(request: Request, gate: Gate) -> Caller:
    """Find out who sends: the address, and the token if one is shown. Raises Refused."""
    address = request.client.host if request.client else ""
    authorization = request.headers.get("authorization")
    if authorization is None:
        return gate.caller(address, None)
    return await asyncio.to_thread(gate.caller, address, authorization)


def accepts(request: Request, offered: tuple[str, ...]) -> str:
    """Choose the offered media type that the client likes best (RFC 9110, section 12.5.1).

    The first offer wins between equals; raises Refused (not-acceptable) if none is accepted.
    """
    wanted = request.headers.get("accept") or "*/*"
    best, best_weight = "", 0.0
    for offer in offered:
        weight = _weight(offer, wanted)
        if weight > best_weight:
            best, best_weight = offer, weight
    if not best:
        raise Refused(
            "not-acceptable", message("Ask for one of: {offered}.", offered=", ".join(offered))
        )
    return best


def _weight(offer: str, wanted: str) -> float:
    """Return the q of the most specific range of an Accept field that covers the offer."""
    best = (-1, 0.0)
    for item in wanted.split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        name = name.lower()
        if name == offer:
            precision = 2
        elif name == offer.partition("/")[0] + "/*":
            precision = 1
        elif name == "*/*":
            precision = 0
        else:
            continue
        weight = next((_q(p[2:]) for p in parameters if p.lower().startswith("q=")), 1.0)
        best = max(best, (precision, weight))
    return best[1]


def _q(text: str) -> float:
    try:
        return min(1.0, max(0.0, float(text)))
    except ValueError:
        return 1.0


def _too_large(limit: int) -> Refused:
    return Refused(
        "too-large",
        message(
            "The body may have {limit} bytes. Send less at once; bulk data belongs into evidence "
            "files, named by digest.",
            limit=limit,
        ),
        headers=(("connection", "close"),),
    )
