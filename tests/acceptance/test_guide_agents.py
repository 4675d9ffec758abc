"""The guide for agents: its calls, in their order, on its product; server.json beside it."""

import asyncio
import json
import re
import tomllib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import programs
import pytest
from agents_at_work import STATELESS, call, connect, program, structured
from mcp import Client
from registry_at_work import attestation, generate, publish, registry, sign, trust_in

from openquality.mcp.pages import MAX_CONTENT, MAX_STRUCTURED

TOP = Path(__file__).parents[2]
TEXT = (TOP / "docs" / "guide" / "agents.md").read_text("utf-8")
GTIN = "09506000134352"
KEYS = generate(), generate()
join = programs.load(TOP / "examples" / "agents" / "join.py", "join")


def blocks(kind: str) -> list[Any]:
    found = re.findall(rf"^```json {kind}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    return [json.loads(text) for text in found]


def statements() -> tuple[bytes, bytes]:
    """Sign a record about the product of the guide, and one about its competitor."""
    ours, other = KEYS
    text = json.dumps(attestation(1, key=ours))
    number = attestation(1)["credentialSubject"]["identifiers"][0]["value"]
    return (
        sign(json.loads(text.replace(number, GTIN)), ours),
        sign(attestation(2, key=other), other),
    )


SIGNED = statements()
DIGESTS = [f"sha256:{sha256(data).hexdigest()}" for data in SIGNED]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx2.Client, Path]]:
    """Run a registry with both records, and give it with the home of a user who trusts its log."""
    home = tmp_path_factory.mktemp("home")
    with registry(tmp_path_factory.mktemp("guide") / "data") as (client, _):
        for data in SIGNED:
            assert publish(client, data).status_code == 201
        (home / "openquality").mkdir()
        (home / "openquality" / "trust.json").write_bytes(trust_in(client).to_bytes())
        yield client, home


def test_the_calls_work_in_their_order(served: tuple[httpx2.Client, Path]) -> None:
    client, home = served
    calls = json.dumps(blocks("call"))
    calls = calls.replace("sha256:FIRST", DIGESTS[0]).replace("sha256:SECOND", DIGESTS[1])

    async def ask() -> dict[str, Any]:
        server = program(str(client.base_url).rstrip("/"), home)
        async with connect(server, STATELESS) as session:
            return {
                each["name"]: structured(await call(session, each["name"], **each["arguments"]))
                for each in json.loads(calls)
            }

    said = asyncio.run(ask())
    assert list(said) == ["lookup", "find_comparable", "compare", "verify"]
    assert [item["statement"] for item in said["lookup"]["items"]] == [DIGESTS[0]]
    rows = said["find_comparable"]["rows"]
    assert [row["values"][0]["statement"] for row in rows] == DIGESTS
    assert rows[0]["subject"]["keys"] == [f"gtin:{GTIN}"]
    grades = {(value["metric"], value["grade"]) for value in said["compare"]["values"]}
    # The two capabilities state no population, so it is unknown whether theirs agree.
    assert grades == {
        ("cpk", "identical"),
        ("cpk", "qualified"),
        ("on-time-delivery", "identical"),
    }
    assert said["verify"]["verdict"] == "pass"


@pytest.mark.parametrize("kind", ["acp", "ucp"])
def test_both_feeds_give_the_number_that_the_guide_looks_up(kind: str) -> None:
    (product,) = blocks(kind)
    assert list(join.gtins(product)) == [GTIN]


def test_numbers_that_are_no_gtin_are_left_out() -> None:
    barcodes = [
        {"type": "ISBN", "value": "0-306-40615-2"},
        {"type": "GTIN", "value": "9506000134353"},
        {"type": "ASIN", "value": "96385074"},
        {"type": "UPC", "value": "036000291452"},
        {"type": "GTIN", "value": "00036000291452"},
    ]
    product = {"barcodes": barcodes[:3], "variants": [{"barcodes": barcodes[3:]}, {}]}
    assert list(join.gtins(product)) == ["00036000291452"]


def test_the_example_joins_a_product(served: tuple[httpx2.Client, Path]) -> None:
    client, home = served
    (product,) = blocks("acp")

    async def ask() -> dict[str, Any]:
        async with Client(program(str(client.base_url).rstrip("/"), home)) as session:
            joined: dict[str, Any] = await join.join(session, product, "on-time-delivery")
            return joined

    joined = asyncio.run(ask())
    assert joined["statements"] == DIGESTS[:1]
    assert joined["verdict"] == {DIGESTS[0]: "pass"}
    assert [row["values"][0]["statement"] for row in joined["rows"]] == DIGESTS


def test_the_guide_states_the_caps() -> None:
    assert f"{MAX_CONTENT:,} bytes of text" in TEXT
    assert f"{MAX_STRUCTURED:,} bytes of structured" in TEXT


def test_server_json_describes_this_package() -> None:
    described = json.loads((TOP / "server.json").read_text())
    (package,) = described["packages"]
    version = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["version"]
    assert (described["version"], package["version"]) == (version, version)
    assert package["identifier"] == "openquality"
    assert re.fullmatch(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+", described["name"])
    assert 1 <= len(described["description"]) <= 100
    # The registry finds the owner of a package by this mark in its description.
    assert f"mcp-name: {described['name']}" in (TOP / "README.md").read_text()
    assert [argument["value"] for argument in package["packageArguments"]] == ["mcp"]
    assert package["transport"] == {"type": "stdio"}
