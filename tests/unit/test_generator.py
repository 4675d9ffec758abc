"""The RDF face is what the generator makes of the schema, and it stops where it would guess."""

import copy
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import programs
import pytest

import openquality_ontology
import openquality_schemas
from openquality_ontology.generator.context import context
from openquality_ontology.generator.joined import SourceError
from openquality_ontology.generator.shapes import shapes
from openquality_ontology.generator.source import Source
from openquality_ontology.generator.vocabulary import label, vocabulary

Schema = dict[str, Any]
PROGRAM = Path(__file__).parents[2] / "ontology/generate.py"


@pytest.fixture
def schema() -> Schema:
    return openquality_schemas.attestation_schema(version=openquality_ontology.VERSION)


@pytest.fixture(scope="module")
def program() -> ModuleType:
    return programs.load(PROGRAM, "generate")


def test_what_is_committed_is_what_the_generator_writes(program: ModuleType) -> None:
    assert program.stale() == []


def test_the_same_schema_gives_the_same_bytes(schema: Schema) -> None:
    once = shapes(Source(schema)).to_turtle()
    assert shapes(Source(copy.deepcopy(schema))).to_turtle() == once


def party(schema: Schema) -> Schema:
    found: Schema = schema["$defs"]["Party"]
    return found


def member(**more: Any) -> Schema:  # noqa: ANN401
    return {"title": "New", "description": "A new member.", "type": "string", **more}


CHANGES: dict[str, tuple[Callable[[Schema], object], str]] = {
    "a keyword that nothing turns into RDF": (
        lambda s: party(s).update({"patternProperties": {}}),
        "patternProperties",
    ),
    "an annotation that nothing reads": (
        lambda s: party(s).update({"x-colour": "red"}),
        "x-colour",
    ),
    "a format that nothing knows": (
        lambda s: s["$defs"]["Date"].update({"format": "email"}),
        "the format email",
    ),
    "a member without a meaning": (
        lambda s: party(s)["properties"].update({"motto": member()}),
        "Party.motto",
    ),
    "a term of VC 2.0 with another meaning": (
        lambda s: party(s)["properties"].update({"mediaType": member(**{"x-iri": "oq:kind"})}),
        "a term of VC 2.0",
    ),
    "a value that nothing describes": (
        lambda s: s["$defs"]["Producer"]["properties"]["sizeClass"]["enum"].append("huge"),
        "without a description",
    ),
    "a type of VC 2.0 as one of ours": (
        lambda s: s["$defs"]["Evidence"]["properties"]["type"].update(
            {"enum": ["JsonSchema"], "x-enum-descriptions": {"JsonSchema": "A schema."}}
        ),
        "a type of VC 2.0",
    ),
    "a list of conditions of another kind": (
        lambda s: party(s).update({"allOf": [{"anyOf": []}]}),
        "anyOf",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_it_stops_at(name: str, schema: Schema) -> None:
    change, said = CHANGES[name]
    change(schema)
    with pytest.raises(SourceError, match=said):
        shapes(Source(schema))


def test_it_stops_at_a_value_that_is_the_name_of_its_member(schema: Schema) -> None:
    size = schema["$defs"]["Producer"]["properties"]["sizeClass"]
    size["enum"].append("sizeClass")
    size["x-enum-descriptions"]["sizeClass"] = "A value that would turn into the member."
    with pytest.raises(SourceError, match="sizeClass"):
        context(Source(schema))


def test_it_stops_at_a_property_that_is_a_thing_here_and_a_value_there(schema: Schema) -> None:
    party(schema)["properties"]["motto"] = member(**{"x-iri": "oq:location"})
    with pytest.raises(SourceError, match="once a thing and once a value"):
        vocabulary(Source(schema), "1")


def test_a_name_with_two_meanings_is_told_apart_by_where_it_stands(schema: Schema) -> None:
    terms = context(Source(schema))["@context"]
    assert terms["number"] == "https://w3id.org/openquality/v1#certificateNumber"
    notice = terms["SafetyNoticeClaim"]["@context"]
    assert notice["number"] == "https://w3id.org/openquality/v1#noticeNumber"


def test_no_term_of_vc_is_defined_again(schema: Schema) -> None:
    terms = context(Source(schema))["@context"].keys()
    assert terms & {"id", "type", "name", "description", "issuer", "evidence", "digestSRI"} == set()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("identityPreserved", "identity preserved"),
        ("AISystem", "AI system"),
        ("rBar", "r bar"),
        ("oauth2", "oauth2"),
        ("S-1", "S-1"),
        ("III", "III"),
    ],
)
def test_a_label_is_made_of_the_words_of_a_name(name: str, words: str) -> None:
    assert label(name) == words
