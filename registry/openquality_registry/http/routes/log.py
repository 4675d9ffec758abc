"""The log's public files (C2SP tlog-tiles): plain Starlette routes, since they carry the load."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openquality_registry.bootstrap import Parts
from openquality_registry.problems import Refused
from openquality_validator.errors import LogFormatError
from openquality_validator.tlog.tiles import Tile

FOREVER = "public, max-age=31536000, immutable"
SHORTLY = "public, max-age=60"  # a partial tile never changes, and goes when the full one is there
NEVER = "no-store"


def routes(parts: Parts) -> list[Route]:
    """Make the routes of the log."""
    tiles = parts.folder.tiles

    async def checkpoint(_request: Request) -> Response:
        note = tiles.checkpoint()
        if note is None:
            raise Refused("log-stopped", "The log has no checkpoint yet. Try again in a moment.")
        headers = {"cache-control": NEVER}
        return Response(note, media_type="text/plain; charset=utf-8", headers=headers)

    async def tile(request: Request) -> Response:
        path = f"tile/{request.path_params['path']}"
        try:
            name = Tile.from_path(path)
        except LogFormatError as error:
            raise Refused("unknown-tile", f"{error.message} {error.hint}") from None
        # Read in the event loop: a tile has 8 KiB, less than the way to a thread and back costs.
        data = tiles.read(path)
        if data is None:
            raise Refused("unknown-tile", "Read /checkpoint for the size of the log.")
        headers = {"cache-control": FOREVER if name == name.full else SHORTLY}
        return Response(data, media_type="application/octet-stream", headers=headers)

    return [Route("/checkpoint", checkpoint), Route("/tile/{path:path}", tile)]
