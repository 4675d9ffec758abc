"""The catalogue: shipped data, answered as it is."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path
from starlette.responses import Response

import openquality_schemas
from openquality_registry import defined
from openquality_registry.bootstrap import Parts
from openquality_registry.http import describe
from openquality_registry.problems import Refused
from openquality_validator import metric_sets
from openquality_validator.errors import UnknownTerm
from openquality_validator.message import message

HOUR = {"cache-control": "public, max-age=3600"}
MINUTE = {"cache-control": "public, max-age=60"}  # a set may have a higher version then
NAME = r"^([a-z][a-z0-9+.-]{0,31}:[A-Za-z0-9._~!$&'()*+,;=:@%/?-]+#)?[a-z][a-z0-9]*(-[a-z0-9]+)*$"
LONGEST = 565  # the URI of a set, the sign, and the id of a metric
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
        "/v1/metrics/{id:path}",
        summary="One metric of the catalogue, or of a published metric set",
        responses=describe.json(next(iter(metrics.values())))
        | describe.problems("unknown-term", "invalid-parameter"),
    )
    async def one_metric(
        name: Annotated[
            str,
            Path(alias="id", pattern=NAME, max_length=LONGEST, examples=["cpk"]),
        ],
    ) -> Response:
        if metric_sets.is_qualified(name):
            said = await asyncio.to_thread(defined.said_of, name, schemas=parts.schemas)
            if said is None:
                raise Refused("unknown-term", message("No set of this log has the metric."))
            return Response(orjson.dumps(said), media_type="application/json", headers=MINUTE)
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
