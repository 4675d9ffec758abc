"""The feed of events: CloudEvents in batches, each with the address of the next.

Whoever waits costs no thread: the batch is read when the feed has grown, or the time is over.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Query
from pydantic import StringConstraints
from starlette.responses import Response

from openquality_registry import lookup
from openquality_registry.bootstrap import Parts
from openquality_registry.events.event import MAX_TYPE, TYPE, Event, Told, short_type
from openquality_registry.events.ports import Asked, Page
from openquality_registry.http import describe

PATH = "/v1/events"
BATCH = "application/cloudevents-batch+json"  # CloudEvents JSON format, section 4
LATEST = "latest"
DEFAULT_LIMIT, MAX_LIMIT = 100, 1_000
MAX_WAIT = 20  # seconds
MAX_WAITING = 256  # requests; further ones are answered at once
MAX_TYPES = 20
RECHECK = 1.0  # seconds until the database is asked although nobody rang: another process writes
SPACING = 0.1  # seconds between two looks for one who waits, from the second one on
_AS_THEY_ARE = ("statement:", "certificate:", "schema:", "key:")
_Type = Annotated[str, StringConstraints(pattern=f"^{TYPE}$", max_length=MAX_TYPE)]
EXAMPLE = Told(
    42,
    Event(
        type="certificate.suspended",
        key="sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        subject="certificate:iso9001/QM-1234",
        issuer="did:key:z6Mk…",
        time="2026-11-21T09:00:00.000Z",
        data={"state": "suspended", "reason": "The surveillance audit was not passed."},
        index=7,
    ),
).to_json(origin="registry.example/log")
SCHEMA: Mapping[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["specversion", "id", "source", "type", "subject", "time", "sequence", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "logindex": {"type": "integer", "minimum": 0},
            "data": {"type": "object"},
            **{
                name: {"type": "string", "minLength": 1}
                for name in (
                    *("id", "source", "type", "subject", "time", "sequence", "issuer"),
                    "datacontenttype",
                )
            },
        },
    },
}


def router(parts: Parts) -> APIRouter:
    """Make the route of the feed."""
    routes = APIRouter(tags=["events"])
    origin = parts.folder.origin

    @routes.get(
        PATH,
        summary="What happened, in its order, from a place in the feed on",
        responses=describe.answer(BATCH, schema=SCHEMA, example=[EXAMPLE])
        | describe.problems("invalid-parameter", "too-many-requests"),
    )
    async def events(
        after: Annotated[
            str,
            Query(
                pattern=f"^({LATEST}|[0-9]{{1,15}})$",
                description="the sequence behind which to begin; latest for what is still to come",
            ),
        ] = "0",
        types: Annotated[
            list[_Type] | None,
            Query(
                alias="type", max_length=MAX_TYPES, description="in full, or certificate.expired"
            ),
        ] = None,
        subject: Annotated[
            str | None,
            Query(min_length=1, max_length=lookup.MAX_KEY, description="a key, URL or DID"),
        ] = None,
        issuer: Annotated[
            str | None,
            Query(min_length=1, max_length=lookup.MAX_KEY, description="whose word they are"),
        ] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
        wait: Annotated[
            int, Query(ge=0, le=MAX_WAIT, description="seconds, while there is none")
        ] = 0,
    ) -> Response:
        asked = question(types or (), subject, issuer)
        start = parts.events.position().sequence if after == LATEST else int(after)
        page = await _page(parts, asked, start, limit=limit, wait=wait)
        body = orjson.dumps([told.to_json(origin=origin) for told in page.events])
        return Response(
            body,
            media_type=BATCH,
            headers={
                "cache-control": "no-store",
                "link": f'<{_address(asked, page.seen, limit)}>; rel="next"',
            },
        )

    return routes


def question(types: Sequence[str], subject: str | None, issuer: str | None) -> Asked:
    """Make the question of types in either form, and of a subject in any of its spellings."""
    short = dict.fromkeys(filter(None, map(short_type, types)))
    return Asked(tuple(short), None if subject is None else subject_key(subject), issuer)


def subject_key(text: str) -> str:
    """Return the key that a subject's name stands for; the key of a target stands for itself."""
    return text if text.startswith(_AS_THEY_ARE) else lookup.subject_key(text)


async def _page(parts: Parts, asked: Asked, after: int, *, limit: int, wait: int) -> Page:
    """Return a page with an event, or an empty one at the feed's end when the time is over."""
    end = time.monotonic() + wait
    if parts.bell.waiting >= MAX_WAITING:
        end = 0.0
    spacing = 0.0
    while True:
        page = await asyncio.to_thread(parts.events.read, asked, after=after, limit=limit)
        left = end - time.monotonic()
        if page.events or page.seen < page.newest or left <= 0 or parts.bell.closed:
            return page
        after = page.seen
        # A feed that grows all the time with what is not asked for is not looked at all the time.
        await asyncio.sleep(min(spacing, left))
        await parts.bell.wait(page.newest, min(left, RECHECK))
        spacing = SPACING


def _address(asked: Asked, after: int, limit: int) -> str:
    pairs = [("after", str(after)), *(("type", each) for each in asked.types)]
    pairs += [("subject", asked.subject)] if asked.subject is not None else []
    pairs += [("issuer", asked.issuer)] if asked.issuer is not None else []
    pairs += [("limit", str(limit))]
    return f"{PATH}?{urlencode(pairs)}"
