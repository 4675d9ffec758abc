"""The page that validates, alone: no data folder, no database, no log, no key."""

import time

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from openquality_registry.http import problems
from openquality_registry.http.edge import Edge, Meter
from openquality_registry.http.limits import Buckets
from openquality_registry.pages import site, validating
from openquality_registry.settings import Settings


def create_workbench(settings: Settings) -> ASGIApp:
    """Make the application; the limits are those of a registry with these settings."""

    async def home(_request: Request) -> Response:
        return RedirectResponse("/validate")

    async def alive(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    api = FastAPI(title="OpenQuality workbench", docs_url=None, redoc_url=None, openapi_url=None)
    api.router.routes.extend(
        [
            Route("/", home),
            Route("/healthz", alive),
            Route("/readyz", alive),
            site.static_files(),
            *validating.routes(limit=settings.max_check_bytes, alone=True),
        ]
    )
    for kind, handler in problems.handlers(api).items():
        api.add_exception_handler(kind, handler)
    return Edge(
        api,
        buckets=Buckets(rate=settings.rate, burst=settings.burst, now=time.monotonic),
        meter=Meter(CollectorRegistry()),
    )
