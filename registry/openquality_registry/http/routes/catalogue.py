"""The catalogue: shipped data, answered as it is."""

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path
from starlette.responses import Response

import openquality_schemas
from openquality_registry.bootstrap import Parts
from openquality_registry.http import describe
from openquality_registry.problems import Refused
from openquality_validator.errors import UnknownTerm

HOUR = {"cache-control": "public, max-age=3600"}
DIGEST = r"^(sha256:)?[0-9a-f]{64}$"


def router(parts: Parts) -> APIRouter:
    """Make the routes of the catalogue."""
    routes = APIRouter(tags=["catalogue"])
    catalogue = parts.catalogue
    version = {"version": catalogue.version, "digest": catalogue.digest}
    metrics = _by("id", "metrics", catalogue.version)
    units = _by("code", "units", catalogue.version)
    all_metrics = orjson.dumps({**version, "items": list(metrics.values()), "next": None})
    all_units = orjson.dumps({**version, "items": list(units.values()), "next": None})

    @routes.get(
        "/v1/metrics",
        summary="Every metric, ordered by id",
        responses=describe.json({**version, "items": [], "next": None}),
    )
    async def list_metrics() -> Response:
        return Response(all_metrics, media_type="application/json", headers=HOUR)

    @routes.get(
        "/v1/metrics/{id}",
        summary="One metric",
        responses=describe.json(next(iter(metrics.values())))
        | describe.problems("unknown-term", "invalid-parameter"),
    )
    async def one_metric(
        name: Annotated[
            str,
            Path(
                alias="id", pattern="^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=64, examples=["cpk"]
            ),
        ],
    ) -> Response:
        if name not in metrics:
            try:
                catalogue.metric(name)
            except UnknownTerm as error:
                raise Refused("unknown-term", str(error)) from None
        return Response(orjson.dumps(metrics[name]), media_type="application/json", headers=HOUR)

    @routes.get(
        "/v1/units",
        summary="Every unit, ordered by code",
        responses=describe.json({**version, "items": [], "next": None}),
    )
    async def list_units() -> Response:
        return Response(all_units, media_type="application/json", headers=HOUR)

    return routes


def _by(key: str, name: str, version: str) -> Mapping[str, Any]:
    document = orjson.loads(openquality_schemas.read(f"{name}.json", version=version))
    return {item[key]: item for item in sorted(document[name], key=lambda item: item[key])}
