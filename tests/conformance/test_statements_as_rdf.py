"""Statements other than attestations: JSON Schema and SHACL agree, and RDF brings them back."""

import copy
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from rdflib import Graph, Literal
from rdflib.namespace import OWL, RDF

import openquality_ontology
import openquality_schemas
from openquality import credentials
from openquality_validator import kinds, semantics, structure

DID = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
REGISTRAR = "did:web:registrar.example"
DIGEST = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
SUBJECTS: dict[str, dict[str, Any]] = {
    "StatusStatement": {
        "id": f"statement:{DIGEST}",
        "log": "registry.example/log",
        "state": "suspended",
        "reason": "The data are looked at again.",
        "previous": DIGEST,
    },
    "KeyCompromise": {
        "id": DID,
        "key": f"{DID}#z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
        "since": "2026-11-01T00:00:00Z",
        "reason": "A laptop was stolen.",
    },
    "IssuerRegistration": {
        "id": DID,
        "name": "Möller & Söhne",
        "identifiers": [
            {"scheme": "lei", "value": "529900T8BM49AURSDO55"},
            {"scheme": "vat", "value": "DE129273398"},
        ],
    },
    "OperatorAction": {
        "id": "urn:openquality:policy",
        "performed": "policy-set",
        "actor": "desk",
        "details": {"admission": "invited", "clientPerDay": "0"},
    },
}


def statement(name: str, issuer: str = REGISTRAR) -> dict[str, Any]:
    now = dt.datetime(2026, 11, 20, 8, tzinfo=dt.UTC)
    return credentials.make(name, SUBJECTS[name], issuer=issuer, name="A desk", now=now)


def changed(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the statement with one member of its subject gone, of a wrong type, or too many."""
    for member, value in SUBJECTS[name].items():
        for kind, other in (("gone", None), ("number", 7), ("empty", ""), ("unknown", "no such")):
            broken = copy.deepcopy(statement(name))
            if kind == "gone":
                del broken["credentialSubject"][member]
            else:
                broken["credentialSubject"][member] = other
            if other != value and (member != "details" or kind == "gone"):
                # What a JSON value holds is no concern of a graph: docs/spec/ontology.md.
                yield f"{member}-{kind}", broken
    for place in ("issuer", "validFrom", "credentialSchema", "type"):
        broken = copy.deepcopy(statement(name))
        del broken[place]
        yield f"{place}-gone", broken


@pytest.fixture(params=SUBJECTS)
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


def test_every_kind_of_statement_is_here() -> None:
    # The ontology is of version 1.0: what 1.1 adds has no shapes yet.
    shipped = {
        name
        for name, kind in kinds.KINDS.items()
        if openquality_schemas.VERSION in openquality_schemas.known_schemas(kind.schema).values()
    }
    assert {*SUBJECTS, "QualityAttestation"} == shipped


def test_a_statement_is_right_by_schema_and_shapes(name: str) -> None:
    assert structure.check(statement(name), schema=kinds.KINDS[name].schema).findings == ()
    assert semantics.check(statement(name)).findings == ()


def test_an_issuer_may_speak_of_itself(name: str) -> None:
    assert semantics.check(statement(name, DID)).findings == ()


def test_a_change_gets_one_verdict(name: str) -> None:
    differing = []
    seen = set()
    for change, broken in changed(name):
        by_schema = structure.check(broken, schema=kinds.KINDS[name].schema).valid
        seen.add(by_schema)
        if by_schema != semantics.check(broken).valid:
            differing.append((change, by_schema))
    assert differing == []
    assert False in seen


def test_a_statement_comes_back_from_rdf(name: str) -> None:
    before = statement(name)
    after = semantics.from_nquads(semantics.to_nquads(before))
    for each in (before, after):
        each["type"].sort()  # a set in RDF
        found = each["credentialSubject"].get("identifiers", [])
        found.sort(key=lambda identifier: identifier["scheme"])
    assert after == before


def test_no_text_stands_where_a_thing_is_meant(name: str) -> None:
    ontology = Graph().parse(data=openquality_ontology.read("ontology.ttl"), format="turtle")
    meant = set(ontology.subjects(RDF.type, OWL.ObjectProperty))
    graph = Graph().parse(data=semantics.to_nquads(statement(name)), format="nt")
    assert [o for _, p, o in graph if p in meant and isinstance(o, Literal)] == []
