"""The pages of schemas: find one, and see what a version is and what it changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openquality_registry.bootstrap import Parts
from openquality_registry.pages import rendering
from openquality_registry.problems import Refused
from openquality_registry.schemagroups import changes
from openquality_registry.schemagroups.reading import Asked, Groups
from openquality_registry.schemagroups.version import (
    BUILT_IN,
    DEPRECATED,
    KINDS,
    METRICS,
    PROFILE,
    Schema,
    Version,
)
from openquality_validator import metric_sets
from openquality_validator.compatibility import Nature
from openquality_validator.message import message
from openquality_validator.metric_sets import MARK

PAGE: Final = 20
LONGEST: Final = 300  # characters of a question
SHOWN: Final = 50  # changes of a version; the worst come first
LISTED: Final = 50  # versions of a schema; the highest come first
NAMES: Final[Mapping[str, str]] = {
    "extension": message("Extension"),
    "metrics": message("Metric set"),
    "profile": message("Profile"),
    "language": message("Part of the language"),
}
STATUSES: Final[Mapping[str, str]] = {
    "active": message("active"),
    "deprecated": message("deprecated"),
}
NATURES: Final[Mapping[Nature, tuple[str, str]]] = {
    Nature.BREAKING: ("✕", message("breaking")),
    Nature.UNKNOWN: ("?", message("cannot be told")),
    Nature.ADDITIVE: ("+", message("additive")),
    Nature.NEUTRAL: ("=", message("neutral")),
}


@dataclass(frozen=True, slots=True)
class Question:
    """Hold what a visitor asked, and behind which schema the page starts."""

    text: str
    kind: str | None
    status: str | None
    sector: str | None
    metric: str | None
    owner: str | None
    after: tuple[str, str] | None

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "Question":
        """Read the parameters of the address; what is not known there is left alone."""
        group, name = given.get("group", ""), given.get("after", "")
        kind, status = given.get("kind"), given.get("status")
        return cls(
            given.get("q", "").strip()[:LONGEST],
            kind if kind in KINDS else None,
            status if status in STATUSES else None,
            given.get("sector", "").strip()[:LONGEST] or None,
            given.get("metric", "").strip()[:2_200] or None,
            given.get("owner", "").strip()[:2_048] or None,
            (group, name) if group and name else None,
        )

    @property
    def asked(self) -> Asked:
        """What is looked for."""
        return Asked(
            owner=self.owner,
            kind=self.kind,
            status=self.status,
            sector=self.sector,
            metric=self.metric,
            words=self.text or None,
        )

    def address(self, after: Version | None = None) -> str:
        """Return the address of this search, or of its next page."""
        said: dict[str, str | None] = {
            "q": self.text or None,
            "kind": self.kind,
            "status": self.status,
            "sector": self.sector,
            "metric": self.metric,
            "owner": self.owner,
        }
        if after is not None:
            said |= {"group": after.group, "after": after.name}
        query = urlencode({name: value for name, value in said.items() if value is not None})
        return f"/schemas?{query}" if query else "/schemas"


def routes(parts: Parts) -> list[Route]:
    """Make the routes of the pages of schemas."""
    groups = Groups(parts.schemas, parts.published_size)

    async def every(request: Request) -> Response:
        return await run_in_threadpool(_every, groups, request)

    async def one(request: Request) -> Response:
        return await run_in_threadpool(_one, groups, request)

    return [
        Route("/schemas", every),
        Route("/schemas/{group}/{name}", one),
        Route("/schemas/{group}/{name}/{version}", one),
    ]


def _every(groups: Groups, request: Request) -> Response:
    question = Question.of(request.query_params)
    found = groups.find(question.asked, limit=PAGE + 1, after=question.after)
    shown = found[:PAGE]
    return rendering.page(
        "schemas.html",
        {
            "question": question,
            "hits": [_hit(each) for each in shown],
            "count": groups.count(question.asked),
            "next": question.address(shown[-1]) if len(found) > PAGE else None,
            "first": question.address() if question.after else None,
            "kinds": [(kind, NAMES[kind]) for kind in KINDS],
            "statuses": list(STATUSES.items()),
            "program": f"/v1{question.address()}",
        },
    )


def _one(groups: Groups, request: Request) -> Response:
    group, name = request.path_params["group"], request.path_params["name"]
    schema = groups.schema(group, name)
    if schema is None:
        raise Refused(
            "unknown-schema",
            message("{group} has published nothing named {name}.", group=group, name=name),
        )
    number = request.path_params.get("version", schema.default.version)
    version = schema.find(number)
    if version is None:
        known = ", ".join(each.version for each in schema.versions)
        raise Refused("unknown-schema", message("Its versions are {known}.", known=known))
    return rendering.page("schema.html", _view(groups, schema, version))


def _view(groups: Groups, schema: Schema, version: Version) -> dict[str, Any]:
    before = schema.find(version.ancestor) if version.ancestor else None
    is_profile = version.kind == PROFILE
    found = None
    if before is not None and not is_profile:
        found = changes.between(groups, before, version)
    group = quote(version.group, safe=":")
    every = f"/v1/schemagroups/{group}/schemas/{version.name}/versions"
    return {
        "version": version,
        "is_built_in": version.group == BUILT_IN,
        "is_profile": is_profile,
        "kind": NAMES[version.kind],
        "default": schema.default,
        "path": f"/schemas/{group}/{version.name}",
        "owner": f"/suppliers/{group}",
        "versions": [
            (each, each.status == DEPRECATED, STATUSES[each.status])
            for each in [*reversed(schema.versions)][:LISTED]
        ],
        "more_versions": max(0, len(schema.versions) - LISTED),
        "status": STATUSES[version.status],
        "before": before,
        "changes": None if found is None else _changes(found[:SHOWN]),
        "more": 0 if found is None else max(0, len(found) - SHOWN),
        "alternative": _alternative(groups, version),
        "program": f"{every}/{version.version}",
        "all_versions": every,
        "profile": version.name if version.group == BUILT_IN else version.reference,
        "metrics": _metrics(groups, version),
    }


def _metrics(groups: Groups, version: Version) -> list[tuple[str, str]]:
    """Return address and id of each metric of a published set."""
    if version.kind != METRICS or version.uri is None:
        return []
    names = metric_sets.parse(groups.content(version)).metrics
    return [(f"/catalogue/{quote(name, safe='')}", name.rpartition(MARK)[2]) for name in names]


def _changes(found: Sequence[changes.Change]) -> list[tuple[str, str, str, str]]:
    return [(*NATURES[each.nature], each.new or each.old or "/", each.sentence) for each in found]


def _hit(version: Version) -> Mapping[str, Any]:
    return {
        "version": version,
        "is_built_in": version.group == BUILT_IN,
        "is_deprecated": version.status == DEPRECATED,
        "address": f"/schemas/{quote(version.group, safe=':')}/{version.name}",
        "kind": NAMES[version.kind],
    }


def _alternative(groups: Groups, version: Version) -> tuple[str, str | None] | None:
    """Return what its owner says to use instead, and the page of that where it is here."""
    said = version.deprecated
    if said is None or said.alternative is None:
        return None
    other = groups.named(said.alternative)
    if other is None:
        return said.alternative, None
    group = quote(other.group, safe=":")
    return other.title, f"/schemas/{group}/{other.name}/{other.version}"
