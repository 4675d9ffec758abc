"""Pieces of the OpenAPI description: bodies, answers and problems, with examples."""

from collections.abc import Mapping
from typing import Any

from openquality import wire
from openquality_registry import problems as registry_problems

Responses = dict[int | str, dict[str, Any]]

PROBLEM_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "required": ["type", "status", "code", "title", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "title": {"type": "string"},
        "detail": {"type": "string"},
        "findings": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "severity", "pointer", "message", "hint"],
                "properties": {
                    name: {"type": "string"}
                    for name in ("code", "severity", "pointer", "message", "hint")
                },
            },
        },
    },
}


def problems(*codes: str) -> Responses:
    """Describe the problems that a route answers with, grouped by status."""
    found: Responses = {}
    for code in codes:
        status, title = registry_problems.CODES[code]
        answer = found.setdefault(
            status,
            {
                "description": "",
                "content": {wire.PROBLEM: {"schema": PROBLEM_SCHEMA, "examples": {}}},
            },
        )
        answer["description"] = f"{answer['description']} `{code}`: {title}".strip()
        example = wire.Problem(status, code, title, "What is wrong here, and what to do.")
        answer["content"][wire.PROBLEM]["examples"][code] = {"value": example.to_json()}
    return found


def answer(
    media_type: str,
    *,
    schema: Mapping[str, Any] | None = None,
    example: object = None,
    status: int = 200,
    description: str = "The answer.",
) -> Responses:
    """Describe a good answer of one media type."""
    content: dict[str, Any] = {"schema": dict(schema or {})}
    if example is not None:
        content["example"] = example
    return {status: {"description": description, "content": {media_type: content}}}


def json(example: object, schema: Mapping[str, Any] | None = None) -> Responses:
    """Describe a JSON object as the answer."""
    return answer(wire.JSON, schema=schema or {"type": "object"}, example=example)


def text(example: str) -> Responses:
    """Describe plain text as the answer."""
    return answer("text/plain", schema={"type": "string"}, example=example)


def octets(media_type: str, description: str) -> Responses:
    """Describe bytes as the answer."""
    schema = {"type": "string", "format": "binary"}
    return answer(media_type, schema=schema, description=description)


def body(media_type: str, schema: Mapping[str, Any], example: object) -> dict[str, Any]:
    """Describe a request body, for `openapi_extra`."""
    content = {media_type: {"schema": dict(schema), "example": example}}
    return {"requestBody": {"required": True, "content": content}}


def named(responses: Responses) -> dict[str, Any]:
    """Write statuses as the document has them: as text."""
    return {str(status): found for status, found in responses.items()}
