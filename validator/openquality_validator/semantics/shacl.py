"""The verdict of the SHACL shapes on records, as findings.

One graph may hold many records, which costs less for each; their ids must differ.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from pyshacl import validate
from rdflib import Graph, URIRef
from rdflib.namespace import RDF, SH

import openquality_ontology
from openquality_validator import kinds
from openquality_validator.errors import GraphError
from openquality_validator.findings import Finding, Report, Severity
from openquality_validator.message import message
from openquality_validator.semantics.linked import to_nquads

DEPTH: Final = 60  # of shapes in shapes; the language needs some 20
_TYPES: Final = tuple(URIRef(f"https://w3id.org/openquality/v1#{name}") for name in kinds.KINDS)


def check(record: dict[str, Any]) -> Report:
    """Find what the shapes say against a record; a record that is no graph is itself a finding."""
    return check_many({"": record})[""]


def check_many(records: Mapping[str, dict[str, Any]]) -> dict[str, Report]:
    """Check several records in one graph; the result has the names that they are given by.

    No two of them may share an id of a record, claim or evidence, nor say different things of one
    id.
    """
    reports: dict[str, Report] = {}
    graph = Graph(bind_namespaces="none")
    owners: dict[str, str] = {}
    for name, record in records.items():
        try:
            quads = to_nquads(record)
        except GraphError as error:
            reports[name] = Report.of([_finding(error.code, error.message, error.hint)])
            continue
        own = Graph(bind_namespaces="none").parse(data=quads, format="nt")
        found = {node for each in _TYPES for node in own.subjects(RDF.type, each)}
        if len(found) != 1 or not isinstance(next(iter(found)), URIRef):
            text = message("There is not one statement with an id in it.")
            reports[name] = Report.of(
                [_finding("G003", text, message("Give it its id and both types."))]
            )
            continue
        owners |= {str(node): name for node in own.subjects()}
        reports[name] = Report()
        for triple in own:
            graph.add(triple)
    for name, findings in _results(graph, owners).items():
        reports[name] = Report.of(findings)
    return reports


def _results(graph: Graph, owners: Mapping[str, str]) -> dict[str, list[Finding]]:
    if not graph:
        return {}
    conforms, results, _ = validate(
        graph, shacl_graph=_shapes(), inference="none", max_validation_depth=DEPTH
    )
    found: dict[str, list[Finding]] = {}
    if conforms:
        return found
    for report in results.objects(None, SH.result):
        node = str(results.value(report, SH.focusNode))
        path = results.value(report, SH.resultPath)
        text = str(results.value(report, SH.resultMessage)).split(" See details")[0]
        place = f"{node}{'' if path is None else f' {path}'}"
        hint = message("The page of the schema says what belongs there: docs/spec/attestation.md.")
        finding = _finding("G004", f"{place}: {text[:300]}", hint)
        found.setdefault(owners.get(node, ""), []).append(finding)
    return found


def _finding(code: str, message: str, hint: str) -> Finding:
    return Finding(code, Severity.ERROR, "", message, hint)


@cache
def _shapes() -> Graph:
    return Graph().parse(data=openquality_ontology.read("shapes.ttl"), format="turtle")
