"""Issuers: their keys with history, and the identities that this registry hosts."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from openquality import wire
from openquality_registry import bundles, heads, hosting
from openquality_registry.bootstrap import Parts
from openquality_registry.http import describe, requests
from openquality_registry.http.routes.statements import BUNDLE_SCHEMA, REFUSALS
from openquality_registry.issuers import Issuers, Registration
from openquality_registry.problems import Refused
from openquality_validator import entry
from openquality_validator.errors import IdentityError
from openquality_validator.identity import METHOD, multikey
from openquality_validator.identity.history import KeyVersion
from openquality_validator.message import join, message

JSONL = "text/jsonl"
MAX_BODY = 524_288  # the longest line of a DID log twice over, as JSON text with its proofs
SHORTLY = "public, max-age=60"
EXAMPLE_DID = "did:webvh:QmYhdwFz…:registry.example:issuers:nordbolt"
REGISTER_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["line", "proofs"],
    "properties": {
        "line": {"type": "string", "description": "the exact first line of did.jsonl"},
        "proofs": {
            "type": "array",
            "minItems": 1,
            "maxItems": hosting.MAX_PROOFS,
            "items": {"type": "string"},
            "description": "a proof of possession by each key that the line lets assert",
        },
    },
}
ISSUER_EXAMPLE = {
    "did": EXAMPLE_DID,
    "level": "L0",
    "hosted": True,
    "versions": [],
    "disputes": [],
    "registrations": [],
}


def router(parts: Parts) -> APIRouter:
    """Make the routes of issuers."""
    routes = APIRouter(tags=["issuers"])
    issuers, store = parts.issuers, parts.folder.store

    @routes.post(
        "/v1/issuers",
        summary="Register a hosted identity: the first line of its DID log",
        openapi_extra=describe.body(
            wire.JSON, REGISTER_SCHEMA, {"line": '{"versionId":"1-Qm…"}', "proofs": ["eyJ…"]}
        ),
        responses=describe.answer(
            wire.BUNDLE, schema=BUNDLE_SCHEMA, description="It was there already: its receipt."
        )
        | describe.answer(
            wire.BUNDLE, schema=BUNDLE_SCHEMA, status=201, description="Registered: the receipt."
        )
        | describe.problems(
            *REFUSALS,
            "invalid-question",
            "invalid-registration",
            "invalid-statement",
            "no-hosting",
            "name-taken",
            "outdated",
            "not-kept",
            "outcome-unknown",
            "log-stopped",
        ),
        status_code=201,
    )
    async def register(request: Request) -> Response:
        caller = await requests.caller(request, parts.gate)
        line, proofs = _registration(await requests.question(request, limit=MAX_BODY))
        digest = entry.digest(line)

        def work() -> Response:
            receipt = parts.admission.known([digest]).get(digest)
            if receipt is None:
                pending = hosting.register(
                    line,
                    proofs,
                    issuers=issuers,
                    store=store,
                    origin=parts.folder.origin,
                    now=parts.clock.now(),
                )
                receipt = parts.admission.submit([pending], caller)[0].result()
            did = store.find(digest)
            return Response(
                bundles.receipt(line, receipt, catalogue=parts.catalogue),
                status_code=201 if receipt.created else 200,
                media_type=wire.BUNDLE,
                headers={"location": f"/v1/issuers/{did.issuer}"} if did else {},
            )

        return await asyncio.to_thread(work)

    @routes.get(
        "/v1/issuers/{did}",
        summary="An issuer's keys with their history, its level, and who vouches for it",
        responses=describe.json(ISSUER_EXAMPLE)
        | describe.problems("unknown-issuer", "invalid-parameter"),
    )
    def issuer(
        did: Annotated[str, Path(pattern="^did:[a-z0-9]+:.+$", max_length=1_024)],
    ) -> Response:
        view = _view(issuers, did) | {
            "log": {"origin": parts.folder.origin, "size": parts.published_size()}
        }
        headers = {"cache-control": "no-cache"}
        return Response(orjson.dumps(view), media_type=wire.JSON, headers=headers)

    @routes.get(
        "/issuers/{name}/did.jsonl",
        summary="The DID log of a hosted identity",
        responses=describe.answer(JSONL, schema={"type": "string"}, example='{"versionId":"1-Qm…"}')
        | describe.problems("unknown-issuer", "invalid-parameter"),
    )
    def did_log(name: Annotated[str, Path(max_length=63)]) -> Response:
        lines = issuers.lines(_hosted(parts, name))
        body = b"".join(line + b"\n" for line in lines)
        return Response(body, media_type=JSONL, headers=_cached(body))

    @routes.get(
        "/issuers/{name}/did-witness.json",
        summary="The approvals of a hosted identity's own witnesses",
        responses=describe.json([]) | describe.problems("unknown-issuer", "invalid-parameter"),
    )
    def did_witness(name: Annotated[str, Path(max_length=63)]) -> Response:
        body = store.did_witness(_hosted(parts, name))
        if body is None:
            raise Refused(
                "unknown-issuer", message("The identity {name} names no witnesses.", name=name)
            )
        return Response(body, media_type=wire.JSON, headers=_cached(body))

    return routes


def _hosted(parts: Parts, name: str) -> str:
    head = heads.hosted(name)
    did = parts.folder.store.heads([head]).get(head)
    if did is None:
        raise Refused(
            "unknown-issuer", message("No identity is hosted under the name {name}.", name=name)
        )
    return did


def _cached(body: bytes) -> dict[str, str]:
    return {
        "cache-control": SHORTLY,
        "etag": f'"{entry.digest(body).removeprefix("sha256:")[:32]}"',
        "access-control-allow-origin": "*",  # resolvers run in browsers too
    }


def _registration(value: Mapping[str, Any]) -> tuple[bytes, list[str]]:
    """Read a registration; REGISTER_SCHEMA says the same to machines."""
    line, proofs = value.get("line"), value.get("proofs")
    if (
        value.keys() != {"line", "proofs"}
        or not isinstance(line, str)
        or not isinstance(proofs, list)
        or not 1 <= len(proofs) <= hosting.MAX_PROOFS
        or not all(isinstance(proof, str) for proof in proofs)
    ):
        raise Refused(
            "invalid-registration",
            message(
                "Send line, a text, and proofs, a list of 1 to {MAX_PROOFS} texts.",
                MAX_PROOFS=hosting.MAX_PROOFS,
            ),
        )
    return line.rstrip("\n").encode(), proofs


def _view(issuers: Issuers, did: str) -> dict[str, Any]:
    try:
        known = issuers.history(did)
    except IdentityError as error:
        raise Refused("unknown-issuer", join(" ", (error.message, error.hint))) from None
    registrations = issuers.registrations(did)
    return {
        "did": did,
        "level": issuers.level(did),
        "hosted": not did.startswith(METHOD) and issuers.is_hosted(did),
        "versions": [_version(version) for version in known.versions],
        "disputes": [
            {
                "key": dispute.key,
                "since": dispute.since.isoformat().replace("+00:00", "Z"),
                "index": dispute.index,
            }
            for dispute in issuers.disputes(did)
        ],
        "registrations": [_vouched(registration) for registration in registrations],
    }


def _version(version: KeyVersion) -> dict[str, Any]:
    return {
        "versionId": version.version_id or None,
        "index": version.from_index,
        "keys": [
            {"id": name, "type": key.kind.value, "publicKeyMultibase": multikey(key)}
            for name, key in sorted(version.resolution.keys.items())
        ],
        "discontinuous": version.discontinuous,
        "deactivated": version.deactivated,
    }


def _vouched(registration: Registration) -> dict[str, Any]:
    return {
        "index": registration.index,
        "digest": registration.digest,
        "registrar": registration.registrar,
        "name": registration.name,
        "identifiers": [
            {"scheme": scheme, "value": value} for scheme, value in registration.identifiers
        ],
        "validFrom": registration.valid_from,
        "validUntil": registration.valid_until,
        "counts": registration.counts,
    }
