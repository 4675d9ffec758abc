"""The tools for agents at `/mcp`, over streamable HTTP (docs/guide/agents.md).

Each request stands for itself: no session, no stream. The tools ask this registry's own routes, in
this process, so that they answer exactly what HTTP answers.
"""

import asyncio
from importlib.util import find_spec
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from openquality import wire
from openquality_registry import problems
from openquality_registry.bootstrap import Parts
from openquality_registry.http import requests
from openquality_registry.http.problems import respond
from openquality_registry.problems import Refused
from openquality_validator.message import message

if TYPE_CHECKING:
    from mcp.server import Server

PATH = "/mcp"
MAX_BYTES = 262_144  # of one request, as for every other question
INSIDE = "http://registry.invalid"  # where the tools find the routes; no such host exists
NO_ADDRESS = "URL"  # what stands for the address of a registry that names none
LOCAL = frozenset({"127.0.0.1", "localhost", "[::1]"})


def routes(parts: Parts, app: ASGIApp) -> list[Route]:
    """Make the route, over the application whose answers the tools give."""
    return [Route(PATH, Agents(parts, app))]


class Agents:
    """Serve the tools to programs, and to pages of known origins alone.

    The SDK and all it needs are loaded with the first request.
    """

    def __init__(self, parts: Parts, app: ASGIApp) -> None:
        self._parts = parts
        self._app = app
        self._server: Server[Any] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        try:
            await self._answer(Request(scope, receive), send)
        except Refused as error:
            await respond(problems.of(error), error.headers)(scope, receive, send)

    async def _answer(self, request: Request, send: Send) -> None:
        if find_spec("mcp") is None:
            raise Refused(
                "no-tools",
                message("The operator can add them with: pip install 'openquality[registry,mcp]'."),
            )
        self._check(request)
        body = await requests.body(request, MAX_BYTES)
        if self._server is None:
            self._server = await asyncio.to_thread(self._build)
        # A manager serves one lifespan. Nothing outlives a request here, so each has its own, and
        # the registry needs no task beside the requests.
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        manager = StreamableHTTPSessionManager(
            self._server, json_response=True, stateless=True, max_request_body_size=MAX_BYTES
        )
        async with manager.run():
            await manager.handle_request(request.scope, _again(body, request.receive), send)

    def _check(self, request: Request) -> None:
        if request.method != "POST":
            raise Refused(
                "method-not-allowed",
                message(
                    "{path} does not take {method}; there are no sessions and no streams.",
                    path=PATH,
                    method=request.method,
                ),
                headers=(("allow", "POST"),),
            )
        requests.require_type(request, wire.JSON)
        settings = self._parts.settings
        public = urlsplit(settings.public_url or "")
        origin = request.headers.get("origin")
        if origin is not None and not _is_known(origin, public.netloc):
            raise Refused(
                "wrong-origin",
                message("Ask from a program, or from a page of {path}'s host.", path=PATH),
            )
        # Whoever listens on this machine alone is protected by its address; a name of somebody
        # else that is made to point at it (DNS rebinding) would open it to pages.
        host = request.headers.get("host", "")
        if _is_local(settings.host) and _name(host) not in LOCAL | {_name(public.netloc)}:
            raise Refused(
                "wrong-host", message("Ask by the address that this registry listens on.")
            )

    def _build(self) -> "Server[Any]":
        from openquality.async_client import AsyncClient
        from openquality.mcp.offline import NotHere
        from openquality.mcp.server import build

        inside = httpx2.ASGITransport(app=self._app, raise_app_exceptions=False)
        client = AsyncClient(INSIDE, transport=inside, attempts=1)
        address = self._parts.settings.public_url or NO_ADDRESS
        return build(client, NotHere(address.rstrip("/")), version=self._parts.version)


def _is_known(origin: str, public: str) -> bool:
    parts = urlsplit(origin)
    return _name(parts.netloc) in LOCAL or (bool(public) and parts.netloc == public)


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _name(place: str) -> str:
    """Return the host of `host:port`, in lower case."""
    place = place.lower()
    return place.partition("]")[0] + "]" if place.startswith("[") else place.partition(":")[0]


def _again(body: bytes, receive: Receive) -> Receive:
    """Give a body once more that was read already, then what follows it."""
    given: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return given.pop() if given else await receive()

    return replay
