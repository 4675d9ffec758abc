"""Certificates: those that the log holds, and the whole life of one."""

import datetime as dt
from typing import Annotated, Any, Final
from urllib.parse import unquote

import orjson
from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from openquality_registry import certificate_answers
from openquality_registry.adapters.sql.certificate_list import SqlCertificateList
from openquality_registry.bootstrap import Parts
from openquality_registry.certificate_answers import Asked
from openquality_registry.certificate_list import Filter
from openquality_registry.http import describe
from openquality_registry.problems import Refused
from openquality_validator.certification.standing import CertificateState
from openquality_validator.message import message

PREFIX: Final = "/v1/certificates"
MOST: Final = 100
SOME: Final = 50
LONGEST: Final = 2_048  # the longest identifier that a statement may hold
FAR: Final = 3_660  # days ahead: ten years
LISTED: Final = {
    "certificate": "certificate:ISO-9001/QM-25-1187",
    "scheme": "ISO-9001",
    "edition": "2015",
    "number": "QM-25-1187",
    "holders": ["did:key:…"],
    "issuer": "did:key:…",
    "certifier": "did:key:…",
    "byCertifier": True,
    "listed": True,
    "state": "expiring",
    "expiresIn": 41,
    "validity": {"start": "2024-01-01", "end": "2026-12-31"},
    "stated": "active",
    "cycleStage": "surveillance",
    "lastAudit": "2026-01-15",
    "nextAudit": None,
    "nonconformities": {"major": 0, "minor": 1},
    "openRequests": 1,
    "overdueRequests": 0,
    "record": "active",
    "statement": "sha256:…",
    "claim": "urn:uuid:…#c1",
    "index": 7,
    "admittedAt": "2026-11-20T12:00:00.000Z",
}
LIFE: Final[dict[str, Any]] = {
    "certificate": "certificate:ISO-9001/QM-25-1187",
    "scheme": "ISO-9001",
    "number": "QM-25-1187",
    "asOf": "2026-11-20",
    "standing": [LISTED],
    "voices": [],
    "warnings": [],
    "requests": [],
    "appeals": [],
    "claims": [LISTED],
    "events": [],
    "log": {"origin": "example.com/quality", "size": 71},
}
FRESH: Final = {"cache-control": "no-cache"}


def router(parts: Parts) -> APIRouter:
    """Make the routes of certificates."""
    routes = APIRouter(tags=["certificates"])
    listed = SqlCertificateList(parts.folder.store.read)

    @routes.get(
        PREFIX,
        summary="Certificates with each issuer that claims them, by key, then by issuer",
        responses=describe.json(
            {
                "items": [LISTED],
                "asOf": "2026-11-20",
                "log": {"origin": "example.com/quality", "size": 71},
                "next": None,
            }
        )
        | describe.problems("invalid-parameter", "invalid-question"),
    )
    def every(
        subject: Annotated[str | None, Query(min_length=1, max_length=LONGEST)] = None,
        scheme: Annotated[str | None, Query(min_length=1, max_length=64)] = None,
        certifier: Annotated[str | None, Query(min_length=1, max_length=LONGEST)] = None,
        state: Annotated[CertificateState | None, Query()] = None,
        within: Annotated[int | None, Query(alias="expiringWithin", ge=0, le=FAR)] = None,
        as_of: Annotated[dt.date | None, Query(alias="asOf")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = SOME,
        cursor: Annotated[str | None, Query(max_length=4_096)] = None,
    ) -> Response:
        day = as_of or parts.clock.now().date()
        wanted = Filter(
            holder=subject,
            scheme=scheme,
            certifier=certifier,
            state=state,
            ends_from=None if within is None else day,
            ends_by=None if within is None else _later(day, within),
        )
        found = certificate_answers.page(parts, listed, Asked(wanted, day, limit, cursor))
        return _json(
            {
                "items": [each.to_json() for each in found.items],
                "asOf": day.isoformat(),
                "log": {"origin": parts.folder.origin, "size": found.size},
                "next": found.next,
            }
        )

    @routes.get(
        f"{PREFIX}/{{scheme}}/{{number:path}}",
        summary="One certificate: how it stands by each issuer, measures, requests, appeals",
        responses=describe.json(LIFE)
        | describe.problems("unknown-certificate", "invalid-parameter"),
    )
    def one(
        request: Request,
        scheme: Annotated[str, Path(min_length=1, max_length=64, examples=["ISO-9001"])],
        number: Annotated[str, Path(min_length=1, max_length=128, examples=["QM-25-1187"])],
        as_of: Annotated[dt.date | None, Query(alias="asOf")] = None,
    ) -> Response:
        assert scheme
        assert number
        day = as_of or parts.clock.now().date()
        found = certificate_answers.life(parts, listed, *named(request), day)
        return _json(certificate_answers.life_json(parts, found))

    return routes


def named(request: Request) -> tuple[str, str]:
    """Return scheme and number as the address has them; a `/` inside one is escaped there.

    Raises Refused for what is no UTF-8.
    """
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    place = raw.decode("ascii", "replace").partition("?")[0].partition("/certificates/")[2]
    scheme, _, number = place.partition("/")
    try:
        return unquote(scheme, errors="strict"), unquote(number, errors="strict")
    except UnicodeDecodeError:
        raise Refused(
            "invalid-parameter", message("Write the scheme and the number in UTF-8.")
        ) from None


def _later(day: dt.date, days: int) -> dt.date:
    """Return a day so many days later, the last there is at the end of time."""
    return day + min(dt.timedelta(days=days), dt.date.max - day)


def _json(value: object) -> Response:
    return Response(orjson.dumps(value), media_type="application/json", headers=FRESH)
