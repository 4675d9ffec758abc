"""Profiles, and what the log shows about a subject under one."""

import datetime as dt
from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from openquality_registry import assessing
from openquality_registry.bootstrap import Parts
from openquality_registry.http import describe
from openquality_registry.http.routes.catalogue import HOUR
from openquality_registry.http.routes.schemas import cautions
from openquality_registry.schemagroups import cursors, requirements
from openquality_registry.schemagroups.reading import Groups

AS_OF = "asOf"
OWN = {AS_OF, "producer"}  # parameters of the route; all others are those of the profile
LIST = "profiles"  # what a cursor continues
LISTED = {
    "id": "quality-management",
    "version": "1.0",
    "title": "…",
    "digest": "sha256:…",
    "status": "active",
}
ASSESSED = {
    "v": 1,
    "profile": {"id": "quality-management", "version": "1.0", "digest": "sha256:…"},
    "subject": "did:key:…",
    "asOf": "2026-11-20",
    "points": "85.00",
    "of": "100.00",
    "level": {"id": "live", "title": "Certificate with live results"},
    "blockedBy": [],
    "holdsUntil": "2027-05-15",
    "sections": [],
    "indicators": [],
    "records": [],
}
LIMIT, MOST = 50, 200
NAME, LONGEST = requirements.NAME, requirements.LONGEST


def router(parts: Parts) -> APIRouter:
    """Make the routes of profiles."""
    routes = APIRouter(tags=["profiles"])
    groups = Groups(parts.schemas, parts.published_size)

    @routes.get(
        "/v1/profiles",
        summary="Every profile: the shipped by id, then the published by owner and name",
        responses=describe.json({"items": [LISTED], "next": None})
        | describe.problems("invalid-parameter", "invalid-question"),
    )
    def every(
        limit: Annotated[int, Query(ge=1, le=MOST)] = LIMIT,
        cursor: Annotated[str | None, Query(max_length=4_096)] = None,
    ) -> Response:
        after = None
        if cursor is not None:
            group, name = cursors.read(LIST, cursor, parts=2)
            after = (group, name)
        found = requirements.page(groups, limit=limit + 1, after=after)
        shown = found[:limit]
        last = requirements.place(shown[-1]) if len(found) > limit else None
        value = {
            "items": [_listed(each) for each in shown],
            "next": None if last is None else cursors.write(LIST, last),
        }
        headers = {"cache-control": "no-cache"}
        return Response(orjson.dumps(value), media_type="application/json", headers=headers)

    @routes.get(
        "/v1/profiles/{id}",
        summary="The exact bytes of a profile",
        responses=describe.json(LISTED) | describe.problems("unknown-profile", "invalid-parameter"),
    )
    def one(
        name: Annotated[
            str, Path(alias="id", pattern=NAME, max_length=LONGEST, examples=["quality-management"])
        ],
    ) -> Response:
        found = requirements.of(groups, name)
        headers = {**HOUR, **cautions(found.version)}
        return Response(found.content, media_type="application/json", headers=headers)

    @routes.get(
        "/v1/profiles/{id}/assess/{subject:path}",
        summary="What the log shows about a subject under a profile, by this registry's list",
        responses=describe.json(ASSESSED)
        | describe.problems("unknown-profile", "invalid-parameter", "invalid-question"),
    )
    def assess(
        request: Request,
        name: Annotated[
            str, Path(alias="id", pattern=NAME, max_length=LONGEST, examples=["quality-management"])
        ],
        subject: Annotated[str, Path(min_length=1, max_length=2_048, examples=["did:key:z6Mk"])],
        as_of: Annotated[dt.date | None, Query(alias=AS_OF)] = None,
        producer: Annotated[str | None, Query(max_length=2_048)] = None,
    ) -> Response:
        named = requirements.of(groups, name)
        found = assessing.assess(
            parts,
            named.profile,
            subject,
            as_of=as_of or parts.clock.now().date(),
            parameters={key: text for key, text in request.query_params.items() if key not in OWN},
            producer=producer,
        )
        headers = {"cache-control": "no-cache", **cautions(named.version)}
        return Response(
            orjson.dumps(found.to_json()), media_type="application/json", headers=headers
        )

    return routes


def _listed(found: requirements.Named) -> dict[str, str]:
    return {
        "id": found.name,
        "version": found.profile.version,
        "title": found.profile.title,
        "digest": found.profile.digest,
        "status": found.version.status,
    }
