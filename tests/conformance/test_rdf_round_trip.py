"""What a record says in RDF comes back as the same record, and every term of it is explained."""

import json
import re
from functools import cache
from typing import Any

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import OWL, RDF, RDFS, SKOS

import openquality_ontology
import openquality_schemas
from openquality_validator import semantics
from openquality_validator.errors import GraphError

OURS = "https://w3id.org/openquality/v1"


def record(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(openquality_schemas.examples("valid")[name])
    return found


@cache
def turtle(name: str) -> Graph:
    return Graph().parse(data=openquality_ontology.read(name), format="turtle")


def graph(name: str) -> Graph:
    return Graph().parse(data=semantics.to_nquads(record(name)), format="nt")


def things(value: Any) -> dict[str, dict[str, set[str]]]:  # noqa: ANN401
    """Gather, without any JSON-LD, what is said of each id, whatever object says it."""
    found: dict[str, dict[str, set[str]]] = {}

    def visit(value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, list):
            return [visit(each) for each in value]
        if not isinstance(value, dict):
            return value
        plain = {
            name: inner if name in {"mapping", "extensions"} else visit(inner)
            for name, inner in value.items()
            if not (name == "id" and str(inner).startswith("_:"))
        }
        if "id" not in plain or ":" not in str(plain["id"]) or "drawingRevision" in plain:
            return plain
        thing = found.setdefault(plain["id"], {})
        for name, inner in plain.items():
            items = inner if isinstance(inner, list) and name not in ORDERED else [inner]
            thing.setdefault(name, set()).update(spelled(item) for item in items)
        return {"id": plain["id"]}

    visit(value)
    return found


ORDERED = {"steps", "columns", "path"}


def spelled(value: Any, name: str = "") -> str:  # noqa: ANN401
    """Write a value so that the order of sets does not matter."""
    if isinstance(value, list):
        items = [spelled(each) for each in value]
        return f"[{','.join(items if name in ORDERED else sorted(items))}]"
    if isinstance(value, dict):
        return f"{{{','.join(sorted(f'{k}:{spelled(v, k)}' for k, v in value.items()))}}}"
    return json.dumps(value)


def test_a_record_comes_back_as_it_went(valid_name: str) -> None:
    before = record(valid_name)
    after = semantics.from_nquads(semantics.to_nquads(before))
    assert things(after) == things(before)
    assert after["@context"] == before["@context"]


def test_only_what_an_object_leaves_out_of_its_own_id_differs(valid_name: str) -> None:
    # Where no id stands in two places, the record is the same as a whole.
    before = record(valid_name)
    ids = re.findall(r'"id": ?"([^"]+)"', json.dumps(before))
    if len(ids) == len(set(ids)):
        after = semantics.from_nquads(semantics.to_nquads(before))
        assert spelled(after) == spelled(before)


def test_no_text_stands_where_a_thing_is_meant(valid_name: str) -> None:
    things_meant = set(turtle("ontology.ttl").subjects(RDF.type, OWL.ObjectProperty))
    texts = [
        (predicate, value)
        for _, predicate, value in graph(valid_name)
        if predicate in things_meant and isinstance(value, Literal)
    ]
    assert texts == []


def test_every_term_of_a_record_is_explained(valid_name: str) -> None:
    ontology = turtle("ontology.ttl")
    used = {
        node
        for triple in graph(valid_name)
        for node in triple
        if isinstance(node, URIRef) and node.startswith(OURS) and "/metric/" not in node
    }
    assert [term for term in used if (term, SKOS.definition, None) not in ontology] == []


def test_every_term_of_the_ontology_has_a_label_a_definition_and_a_use() -> None:
    ontology = turtle("ontology.ttl")
    terms = {
        term
        for kind in (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, SKOS.Concept)
        for term in ontology.subjects(RDF.type, kind)
    }
    assert len(terms) > 400
    used = set(turtle("shapes.ttl").objects()) | set(ontology.objects(None, RDFS.subClassOf))
    for domain in ("domainIncludes", "rangeIncludes"):
        used |= set(ontology.objects(None, URIRef(f"https://schema.org/{domain}")))
    bare = [
        str(term)
        for term in sorted(terms)
        if not (ontology.value(term, RDFS.label) or ontology.value(term, SKOS.prefLabel))
        or ontology.value(term, SKOS.definition) is None
        or term not in used
    ]
    assert bare == []


def test_no_definition_is_a_copy_of_its_label() -> None:
    ontology = turtle("ontology.ttl")
    for term, text in ontology.subject_objects(SKOS.definition):
        label = ontology.value(term, RDFS.label) or ontology.value(term, SKOS.prefLabel)
        assert str(text).rstrip(".").lower() != str(label).lower(), term


@pytest.mark.parametrize(
    "contexts",
    [
        None,
        "https://www.w3.org/ns/credentials/v2",
        ["https://www.w3.org/ns/credentials/v2", "https://evil.example/context"],
        [
            "https://www.w3.org/ns/credentials/v2",
            "https://w3id.org/openquality/v1",
            "http://127.0.0.1:9/x",
        ],
        ["https://www.w3.org/ns/credentials/v2", {"name": "https://evil.example/name"}],
    ],
)
def test_no_other_context_is_read(contexts: object) -> None:
    value = record("recall-notice.json") | {"@context": contexts}
    with pytest.raises(GraphError) as raised:
        semantics.to_nquads(value)
    assert raised.value.code == "G001"


def test_a_context_hidden_inside_is_not_fetched() -> None:
    value = record("recall-notice.json")
    value["credentialSubject"]["@context"] = "https://evil.example/context"
    with pytest.raises(GraphError) as raised:
        semantics.to_nquads(value)
    assert raised.value.code == "G002"


@pytest.mark.parametrize("place", ["record", "subject", "claim"])
def test_an_id_is_absolute(place: str) -> None:
    value = record("recall-notice.json")
    subject = value["credentialSubject"]
    {"record": value, "subject": subject, "claim": subject["claims"][0]}[place]["id"] = "kettle"
    with pytest.raises(GraphError, match="'kettle' is an id without a scheme") as raised:
        semantics.to_nquads(value)
    assert raised.value.code == "G002"


@pytest.mark.parametrize("text", ["nonsense", "", "<a> <b> .", "_:b0 <urn:x:y> _:b0 ."])
def test_statements_that_make_no_record(text: str) -> None:
    with pytest.raises(GraphError) as raised:
        semantics.from_nquads(text)
    assert raised.value.code == "G002"
