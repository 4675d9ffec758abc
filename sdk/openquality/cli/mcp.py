"""`openquality mcp`."""

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from openquality import home
from openquality.cli.options import Registry
from openquality_validator.errors import OpenQualityError

INSTALL = "pip install 'openquality[mcp]'"


class NoProtocol(OpenQualityError):
    """The package of the Model Context Protocol is not installed."""

    def __str__(self) -> str:
        return f"This command needs the package mcp, which is not installed. Run: {INSTALL}"


def mcp(
    *,
    registry: Registry = None,
    trust: Annotated[
        Path | None, typer.Option(help="Trust file; else the one `openquality trust` keeps.")
    ] = None,
) -> None:
    """Serve the tools for agents on standard input and output (Model Context Protocol).

    All tools only read. The registry answers; `verify` judges by your own trust file, on this
    machine. An agent's program starts this command; docs/guide/agents.md says how.

    Example:
        openquality mcp --registry https://registry.example
    """
    if find_spec("mcp") is None:
        raise NoProtocol
    import anyio
    from mcp.server.stdio import stdio_server

    from openquality.async_client import AsyncClient
    from openquality.mcp.offline import Offline
    from openquality.mcp.server import build

    address = home.registry(registry)

    async def serve() -> None:
        async with AsyncClient(address) as client:
            server = build(client, Offline(client, trust), version=version("openquality"))
            async with stdio_server() as (receive, send):
                await server.run(receive, send, server.create_initialization_options())

    anyio.run(serve)
