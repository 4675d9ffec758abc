"""The tools for agents: a whole talk over stdio and HTTP, in old and new versions."""

import asyncio
import base64
import json
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from agents_at_work import STATELESS, VERSIONS, call, connect, content, program, structured
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult
from registry_at_work import KEY, attestation, gtin, publish_all, registry, statement, trust_in

from openquality import AsyncClient
from openquality.mcp.offline import Offline
from openquality.mcp.pages import MAX_CONTENT, MAX_STRUCTURED
from openquality.mcp.results import Verification
from openquality_registry.bootstrap import Parts

Run = Callable[..., Any]
COUNT = 12
TOOLS = {
    "find_comparable",
    "get_record",
    "compare",
    "assess",
    "verify",
    "explain_metric",
    "list_metrics",
    "lookup",
}
QUERY = {"where": [{"metric": "on-time-delivery"}]}
PROFILE = "quality-management"
SUBJECT = attestation(1)["credentialSubject"]["id"]
MISSING = f"sha256:{64 * '0'}"


def digest(number: int) -> str:
    return f"sha256:{sha256(statement(number)).hexdigest()}"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx2.Client, Parts]]:
    with registry(tmp_path_factory.mktemp("agents") / "data") as running:
        client, _ = running
        lines = publish_all(client, [statement(number) for number in range(COUNT)]).text
        assert [json.loads(line)["status"] for line in lines.splitlines()] == [201] * COUNT
        yield running


@pytest.fixture(scope="module")
def home(served: tuple[httpx2.Client, Parts], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the home of a user who trusts the registry's log."""
    home = tmp_path_factory.mktemp("home")
    (home / "openquality").mkdir()
    (home / "openquality" / "trust.json").write_bytes(trust_in(served[0]).to_bytes())
    return home


def url(client: httpx2.Client) -> str:
    return str(client.base_url).rstrip("/")


@pytest.fixture(
    scope="module",
    params=[
        *(("http", version) for version in VERSIONS),
        ("stdio", VERSIONS[0]),
        pytest.param(("stdio", VERSIONS[1]), marks=pytest.mark.heavy),
        ("stdio", STATELESS),
    ],
    ids="-".join,
)
def talk(
    request: pytest.FixtureRequest, served: tuple[httpx2.Client, Parts], home: Path
) -> dict[str, Any]:
    """Hold one talk, and give what was said."""
    way, version = request.param
    here = url(served[0])
    server = program(here, home) if way == "stdio" else f"{here}/mcp"

    async def hold() -> dict[str, Any]:
        said: dict[str, Any] = {"way": way}
        async with connect(server, version) as session:
            said["tools"] = (await session.list_tools()).tools
            pages, cursor = [], {}
            while True:
                page = await call(session, "find_comparable", query=QUERY, limit=5, **cursor)
                pages.append(page)
                if structured(page)["next"] is None:
                    break
                cursor = {"cursor": structured(page)["next"]}
            said["pages"] = pages
            found = [digest(2), digest(1)]
            said["compared"] = await call(session, "compare", digests=found)
            said["record"] = await call(session, "get_record", digest=digest(1))
            said["texts"] = await call(session, "get_record", digest=digest(1), untrustedText=True)
            asked = {"profile": PROFILE, "subject": SUBJECT, "asOf": "2026-11-20"}
            said["assessed"] = await call(session, "assess", **asked)
            said["no profile"] = await call(session, "assess", **asked | {"profile": "none-such"})
            wrong = asked | {"parameters": {"risk-tier": "none"}}
            said["wrong parameter"] = await call(session, "assess", **wrong)
            said["wrong day"] = await call(session, "assess", **asked | {"asOf": "2026-02-30"})
            said["verified"] = await call(session, "verify", digest=digest(1))
            said["explained"] = await call(session, "explain_metric", metric="on-time-delivery")
            said["metrics"] = await call(session, "list_metrics", dimension="delivery")
            said["looked up"] = await call(session, "lookup", gtins=[gtin(3).lstrip("0")])
            wrong = {"where": [{"metric": "on-time-delivry", "of": "mean"}]}
            said["wrong shape"] = await call(session, "find_comparable", query=wrong)
            wrong = {"where": [{"metric": "on-time-delivry"}]}
            said["wrong term"] = await call(session, "find_comparable", query=wrong)
            said["wrong member"] = await call(session, "lookup", gtin=[gtin(3)], limit=500)
            said["wrong digits"] = await call(session, "lookup", gtins=["4006381333930"])
            said["missing"] = await call(session, "get_record", digest=MISSING)
            with pytest.raises(MCPError, match="no such tool"):
                await session.call_tool("publish", {})
        return said

    return asyncio.run(hold())


def test_the_tools_are_read_only_and_typed(talk: dict[str, Any]) -> None:
    assert {tool.name for tool in talk["tools"]} == TOOLS
    for tool in talk["tools"]:
        assert tool.output_schema["type"] == "object"
        assert tool.output_schema["additionalProperties"] is False
        assert tool.input_schema["additionalProperties"] is False
        hints = tool.annotations
        assert (hints.read_only_hint, hints.destructive_hint) == (True, False)
        assert hints.idempotent_hint is True
        assert hints.open_world_hint is (tool.name not in {"explain_metric", "list_metrics"})


def test_pages_join_to_the_whole_with_positions_in_a_stated_order(talk: dict[str, Any]) -> None:
    pages = [structured(page) for page in talk["pages"]]
    rows = [row for page in pages for row in page["rows"]]
    assert [len(page["rows"]) for page in pages] == [5, 5, 2]
    assert [row["position"] for row in rows] == list(range(1, COUNT + 1))
    assert [page["first"] for page in pages] == [1, 6, 11]
    # Equal values stand in the order of the log.
    assert [row["values"][0]["statement"] for row in rows] == [digest(n) for n in range(COUNT)]
    assert "in the order of the log" in pages[0]["order"]
    assert f"{COUNT} comparable rows" in content(talk["pages"][0])
    assert "Rows 6 to 10. By the one-sided 95 % bound, best first" in content(talk["pages"][1])


def test_a_row_says_who_measured_what_and_how_sure_it_is(talk: dict[str, Any]) -> None:
    row = structured(talk["pages"][0])["rows"][3]
    value = row["values"][0]
    assert row["subject"]["keys"] == [f"gtin:{gtin(3)}"]
    assert row["issuer"] == KEY.did
    assert (value["value"], value["unit"], value["n"]) == ("97.5", "%", 480)
    # 468 of 480: the one-sided 95 % Clopper-Pearson lower limit is 95.98 %.
    assert value["lower"].startswith("95.98")
    assert (value["verification"], value["independence"]) == ("evidenced", "self")
    line = content(talk["pages"][0])
    for shown in (f"gtin:{gtin(3)}", KEY.did, "97.5 %", "n 480", "evidenced, self", digest(3)):
        assert shown in line


def test_records_stand_side_by_side(talk: dict[str, Any]) -> None:
    compared = structured(talk["compared"])
    assert [(value["metric"], value["statement"]) for value in compared["values"]] == [
        (metric, digest(number)) for metric in ("cpk", "on-time-delivery") for number in (2, 1)
    ]


def test_a_record_is_typed_facts(talk: dict[str, Any]) -> None:
    facts = {fact["at"]: fact for fact in structured(talk["record"])["facts"]}
    claim = "/credentialSubject/claims/1"
    assert facts[f"{claim}/metric"] == {
        "at": f"{claim}/metric",
        "kind": "code",
        "value": "on-time-delivery",
    }
    assert facts[f"{claim}/counts/denominator"]["value"] == "480"
    assert facts["/issuer/name"]["kind"] == "withheld"
    assert structured(talk["record"])["untrustedText"] is None


def test_texts_come_on_request_as_data_and_never_as_content(talk: dict[str, Any]) -> None:
    texts = {each["at"]: each["text"] for each in structured(talk["texts"])["untrustedText"]}
    assert texts["/issuer/name"] == "Nordbolt Fasteners GmbH"
    assert "Fasteners" not in content(talk["texts"])
    assert "Fasteners" not in json.dumps(structured(talk["record"]))
    assert content(talk["texts"]) == content(talk["record"])


def test_a_subject_is_assessed_as_over_http(
    talk: dict[str, Any], served: tuple[httpx2.Client, Parts]
) -> None:
    assessed = structured(talk["assessed"])
    path = f"/v1/profiles/{PROFILE}/assess/{quote(SUBJECT, safe='')}"
    answer = served[0].get(path, params={"asOf": "2026-11-20"}).json()
    for name in ("points", "of", "asOf", "blockedBy", "holdsUntil", "producers"):
        assert assessed[name] == answer[name], name
    assert assessed["digest"] == answer["profile"]["digest"]
    for told, said in zip(assessed["indicators"], answer["indicators"], strict=True):
        for name in ("id", "title", "state", "reasons", "critical", "points", "until", "closes"):
            assert told[name] == said[name], name
    # 468 of 480 on time: a lower bound of 95.98 %, and 95 % is asked.
    states = {each["id"]: each["state"] for each in assessed["indicators"]}
    assert (states["delivery"], states[PROFILE]) == ("passed", "missing")
    delivery = next(each for each in assessed["indicators"] if each["id"] == "delivery")
    assert delivery["statements"] == [digest(1)]
    shown = content(talk["assessed"])
    assert "no certificate" in shown
    assert "blocked by quality-management" in shown
    assert "closes it: Publish a valid and active certificate for ISO-9001." in shown


def test_verification_is_the_users_own(talk: dict[str, Any]) -> None:
    verified = structured(talk["verified"])
    if talk["way"] == "stdio":
        assert (verified["verdict"], verified["index"]) == ("pass", 1)
        assert len(verified["steps"]) == 12
        assert verified["issuer"] == KEY.did
    else:
        assert verified["verdict"] == "notRun"
        assert verified["steps"] == []
        assert any(f"get {digest(1)}" in command for command in verified["commands"])
        assert "proves nothing" in content(talk["verified"])


def test_metrics_are_explained_and_listed(talk: dict[str, Any]) -> None:
    explained = structured(talk["explained"])
    assert explained["minSample"] == 30
    assert {"name": "anchor", "required": True}.items() <= explained["qualifiers"][0].items()
    listed = structured(talk["metrics"])["metrics"]
    assert {"on-time-delivery", "lead-time-median"} <= {metric["id"] for metric in listed}
    assert {metric["dimension"] for metric in listed} == {"delivery"}


def test_a_barcode_finds_the_statements_about_the_product(talk: dict[str, Any]) -> None:
    found = structured(talk["looked up"])
    assert [item["statement"] for item in found["items"]] == [digest(3)]
    assert f"gtin:{gtin(3)}" in found["items"][0]["keys"]


def refused(result: CallToolResult) -> list[str]:
    assert result.is_error
    assert result.structured_content is None
    return content(result).splitlines()[1:]


def test_mistakes_name_the_field_and_the_nearest_term(talk: dict[str, Any]) -> None:
    (shape,) = refused(talk["wrong shape"])
    assert "at /query/where/0/of:" in shape
    (term,) = refused(talk["wrong term"])
    assert term.startswith("Q001 at /query/where/0/metric:")
    assert "on-time-delivery" in term
    member, limit = sorted(refused(talk["wrong member"]))
    assert member == "Q011 at /gtin: The tool has no such argument. Nearest: gtins."
    assert limit.startswith("Q011 at /limit: Input should be less than or equal to 50.")
    (digits,) = refused(talk["wrong digits"])
    assert digits.startswith("I001 at /gtins/0: The check digit")
    (profile,) = refused(talk["no profile"])
    assert profile.startswith("Q011 at /profile: The registry has no such profile. Shipped are:")
    (parameter,) = refused(talk["wrong parameter"])
    assert parameter.startswith("Z210 at")
    (day,) = refused(talk["wrong day"])
    assert day.startswith("Q011 at /asOf:")
    (missing,) = refused(talk["missing"])
    assert missing.startswith("http-404")


def test_every_result_keeps_to_the_stated_size(talk: dict[str, Any]) -> None:
    results = [
        result for said in talk.values() for result in (said if isinstance(said, list) else [said])
    ]
    for result in results:
        if isinstance(result, CallToolResult):
            assert len(content(result).encode()) <= MAX_CONTENT
            assert len(json.dumps(result.structured_content)) <= MAX_STRUCTURED


def judged(client: AsyncClient, trust: Path | None) -> Verification:
    """Verify the second statement as `openquality mcp` does."""

    async def ask() -> Verification:
        async with client:
            return await Offline(client, trust)(digest(1))

    return asyncio.run(ask())


def test_an_untrusted_log_proves_nothing(
    served: tuple[httpx2.Client, Parts], machine: Path
) -> None:
    assert machine.is_dir()  # a home without a trust file
    verified = judged(AsyncClient(url(served[0])), None)
    assert verified.verdict == "fail"
    assert "names no log" in verified.meaning
    assert verified.commands == ["openquality trust add URL"]


def test_a_log_that_forgets_is_caught_by_what_was_seen(
    served: tuple[httpx2.Client, Parts], home: Path, machine: Path
) -> None:
    """The user has seen a log of the same name and size with another root."""
    client, _ = served
    origin, size, _ = client.get("/checkpoint").text.split("\n")[:3]
    other = f"{origin}\n{size}\n{base64.b64encode(bytes(32)).decode()}\n"
    place = machine.parent / "home" / "openquality"
    place.mkdir(parents=True)
    (place / "state.json").write_text(json.dumps({"seen": {origin: other}}))
    trust = home / "openquality" / "trust.json"
    assert judged(AsyncClient(url(client)), trust).verdict == "fail"
    (place / "state.json").unlink()
    assert judged(AsyncClient(url(client)), trust).verdict == "pass"
    assert json.loads((place / "state.json").read_text())["seen"].keys() == {origin}


class Swapping(AsyncClient):
    """Be given the bundle of another statement, which verifies like the one asked for."""

    async def bundle(self, digest: str, *, since: int | None = None) -> bytes:
        assert digest != OTHER
        return await super().bundle(OTHER, since=since)


OTHER = digest(5)


def test_a_good_bundle_of_another_statement_is_a_fail(
    served: tuple[httpx2.Client, Parts], home: Path, machine: Path
) -> None:
    assert machine.is_dir()  # a home that remembers nothing
    verified = judged(Swapping(url(served[0])), home / "openquality" / "trust.json")
    assert (verified.verdict, verified.statement) == ("fail", digest(1))
    assert "another statement" in verified.meaning
    assert {step.outcome for step in verified.steps[:8]} == {"pass"}


PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
JSON = {"content-type": "application/json", "accept": "application/json, text/event-stream"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "http://localhost:6274"}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "http://localhost.evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"host": "rebound.evil.example:8080"}, 421),
        ({"host": "LocalHost:8080"}, 200),
        ({"content-type": "text/plain"}, 415),
    ],
    ids=str,
)
def test_pages_of_others_and_rebound_names_are_refused(
    served: tuple[httpx2.Client, Parts], headers: dict[str, str], status: int
) -> None:
    answer = served[0].post("/mcp", json=PING, headers=JSON | headers)
    assert answer.status_code == status
    if status != 200:
        assert answer.headers["content-type"] == "application/problem+json"


def test_the_public_address_is_known(tmp_path: Path) -> None:
    with registry(tmp_path / "data", public_url="https://quality.example") as (client, _):
        here = {"host": "quality.example", "origin": "https://quality.example"}
        assert client.post("/mcp", json=PING, headers=JSON | here).status_code == 200
        plain = here | {"origin": "https://quality.example.evil.example"}
        assert client.post("/mcp", json=PING, headers=JSON | plain).status_code == 403


def test_there_are_no_streams_and_no_sessions(served: tuple[httpx2.Client, Parts]) -> None:
    for method in ("GET", "DELETE"):
        answer = served[0].request(method, "/mcp", headers=JSON)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    answer = served[0].post("/mcp", json=PING, headers=JSON)
    assert "mcp-session-id" not in answer.headers


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[" * 100_000, 400), (b"[]", 400), (b"x" * 300_000, 413)],
    ids=["cut", "deep", "list", "long"],
)
def test_what_is_no_message_is_refused(
    served: tuple[httpx2.Client, Parts], body: bytes, status: int
) -> None:
    for version in ({}, {"mcp-protocol-version": STATELESS}):
        answer = served[0].post("/mcp", content=body, headers=JSON | version)
        assert answer.status_code == status


def test_the_client_limit_counts_agents_too(tmp_path: Path) -> None:
    with registry(tmp_path / "data", rate=0.001, burst=2) as (client, _):
        answers = [client.post("/mcp", json=PING, headers=JSON) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]


def test_without_the_extra_both_say_how_to_install_it(
    served: tuple[httpx2.Client, Parts], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    answer = served[0].post("/mcp", json=PING, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (404, "no-tools")
    assert "openquality[registry,mcp]" in answer.json()["detail"]
    ran = run("mcp", "--registry", url(served[0]))
    assert ran.code == 2
    assert "pip install 'openquality[mcp]'" in ran.err


def test_llms_txt_says_what_this_is(served: tuple[httpx2.Client, Parts]) -> None:
    client, parts = served
    answer = client.get("/llms.txt")
    assert answer.headers["content-type"].startswith("text/markdown")
    assert answer.text.startswith("# OpenQuality registry\n\n> ")  # llmstxt.org: title, summary
    assert parts.folder.origin in answer.text
    for name in TOOLS:
        assert name in answer.text
    for path in ("/openapi.json", "/.well-known/openquality", "/v1/metrics", "/v1/units"):
        assert f"]({path})" in answer.text
        assert client.get(path).status_code == 200
