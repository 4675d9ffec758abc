"""The application: routes, errors, limits, joined."""

import time
from typing import Any

from fastapi import FastAPI

from openquality_registry.bootstrap import Parts
from openquality_registry.http import openapi, problems
from openquality_registry.http.edge import Edge, Meter
from openquality_registry.http.limits import Buckets
from openquality_registry.http.routes import answers, batch, catalogue, log, operations, statements


def create_app(parts: Parts) -> FastAPI:
    """Make the application over joined parts; closing the parts is the caller's."""
    app = FastAPI(
        title="OpenQuality registry",
        version=parts.version,
        summary="Quality records that programs can find, compare and verify.",
        docs_url=None,  # the usual pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    # In front, since most requests are for them.
    app.router.routes.extend(log.routes(parts))
    for module in (statements, batch, answers, catalogue, operations):
        app.include_router(module.router(parts))
    problems.install(app)
    app.add_middleware(
        Edge,
        buckets=Buckets(rate=parts.settings.rate, burst=parts.settings.burst, now=time.monotonic),
        meter=Meter(parts.metrics),
    )

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = openapi.describe(app)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's documented way
    return app
