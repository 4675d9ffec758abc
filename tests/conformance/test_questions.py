"""docs/spec/questions.md: each question to a graph of records gets the answer beside it."""

import json
import re
from functools import cache
from pathlib import Path

import pytest
from rdflib import Graph, Literal

import openquality_ontology
import openquality_schemas
from openquality_validator import semantics

PAGE = Path(__file__).parents[2] / "docs/spec/questions.md"
PREFIXES = {
    "oq": "https://w3id.org/openquality/v1#",
    "m": "https://w3id.org/openquality/v1/metric/",
    "cred": "https://www.w3.org/2018/credentials#",
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def sections() -> list[str]:
    return re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]


@cache
def everything() -> Graph:
    graph = Graph()
    for name in ("ontology.ttl", "metrics.ttl", "units.ttl"):
        graph.parse(data=openquality_ontology.read(name), format="turtle")
    for name, data in openquality_schemas.examples("valid").items():
        if not name.endswith(".expected.json"):
            graph.parse(data=semantics.to_nquads(json.loads(data)), format="nt")
    return graph


def test_there_are_at_least_fifteen() -> None:
    assert len(sections()) >= 15


@pytest.mark.parametrize("section", sections(), ids=lambda text: text.split(".")[0])
def test_a_question_has_the_answer_that_the_page_says(section: str) -> None:
    found = re.search(r"```sparql\n(.*?)```", section, flags=re.DOTALL)
    assert found is not None
    rows = [
        tuple(cell.strip() for cell in line.strip("|").split("|"))
        for line in section.splitlines()
        if line.startswith("|") and not line.startswith("|---")
    ]
    result = everything().query(found[1], initNs=PREFIXES)
    assert tuple(str(name) for name in result.vars or ()) == rows[0]
    answers = sorted(
        tuple("" if value is None else written(value) for value in row)
        for row in result
        if isinstance(row, tuple)
    )
    assert answers == sorted(rows[1:])


def written(value: object) -> str:
    return format(value.value, "f") if _is_decimal(value) else str(value)


def _is_decimal(value: object) -> bool:
    return isinstance(value, Literal) and str(value.datatype).endswith("#decimal")
