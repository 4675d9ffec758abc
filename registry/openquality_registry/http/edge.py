"""What happens to every request before any route: client limits, metrics, the log line."""

import logging
import time

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from openquality_registry import language, problems
from openquality_registry.http.limits import Buckets
from openquality_registry.http.problems import respond
from openquality_registry.http.rest import Rest
from openquality_validator.message import message

log = logging.getLogger("openquality.http")

# Not worth a log line when all is well: cheap, and asked for all the time.
QUIET = ("/tile/", "/checkpoint", "/v1/statements/", "/healthz", "/readyz", "/metrics")
# GET requests that cost as much as a POST: a query in a URL, and pages that ask the database.
COUNTED = frozenset({"/v1/query", "/v1/events", "/", "/compare"})
COUNTED_UNDER = ("/records/", "/suppliers/", "/catalogue/")


class Meter:
    """Hold the metrics of the HTTP side."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            "openquality_http_requests",
            "Requests answered, by method, route and status.",
            ("method", "route", "status"),
            registry=registry,
        )
        self.seconds = Histogram(
            "openquality_http_seconds",
            "Seconds until the answer was complete, by route.",
            ("route",),
            registry=registry,
        )


class Edge:
    """Limit, measure and log the requests to an ASGI application."""

    def __init__(self, app: ASGIApp, *, buckets: Buckets, meter: Meter) -> None:
        self._app = app
        self._buckets = buckets
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection of any kind; only HTTP is looked at."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin = time.perf_counter()
        status = 0
        language.answer(scope)
        rest = Rest(scope, receive)
        receive = rest.receive

        fields: list[tuple[bytes, bytes]] = []

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message.get("headers", ()), *fields]}
                await rest.discard()
            await send(message)

        try:
            wait = self._wait(scope)
            fields += self._fields(scope)
            if wait:
                detail = message(
                    "Wait {wait} s, then send fewer requests; use the batch route for many.",
                    wait=wait,
                )
                answer = problems.problem("too-many-requests", detail)
                await respond(answer, (("retry-after", str(wait)),))(scope, receive, watch)
            else:
                await self._app(scope, receive, watch)
        except Exception:
            log.exception("failed", extra={"method": scope["method"], "path": scope["path"]})
            if status:
                raise  # half an answer is out: only closing the connection says that it is broken
            detail = message(
                "Try again; if it happens again, tell the operator the time of this answer."
            )
            await respond(problems.problem("internal-error", detail))(scope, receive, watch)
        finally:
            self._note(scope, status, time.perf_counter() - begin)

    def _wait(self, scope: Scope) -> int:
        return self._buckets.take(_client(scope)) if _counts(scope) else 0

    def _fields(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        """Return what a counted request is told of its limit."""
        if not _counts(scope):
            return []
        found = self._buckets.fields(_client(scope))
        return [(name.encode(), value.encode()) for name, value in found]

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        # The route's template, never the path: a label for each digest would fill the memory.
        route = getattr(scope.get("route"), "path", "none")
        self._meter.requests.labels(scope["method"], route, str(status)).inc()
        self._meter.seconds.labels(route).observe(seconds)
        path = scope["path"]
        quiet = status < 400 and scope["method"] == "GET" and path.startswith(QUIET)  # noqa: PLR2004 - the classes of errors
        if not quiet:
            client = scope.get("client")
            log.info(
                "request",
                extra={
                    "method": scope["method"],
                    "path": path,
                    "status": status,
                    "ms": round(seconds * 1000, 1),
                    "client": client[0] if client else None,
                },
            )


def _counts(scope: Scope) -> bool:
    """Say whether a request is work: POST, a query in a URL, a page; no file that lies there."""
    path = scope["path"]
    return scope["method"] == "POST" or path in COUNTED or path.startswith(COUNTED_UNDER)


def _client(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""
