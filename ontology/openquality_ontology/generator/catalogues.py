"""The catalogues of metrics and units as SKOS concepts."""

from typing import Any, Final
from urllib.parse import quote

from rdflib import Literal, URIRef
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SKOS, XSD

from openquality_ontology.generator.source import Mapped
from openquality_ontology.generator.turtle import OQ, Drawing
from openquality_ontology.generator.vocabulary import RELATIONS, label

Json = dict[str, Any]
BASE: Final = "https://w3id.org/openquality/v1"
DQV_METRIC: Final = URIRef("http://www.w3.org/ns/dqv#Metric")
# The words of the catalogues themselves, beside those of records.
TERMS: Final = (
    (OQ.Metric, OWL.Class, "Metric", "A way to measure quality, with its formula and bound."),
    (OQ.Unit, OWL.Class, "Unit", "A unit of measurement, named by its UCUM code."),
    (OQ.form, OWL.ObjectProperty, "Form", "The statistical form that the data of a metric have."),
    (OQ.direction, OWL.ObjectProperty, "Direction", "Which side of a value is better."),
    (OQ.formula, OWL.DatatypeProperty, "Formula", "How the value follows from the data."),
    (OQ.canonicalUnit, OWL.ObjectProperty, "Canonical unit", "The unit in which values rank."),
    (OQ.allowedUnit, OWL.ObjectProperty, "Allowed unit", "A unit that a claim may use."),
    (OQ.carrier, OWL.ObjectProperty, "Carrier", "The type of claim that carries the metric."),
    (OQ.metricVersion, OWL.DatatypeProperty, "Version", "The version of a metric's entry."),
    (OQ.quantityKind, OWL.DatatypeProperty, "Quantity kind", "Units of one kind convert."),
    (OQ.factor, OWL.DatatypeProperty, "Factor", "The size of a unit in its kind's base unit."),
    (OQ.rec20, OWL.DatatypeProperty, "Rec 20 code", "The code in UN/ECE Recommendation 20."),
)
DIRECTIONS: Final = {
    "higherBetter": "A greater value is better; values rank by their lower bound.",
    "lowerBetter": "A smaller value is better; values rank by their upper bound.",
    "target": "The nearer to the target, the better; the farther bound ranks.",
}
_PREFIXES: Final = {
    "dcterms": str(DCTERMS),
    "oq": str(OQ),
    "owl": str(OWL),
    "rdfs": str(RDFS),
    "skos": str(SKOS),
    "xsd": str(XSD),
}


def metrics(catalogue: Json) -> Drawing:
    """Return the graph of the metric catalogue."""
    drawing = Drawing(_PREFIXES)
    for iri, kind, title, text in TERMS:
        drawing.add(iri, RDF.type, kind)
        drawing.text(iri, RDFS.label, title)
        drawing.text(iri, SKOS.definition, text)
        drawing.add(iri, RDFS.isDefinedBy, URIRef(BASE))
    drawing.add(OQ.Metric, SKOS.closeMatch, DQV_METRIC)
    _scheme(drawing, "metric", "Metrics", catalogue["version"])
    _scheme(drawing, "form", "Statistical forms", catalogue["version"])
    _scheme(drawing, "direction", "Directions", catalogue["version"])
    _scheme(drawing, "dimension", "Dimensions of quality", catalogue["version"])
    for form in catalogue["forms"]:
        _concept(drawing, "form", form["id"], form["label"], form["definition"])
    for name, text in DIRECTIONS.items():
        _concept(drawing, "direction", name, label(name), text)
    for name in sorted({each["dimension"] for each in catalogue["metrics"]}):
        text = f"Metrics of {name}."
        iri = _concept(drawing, "dimension", name.replace(" ", "-"), name, text)
        drawing.add(iri, SKOS.topConceptOf, _iri("dimension"))
    for metric in catalogue["metrics"]:
        _metric(drawing, metric)
    return drawing


def units(catalogue: Json) -> Drawing:
    """Return the graph of the unit catalogue."""
    drawing = Drawing(_PREFIXES)
    _scheme(drawing, "unit", "Units", catalogue["version"])
    for unit in catalogue["units"]:
        text = f"UCUM {unit['code']}: {unit['factor']} of the base unit of {unit['quantityKind']}."
        iri = _concept(drawing, "unit", unit["code"], unit["label"], text)
        drawing.add(iri, RDF.type, OQ.Unit)
        drawing.add(iri, OQ.quantityKind, unit["quantityKind"])
        drawing.add(iri, OQ.factor, Literal(unit["factor"]))
        if unit.get("rec20"):
            drawing.add(iri, OQ.rec20, unit["rec20"])
        if unit.get("qudt"):
            drawing.add(iri, SKOS.exactMatch, URIRef(unit["qudt"]))
    return drawing


def _metric(drawing: Drawing, metric: Json) -> None:
    iri = _concept(drawing, "metric", metric["id"], metric["label"], metric["definition"])
    drawing.add(iri, RDF.type, OQ.Metric)
    drawing.add(iri, SKOS.broader, _iri("dimension", metric["dimension"].replace(" ", "-")))
    drawing.add(iri, OQ.form, _iri("form", metric["form"]))
    drawing.add(iri, OQ.direction, _iri("direction", metric["direction"]))
    drawing.add(iri, OQ.formula, metric["formula"])
    drawing.add(iri, OQ.metricVersion, metric["version"])
    drawing.add(iri, OQ.carrier, URIRef(f"{OQ}{metric['carrier']}"))
    drawing.add(iri, OQ.quantityKind, metric["quantityKind"])
    if metric.get("canonicalUnit"):
        drawing.add(iri, OQ.canonicalUnit, _iri("unit", metric["canonicalUnit"]))
    drawing.add(iri, OQ.allowedUnit, *(_iri("unit", unit) for unit in metric["allowedUnits"]))
    drawing.add(iri, DCTERMS.source, *metric["source"])
    for each in metric["mappings"]:
        mapped = Mapped(each["iri"], each["relation"])
        drawing.add(iri, RELATIONS[mapped.relation], URIRef(mapped.iri))


def _scheme(drawing: Drawing, name: str, title: str, version: str) -> None:
    drawing.add(_iri(name), RDF.type, SKOS.ConceptScheme)
    drawing.text(_iri(name), RDFS.label, title)
    drawing.add(_iri(name), OWL.versionInfo, version)


def _concept(drawing: Drawing, scheme: str, name: str, title: str, text: str) -> URIRef:
    iri = _iri(scheme, name)
    drawing.add(iri, RDF.type, SKOS.Concept)
    drawing.text(iri, SKOS.prefLabel, title)
    drawing.text(iri, SKOS.definition, text)
    drawing.add(iri, SKOS.notation, Literal(name))
    drawing.add(iri, SKOS.inScheme, _iri(scheme))
    return iri


def _iri(scheme: str, name: str | None = None) -> URIRef:
    return URIRef(f"{BASE}/{scheme}" + ("" if name is None else f"/{quote(name, safe='')}"))
