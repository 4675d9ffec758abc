"""Data files: brought for recomputation, told of, deleted; the bytes are shown to nobody."""

import asyncio
import base64
import binascii
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from openquality import wire
from openquality.tables import MEDIA_TYPES
from openquality_registry.access.tokens import Scope
from openquality_registry.adapters.sql.evidence import Result
from openquality_registry.bootstrap import Parts
from openquality_registry.evidence import Shown
from openquality_registry.http import describe, requests
from openquality_registry.http.routes.operator import ALLOWED, LOG, Desk, answer_json
from openquality_registry.http.routes.statements import REFUSALS
from openquality_registry.problems import Refused
from openquality_validator.findings import Finding, Severity
from openquality_validator.message import join, message
from openquality_validator.recompute import CODES

PATH = "/v1/evidence"
DIGEST = r"^(sha256:)?[0-9a-f]{64}$"
AT_WORK = 2  # files that are computed from at once
MAX_REQUEST = 8_192  # characters; the DID in it may have 2,048, twice, in base64
SLOTS = 4  # files that are held in memory at once
HINT = message("`openquality validate --evidence` says what differs, where the file is.")
SHOWN_EXAMPLE = {
    "digest": "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "size": 48_213,
    "receivedAt": "2026-11-21T09:00:00.000Z",
    "deletedAt": None,
    "results": [
        {
            "index": 12,
            "statement": "sha256:…",
            "claim": "urn:uuid:…#c1",
            "outcome": "recomputed",
            "findings": [],
            "at": "2026-11-21T09:00:02.000Z",
        }
    ],
    "next": None,
}
SHOWN_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "required": list(SHOWN_EXAMPLE),
    "properties": {
        "results": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["index", "statement", "claim", "outcome", "findings", "at"],
                "properties": {
                    "outcome": {
                        "type": "string",
                        "enum": ["recomputed", "differs", "notRecomputable"],
                    }
                },
            },
        }
    },
}


def router(parts: Parts) -> APIRouter:
    """Make the routes of data files."""
    routes = APIRouter(tags=["evidence"])
    evidence, desk = parts.evidence, Desk(parts)
    slots = asyncio.Semaphore(SLOTS)
    # Of their own: whoever waits for a computation must not be in the way of all other work.
    threads = ThreadPoolExecutor(AT_WORK, thread_name_prefix="evidence")

    @routes.post(
        PATH,
        summary="Bring the data of a published record, to have its claims computed again",
        openapi_extra=describe.body(
            "text/csv", {"type": "string", "format": "binary"}, "Due,Done\n2026-01-05,2026-01-05\n"
        ),
        responses=describe.answer(
            wire.JSON, schema=SHOWN_SCHEMA, example=SHOWN_EXAMPLE, description="As the first time."
        )
        | describe.answer(
            wire.JSON,
            schema=SHOWN_SCHEMA,
            example=SHOWN_EXAMPLE,
            status=201,
            description="Kept: what each claim gave.",
        )
        | describe.problems(
            *REFUSALS,
            "invalid-parameter",
            "no-evidence",
            "unknown-statement",
            "evidence-not-named",
            "evidence-unreadable",
            "evidence-deleted",
            "evidence-full",
            "not-kept",
        ),
        status_code=201,
    )
    async def bring(
        request: Request,
        statement: Annotated[
            str, Query(pattern=DIGEST, description="the record whose claims name the data")
        ],
    ) -> Response:
        caller = await requests.caller(request, parts.gate)
        parts.gate.enter(caller)
        requests.require_type(request, *dict.fromkeys(MEDIA_TYPES.values()))
        named = f"sha256:{statement.removeprefix('sha256:')}"
        await asyncio.to_thread(evidence.record, named)  # before anything large is read
        if slots.locked():
            raise Refused("overloaded", message("Other data are at work. Try again in a moment."))
        async with slots:
            data = await requests.body(request, evidence.limits.file)
            loop = asyncio.get_running_loop()
            shown = await loop.run_in_executor(threads, evidence.take, named, data, caller)
        return answer_json(_shown(shown), status=201 if shown.created else 200)

    @routes.get(
        f"{PATH}/{{sha256}}",
        summary="What is known of a data file, and what the claims that name it gave",
        responses=describe.json(SHOWN_EXAMPLE, SHOWN_SCHEMA)
        | describe.problems("unknown-evidence", "invalid-parameter", "invalid-question"),
    )
    def show(
        sha256: Annotated[str, Path(pattern=DIGEST)],
        cursor: Annotated[
            str | None, Query(max_length=4_096, description="`next` of the page before")
        ] = None,
    ) -> Response:
        after = (-1, "") if cursor is None else _read_cursor(cursor)
        return answer_json(_shown(evidence.show(_digest(sha256), after=after)))

    @routes.delete(
        f"{PATH}/{{sha256}}",
        summary="Delete the bytes of a data file, for good; its digest and results stay",
        responses=describe.json(SHOWN_EXAMPLE, SHOWN_SCHEMA)
        | describe.problems(
            *ALLOWED,
            *LOG,
            "unknown-evidence",
            "invalid-deletion",
            "issuer-unreachable",
            "invalid-parameter",
        ),
    )
    async def delete(
        request: Request,
        sha256: Annotated[str, Path(pattern=DIGEST)],
        asked: Annotated[
            str | None,
            Query(
                alias="request",
                max_length=MAX_REQUEST,
                description="a compact JWS by an issuer; else an operator's token is needed",
            ),
        ] = None,
    ) -> Response:
        digest = _digest(sha256)
        if asked is not None:
            await asyncio.to_thread(evidence.delete_as_asked, digest, asked)
            return answer_json(_shown(await asyncio.to_thread(evidence.show, digest)))
        actor = await desk.allowed(request, Scope.EVIDENCE)

        def work() -> Shown:
            held = evidence.show(digest).held
            parts.operator.record_deletion(digest, held.size, actor=actor.name)
            evidence.delete(digest)
            return evidence.show(digest)

        return answer_json(_shown(await desk.work(work)))

    return routes


def _shown(shown: Shown) -> dict[str, Any]:
    held, results = shown.held, shown.results
    return {
        "digest": held.digest,
        "size": held.size,
        "receivedAt": held.received_at,
        "deletedAt": held.deleted_at,
        "results": [_result(result) for result in results],
        "next": _cursor(results[-1]) if shown.more else None,
    }


def _result(result: Result) -> dict[str, Any]:
    return {
        "index": result.index,
        "statement": result.statement,
        "claim": result.claim,
        "outcome": result.outcome.value,
        # Without the words of the finding: they may quote the data.
        "findings": [
            {"code": code, "pointer": pointer, "message": CODES[code], "hint": HINT}
            for code, pointer in result.findings
        ],
        "at": result.at,
    }


def _digest(name: str) -> str:
    return f"sha256:{name.removeprefix('sha256:')}"


def _cursor(last: Result) -> str:
    data = orjson.dumps([last.index, last.claim])
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[int, str]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        index, claim = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if type(index) is int and 0 <= index < 2**53 and isinstance(claim, str):
            return index, claim
    except (binascii.Error, TypeError, ValueError):
        pass
    wrong, mend = (
        message("The cursor continues no list of results."),
        message("Use `next` of the page before."),
    )
    finding = Finding("Q009", Severity.ERROR, "/cursor", wrong, mend)
    raise Refused("invalid-question", join(" ", (wrong, mend)), (finding,))
