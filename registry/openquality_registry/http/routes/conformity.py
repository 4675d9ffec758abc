"""Deviations for everybody, and watches for whoever has a token."""

import datetime as dt
import secrets
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from openquality import wire
from openquality_registry.access.tokens import Scope
from openquality_registry.adapters.sql.conformity import place
from openquality_registry.adapters.sql.deviations import Wanted
from openquality_registry.bootstrap import Parts
from openquality_registry.conformity import requested
from openquality_registry.http import describe, requests
from openquality_registry.http.routes.operator import (
    ALLOWED,
    BODY,
    Desk,
    answer_json,
    wrong,
)
from openquality_registry.problems import Refused
from openquality_registry.schemagroups import cursors, requirements
from openquality_registry.schemagroups.reading import Groups
from openquality_validator.conformity import Kind
from openquality_validator.conformity.watched import Watch
from openquality_validator.message import message

LIMIT, MOST = 50, 200
MOST_WATCHES = 1_000  # of one token
MOST_DAYS = 366
LONGEST = 2_048  # characters of a subject's id
_DAY = dt.timedelta(days=1)
DEVIATION = {
    "id": "0f8e5c1d7a92b3460f8e5c1d7a92b346",
    "kind": "promise",
    "state": "open",
    "subject": "did:key:z6Mk…#delivery",
    "about": "on-time-delivery",
    "issuer": "did:key:z6Mk…",
    "matter": "sha256:…/urn:uuid:…#c1|5c2f…",
    "follows": [{"statement": "sha256:…", "part": "urn:uuid:…#c1"}],
    "detail": {"comparator": "atLeast", "objective": "95", "value": "94", "unit": "%"},
    "opened": {"day": "2026-03-05", "index": 17, "statement": "sha256:…"},
    "closed": None,
    "requests": [],
}
WATCH = {"subject": "did:key:z6Mk…#delivery", "metrics": ["on-time-delivery"], "every": 30}
WATCHED = {"id": "3f9c21d07be41a66", **WATCH, "begins": "2026-11-22"}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["subject"],
    "properties": {
        "subject": {"type": "string", "minLength": 1, "maxLength": LONGEST},
        "metrics": {
            "type": "array",
            "minItems": 1,
            "maxItems": 20,
            "uniqueItems": True,
            "items": {"type": "string", "minLength": 1, "maxLength": 100},
        },
        "every": {"type": "integer", "minimum": 1, "maximum": MOST_DAYS},
        "profile": {"type": "string", "minLength": 1, "maxLength": LONGEST},
    },
    "oneOf": [
        {"required": ["metrics", "every"], "not": {"required": ["profile"]}},
        {
            "required": ["profile"],
            "not": {"anyOf": [{"required": ["metrics"]}, {"required": ["every"]}]},
        },
    ],
}


def router(parts: Parts) -> APIRouter:
    """Make the routes of deviations and watches."""
    routes = APIRouter(tags=["conformity"])
    desk, kept = Desk(parts), parts.watches
    groups = Groups(parts.schemas, parts.published_size)

    @routes.get(
        "/v1/deviations",
        summary="What deviates from promises, limits and schedules, in the order of opening",
        responses=describe.json({"items": [DEVIATION], "next": None})
        | describe.problems("invalid-parameter", "invalid-question"),
    )
    def every(
        subject: Annotated[str | None, Query(max_length=LONGEST)] = None,
        kind: Kind | None = None,
        state: Literal["open", "closed"] | None = None,
        since: dt.date | None = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = LIMIT,
        cursor: Annotated[str | None, Query(max_length=4_096)] = None,
    ) -> Response:
        wanted = Wanted(subject, kind, None if state is None else state == "open", since)
        after = "" if cursor is None else cursors.read(wanted, cursor, parts=1)[0]
        found = parts.deviations.page(wanted, after=after, limit=limit + 1)
        shown = found[:limit]
        today = parts.clock.now().astimezone(dt.UTC).date()
        store, log = parts.folder.store, parts.folder.origin
        value = {
            "items": requested.shown(shown, parts.deviations, store, log=log, today=today),
            "next": cursors.write(wanted, (place(shown[-1]),)) if len(found) > limit else None,
        }
        headers = {"cache-control": "no-cache"}
        return Response(orjson.dumps(value), media_type="application/json", headers=headers)

    @routes.get(
        "/v1/watches",
        summary="The watches of the token that is shown, by id",
        responses=describe.json({"items": [WATCHED]}) | describe.problems(*ALLOWED),
    )
    async def own(request: Request) -> Response:
        actor = await desk.allowed(request, Scope.WATCH)
        found = await desk.work(lambda: kept.of(actor.id, limit=MOST_WATCHES))
        return answer_json({"items": [_shown(each) for each in found]})

    @routes.post(
        "/v1/watches",
        summary="Watch a subject from tomorrow on: how often data come, or a profile",
        openapi_extra=describe.body(wire.JSON, SCHEMA, WATCH),
        responses=describe.answer(wire.JSON, schema={"type": "object"}, example=WATCHED, status=201)
        | describe.problems(*ALLOWED, *BODY, "invalid-question", "unknown-profile"),
        status_code=201,
    )
    async def begin(request: Request) -> Response:
        actor = await desk.allowed(request, Scope.WATCH)
        value = await requests.question(request)
        begins = parts.clock.now().astimezone(dt.UTC).date() + _DAY

        def work() -> Watch:
            watch, profile = _read(value, parts, groups, begins)
            if len(kept.of(actor.id, limit=MOST_WATCHES)) >= MOST_WATCHES:
                raise wrong(message("A token has {most} watches at the most.", most=MOST_WATCHES))
            kept.add(watch, by=actor.id, profile=profile)
            return watch

        return answer_json(_shown(await desk.work(work)), status=201)

    @routes.delete(
        "/v1/watches/{id}",
        summary="End a watch, from tomorrow on",
        responses=describe.json({**WATCHED, "ends": "2026-12-01"})
        | describe.problems(*ALLOWED, "not-found", "invalid-parameter"),
    )
    async def end(
        request: Request,
        identifier: Annotated[str, Path(alias="id", pattern="^[0-9a-f]{16}$")],
    ) -> Response:
        actor = await desk.allowed(request, Scope.WATCH)
        ends = parts.clock.now().astimezone(dt.UTC).date() + _DAY
        found = await desk.work(lambda: kept.end(identifier, by=actor.id, ends=ends))
        if found is None:
            raise Refused("not-found", message("GET /v1/watches lists those of the token."))
        return answer_json(_shown(found))

    return routes


def _read(
    value: Mapping[str, Any], parts: Parts, groups: Groups, begins: dt.date
) -> tuple[Watch, bytes | None]:
    """Read what is to be watched, or raise Refused."""
    subject, metrics = value.get("subject"), value.get("metrics")
    every, profile = value.get("every"), value.get("profile")
    if value.keys() - SCHEMA["properties"].keys() or not _is_text(subject):
        raise wrong(message("Send subject, and either metrics and every or profile."))
    assert isinstance(subject, str)
    identifier = secrets.token_hex(8)
    if profile is not None and metrics is None and every is None and isinstance(profile, str):
        content = requirements.of(groups, profile).content
        return Watch(identifier, subject, begins, profile=profile), content
    is_named = (
        isinstance(metrics, list)
        and 1 <= len(metrics) <= SCHEMA["properties"]["metrics"]["maxItems"]
        and all(_is_text(each) for each in metrics)
        and len(set(metrics)) == len(metrics)
    )
    if profile is not None or not is_named or type(every) is not int or not 1 <= every <= MOST_DAYS:
        raise wrong(message("Send subject, and either metrics and every or profile."))
    assert isinstance(metrics, list)
    unknown = [each for each in metrics if each not in parts.catalogue.metrics]
    if unknown:
        raise wrong(message("There is no metric {metric}.", metric=unknown[0]))
    return Watch(identifier, subject, begins, every=every, metrics=tuple(metrics)), None


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= LONGEST


def _shown(watch: Watch) -> dict[str, Any]:
    asked: dict[str, Any] = {"profile": watch.profile}
    if watch.profile is None:
        asked = {"metrics": list(watch.metrics), "every": watch.every}
    ends = {} if watch.ends is None else {"ends": watch.ends.isoformat()}
    return {
        "id": watch.id,
        "subject": watch.subject,
        **asked,
        "begins": watch.begins.isoformat(),
        **ends,
    }
