"""Listings of suppliers without signed data: entered and removed by whoever may."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from openquality import wire
from openquality_registry import listings
from openquality_registry.access.tokens import Scope
from openquality_registry.bootstrap import Parts
from openquality_registry.http import describe, requests
from openquality_registry.http.routes.operator import (
    ALLOWED,
    BODY,
    LOG,
    PREFIX,
    Desk,
    answer_json,
)
from openquality_registry.listings import Listing
from openquality_registry.problems import Refused
from openquality_validator.entry import timestamp
from openquality_validator.message import message

LONGEST = 1_000  # listings in one answer; a registry for records keeps few
EXAMPLE = {"name": "Dreherei Huber", "source": "Chamber of crafts", "country": "AT"}
SHOWN = {
    "id": "3f9c21d07be41a66",
    "signed": False,
    "enteredBy": "association",
    "enteredAt": "2026-11-20T12:00:00.000Z",
    **EXAMPLE,
}


def router(parts: Parts) -> APIRouter:
    """Make the routes of listings."""
    routes = APIRouter(tags=["operator"], prefix=PREFIX)
    operator, desk, kept = parts.operator, Desk(parts), parts.listings

    @routes.get(
        "/listings",
        summary="The listings, newest first",
        responses=describe.json({"items": [SHOWN]}) | describe.problems(*ALLOWED),
    )
    async def every(request: Request) -> Response:
        await desk.allowed(request, Scope.LISTINGS, Scope.READ)
        found = await desk.work(lambda: kept.find((), limit=LONGEST))
        return answer_json({"items": [listing.to_json() for listing in found]})

    @routes.post(
        "/listings",
        summary="Enter a listing: a supplier without signed data",
        openapi_extra=describe.body(wire.JSON, listings.SCHEMA, EXAMPLE),
        responses=describe.answer(wire.JSON, schema={"type": "object"}, example=SHOWN, status=201)
        | describe.problems(*ALLOWED, *BODY, *LOG, "invalid-listing"),
        status_code=201,
    )
    async def enter(request: Request) -> Response:
        actor = await desk.allowed(request, Scope.LISTINGS)
        now = timestamp(parts.clock.now())
        value = await requests.question(request)
        listing = listings.read(value, entered_by=actor.name, entered_at=now)

        def work() -> Listing:
            # First on record: what cannot be recorded is not shown.
            operator.record_listing("listing-add", listing, actor=actor.name)
            kept.add(listing)
            return listing

        return answer_json((await desk.work(work)).to_json(), status=201)

    @routes.delete(
        "/listings/{id}",
        summary="Remove a listing, for good",
        responses=describe.json(SHOWN)
        | describe.problems(*ALLOWED, "unknown-listing", "invalid-parameter", *LOG),
    )
    async def remove(
        request: Request,
        identifier: Annotated[str, Path(alias="id", pattern="^[0-9a-f]{16}$")],
    ) -> Response:
        actor = await desk.allowed(request, Scope.LISTINGS)

        def work() -> Listing | None:
            gone = kept.remove(identifier)
            if gone is not None:
                operator.record_listing("listing-remove", gone, actor=actor.name)
            return gone

        found = await desk.work(work)
        if found is None:
            raise Refused(
                "unknown-listing", message("GET {prefix}/listings lists them.", prefix=PREFIX)
            )
        return answer_json(found.to_json())

    return routes
