"""The OpenAPI description: what FastAPI derives, and the routes that it does not see."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from openquality_registry.http import describe as pieces

TILE_PATH = {
    "name": "path",
    "in": "path",
    "required": True,
    "description": "level and index as in C2SP tlog-tiles, such as 0/x001/x234/067",
    "schema": {
        "type": "string",
        "pattern": r"^(entries|0|[1-9][0-9]?)/(x[0-9]{3}/)*[0-9]{3}(\.p/[1-9][0-9]{0,2})?$",
    },
    "example": "0/000.p/7",
}


def describe(app: FastAPI) -> dict[str, Any]:
    """Describe the whole interface."""
    document = get_openapi(
        title=app.title, version=app.version, summary=app.summary, routes=app.routes
    )
    paths: dict[str, Any] = document["paths"]
    for operations in paths.values():
        for operation in operations.values():
            # FastAPI adds its own form of this answer; ours is a problem document.
            answers = operation["responses"]
            if "application/json" in answers.get("422", {}).get("content", {}):
                del answers["422"]
    paths["/checkpoint"] = {
        "get": {
            "tags": ["log"],
            "summary": "The newest signed checkpoint",
            "operationId": "checkpoint",
            "responses": _named(pieces.text("origin\n7\nroot\n\n— origin signature\n"))
            | _named(pieces.problems("log-stopped")),
        }
    }
    paths["/tile/{path}"] = {
        "get": {
            "tags": ["log"],
            "summary": "A tile of hashes or entries",
            "operationId": "tile",
            "parameters": [TILE_PATH],
            "responses": _named(pieces.octets("application/octet-stream", "The tile."))
            | _named(pieces.problems("unknown-tile")),
        }
    }
    for operations in paths.values():
        for operation in operations.values():
            operation["responses"] |= _named(pieces.problems("internal-error"))
    return document


def _named(responses: pieces.Responses) -> dict[str, Any]:
    return {str(status): answer for status, answer in responses.items()}
