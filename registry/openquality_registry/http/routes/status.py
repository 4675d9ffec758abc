"""How a statement stands: the registry's signed answer, with everything from which it follows."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from openquality_registry.bootstrap import Parts
from openquality_registry.http import describe
from openquality_registry.http.routes.catalogue import DIGEST
from openquality_validator import documents

ANSWER = {
    "answer": "eyJhbGciOiJFZERTQSJ9.eyJzdGF0ZSI6ImFjdGl2ZSJ9.c2lnbmF0dXJl",
    "checkpoint": "log.example/2026\n7\nroot\n\n— log.example/2026 signature\n",
    "events": [],
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

    return routes
