"""A call of a tool over HTTP, against a bare tool on the same SDK and the same question over HTTP.

The floor is what the protocol itself costs: an `MCPServer` of the SDK with one tool that adds two
numbers, stateless and without streams, as `/mcp` is.
"""

import contextlib
import itertools
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from mcp.server import MCPServer
from mcp_types import PROTOCOL_VERSION_META_KEY
from mcp_types.version import LATEST_HANDSHAKE_VERSION, LATEST_MODERN_VERSION
from starlette.types import ASGIApp

from benchmarks import harness, suppliers
from openquality import wire
from openquality_registry import bootstrap
from openquality_registry.http import server
from openquality_registry.http.app import create_app
from openquality_registry.settings import load
from openquality_validator import envelope

RECORDS = 500
ROUNDS = 300
QUERY = {"where": [{"metric": "on-time-delivery"}]}


def run() -> None:
    harness.heading(f"A tool call over HTTP, {RECORDS} records in the registry")
    harness.machine("mcp", "uvicorn", "httpx2")
    with contextlib.ExitStack() as stack:
        bare = stack.enter_context(_bare())
        registry, digests = stack.enter_context(_registry())
        with httpx2.Client(timeout=30) as client:
            _measure(client, bare, registry, digests)


def _measure(client: httpx2.Client, bare: str, registry: str, digests: list[str]) -> None:
    each = itertools.cycle(digests)

    def mcp(
        url: str, tool: str, version: str, **arguments: object
    ) -> Callable[[], httpx2.Response]:
        return lambda: _call(client, f"{url}/mcp", tool, version, arguments)

    for version in (LATEST_MODERN_VERSION, LATEST_HANDSHAKE_VERSION):
        found = _turns(
            {
                "bare tool": mcp(bare, "add", version, a=1, b=2),
                "list_metrics": mcp(registry, "list_metrics", version, dimension="delivery"),
                "lookup": mcp(registry, "lookup", version, gtins=["09506000134352"]),
                "find_comparable": mcp(registry, "find_comparable", version, query=QUERY),
                "get_record": lambda version=version: _call(
                    client, f"{registry}/mcp", "get_record", version, {"digest": next(each)}
                ),
                "POST /v1/query": lambda: client.post(
                    f"{registry}/v1/query", json=QUERY | {"limit": 10}
                ),
            }
        )
        print(f"  protocol {version}")
        for name, seconds in found.items():
            ordered = sorted(seconds)
            half, most = statistics.median(ordered), ordered[int(len(ordered) * 0.99)]
            print(f"    {name:<16} p50 {half * 1000:6.2f} ms   p99 {most * 1000:6.2f} ms")
        floor = statistics.median(found["bare tool"]) + statistics.median(found["POST /v1/query"])
        whole = statistics.median(found["find_comparable"])
        harness.ratio("find_comparable / (bare tool + the query)", whole, floor, "at most 1.5")


def _turns(contenders: Mapping[str, Callable[[], httpx2.Response]]) -> dict[str, list[float]]:
    """Call each in turn, so that a slow moment hits all of them; the first round does not count."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for at in range(ROUNDS + 1):
        for name, call in contenders.items():
            start = time.perf_counter()
            answer = call()
            taken = time.perf_counter() - start
            assert answer.status_code == 200, answer.text
            assert not answer.json().get("result", {}).get("isError"), answer.text
            if at:
                found[name].append(taken)
    return found


def _call(
    client: httpx2.Client, url: str, tool: str, version: str, arguments: Mapping[str, object]
) -> httpx2.Response:
    params: dict[str, Any] = {"name": tool, "arguments": arguments}
    headers = {"accept": "application/json, text/event-stream", "mcp-protocol-version": version}
    if version == LATEST_MODERN_VERSION:
        params["_meta"] = {
            PROTOCOL_VERSION_META_KEY: version,
            "io.modelcontextprotocol/clientCapabilities": {},
        }
        headers |= {"mcp-method": "tools/call", "mcp-name": tool}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    return client.post(url, json=message, headers=headers)


@contextlib.contextmanager
def _registry() -> Iterator[tuple[str, list[str]]]:
    with tempfile.TemporaryDirectory() as folder:
        settings = load(data=Path(folder, "data"), port=0, workers=0, rate=0)
        parts = bootstrap.build(settings)
        try:
            with server.background(create_app(parts), server.listen("127.0.0.1", 0)) as url:
                yield url, _publish(url)
        finally:
            parts.close()


def _publish(url: str) -> list[str]:
    """Publish the records, and return their digests."""
    statements = list(suppliers.signed(RECORDS))
    with httpx2.Client(base_url=url, timeout=120) as client:
        answer = client.post(
            "/v1/statements/batch",
            content=b"\n".join(statements),
            headers={"content-type": wire.LINES},
        )
    assert answer.text.count('{"status":201') == RECORDS, answer.text[:500]
    return [envelope.digest(statement) for statement in statements]


@contextlib.contextmanager
def _bare() -> Iterator[str]:
    bare = MCPServer("bare", log_level="ERROR")

    @bare.tool()
    def add(a: int, b: int) -> dict[str, int]:
        """Add two numbers."""
        return {"sum": a + b}

    with _serving(bare.streamable_http_app(stateless_http=True, json_response=True)) as url:
        yield url


@contextlib.contextmanager
def _serving(app: ASGIApp) -> Iterator[str]:
    """Serve an application that needs its lifespan, in a thread."""
    listening = server.listen("127.0.0.1", 0)
    running = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not running.started and thread.is_alive():
        time.sleep(0.005)
    try:
        yield server.address(listening)
    finally:
        running.should_exit = True
        thread.join()
