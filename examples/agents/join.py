"""Join a product of an agent-commerce feed with quality records, by GTIN, over MCP.

    python examples/agents/join.py product.json on-time-delivery --registry https://registry.example

`product.json` is a product of the Agentic Commerce Protocol (feed of 2026-04-17) or of the
Universal Commerce Protocol (2026-04-08): in both, variants carry `barcodes [{type, value}]`. The
feeds are closed objects, so that nothing can be added to them: the number is the join.
"""

import argparse
import asyncio
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters

from openquality_validator import gtin
from openquality_validator.errors import InvalidInput

OTHERS = {"ASIN", "SKU", "MPN"}  # numbers of others, which are no GTIN even if they look like one


def gtins(product: Mapping[str, Any]) -> Iterator[str]:
    """Yield the GTINs of a product and its variants in normal form, each once.

    A value that is no GTIN, such as an ISBN-10 or a mistyped number, is left out.
    """
    seen: set[str] = set()
    for part in (product, *product.get("variants", ())):
        for barcode in part.get("barcodes", ()):
            if barcode.get("type", "").upper() in OTHERS:
                continue
            try:
                number = gtin.normal(barcode["value"])
            except InvalidInput:
                continue
            if number not in seen:
                seen.add(number)
                yield number


async def join(client: Client, product: Mapping[str, Any], metric: str) -> dict[str, Any]:
    """Look the product up, find who is comparable, and verify what is said of it.

    Returns `statements` about the product, `rows` that compare, best first, and a `verdict` for
    each statement of the product.
    """
    numbers = list(gtins(product))
    found = await call(client, "lookup", {"gtins": numbers})
    statements = [item["statement"] for item in found["items"] if item["kind"] == "attestation"]
    query = {"subject": {"type": "Product"}, "where": [{"metric": metric}]}
    rows = (await call(client, "find_comparable", {"query": query}))["rows"]
    verdicts = {
        digest: (await call(client, "verify", {"digest": digest}))["verdict"]
        for digest in statements
    }
    return {"statements": statements, "rows": rows, "verdict": verdicts}


async def call(client: Client, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Call a tool and return what it gives to programs; a refusal stops the example."""
    result = await client.call_tool(tool, arguments)
    if result.is_error or result.structured_content is None:
        raise SystemExit("\n".join(getattr(block, "text", "") for block in result.content))
    return result.structured_content


async def main() -> None:
    """Read the product, join, and print a line for each row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("product", type=Path)
    parser.add_argument("metric")
    parser.add_argument("--registry", required=True)
    given = parser.parse_args()
    product = json.loads(given.product.read_bytes())
    server = StdioServerParameters(
        command="openquality", args=["mcp", "--registry", given.registry]
    )
    async with Client(server) as client:
        joined = await join(client, product, given.metric)
    for row in joined["rows"]:
        (value,) = row["values"]
        mine = value["statement"] in joined["statements"]
        print(
            f"{row['position']:>3} {'->' if mine else '  '} {value['lower']} to {value['upper']} "
            f"{value['unit']}  {value['verification']}, {value['independence']}"
        )
    for digest, verdict in joined["verdict"].items():
        print(f"{digest}: {verdict}")


if __name__ == "__main__":
    asyncio.run(main())
