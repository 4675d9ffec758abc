"""Records as RDF, from a registry at work: JSON-LD, Turtle, and all of them for a triple store."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pyoxigraph
import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import XSD
from registry_at_work import KEY, publish, registry, statement
from webvh_at_work import Identity, register

from openquality import credentials
from openquality.cli.main import main
from openquality.signing import sign
from openquality_registry.linked import graph_name
from openquality_validator import semantics
from openquality_validator.envelope import digest

OQ = "https://w3id.org/openquality/v1#"
HOST = "registry.example"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("registry") / "data"


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[httpx2.Client]:
    with registry(folder, public_url=f"https://{HOST}") as (running, _):
        for number in range(4):
            assert publish(running, statement(number)).status_code == 201
        yield running


def get(client: httpx2.Client, data: bytes, accept: str) -> httpx2.Response:
    return client.get(f"/v1/statements/{digest(data)}", headers={"accept": accept})


def decoded(client: httpx2.Client, data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = get(client, data, "application/json").json()["credential"]
    return found


def valued(graph: Graph) -> Graph:
    """Write every decimal by its value: Turtle may write 12 as 12.0."""
    made = Graph()
    for subject, predicate, value in graph:
        is_decimal = isinstance(value, Literal) and value.datatype == XSD.decimal
        made.add((subject, predicate, Literal(float(value)) if is_decimal else value))
    return made


def test_json_ld_is_the_credential_itself(client: httpx2.Client) -> None:
    answer = get(client, statement(0), "application/ld+json")
    assert answer.headers["content-type"] == "application/ld+json"
    assert answer.json() == decoded(client, statement(0))


def test_turtle_says_the_same(client: httpx2.Client) -> None:
    answer = get(client, statement(0), "text/turtle")
    assert answer.headers["content-type"].startswith("text/turtle")
    said = valued(Graph().parse(data=answer.content, format="turtle"))
    quads = semantics.to_nquads(decoded(client, statement(0)))
    assert isomorphic(said, valued(Graph().parse(data=quads, format="nt")))
    assert len(list(said.triples((None, URIRef(f"{OQ}metric"), None)))) >= 1


def test_a_key_event_has_no_turtle(client: httpx2.Client) -> None:
    identity = Identity(f"{HOST}:issuers:turtle")
    assert register(client, identity).status_code == 201
    answer = get(client, identity.lines[0], "text/turtle")
    assert (answer.status_code, answer.json()["code"]) == (406, "not-acceptable")


def test_everything_loads_into_a_store_of_others(
    client: httpx2.Client, folder: Path, tmp_path: Path
) -> None:
    before = digest(statement(3))
    word = {
        "id": f"statement:{before}",
        "log": client.get("/.well-known/openquality").json()["log"]["origin"],
        "state": "revoked",
        "reason": "Measured wrongly.",
    }
    now = datetime.now(UTC)
    status = credentials.make("StatusStatement", word, issuer=KEY.did, name="Nordbolt", now=now)
    assert publish(client, sign(status, KEY)).status_code == 201
    out = tmp_path / "records.nq"
    assert main(["log", "export", str(out), "--data", str(folder)]) == 0
    store = pyoxigraph.Store()
    store.bulk_load(path=str(out), format=pyoxigraph.RdfFormat.N_QUADS)
    names = {graph.value for graph in store.named_graphs()}
    assert {graph_name(digest(statement(number))) for number in range(3)} <= names
    assert graph_name(before) not in names
    for number in range(3):
        own = pyoxigraph.NamedNode(graph_name(digest(statement(number))))
        triples = b"".join(
            pyoxigraph.serialize([quad.triple], format=pyoxigraph.RdfFormat.N_TRIPLES) or b""
            for quad in store.quads_for_pattern(None, None, None, own)
        )
        quads = semantics.to_nquads(decoded(client, statement(number)))
        mine, theirs = (Graph().parse(data=each, format="nt") for each in (quads, triples))
        assert isomorphic(valued(mine), valued(theirs))
    asked = store.query(
        "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?claim <https://w3id.org/openquality/v1#metric> ?m }"
        " ?g <http://www.w3.org/ns/prov#wasAttributedTo> ?issuer }"
    )
    assert len(list(asked)) == 3
    everything = tmp_path / "everything.nq"
    assert main(["log", "export", str(everything), "--data", str(folder), "--with-withdrawn"]) == 0
    assert graph_name(before) in everything.read_text(encoding="utf-8")


def test_an_export_is_never_written_over(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "records.nq"
    out.write_text("mine", encoding="utf-8")
    assert main(["log", "export", str(out), "--data", str(folder)]) == 2
    assert out.read_text(encoding="utf-8") == "mine"


def test_the_name_of_a_graph_is_the_digest_as_rfc_6920_writes_it() -> None:
    # The example of RFC 6920, section 8.1, for "Hello World!".
    name = "sha256:7f83b1657ff1fc53b92dc18148a1d65dfc2d4b1fa3d677284addd200126d9069"
    assert graph_name(name) == "ni:///sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk"
