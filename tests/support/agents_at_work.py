"""Clients of the tools for agents, by the official SDK, in each version of the protocol."""

import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from mcp import Client, ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import (
    CallToolResult,
    ClientCapabilities,
    Implementation,
    InitializedNotification,
    InitializeRequest,
    InitializeRequestParams,
    InitializeResult,
    TextContent,
)

STATELESS = "2026-07-28"
VERSIONS = ("2025-06-18", "2025-11-25", STATELESS)
Session = Client | ClientSession
Connect = Callable[[], contextlib.AbstractAsyncContextManager[Session]]


def program(registry: str, home: Path, *more: str) -> StdioServerParameters:
    """Describe `openquality mcp` as an agent's program starts it, with a home of its own.

    `more` are further options of the command.
    """
    return StdioServerParameters(
        command=sys.executable,
        args=[
            "-c",
            "import sys; from openquality.cli.main import main; sys.exit(main())",
            *("mcp", "--registry", registry, *more),
        ],
        env={"XDG_CONFIG_HOME": str(home), "PATH": os.environ["PATH"]},
    )


@contextlib.asynccontextmanager
async def connect(server: str | StdioServerParameters, version: str) -> AsyncIterator[Session]:
    """Connect to a URL or a program, speaking one version of the protocol."""
    if version == STATELESS:
        async with Client(server, mode=version) as client:
            yield client
        return
    transport = streamable_http_client(server) if isinstance(server, str) else stdio_client(server)
    async with transport as (receive, send), ClientSession(receive, send) as session:
        asked = InitializeRequestParams(
            protocol_version=version,
            capabilities=ClientCapabilities(),
            client_info=Implementation(name="test", version="1"),
        )
        answer = await session.send_request(InitializeRequest(params=asked), InitializeResult)
        assert answer.protocol_version == version
        session.adopt(answer)
        await session.send_notification(InitializedNotification())
        yield session


async def call(session: Session, tool: str, **arguments: Any) -> CallToolResult:  # noqa: ANN401 - any JSON
    """Call a tool; the SDK holds the answer against the tool's output schema."""
    result = await session.call_tool(tool, arguments)
    assert isinstance(result, CallToolResult)
    return result


def content(result: CallToolResult) -> str:
    """Return the text that a model reads."""
    (block,) = result.content
    assert isinstance(block, TextContent)
    return block.text


def structured(result: CallToolResult) -> dict[str, Any]:
    """Return what a program reads; an error is none."""
    assert not result.is_error, content(result)
    assert result.structured_content is not None
    return result.structured_content
