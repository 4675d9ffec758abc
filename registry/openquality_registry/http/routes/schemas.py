"""Schemas under governance, in the shape of xRegistry 1.0-rc4, and a search over all of them."""

import datetime as dt
from collections.abc import Mapping, Sequence
from email.utils import format_datetime
from typing import Annotated, Any, Final, Literal, TypeAlias
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from openquality_registry.bootstrap import Parts
from openquality_registry.http import describe
from openquality_registry.http.routes.catalogue import HOUR
from openquality_registry.pages.site import base
from openquality_registry.problems import Refused
from openquality_registry.schemagroups import cursors
from openquality_registry.schemagroups.reading import Asked, Groups
from openquality_registry.schemagroups.version import BUILT_IN, Group, Schema, Version
from openquality_registry.schemagroups.xregistry import CAPABILITIES, DETAILS, MODEL, Shape
from openquality_validator.message import message

LIMIT, MOST = 50, 200
ROOT: Final = "/v1"
GROUP: Final = r"^(openquality|did:[a-z0-9]{1,32}:[A-Za-z0-9._:%-]{1,1000})$"
SLUG: Final = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
VERSION: Final = r"^[0-9]{1,4}\.[0-9]{1,4}(-draft\.[0-9]{1,3})?$"
DIGEST: Final = "^sha256:[0-9a-f]{64}$"
FOREVER: Final = {"cache-control": "public, max-age=31536000, immutable"}
FRESH: Final = {"cache-control": "no-cache"}
_DOCUMENTS: Final = ("application/schema+json", "application/json")
_LISTED: Final = {
    "group": "did:web:buyer.example",
    "name": "coating",
    "version": "1.2",
    "kind": "extension",
    "title": "Coatings",
    "uri": "https://buyer.example/schemas/coating.json",
    "digest": "sha256:…",
    "status": "active",
    "sectors": ["nace:25.61"],
    "deprecated": None,
    "statement": "sha256:…",
    "details": "https://registry.example/v1/schemagroups/…",
}
Json: TypeAlias = dict[str, Any]
InGroup: TypeAlias = Annotated[
    str, Path(alias="group", pattern=GROUP, max_length=1_100, examples=[BUILT_IN])
]
Named: TypeAlias = Annotated[
    str, Path(alias="schema", pattern=SLUG, max_length=64, examples=["attestation"])
]
Numbered: TypeAlias = Annotated[str, Path(alias="version", pattern=VERSION, examples=["1.0"])]
Limit: TypeAlias = Annotated[int, Query(ge=1, le=MOST)]
Cursor: TypeAlias = Annotated[str | None, Query(max_length=4_096)]
WRONG = describe.problems("invalid-parameter", "invalid-question")
GONE = describe.problems("unknown-schema", "invalid-parameter")


def router(parts: Parts) -> APIRouter:
    """Make the routes of schemas."""
    routes = APIRouter(tags=["schemas"])
    desk = Desk(parts)
    _whole(routes, desk)
    _groups(routes, desk)
    _documents(routes, desk)
    _search(routes, desk)
    return routes


class Desk:
    """Look things up, and answer with them or refuse."""

    def __init__(self, parts: Parts) -> None:
        self.groups = Groups(parts.schemas, parts.published_size)
        self.origin = parts.folder.origin

    def group(self, name: str) -> Group:
        """Return a group, or raise Refused."""
        found = self.groups.group(name)
        if found is None:
            raise Refused("unknown-schema", message("{name} has published no schema.", name=name))
        return found

    def schema(self, group: str, name: str) -> Schema:
        """Return a schema, or raise Refused."""
        found = self.groups.schema(group, name)
        if found is None:
            raise Refused(
                "unknown-schema",
                message("{group} has published nothing named {name}.", group=group, name=name),
            )
        return found

    def version(self, group: str, name: str, number: str) -> tuple[Schema, Version]:
        """Return a schema and one of its versions, or raise Refused."""
        schema = self.schema(group, name)
        found = schema.find(number)
        if found is None:
            known = ", ".join(each.version for each in schema.versions)
            raise Refused("unknown-schema", message("Its versions are {known}.", known=known))
        return schema, found

    def document(
        self, version: Version, details: Mapping[str, Any], shape: Shape, caching: Mapping[str, str]
    ) -> Response:
        """Answer with the exact bytes of a document; what is known of it goes into the header."""
        return Response(
            self.groups.content(version),
            media_type=version.media_type,
            headers={**shape.headers(details), **caching, **cautions(version)},
        )


def cautions(version: Version) -> Mapping[str, str]:
    """Return what tells a program that a version should be used no more (RFC 9745, RFC 8594)."""
    said = version.deprecated
    if said is None:
        return {}
    found = {"deprecation": f"@{int(_midnight(said.effective).timestamp())}"}
    if said.removal is not None:
        found["sunset"] = format_datetime(_midnight(said.removal), usegmt=True)
    return found


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def _whole(routes: APIRouter, desk: Desk) -> None:
    # By xRegistry the address of the whole is the root and its xid, which is a slash.
    @routes.get(f"{ROOT}/", include_in_schema=False)
    @routes.get(
        ROOT,
        summary="This registry of schemas, by xRegistry's model",
        responses=describe.json({"specversion": "1.0-rc4"}),
    )
    def registry(request: Request) -> Response:
        return _json(_shape(request).registry(desk.origin))

    @routes.get(
        f"{ROOT}/capabilities",
        summary="What of xRegistry is offered",
        responses=describe.json(dict(CAPABILITIES)),
    )
    async def capabilities() -> Response:
        return _json(dict(CAPABILITIES), HOUR)

    @routes.get(
        f"{ROOT}/model",
        summary="The model of groups, schemas and versions",
        responses=describe.json({"groups": {}}),
    )
    async def model() -> Response:
        return _json(dict(MODEL), HOUR)


def _groups(routes: APIRouter, desk: Desk) -> None:
    @routes.get(
        f"{ROOT}/schemagroups",
        summary="The owners of schemas, by DID, then the built-in group",
        responses=describe.json({BUILT_IN: {"schemagroupid": BUILT_IN}}) | WRONG,
    )
    def every(request: Request, limit: Limit = LIMIT, cursor: Cursor = None) -> Response:
        after = None if cursor is None else _place("groups", cursor, parts=1)[0]
        found = desk.groups.page(limit=limit + 1, after=after)
        shown = found[:limit]
        places = [(each.id,) for each in shown] if len(found) > limit else []
        shape = _shape(request)
        return _map(
            {each.id: shape.group(each) for each in shown},
            _next(f"{shape.root}/schemagroups", "groups", places, limit=limit),
        )

    @routes.get(
        f"{ROOT}/schemagroups/{{group}}",
        summary="One owner",
        responses=describe.json({"schemagroupid": BUILT_IN}) | GONE,
    )
    def group(request: Request, name: InGroup) -> Response:
        return _json(_shape(request).group(desk.group(name)))

    @routes.get(
        f"{ROOT}/schemagroups/{{group}}/schemas",
        summary="The schemas of an owner, by name, each by its default version",
        responses=describe.json({"attestation": {"schemaid": "attestation"}}) | GONE | WRONG,
    )
    def schemas(
        request: Request, name: InGroup, limit: Limit = LIMIT, cursor: Cursor = None
    ) -> Response:
        group, question = desk.group(name), ("schemas", name)
        place = None if cursor is None else (name, _place(question, cursor, parts=1)[0])
        found = desk.groups.find(Asked(owner=name), limit=limit + 1, after=place)
        shown = found[:limit]
        places = [(each.name,) for each in shown] if len(found) > limit else []
        shape = _shape(request)
        return _map(
            {each.name: shape.schema(desk.schema(name, each.name)) for each in shown},
            _next(shape.group(group)["schemasurl"], question, places, limit=limit),
        )


def _documents(routes: APIRouter, desk: Desk) -> None:
    schema_path = f"{ROOT}/schemagroups/{{group}}/schemas/{{schema}}"
    document = _described("The exact bytes of the document.") | GONE
    details = describe.json({"schemaid": "attestation", "versionid": "1.0"}) | GONE

    # Those with $details come first: the others would take it for a part of the name.
    @routes.get(schema_path + DETAILS, summary="What is known of a schema", responses=details)
    def schema_details(request: Request, group: InGroup, name: Named) -> Response:
        return _json(_shape(request).schema(desk.schema(group, name)))

    @routes.get(
        schema_path,
        summary="The document of a schema's default version, byte for byte",
        responses=document,
    )
    def schema(request: Request, group: InGroup, name: Named) -> Response:
        found, shape = desk.schema(group, name), _shape(request)
        return desk.document(found.default, shape.schema(found), shape, FRESH)

    @routes.get(
        f"{schema_path}/meta",
        summary="What holds of all versions of a schema",
        responses=describe.json({"schemaid": "attestation", "readonly": True}) | GONE,
    )
    def meta(request: Request, group: InGroup, name: Named) -> Response:
        return _json(_shape(request).meta(desk.schema(group, name)))

    @routes.get(
        f"{schema_path}/versions",
        summary="The versions of a schema, the lowest first",
        responses=describe.json({"1.0": {"versionid": "1.0"}}) | GONE | WRONG,
    )
    def versions(
        request: Request,
        group: InGroup,
        name: Named,
        limit: Limit = LIMIT,
        cursor: Cursor = None,
    ) -> Response:
        found, question = desk.schema(group, name), ("versions", group, name)
        numbers = [each.version for each in found.versions]
        start = 0
        if cursor is not None:
            last = _place(question, cursor, parts=1)[0]
            start = numbers.index(last) + 1 if last in numbers else len(numbers)
        shown = found.versions[start : start + limit]
        more = start + limit < len(numbers)
        places = [(each.version,) for each in shown] if more else []
        shape = _shape(request)
        return _map(
            {each.version: shape.version(found, each) for each in shown},
            _next(shape.schema(found)["versionsurl"], question, places, limit=limit),
        )

    @routes.get(
        f"{schema_path}/versions/{{version}}{DETAILS}",
        summary="What is known of one version",
        responses=details,
    )
    def version_details(
        request: Request, group: InGroup, name: Named, number: Numbered
    ) -> Response:
        return _json(_shape(request).version(*desk.version(group, name, number)))

    @routes.get(
        f"{schema_path}/versions/{{version}}",
        summary="The document of one version, byte for byte",
        responses=document,
    )
    def version(request: Request, group: InGroup, name: Named, number: Numbered) -> Response:
        found, one = desk.version(group, name, number)
        shape = _shape(request)
        return desk.document(one, shape.version(found, one), shape, FOREVER)


def _search(routes: APIRouter, desk: Desk) -> None:
    @routes.get(
        f"{ROOT}/schemas",
        summary="Schemas that fit, by owner and name, each by its default version",
        responses=describe.json({"items": [_LISTED], "count": 1, "next": None}) | WRONG,
    )
    def found(  # noqa: PLR0913 - each is a parameter of the address
        request: Request,
        *,
        owner: Annotated[str | None, Query(pattern=GROUP, max_length=1_100)] = None,
        kind: Literal["extension", "metrics", "profile", "language"] | None = None,
        status: Literal["active", "deprecated"] | None = None,
        sector: Annotated[str | None, Query(max_length=64)] = None,
        metric: Annotated[str | None, Query(max_length=2_200)] = None,
        q: Annotated[str | None, Query(max_length=300)] = None,
        digest: Annotated[str | None, Query(pattern=DIGEST)] = None,
        limit: Limit = LIMIT,
        cursor: Cursor = None,
    ) -> Response:
        asked = Asked(owner, kind, status, sector, metric, q, digest)
        after = None if cursor is None else _place(asked, cursor, parts=2)
        rows = desk.groups.find(
            asked, limit=limit + 1, after=None if after is None else (after[0], after[1])
        )
        shown = rows[:limit]
        shape = _shape(request)
        last = shown[-1] if len(rows) > limit else None
        return _json(
            {
                "items": [_listed(each, shape) for each in shown],
                "count": desk.groups.count(asked),
                "next": None if last is None else cursor_of(asked, last),
            }
        )

    @routes.get(
        f"{ROOT}/schemas/{{digest}}",
        summary="The exact bytes of a shipped or published document, by SHA-256",
        responses=_described("The exact bytes of the document.") | GONE,
    )
    def by_digest(
        name: Annotated[
            str,
            Path(
                alias="digest",
                pattern=r"^(sha256:)?[0-9a-f]{64}$",
                examples=[_first_digest(desk)],
            ),
        ],
    ) -> Response:
        version = desk.groups.by_digest(f"sha256:{name.removeprefix('sha256:')}")
        if version is None:
            raise Refused("unknown-schema", message("GET /v1/schemas lists what is known."))
        data = desk.groups.content(version)
        return Response(data, media_type=version.media_type, headers=FOREVER)


def cursor_of(asked: Asked, last: Version) -> str:
    """Write where the next page of a search starts."""
    return cursors.write(asked, (last.group, last.name))


def _listed(version: Version, shape: Shape) -> Json:
    """Return what a search tells of a schema; the rest stands at `details`."""
    logged, said = version.logged, version.deprecated
    return {
        "group": version.group,
        "name": version.name,
        "version": version.version,
        "kind": version.kind,
        "title": version.title,
        "uri": version.uri,
        "digest": version.digest,
        "status": version.status,
        "sectors": list(version.sectors),
        "deprecated": None if said is None else shape.deprecated(said),
        "statement": None if logged is None else logged.statement,
        "details": shape.details(version),
    }


def _described(text: str) -> describe.Responses:
    schema = {"type": "object"}
    content = {each: {"schema": schema} for each in _DOCUMENTS}
    return {200: {"description": text, "content": content}}


def _shape(request: Request) -> Shape:
    return Shape(f"{base(request)}{ROOT}")


def _place(question: object, text: str, *, parts: int) -> tuple[str, ...]:
    return cursors.read(question, text, parts=parts)


def _next(
    address: str, question: object, places: Sequence[tuple[str, ...]], *, limit: int
) -> Mapping[str, str]:
    """Return the header of a page that goes on (RFC 8288; xRegistry's pagination)."""
    if not places:
        return {}
    asked = {"limit": limit, "cursor": cursors.write(question, places[-1])}
    return {"link": f"<{address}?{urlencode(asked)}>;rel=next"}


def _json(value: Json, headers: Mapping[str, str] = FRESH) -> Response:
    return Response(orjson.dumps(value), media_type="application/json", headers=dict(headers))


def _map(value: Json, link: Mapping[str, str]) -> Response:
    return _json(value, {**FRESH, **link})


def _first_digest(desk: Desk) -> str:
    schema = desk.groups.schema(BUILT_IN, "attestation")
    assert schema is not None
    return schema.default.digest
