"""The ontology in Turtle: classes, properties and enumerations, with their nearness to others.

Mappings are said with SKOS (exactMatch, closeMatch, broadMatch, narrowMatch), which claims no more
than somebody looked; only `x-subclass-of` says what a reasoner may conclude.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

from rdflib import Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SKOS, XSD

from openquality_ontology.generator.joined import SourceError
from openquality_ontology.generator.source import (
    ID,
    JSON,
    TYPE,
    VOCAB,
    Class,
    Mapped,
    Source,
    Term,
)
from openquality_ontology.generator.turtle import OQ, Drawing

SCHEMA: Final = Namespace("https://schema.org/")
ONTOLOGY: Final = URIRef("https://w3id.org/openquality/v1")
Grouped = TypeVar("Grouped")
RELATIONS: Final = {
    "exact": SKOS.exactMatch,
    "close": SKOS.closeMatch,
    "broad": SKOS.broadMatch,
    "narrow": SKOS.narrowMatch,
}


def vocabulary(source: Source, version: str) -> Drawing:
    """Return the graph of the ontology."""
    drawing = Drawing(
        {
            **source.prefixes,
            "dcterms": str(DCTERMS),
            "owl": str(OWL),
            "rdfs": str(RDFS),
            "skos": str(SKOS),
        }
    )
    _header(drawing, version)
    for iri, classes in _grouped((c.iri, c) for c in source.classes.values()):
        _class(drawing, iri, classes)
    terms = [term for owner in source.classes.values() for term in owner.terms]
    for iri, found in _grouped((term.iri, term) for term in terms):
        _property(drawing, source, iri, found)
    for term in terms:
        if term.iri == TYPE:
            _kinds(drawing, source, term)
    for namespace, found in _enumerations(terms).items():
        _enumeration(drawing, namespace, found)
    return drawing


def label(name: str) -> str:
    """Turn the name of a value into words: `identityPreserved` gives "identity preserved"."""
    if name.upper() == name:
        return name
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)
    return " ".join(part if part.isupper() else part.lower() for part in parts)


def map_to(drawing: Drawing, subject: URIRef, mappings: Iterable[Mapped]) -> None:
    """Say how near terms of others are."""
    for each in mappings:
        drawing.add(subject, RELATIONS[each.relation], URIRef(each.iri))


def _header(drawing: Drawing, version: str) -> None:
    drawing.add(ONTOLOGY, RDF.type, OWL.Ontology)
    drawing.text(ONTOLOGY, RDFS.label, "OpenQuality")
    drawing.text(
        ONTOLOGY,
        DCTERMS.description,
        "Measured quality of products, services and their suppliers, as signed records state it.",
    )
    drawing.add(ONTOLOGY, OWL.versionInfo, version)
    drawing.add(ONTOLOGY, DCTERMS.license, URIRef("https://www.apache.org/licenses/LICENSE-2.0"))


def _grouped(pairs: Iterable[tuple[str | None, Grouped]]) -> Iterator[tuple[URIRef, list[Grouped]]]:
    """Yield each IRI of our own with all that has it, in the order of the first."""
    found: dict[str, list[Grouped]] = {}
    for iri, each in pairs:
        if iri is not None and iri.startswith(str(OQ)):
            found.setdefault(iri, []).append(each)
    for iri, group in found.items():
        yield URIRef(iri), group


def _class(drawing: Drawing, iri: URIRef, classes: list[Class]) -> None:
    local = iri.removeprefix(str(OQ))
    best = next((each for each in classes if each.name == local), classes[0])
    _entry(drawing, iri, OWL.Class, best.title, best.description)
    for each in classes:
        drawing.add(iri, RDFS.subClassOf, *map(URIRef, each.superclasses))
        map_to(drawing, iri, each.mappings)


def _kinds(drawing: Drawing, source: Source, term: Term) -> None:
    """Say of each type of a subject, claim or evidence what it is."""
    for value in term.values:
        iri = URIRef(value.iri)
        if value.name not in source.classes:
            _entry(drawing, iri, OWL.Class, label(value.name).capitalize(), value.description)
        drawing.add(iri, RDFS.subClassOf, *map(URIRef, value.superclasses))


def _property(drawing: Drawing, source: Source, iri: URIRef, terms: list[Term]) -> None:
    ranges = {each for term in terms for each in _range(source, term)}
    kinds = {_kind(term) for term in terms}
    if len(kinds) > 1:
        places = ", ".join(f"{term.owner}.{term.name}" for term in terms)
        raise SourceError(places, f"mean {iri}, once a thing and once a value")
    _entry(drawing, iri, kinds.pop(), terms[0].title, terms[0].description)
    for term in terms:
        owner = source.classes[term.owner].iri
        if owner is not None:
            drawing.add(iri, SCHEMA.domainIncludes, URIRef(owner))
        map_to(drawing, iri, term.mappings)
    drawing.add(iri, SCHEMA.rangeIncludes, *sorted(ranges))


def _kind(term: Term) -> URIRef:
    is_thing = bool(term.targets) or term.datatype in (ID, VOCAB)
    return OWL.ObjectProperty if is_thing else OWL.DatatypeProperty


def _range(source: Source, term: Term) -> Iterator[URIRef]:
    for target in term.targets:
        iri = source.classes[target].iri
        if iri is not None:
            yield URIRef(iri)
    if term.targets or term.datatype == ID:
        return
    if term.datatype == VOCAB:
        yield SKOS.Concept
    elif term.datatype == JSON:
        yield RDF.JSON
    else:
        yield XSD.string if term.datatype is None else URIRef(term.datatype)


def _enumerations(terms: list[Term]) -> dict[str, list[Term]]:
    found: dict[str, list[Term]] = {}
    for term in terms:
        if term.values and term.iri != TYPE:
            first = term.values[0]
            found.setdefault(first.iri.removesuffix(first.name), []).append(term)
    return found


def _enumeration(drawing: Drawing, namespace: str, terms: list[Term]) -> None:
    scheme = URIRef(namespace.rstrip("/"))
    _entry(drawing, scheme, SKOS.ConceptScheme, terms[0].title, terms[0].description)
    said: dict[str, str] = {}
    for term in terms:
        drawing.add(URIRef(term.iri), RDFS.seeAlso, scheme)
        for value in term.values:
            if said.setdefault(value.iri, value.description) != value.description:
                raise SourceError(f"{term.owner}.{term.name}", f"says of {value.name} otherwise")
            iri = URIRef(value.iri)
            drawing.add(iri, RDF.type, SKOS.Concept)
            drawing.text(iri, SKOS.prefLabel, label(value.name))
            drawing.text(iri, SKOS.definition, value.description)
            drawing.add(iri, SKOS.notation, Literal(value.name))
            drawing.add(iri, SKOS.inScheme, scheme)
            drawing.add(iri, SKOS.topConceptOf, scheme)


def _entry(drawing: Drawing, iri: URIRef, kind: URIRef, title: str, description: str) -> None:
    drawing.add(iri, RDF.type, kind)
    drawing.text(iri, RDFS.label, title)
    drawing.text(iri, SKOS.definition, description)
    drawing.add(iri, RDFS.isDefinedBy, ONTOLOGY)
