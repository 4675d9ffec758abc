"""The rest of a request that is answered before it was read.

A connection that is closed with unread bytes is reset, and the client never sees why it was
refused. So the rest is read and forgotten first, within limits.
"""

import asyncio
import contextlib

from starlette.types import Message, Receive, Scope

MAX_BYTES = 33_554_432  # twice the longest batch
SECONDS = 5.0

_BODY = {b"content-length", b"transfer-encoding"}  # one of them says that there is a body


class Rest:
    """Watch a request's body being received, and discard what is left of it."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        names = {name for name, _ in scope["headers"]}
        # Who asked first whether to send the body has not sent it.
        self._over = b"expect" in names or names.isdisjoint(_BODY)

    async def receive(self) -> Message:
        """Receive the next message."""
        message = await self._receive()
        self._over = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    async def discard(self) -> None:
        """Receive the rest, if there is one."""
        if self._over:
            return
        seen = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SECONDS):
                while not self._over and seen < MAX_BYTES:
                    seen += len((await self.receive()).get("body", b""))
