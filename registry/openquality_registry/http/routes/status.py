"""How a statement stands: the registry's signed answer, with everything from which it follows."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Path
from starlette.responses import Response

from openquality_registry import observing
from openquality_registry.bootstrap import Parts
from openquality_registry.http import describe
from openquality_registry.http.routes.catalogue import DIGEST
from openquality_validator import documents
from openquality_validator.message import message

ANSWER = {
    "answer": "eyJhbGciOiJFZERTQSJ9.eyJzdGF0ZSI6ImFjdGl2ZSJ9.c2lnbmF0dXJl",
    "checkpoint": "log.example/2026\n7\nroot\n\n— log.example/2026 signature\n",
    "events": [],
}

LIFE = {
    "digest": "sha256:…",
    "state": "suspended",
    "events": [
        {
            "index": 4,
            "digest": "sha256:…",
            "event": "admitted",
            "issuer": "did:key:…",
            "admittedAt": "2026-11-20T12:00:00.000Z",
        }
    ],
}

OBSERVED = {
    "digest": "sha256:…",
    "index": 20,
    "log": {"origin": "registry.example/log", "size": 31},
    "observations": [
        {
            "code": "O005",
            "sentence": message("Another producer was named for the same subject before."),
            "message": "Another producer was named for this subject before, first in entry 4, …",
            "claim": None,
            "entries": [{"index": 4, "digest": "sha256:…"}],
            "replies": [],
        }
    ],
}


def router(parts: Parts) -> APIRouter:
    """Make the routes of status."""
    routes = APIRouter(tags=["status"])

    @routes.get(
        "/v1/status/{sha256}",
        summary="How a statement stands, signed, with its events",
        responses=describe.json(ANSWER)
        | describe.problems("unknown-statement", "invalid-parameter"),
    )
    def status(sha256: Annotated[str, Path(pattern=DIGEST)]) -> Response:
        digest = f"sha256:{sha256.removeprefix('sha256:')}"
        answer, checkpoint = parts.bundler.status(digest)
        body = documents.canonical(answer.to_json() | {"checkpoint": checkpoint.decode()})
        return Response(body, media_type="application/json", headers={"cache-control": "no-cache"})

    @routes.get(
        "/v1/statements/{sha256}/observations",
        summary="What the log shows around a record, with its issuer's replies",
        responses=describe.json(OBSERVED)
        | describe.problems("unknown-statement", "invalid-parameter", "outcome-unknown"),
    )
    def observations(sha256: Annotated[str, Path(pattern=DIGEST)]) -> Response:
        found = observing.of_record(parts, f"sha256:{sha256.removeprefix('sha256:')}")
        headers = {"cache-control": "no-cache"}
        return Response(orjson.dumps(found), media_type="application/json", headers=headers)

    @routes.get(
        "/v1/statements/{sha256}/history",
        summary="The life of a statement: what was said of it, in the order of the log",
        responses=describe.json(LIFE) | describe.problems("unknown-statement", "invalid-parameter"),
    )
    def history(sha256: Annotated[str, Path(pattern=DIGEST)]) -> Response:
        digest = f"sha256:{sha256.removeprefix('sha256:')}"
        life = parts.bundler.life(digest)
        return Response(orjson.dumps(life), media_type="application/json")

    return routes
