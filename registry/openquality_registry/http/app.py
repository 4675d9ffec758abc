"""The application: routes, errors, limits, joined.

Edge                  limits, metrics, the log line; what nobody expected
ExceptionMiddleware   errors of the plain routes
Router                plain routes for what carries the load, then everything else by
FastAPI
"""

import time
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from openquality_registry.bootstrap import Parts
from openquality_registry.http import openapi, problems
from openquality_registry.http.edge import Edge, Meter
from openquality_registry.http.limits import Buckets
from openquality_registry.http.problems import Handlers
from openquality_registry.http.routes import (
    answers,
    batch,
    catalogue,
    certificates,
    conformity,
    events,
    evidence,
    issuers,
    listings,
    llms,
    log,
    mcp,
    operations,
    operator,
    profiles,
    proofs,
    records,
    schemas,
    statements,
    status,
    status_lists,
    subscriptions,
    tokens,
)
from openquality_registry.http.waiting import Waiting
from openquality_registry.pages import certificate, site, validating
from openquality_registry.pages import profiles as profile_pages
from openquality_registry.pages import schemas as schema_pages


class Shortcut:
    """Hand a request that fits a plain route to it, and every other one to the application."""

    def __init__(self, app: ASGIApp, plain: Sequence[Route], handlers: Handlers) -> None:
        self._app = app
        self._plain = plain
        no_statuses: dict[int, object] = {}
        self._handlers = (handlers, no_statuses)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "http":
            for route in self._plain:
                match, found = route.matches(scope)
                if match is Match.FULL:
                    scope.update(found, route=route)
                    # Where a plain route looks for them (Starlette's ExceptionMiddleware).
                    scope["starlette.exception_handlers"] = self._handlers
                    await route.handle(scope, receive, send)
                    return
        await self._app(scope, receive, send)


def create_app(parts: Parts) -> ASGIApp:
    """Make the application over joined parts; closing the parts is the caller's."""
    plain = [*log.routes(parts), *records.routes(parts)]
    api = create_api(parts)
    api.router.routes.extend(plain)  # it knows which methods they take
    api.router.routes.extend(site.routes(parts))
    api.router.routes.extend(certificate.routes(parts))
    api.router.routes.extend(profile_pages.routes(parts))
    api.router.routes.extend(schema_pages.routes(parts))
    api.router.routes.extend(validating.routes(limit=parts.settings.max_check_bytes))
    handlers = problems.handlers(api)
    whole: ASGIApp = Shortcut(api, plain, handlers)
    whole = Shortcut(whole, mcp.routes(parts, whole), handlers)
    if (confirming := parts.confirming) is not None:
        whole = Waiting(whole, lambda: confirming.why)
    return Edge(
        whole,
        buckets=Buckets(rate=parts.settings.rate, burst=parts.settings.burst, now=time.monotonic),
        meter=Meter(parts.metrics),
    )


def create_api(parts: Parts) -> FastAPI:
    """Make the other routes, and the description of all."""
    api = FastAPI(
        title="OpenQuality registry",
        version=parts.version,
        summary="Quality records that programs can find, compare and verify.",
        docs_url=None,  # the usual pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    for module in (
        statements,
        batch,
        answers,
        catalogue,
        schemas,
        profiles,
        certificates,
        conformity,
        status,
        status_lists,
        evidence,
        proofs,
        issuers,
        events,
        subscriptions,
        tokens,
        operator,
        listings,
        operations,
        llms,
    ):
        api.include_router(module.router(parts))
    for kind, handler in problems.handlers(api).items():
        api.add_exception_handler(kind, handler)

    def described() -> dict[str, Any]:
        if api.openapi_schema is None:
            api.openapi_schema = openapi.describe(api)
        return api.openapi_schema

    api.openapi = described  # type: ignore[method-assign]  # FastAPI's documented way
    return api
