"""Health, metrics, and what the registry says about itself."""

from typing import Any

import orjson
from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from openquality import webhooks
from openquality_registry import hosting, lookup, places
from openquality_registry.access.policy import Rule
from openquality_registry.adapters.sql.states import MAX_PAST
from openquality_registry.answering import explaining, facets
from openquality_registry.answering.found import MAX_JOINED
from openquality_registry.bootstrap import Parts
from openquality_registry.http import describe, requests
from openquality_registry.http.routes.answers import MAX_COMPARED
from openquality_registry.problems import Refused
from openquality_registry.webhooks.desk import PER_TOKEN
from openquality_validator.query_findings import MAX_ROWS, MAX_WITH_BUNDLES


def router(parts: Parts) -> APIRouter:
    """Make the routes of operations."""
    routes = APIRouter(tags=["operations"])

    @routes.get("/healthz", summary="Is the process alive?", responses=describe.text("ok"))
    async def healthz(_request: Request) -> Response:
        return Response("ok\n", media_type="text/plain")

    @routes.get(
        "/readyz",
        summary="Can statements be admitted?",
        responses=describe.text("ok") | describe.problems("log-stopped"),
    )
    async def readyz(_request: Request) -> Response:
        reason = parts.admission.stopped()
        if reason:
            raise Refused("log-stopped", reason)
        return Response("ok\n", media_type="text/plain")

    @routes.get("/metrics", summary="Prometheus metrics", responses=describe.text("# HELP …"))
    async def metrics(_request: Request) -> Response:
        return Response(
            generate_latest(parts.metrics), headers={"content-type": CONTENT_TYPE_LATEST}
        )

    @routes.get(
        "/.well-known/openquality",
        summary="What this registry is: its log's key, its limits, its versions",
        responses=describe.json(about(parts)),
    )
    async def well_known(_request: Request) -> Response:
        return Response(orjson.dumps(about(parts)), media_type="application/json")

    return routes


def about(parts: Parts) -> dict[str, Any]:
    """Describe the registry; everything here is public."""
    settings = parts.settings
    return {
        "v": 1,
        "log": {
            "origin": parts.folder.origin,
            "vkey": parts.folder.signer.vkey,
            "retiredKeys": [
                {"vkey": key.vkey, "validUntil": key.until} for key in parts.folder.retired
            ],
        },
        "catalogue": {"version": parts.catalogue.version, "digest": parts.catalogue.digest},
        "accreditors": [
            {"did": accreditor.did, "schemes": list(accreditor.schemes)}
            for accreditor in parts.folder.accreditors
        ],
        "statusKeys": [parts.folder.status_key.did],
        "webhooks": {
            "keys": [webhooks.key_text(parts.folder.webhook_key.public)],
            "origin": parts.subscriptions.sender,
            "subscriptionsPerToken": PER_TOKEN,
        },
        "timeAuthorities": [
            {"name": each.authority.name, "url": each.url}
            for each in (parts.stamper.authorities if parts.stamper else ())
        ],
        "limits": {
            "statementBytes": settings.max_statement_bytes,
            "batchBytes": settings.max_batch_bytes,
            "batchLines": settings.max_batch_lines,
            "evidenceBytes": settings.max_evidence_bytes,
            "postsPerSecond": settings.rate,
            "query": {
                "questionBytes": requests.MAX_QUESTION_BYTES,
                "rows": MAX_ROWS,
                "rowsWithBundles": MAX_WITH_BUNDLES,
                "joinedValues": MAX_JOINED,
                "pastValues": MAX_PAST,
                "excludedItems": explaining.PAGE,
                "facetValues": facets.LIMIT,
                "comparedRecords": MAX_COMPARED,
                "lookupKeys": lookup.MAX_KEYS,
            },
            "tokenRequired": parts.gate.policy.rule is Rule.INVITED,
        },
        "policy": parts.gate.policy.to_json(),
        "hosting": None
        if parts.issuers.host is None
        else {"url": settings.public_url, "place": f"{parts.issuers.host}:{hosting.FOLDER}"},
        "statusLists": places.lists_of(settings.public_url),
        "hosts": [parts.issuers.host.partition("%3A")[0]] if parts.issuers.host else [],
        "registrars": [
            {"did": registrar.did, "schemes": list(registrar.schemes)}
            for registrar in parts.folder.registrars
        ],
        "versions": {"http": "v1", "software": parts.version},
    }
