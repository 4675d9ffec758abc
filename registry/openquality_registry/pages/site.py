"""The pages' addresses: plain routes, in no machine-readable description."""

import re
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openquality import wire
from openquality_registry import defined
from openquality_registry.adapters.sql.finder import SqlFinder
from openquality_registry.bootstrap import Parts
from openquality_registry.http import requests
from openquality_registry.http.routes import records
from openquality_registry.http.routes.catalogue import DIGEST
from openquality_registry.http.routes.catalogue import LONGEST as LONGEST_METRIC
from openquality_registry.pages import (
    assessment,
    badge,
    comparing,
    gathering,
    log,
    metric,
    record,
    rendering,
    search,
    supplier,
)
from openquality_registry.pages.claims import today
from openquality_registry.pages.peers import Peers
from openquality_registry.pages.problems import HTML
from openquality_registry.pages.state import state_line
from openquality_registry.problems import Refused
from openquality_validator import kinds, metric_sets
from openquality_validator.errors import UnknownTerm
from openquality_validator.message import message
from openquality_validator.status import State

_DIGEST = re.compile(DIGEST, re.ASCII)
_INDEX = re.compile(r"0|[1-9][0-9]{0,14}", re.ASCII)
_FORMS = {
    "statement.jwt": wire.STATEMENT,
    "bundle.json": records.BUNDLE,
    "record.json": wire.JSON,
    "record.jsonld": records.LINKED,
    "record.ttl": records.TURTLE,
}
LONGEST_NAME = 2_048  # the longest identifier that a statement may hold
Page = Callable[[Request], Response]


class Pages:
    """Answer each page from the joined parts of a registry."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def search(self, request: Request) -> Response:
        """Find records."""
        before = _index(request, "before")
        asked = search.Asked.of(request.query_params, before=before)
        return rendering.page("search.html", search.view(self._parts, asked))

    def record(self, request: Request) -> Response:
        """Show one record or assessment."""
        digest = _digest(request.path_params["sha256"])
        logged = self._parts.folder.store.find(digest)
        if logged is not None and logged.kind == kinds.ASSESSMENT:
            model = assessment.view(self._parts, digest, base=base(request))
            return rendering.page("assessment.html", model)
        model = record.view(gathering.gather(self._parts, digest), base=base(request))
        return rendering.page("record.html", model)

    def badge(self, request: Request) -> Response:
        """Draw how a record stands."""
        name = request.path_params["sha256"].removesuffix(".svg")
        digest = _digest(name)
        credential = gathering.read_credential(self._parts, digest)
        if credential is None:
            raise Refused(
                "unknown-statement", message("{digest} is not in this log.", digest=digest)
            )
        now = self._parts.clock.now()
        life = self._parts.bundler.life(digest)
        line = state_line(
            State(life["state"]),
            valid_from=credential["validFrom"],
            valid_until=credential.get("validUntil"),
            now=now,
        )
        headers = {
            **rendering.HEADERS,
            "cross-origin-resource-policy": "cross-origin",  # made to stand on other pages
            "cache-control": f"public, max-age={badge.keep(line, now)}",
        }
        return Response(badge.badge(line), media_type="image/svg+xml", headers=headers)

    def compare(self, request: Request) -> Response:
        """Put records side by side."""
        digests = list(dict.fromkeys(map(_digest, request.query_params.getlist("d"))))
        if not comparing.LEAST <= len(digests) <= comparing.MOST:
            raise Refused(
                "invalid-question",
                message(
                    "A comparison takes {LEAST} to {MOST} records, and {count} were chosen. Go "
                    "back and choose again.",
                    LEAST=comparing.LEAST,
                    MOST=comparing.MOST,
                    count=len(digests),
                ),
            )
        return rendering.page("compare.html", comparing.view(self._parts, digests))

    def supplier(self, request: Request) -> Response:
        """Show an issuer, or all statements about an identifier."""
        name = request.path_params["name"]
        if len(name) > LONGEST_NAME:
            raise Refused(
                "invalid-parameter",
                message("A name has at most {longest_name} characters.", longest_name=LONGEST_NAME),
            )
        after = _index(request, "after")
        model = supplier.view(self._parts, name, after=-1 if after is None else after)
        return rendering.page("supplier.html", model)

    def catalogue(self, _request: Request) -> Response:
        """List every metric."""
        counts = SqlFinder(self._parts.folder.store.read).by_metric()
        model = metric.every(self._parts.catalogue, counts)
        return rendering.page("catalogue.html", model)

    def metric(self, request: Request) -> Response:
        """Show one metric."""
        name = request.path_params["metric"][:LONGEST_METRIC]
        catalogue = defined.catalogue_of(
            [name], catalogue=self._parts.catalogue, schemas=self._parts.schemas
        )
        try:
            found = catalogue.metric(name)
        except UnknownTerm as error:
            raise Refused("unknown-term", str(error)) from None
        today_here = today(self._parts.clock.now())
        peers = Peers(self._parts, today=today_here, catalogue=catalogue)
        uri = metric_sets.set_of(name)
        owned = defined.newest(uri, schemas=self._parts.schemas) if uri else None
        model = metric.one(found, catalogue, peers)
        return rendering.page("metric.html", {**model, "owned": owned})

    def log(self, request: Request) -> Response:
        """Show the log."""
        return rendering.page("log.html", log.view(self._parts, base=base(request)))


def routes(parts: Parts) -> list[Route]:
    """Make the routes of all pages."""
    pages = Pages(parts)

    async def form(request: Request) -> Response:
        media_type = _FORMS.get(request.path_params["form"])
        if media_type is None:
            raise Refused(
                "not-found", message("A record has the forms {forms}.", forms=", ".join(_FORMS))
            )
        return await records.respond(parts, _digest(request.path_params["sha256"]), media_type)

    async def record_or_form(request: Request) -> Response:
        wanted = requests.accepts(request, (HTML, *records.OFFERED))
        if wanted == HTML:
            answer = await run_in_threadpool(pages.record, request)
            answer.headers.add_vary_header("accept")
        else:
            digest = _digest(request.path_params["sha256"])
            answer = await records.respond(parts, digest, wanted)
        return answer

    return [
        Route("/", _in_thread(pages.search)),
        static_files(),
        Route("/records/{sha256}", record_or_form),
        Route("/records/{sha256}/{form}", form),
        Route("/badges/{sha256}", _in_thread(pages.badge)),
        Route("/compare", _in_thread(pages.compare)),
        Route("/suppliers/{name:path}", _in_thread(pages.supplier)),
        Route("/catalogue", _in_thread(pages.catalogue)),
        Route("/catalogue/{metric:path}", _in_thread(pages.metric)),
        Route("/log", _in_thread(pages.log)),
    ]


def static_files() -> Route:
    """Make the route of the files that pages name."""

    async def static(request: Request) -> Response:
        found = rendering.static(request.path_params["name"])
        if found is None:
            raise Refused(
                "not-found", message("There is no such file; the pages name those that are.")
            )
        return found

    return Route("/static/{name}", static)


def base(request: Request) -> str:
    """Return the address under which the visitor reached this registry."""
    return str(request.base_url).rstrip("/")


def _digest(name: str) -> str:
    if _DIGEST.fullmatch(name) is None:
        raise Refused("invalid-parameter", message("Name a record by 64 lower-case hex digits."))
    return f"sha256:{name.removeprefix('sha256:')}"


def _index(request: Request, name: str) -> int | None:
    text = request.query_params.get(name)
    if text is not None and _INDEX.fullmatch(text) is None:
        raise Refused(
            "invalid-parameter", message("{name}: This is no index of the log.", name=name)
        )
    return None if text is None else int(text)


def _in_thread(page: Page) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        return await run_in_threadpool(page, request)

    return answer
