"""A restored registry answers nothing but health checks until its log is confirmed.

An older state would be signed anew, a revoked record be called active, and a longer checkpoint that
others have seen be followed by a shorter one.
"""

from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from openquality_registry import problems
from openquality_registry.http.problems import respond

OPEN = ("/healthz", "/readyz", "/metrics")


class Waiting:
    """Answer 503 with the sentence of `why` as long as it has one."""

    def __init__(self, app: ASGIApp, why: Callable[[], str | None]) -> None:
        self._app = app
        self._why = why

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        why = self._why()
        if why is not None and scope["type"] == "http" and scope["path"] not in OPEN:
            await respond(problems.problem("not-confirmed", why))(scope, receive, send)
        else:
            await self._app(scope, receive, send)
