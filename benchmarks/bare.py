"""The floor of a GET: a bare Starlette application that has each file's bytes in memory.

`python -m benchmarks.bare FILE…` serves the first file as /0, the next as /1, …
"""

import socket
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def run(files: list[Path]) -> None:
    """Serve the files on a free port, from one worker."""
    bodies = [file.read_bytes() for file in files]

    async def get(request: Request) -> Response:
        body = bodies[request.path_params["number"]]
        return Response(body, media_type="application/octet-stream")

    app = Starlette(routes=[Route("/{number:int}", get)])
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as the registry does
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as ours
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none")
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    run([Path(name) for name in sys.argv[1:]])
