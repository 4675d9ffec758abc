"""Answers for buyers: query, compare, look up."""

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

import openquality_schemas
from openquality import asking, wire
from openquality.asking import UnknownName
from openquality.checking import as_finding
from openquality.typed import Unclear
from openquality_registry import buyers, lookup
from openquality_registry.adapters.sql.claimants import claim
from openquality_registry.bootstrap import Parts
from openquality_registry.http import describe, requests
from openquality_registry.lookup import Lookup
from openquality_registry.problems import Refused
from openquality_validator.entry import Entry
from openquality_validator.errors import InvalidInput, UnknownTerm
from openquality_validator.findings import Finding, Severity, escape
from openquality_validator.message import join, message

MAX_COMPARED = 50
QUERY_EXAMPLE = {
    "subject": {"type": "Product"},
    "where": [{"metric": "on-time-delivery", "comparator": "atLeast", "value": "95", "unit": "%"}],
    "limit": 20,
}
ANSWER_EXAMPLE = {
    "query": {"asOf": "2026-11-20"},
    "log": {"origin": "registry.example/log", "size": 0},
    "order": message("By the one-sided 95 % bound, best first."),
    "groups": [],
    "total": 0,
    "rows": [],
    "leftOut": [],
    "fairness": {"applied": False, "reserve": None, "diversityWeight": "0", "formula": None},
    "facets": {},
    "excluded": None,
    "bundles": None,
    "next": None,
}
DIGEST_EXAMPLE = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
COMPARE_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["digests"],
    "properties": {
        "digests": {
            "type": "array",
            "minItems": 1,
            "maxItems": MAX_COMPARED,
            "uniqueItems": True,
            "items": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"},
        },
        "asOf": {"type": "string", "format": "date"},
    },
}
LOOKUP_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        **{
            name: {
                "type": "array",
                "maxItems": lookup.MAX_KEYS,
                "items": {"type": "string", "minLength": 1, "maxLength": lookup.MAX_KEY},
            }
            for name in ("subjects", "issuers")
        },
        "limit": {"type": "integer", "minimum": 1, "maximum": lookup.MAX_LIMIT},
        "cursor": {"type": "string"},
        "atCheckpoint": {
            "type": "object",
            "additionalProperties": False,
            "required": ["size"],
            "properties": {"size": {"type": "integer", "minimum": 1}},
        },
    },
    "anyOf": [
        {"required": ["subjects"], "properties": {"subjects": {"minItems": 1}}},
        {"required": ["issuers"], "properties": {"issuers": {"minItems": 1}}},
    ],
}
REFUSALS = ("too-large", "unsupported-media-type", "invalid-question", "too-many-requests")


def router(parts: Parts) -> APIRouter:
    """Make the routes of buyers."""
    routes = APIRouter(tags=["answers"])
    query_schema = _schema("query.schema.json")
    answer_schema = _schema("answer.schema.json")

    async def ask(question: Mapping[str, Any]) -> Response:
        return await _json(lambda: buyers.ask(parts, question))

    @routes.post(
        "/v1/query",
        summary="Comparable records, graded and ranked",
        openapi_extra=describe.body(wire.JSON, query_schema, QUERY_EXAMPLE),
        responses=describe.json(ANSWER_EXAMPLE, answer_schema) | describe.problems(*REFUSALS),
    )
    async def query(request: Request) -> Response:
        return await ask(await requests.question(request))

    @routes.get(
        "/v1/query",
        summary="The same question in a URL",
        openapi_extra={"parameters": _parameters()},
        responses=describe.json(ANSWER_EXAMPLE, answer_schema)
        | describe.problems("invalid-question", "too-many-requests"),
    )
    async def query_in_url(request: Request) -> Response:
        return await ask(_from_url(request))

    @routes.post(
        "/v1/compare",
        summary="Named records side by side",
        openapi_extra=describe.body(wire.JSON, COMPARE_SCHEMA, {"digests": [DIGEST_EXAMPLE]}),
        responses=describe.json({"asOf": "2026-11-20", "statements": [], "metrics": []})
        | describe.problems(*REFUSALS, "unknown-statement"),
    )
    async def compare(request: Request) -> Response:
        digests, as_of = _compared(await requests.question(request), parts.clock.now().date())
        missing = sorted(set(digests) - parts.folder.store.find_many(digests).keys())
        if missing:
            raise Refused(
                "unknown-statement",
                message("Not in this log: {missing}.", missing=", ".join(missing)),
            )
        return await _json(lambda: buyers.compare(parts, digests, as_of=as_of))

    @routes.post(
        "/v1/lookup",
        summary="Every statement about a subject or by an issuer",
        openapi_extra=describe.body(
            wire.JSON, LOOKUP_SCHEMA, {"subjects": ["gtin:09506000134352"], "limit": 100}
        ),
        responses=describe.json(
            {
                "items": [],
                "subjects": [{"key": "gtin:09506000134352", "producers": [], "contested": False}],
                "log": {"origin": "registry.example/log", "size": 0},
                "next": None,
            }
        )
        | describe.problems(*REFUSALS),
    )
    async def look_up(request: Request) -> Response:
        question = Lookup.from_json(await requests.question(request))
        return await _json(lambda: _looked_up(parts, question))

    return routes


async def _json(work: Callable[[], dict[str, Any]]) -> Response:
    """Do the work in a thread, since it waits for the database, and answer with its JSON."""
    try:
        document = await asyncio.to_thread(work)
    except InvalidInput as error:
        raise Refused("invalid-question", str(error), (as_finding(error),)) from None
    return Response(orjson.dumps(document), media_type=wire.JSON)


def _looked_up(parts: Parts, question: Lookup) -> dict[str, Any]:
    published = parts.published_size()
    size = published if question.size is None else question.size
    if size > published:
        raise InvalidInput(
            "Q017",
            message(
                "The log has no checkpoint of size {size}; it has {published} entries.",
                size=size,
                published=published,
            ),
            message(
                "Take the size of a checkpoint that you have seen, or leave `atCheckpoint` out."
            ),
        )
    page = lookup.page(parts.folder.store, question, size=size)
    items = []
    for index, data in page.items:
        entry = Entry.from_bytes(data)
        items.append(
            {
                "index": index,
                "digest": entry.digest,
                "issuer": entry.issuer,
                "kind": entry.kind,
                "subjects": entry.subjects,
                "admittedAt": entry.admitted_at,
            }
        )
    claimed = parts.claimants.of(question.subjects) if question.subjects else {}
    return {
        "items": items,
        "subjects": [{"key": key, **claim(claimed.get(key, ()))} for key in question.subjects],
        "log": {"origin": parts.folder.origin, "size": size},
        "next": question.cursor(page.items[-1][0], size) if page.more else None,
    }


def _from_url(request: Request) -> dict[str, Any]:
    """Read `q`, the whole document, and the parameters that are added to it."""
    texts: dict[str, list[str]] = {}
    for name, text in request.query_params.multi_items():
        texts.setdefault(name, []).append(text)
    whole = texts.pop("q", ["{}"])
    if len(whole) > 1:
        raise _unreadable("q stands twice.", message("Send one document."))
    base = requests.question_from(whole[0].encode("utf-8", "surrogatepass"))
    if not texts:
        return base
    try:
        return asking.document(texts, base)
    except (Unclear, UnknownName) as unclear:
        said = str(unclear).removeprefix("--")
        raise _unreadable(said, message("See docs/spec/query.md.")) from None
    except UnknownTerm as unknown:
        near = " or ".join(unknown.nearest)
        hint = (
            message("Did you mean {near}?", near=near) if near else message("See GET /v1/metrics.")
        )
        found = Finding(
            "Q001",
            Severity.ERROR,
            "",
            message("There is no {kind} {term!r}.", kind=unknown.kind, term=unknown.term),
            hint,
        )
        raise Refused("invalid-question", join(" ", (found.message, hint)), (found,)) from None


def _unreadable(message: str, hint: str) -> Refused:
    wrong = Finding("Q019", Severity.ERROR, "", message, hint)
    return Refused("invalid-question", join(" ", (message, hint)), (wrong,))


def _parameters() -> list[dict[str, Any]]:
    """Describe the parameters of a query in a URL."""
    text: dict[str, Any] = {"type": "string", "maxLength": 4_096}
    listed = {"type": "array", "items": text}
    whole = {
        "name": "q",
        "in": "query",
        "description": "a query document as JSON, URL-encoded; the other parameters are added",
        "schema": text,
        "example": orjson.dumps(QUERY_EXAMPLE).decode(),
    }
    return [whole] + [
        {
            "name": name,
            "in": "query",
            "description": form,
            "schema": listed if name in asking.LISTED else text,
        }
        for name, form in asking.HELP.items()
    ]


def _compared(question: Mapping[str, Any], today: dt.date) -> tuple[list[str], dt.date]:
    """Read the question of `/v1/compare`; COMPARE_SCHEMA says the same to machines."""
    for name in sorted(question.keys() - {"digests", "asOf"}):
        raise _wrong(
            f"/{escape(name)}", message("There is no such member."), message("Leave it out.")
        )
    digests = question.get("digests")
    if (
        not isinstance(digests, list)
        or not 1 <= len(digests) <= MAX_COMPARED
        or not all(isinstance(item, str) and _is_digest(item) for item in digests)
        or len(set(digests)) != len(digests)
    ):
        raise _wrong(
            "/digests",
            message("This is not a list of different digests."),
            message(
                "Name 1 to {max_compared} statements as sha256:<64 hexadecimal digits>.",
                max_compared=MAX_COMPARED,
            ),
        )
    as_of = question.get("asOf", today.isoformat())
    try:
        return digests, dt.datetime.strptime(as_of, "%Y-%m-%d").date()  # noqa: DTZ007 - a date has no zone
    except (TypeError, ValueError):
        raise _wrong(
            "/asOf", message("This is not a date."), message("Write it as 2026-11-20.")
        ) from None


def _is_digest(text: str) -> bool:
    digits = text.removeprefix("sha256:")
    return len(text) == 71 and len(digits) == 64 and set(digits) <= set("0123456789abcdef")  # noqa: PLR2004 - SHA-256 in hexadecimal


def _wrong(pointer: str, message: str, hint: str) -> Refused:
    wrong = Finding("Q011", Severity.ERROR, pointer, message, hint)
    return Refused("invalid-question", join(" ", (message, hint)), (wrong,))


def _schema(name: str) -> dict[str, Any]:
    """Return a shipped JSON Schema with its definitions inside, as OpenAPI needs it."""
    _, version = openquality_schemas.newest(name)
    data = openquality_schemas.read(name, version=version)
    schema: dict[str, Any] = orjson.loads(data)
    definitions = schema.pop("$defs", {})
    for member in ("$schema", "$id"):
        schema.pop(member, None)
    return _inline(schema, definitions)  # type: ignore[no-any-return]


def _inline(value: Any, definitions: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, list):
        return [_inline(item, definitions) for item in value]
    if isinstance(value, dict):
        if "$ref" in value:
            return _inline(definitions[value["$ref"].removeprefix("#/$defs/")], definitions)
        return {name: _inline(item, definitions) for name, item in value.items()}
    return value
