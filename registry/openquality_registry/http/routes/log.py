"""The log's public files (C2SP tlog-tiles): plain Starlette routes, since they carry the load."""

import asyncio
import gzip
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openquality_registry.bootstrap import Parts
from openquality_registry.http import describe
from openquality_registry.problems import Refused
from openquality_validator.errors import LogFormatError
from openquality_validator.message import join, message

FOREVER = "public, max-age=31536000, immutable"
SHORTLY = "public, max-age=60"  # a partial tile never changes, and goes when the full one is there
NEVER = "no-store"
ENTRIES = "tile/entries/"

CHECKPOINT: Mapping[str, Any] = {
    "tags": ["log"],
    "summary": "The newest signed checkpoint",
    "responses": describe.named(
        describe.text("origin\n7\nroot\n\n— origin signature\n") | describe.problems("log-stopped")
    ),
}
TILE: Mapping[str, Any] = {
    "tags": ["log"],
    "summary": "A tile of hashes or entries",
    "parameters": [
        {
            "name": "path",
            "in": "path",
            "required": True,
            "description": "level and index as in C2SP tlog-tiles, such as 0/x001/x234/067",
            "schema": {
                "type": "string",
                "pattern": r"^(entries|0|[1-9][0-9]?)/(x[0-9]{3}/)*[0-9]{3}(\.p/[1-9][0-9]{0,2})?$",
            },
            "example": "0/000.p/7",
        }
    ],
    "responses": describe.named(
        describe.octets("application/octet-stream", "The tile.") | describe.problems("unknown-tile")
    ),
}


@lru_cache(maxsize=128)  # full bundles never change, and readers come in groups
def compressed(data: bytes) -> bytes:
    """Return bytes as gzip, the same for the same input."""
    return gzip.compress(data, compresslevel=6, mtime=0)


def accepts_gzip(header: str) -> bool:
    """Tell whether an Accept-Encoding header takes gzip (RFC 9110, section 12.5.3)."""
    for item in header.lower().split(","):
        coding, _, parameters = item.partition(";")
        if coding.strip() in {"gzip", "x-gzip"}:
            return parameters.replace(" ", "").rstrip("0") not in {"q=", "q=0."}
    return False


def routes(parts: Parts) -> list[Route]:
    """Make the routes of the log."""
    tiles = parts.folder.tiles

    async def checkpoint(_request: Request) -> Response:
        note = tiles.checkpoint()
        if note is None:
            raise Refused(
                "log-stopped", message("The log has no checkpoint yet. Try again in a moment.")
            )
        if parts.witnesses is not None:
            # The text and the log's own line come first; witnesses' lines are added as they come.
            note = await asyncio.to_thread(parts.anchoring.head, note)
        headers = {"cache-control": NEVER}
        return Response(note, media_type="text/plain; charset=utf-8", headers=headers)

    async def tile(request: Request) -> Response:
        path = f"tile/{request.path_params['path']}"
        try:
            # In the event loop: a tile has 8 KiB, less than the way to a thread and back costs.
            data = tiles.read(path)
        except LogFormatError as error:
            raise Refused("unknown-tile", join(" ", (error.message, error.hint))) from None
        if data is None:
            raise Refused("unknown-tile", message("Read /checkpoint for the size of the log."))
        headers = {"cache-control": SHORTLY if ".p/" in path else FOREVER}
        if path.startswith(ENTRIES):
            # Entries shrink to a fifth; hashes do not shrink at all.
            headers["vary"] = "accept-encoding"
            if accepts_gzip(request.headers.get("accept-encoding", "")):
                headers["content-encoding"] = "gzip"
                data = await asyncio.to_thread(compressed, data)
        return Response(data, media_type="application/octet-stream", headers=headers)

    return [Route("/checkpoint", checkpoint), Route("/tile/{path:path}", tile)]
