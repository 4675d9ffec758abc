"""Profiles, and what the log shows about a subject under one."""

import datetime as dt
from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

import openquality_schemas
from openquality_registry import assessing
from openquality_registry.bootstrap import Parts
from openquality_registry.http import describe
from openquality_registry.http.routes.catalogue import HOUR
from openquality_validator.profiles import Profile

AS_OF = "asOf"
OWN = {AS_OF, "producer"}  # parameters of the route; all others are those of the profile
LISTED = {"id": "quality-management", "version": "1.0", "title": "…", "digest": "sha256:…"}
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
_ID = "^[a-z0-9][a-z0-9-]*$"


def router(parts: Parts) -> APIRouter:
    """Make the routes of profiles."""
    routes = APIRouter(tags=["profiles"])
    items = [_listed(each) for each in assessing.shipped().values()]
    listed = orjson.dumps({"items": items, "next": None})

    @routes.get(
        "/v1/profiles",
        summary="Every profile, ordered by id",
        responses=describe.json({"items": [LISTED], "next": None}),
    )
    async def every() -> Response:
        return Response(listed, media_type="application/json", headers=HOUR)

    @routes.get(
        "/v1/profiles/{id}",
        summary="The exact bytes of a profile",
        responses=describe.json(LISTED) | describe.problems("unknown-profile", "invalid-parameter"),
    )
    async def one(
        name: Annotated[
            str,
            Path(alias="id", pattern=_ID, max_length=64, examples=["quality-management"]),
        ],
    ) -> Response:
        found = assessing.of(name)
        data = openquality_schemas.profile(name, version=found.version)
        return Response(data, media_type="application/json", headers=HOUR)

    @routes.get(
        "/v1/profiles/{id}/assess/{subject:path}",
        summary="What the log shows about a subject under a profile, by this registry's list",
        responses=describe.json(ASSESSED)
        | describe.problems("unknown-profile", "invalid-parameter", "invalid-question"),
    )
    def assess(
        request: Request,
        name: Annotated[
            str,
            Path(alias="id", pattern=_ID, max_length=64, examples=["quality-management"]),
        ],
        subject: Annotated[str, Path(min_length=1, max_length=2_048, examples=["did:key:z6Mk"])],
        as_of: Annotated[dt.date | None, Query(alias=AS_OF)] = None,
        producer: Annotated[str | None, Query(max_length=2_048)] = None,
    ) -> Response:
        found = assessing.assess(
            parts,
            assessing.of(name),
            subject,
            as_of=as_of or parts.clock.now().date(),
            parameters={key: text for key, text in request.query_params.items() if key not in OWN},
            producer=producer,
        )
        headers = {"cache-control": "no-cache"}
        return Response(
            orjson.dumps(found.to_json()), media_type="application/json", headers=headers
        )

    return routes


def _listed(profile: Profile) -> dict[str, str]:
    return {
        "id": profile.id,
        "version": profile.version,
        "title": profile.title,
        "digest": profile.digest,
    }
