"""Projections against the published schemas, vocabularies and samples of the other formats."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema
import rdflib
from tests.published.result import Outcome, Result, accepted, excluded

import openquality_schemas
from openquality_validator.catalogue import load
from openquality_validator.errors import ConversionError
from openquality_validator.projections import exact
from openquality_validator.projections.formats import Source, Target, draft, project
from openquality_validator.projections.from_yaml import from_yaml

SCHEMA = rdflib.Namespace("https://schema.org/")
GS1 = rdflib.Namespace("https://ref.gs1.org/voc/")
UNTP = {
    Target.UNTP_DPP: "dpp/DigitalProductPassport.json",
    Target.UNTP_DCC: "dcc/ConformityCredential.json",
}


def untp(folder: Path) -> Iterator[Result]:
    """Validate what goes out by the schemas of UNTP 0.7.0, and read its samples."""
    for target, path in UNTP.items():
        schema = json.loads((folder / "artefacts/schema/v0.7.0" / path).read_bytes())
        validator = jsonschema.Draft202012Validator(schema)
        for name, document in _projected(target):
            found = json.loads(exact.to_bytes(document)) if document else None
            yield _judged(f"{target} {name}", validator, found)
        samples = (folder / "artefacts/samples/v0.7.0" / path.partition("/")[0]).glob("*.json")
        for sample in sorted(samples):
            yield _read(sample, Source(target))


def schema_org(folder: Path) -> Iterator[Result]:
    """Find every class and property that goes out, in its domain."""
    graph = rdflib.Graph().parse(folder / "data/releases/30.0/schemaorg-all-https.ttl")
    domains = partial(_domains, graph, SCHEMA, SCHEMA.domainIncludes)
    yield from _terms(Target.SCHEMA_ORG, graph, SCHEMA, domains)


def gs1(folder: Path) -> Iterator[Result]:
    """Find every class and property that goes out, in its domain."""
    graph = rdflib.Graph().parse(folder / "v1.16/gs1Voc.ttl")
    domains = partial(_domains, graph, GS1, rdflib.RDFS.domain)
    yield from _terms(Target.GS1, graph, GS1, domains)


def pact(folder: Path) -> Iterator[Result]:
    """Read the examples of version 3."""
    for path in sorted((folder / "spec/v3/examples").glob("*.json")):
        text = path.read_text("utf-8")
        if '"pfs"' in text:
            yield excluded(path.name, "an event around footprints")
        elif '"pcf"' in text:
            yield _read(path, Source.PACT)


def odcs(folder: Path) -> Iterator[Result]:
    """Read the examples of version 3."""
    for path in sorted((folder / "docs/examples").rglob("*.odcs.yaml")):
        yield _read(path, Source.ODCS)


def material(folder: Path) -> Iterator[Result]:
    """Read the valid certificates of both schemas."""
    for name, source in (("EN10168-schemas", Source.EN10168), ("CoA-schemas", Source.COA)):
        for path in sorted((folder / name / "test/fixtures").glob("valid_certificate_*.json")):
            yield _read(path, source)


def _projected(target: Target) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Yield every example of ours and what it becomes; None where the format refuses it."""
    for name, data in sorted(openquality_schemas.examples("valid").items()):
        if not name.endswith(".expected.json"):
            level = None
            if target is Target.UNTP_DCC and b'"accredited"' in data:
                level = "authority-globalmra"
            try:
                found = project(
                    json.loads(data), to=target, catalogue=load(), assessment_level=level
                )
            except ConversionError:
                yield name, None
            else:
                yield name, found.document


def _judged(file: str, validator: Any, document: object) -> Result:  # noqa: ANN401 - untyped library
    if document is None:
        return excluded(file, "the record does not state what UNTP requires")
    for error in validator.iter_errors(document):
        return Result(file, Outcome.FAIL, f"{error.json_path}: {error.message:.160}")
    return Result(file, Outcome.PASS)


def _read(path: Path, source: Source) -> Result:
    data = path.read_bytes()
    is_yaml = path.suffix == ".yaml"
    if is_yaml and not str(from_yaml(data)[0].get("apiVersion")).startswith("v3."):
        return excluded(path.name, "another version")
    return accepted(
        path.name, lambda: draft(data, source=source, catalogue=load(), is_yaml=is_yaml)
    )


Domains = Callable[[str], set[rdflib.term.Node] | None]


def _terms(
    target: Target, graph: rdflib.Graph, space: rdflib.Namespace, domains: Domains
) -> Iterator[Result]:
    for name, document in _projected(target):
        wrong = sorted(set(_misused(document, graph, space, domains))) if document else []
        outcome = Outcome.FAIL if wrong else Outcome.PASS
        yield Result(f"{target} {name}", outcome, ", ".join(wrong))


def _misused(
    value: Any,  # noqa: ANN401 - any JSON value
    graph: rdflib.Graph,
    space: rdflib.Namespace,
    domains: Domains,
) -> Iterator[str]:
    for each in value if isinstance(value, list) else []:
        yield from _misused(each, graph, space, domains)
    if not isinstance(value, dict) or "@value" in value:
        return
    kind = space[value["@type"].removeprefix("gs1:")] if "@type" in value else None
    if kind is not None and (kind, None, None) not in graph:
        yield f"no class {kind}"
    for name, below in value.items():
        if name != "@context":
            yield from _misused(below, graph, space, domains)
        if name.startswith("@") or kind is None:
            continue
        allowed = domains(name.removeprefix("gs1:"))
        if allowed is None:
            yield f"no property {name}"
        elif not allowed & set(graph.transitive_objects(kind, rdflib.RDFS.subClassOf)):
            yield f"{name} of {kind}"


def _domains(
    graph: rdflib.Graph, space: rdflib.Namespace, predicate: rdflib.URIRef, name: str
) -> set[rdflib.term.Node] | None:
    if (space[name], None, None) not in graph:
        return None
    found: set[rdflib.term.Node] = set()
    for domain in graph.objects(space[name], predicate):
        union = graph.value(domain, rdflib.OWL.unionOf)
        found |= {domain} if union is None else set(graph.items(union))
    return found
