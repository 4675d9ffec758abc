"""`openquality mcp`."""

from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openquality import home
from openquality.cli.options import Registry
from openquality_validator.errors import OpenQualityError

if TYPE_CHECKING:
    from openquality.decisions import Inputs
    from openquality.mcp.deciding.tools import Desk

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
    decisions: Annotated[
        Path | None,
        typer.Option(help="A decision log: tools to decide in it are offered too."),
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="The agent's own key, with which it signs what it decides.")
    ] = None,
    agent: Annotated[
        Path | None, typer.Option(help="What the agent is: `agent` of a draft, a JSON object.")
    ] = None,
) -> None:
    """Serve the tools for agents on standard input and output (Model Context Protocol).

    The registry answers; `verify` judges by your own trust file, on this machine. All tools only
    read, unless you name a decision log with the agent's key: then it may also propose, amend,
    pause, cancel and execute decisions there, under the log's policy. It never approves, overrides,
    waives or resumes: people do that with `openquality decide`. An agent's program starts this
    command; docs/guide/agents.md says how.

    Example:
        openquality mcp --registry https://registry.example
        openquality mcp --decisions decisions --key agent.key --agent agent.json
    """
    if find_spec("mcp") is None:
        raise NoProtocol
    import anyio
    from mcp.server.stdio import stdio_server

    from openquality.async_client import AsyncClient
    from openquality.mcp.offline import Offline
    from openquality.mcp.server import build

    address = home.registry(registry)
    desk = _desk(decisions, key, agent, address, trust)

    async def serve() -> None:
        async with AsyncClient(address) as client:
            server = build(
                client, Offline(client, trust), version=version("openquality"), desk=desk
            )
            async with stdio_server() as (receive, send):
                await server.run(receive, send, server.create_initialization_options())

    anyio.run(serve)


def _desk(
    decisions: Path | None, key: Path | None, agent: Path | None, address: str, trust: Path | None
) -> "Desk | None":
    """Open the decision log for the agent, if one is named."""
    if decisions is None and key is None and agent is None:
        return None
    if decisions is None or key is None or agent is None:
        raise typer.BadParameter("--decisions, --key and --agent go together.")
    from openquality.cli.keys import load_key
    from openquality.mcp.deciding.tools import Desk

    def ask(query: Mapping[str, Any]) -> "Inputs":
        from openquality import decisions as deciding
        from openquality.client import Client
        from openquality.receipts import load_trust

        with Client(address) as client:
            return deciding.ask(client, query, trust=load_trust(trust))

    return Desk.open(decisions, key=load_key(key), agent=agent.read_bytes(), ask=ask)
