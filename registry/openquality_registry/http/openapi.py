"""The OpenAPI description: what FastAPI derives, and the plain routes beside it."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from openquality_registry.http import describe as pieces
from openquality_registry.http.routes import log, records

PLAIN = {
    records.PATH: records.DESCRIBED,
    "/checkpoint": log.CHECKPOINT,
    "/tile/{path}": log.TILE,
}


def describe(app: FastAPI) -> dict[str, Any]:
    """Describe the whole interface."""
    document = get_openapi(
        title=app.title, version=app.version, summary=app.summary, routes=app.routes
    )
    paths: dict[str, Any] = document["paths"]
    for path, described in PLAIN.items():
        paths[path] = {"get": {**described, "responses": dict(described["responses"])}}
    for operations in paths.values():
        for operation in operations.values():
            answers = operation["responses"]
            # FastAPI adds its own form of this answer; ours is a problem document.
            if "application/json" in answers.get("422", {}).get("content", {}):
                del answers["422"]
            answers |= pieces.named(pieces.problems("internal-error"))
    return document
