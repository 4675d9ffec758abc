"""The SHACL shapes: what the JSON Schema says, said of the graph.

A class of the schema is a node shape `…/v1/shapes#<name>`; the root and the branches of unions have
targets, and lead to all others. What cannot be said of a graph is listed in docs/spec/ontology.md.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from rdflib import BNode, Literal, URIRef
from rdflib.namespace import RDF, SH, XSD
from rdflib.term import Node

from openquality_ontology.generator.joined import Schema, SourceError
from openquality_ontology.generator.source import (
    CREDENTIALS,
    ID,
    JSON,
    OCCUPIED_TYPES,
    TYPE,
    VOCAB,
    Source,
    Term,
)
from openquality_ontology.generator.turtle import Drawing

SHAPES: Final = "https://w3id.org/openquality/v1/shapes#"
# Nodes that several objects of a record may describe, each in part: an organisation that is issuer,
# producer and subject is one node. So they are not closed, and how often a member stands is not
# counted.
SHARED: Final = frozenset({"Issuer", "Party", "Site", "Subject"})


def shapes(source: Source) -> Drawing:
    """Return the graph of shapes."""
    drawing = Drawing({**source.prefixes, "sh": str(SH), "oqsh": SHAPES})
    maker = _Maker(source, drawing)
    maker.credential()
    for name in source.classes:
        maker.shape(name)
    return drawing


def shape_iri(name: str) -> URIRef:
    """Return the IRI of the shape of a class."""
    return URIRef(f"{SHAPES}{name}")


class _Maker:
    def __init__(self, source: Source, drawing: Drawing) -> None:
        self._source: Final = source
        self._drawing: Final = drawing
        self._branches: Final = {
            branch for owner in source.classes.values() for branch in owner.branches
        }

    def credential(self) -> None:
        """Draw the shape of whatever has a subject: it is of one of our types of credential."""
        node, shape = shape_iri("Credential"), self._drawing.blank()
        self._drawing.add(node, RDF.type, SH.NodeShape)
        self._drawing.text(node, SH.name, "Credential")
        self._drawing.text(node, SH.description, "A signed statement of one of the types below.")
        self._drawing.add(node, SH.targetSubjectsOf, URIRef(f"{CREDENTIALS}credentialSubject"))
        roots = [URIRef(self._source.classes[name].iri or "") for name in self._source.roots]
        types = [URIRef(OCCUPIED_TYPES["VerifiableCredential"]), *roots]
        self._drawing.add(node, SH.property, shape)
        self._drawing.add(shape, SH.path, RDF.type)
        self._drawing.add(shape, SH.minCount, 2)
        self._drawing.add(shape, SH["in"], self._drawing.list(types))

    def shape(self, name: str) -> None:
        """Draw the shape of a class."""
        owner = self._source.classes[name]
        node = shape_iri(name)
        self._drawing.add(node, RDF.type, SH.NodeShape)
        self._drawing.text(node, SH.name, owner.title)
        self._drawing.text(node, SH.description, owner.description)
        if name in (*self._source.roots, *self._branches):
            # A processor that tries each branch of a union on each claim takes nine times as long.
            self._drawing.add(node, SH.targetClass, URIRef(owner.iri or ""))
        self._constrain(node, owner.schema, name)
        if owner.schema.get("additionalProperties") is False and not self._is_shared(name):
            self._drawing.add(node, SH.closed, Literal("true", datatype=XSD.boolean))
            self._drawing.add(node, SH.ignoredProperties, self._drawing.list([RDF.type]))

    def _is_shared(self, name: str) -> bool:
        return any(name.removeprefix(root) in SHARED for root in ("", *self._source.roots))

    def _constrain(self, node: Node, schema: Schema, owner: str) -> None:
        """Say of a node shape what a schema says of an object of a class."""
        known = {
            "$defs", "$id", "$schema", "additionalProperties", "allOf", "dependentRequired",
            "dependentSchemas", "description", "else", "if", "maxProperties", "minProperties",
            "properties", "required", "then", "title", "type",
        }  # fmt: skip
        if unknown := {k for k in schema if not k.startswith("x-")} - known:
            raise SourceError(owner, f"an object with {sorted(unknown)} is not known here")
        self._properties(node, schema, owner)
        for part in self._parts(schema, owner):
            self._drawing.add(node, SH.node, part)

    def _properties(self, node: Node, schema: Schema, owner: str) -> None:
        required = set(schema.get("required", ())) - {"@context"}
        properties: Schema = schema.get("properties", {})
        for name, found in properties.items():
            if name != "@context":
                self._property(node, owner, name, found, is_required=name in required)
        for name in sorted(required - properties.keys()):
            self._property(node, owner, name, {}, is_required=True)

    def _parts(self, schema: Schema, owner: str) -> Iterator[Node]:
        """Yield a shape for each further condition on a node."""
        for each in schema.get("allOf", ()):
            if "$ref" not in each.get("then", {}):  # the branches of a union have targets
                yield from self._conditional(each, owner)
        if "if" in schema:
            yield from self._conditional({k: schema.get(k) for k in ("if", "then", "else")}, owner)
        for name, others in schema.get("dependentRequired", {}).items():
            yield self._either(
                self._inner({"properties": {name: {"not": {}}}}, owner),
                self._inner({"required": others}, owner),
            )
        for name, then in schema.get("dependentSchemas", {}).items():
            yield self._either(
                self._inner({"properties": {name: {"not": {}}}}, owner),
                self._inner(self._counted(then, schema, name, owner), owner),
            )
        if "minProperties" in schema:
            yield self._least(schema, owner)

    def _conditional(self, schema: Schema, owner: str) -> Iterator[Node]:
        if not schema.keys() <= {"if", "then", "else", "description"}:
            raise SourceError(owner, f"a part with {sorted(schema)} is not known here")
        condition = self._inner(schema["if"], owner)
        if schema.get("then") is not None:
            yield self._either(self._not(condition), self._inner(schema["then"], owner))
        if schema.get("else") is not None:
            yield self._either(condition, self._inner(schema["else"], owner))

    def _counted(self, then: Schema, schema: Schema, name: str, owner: str) -> Schema:
        """Turn "at most these two members" into which ones are absent."""
        kept = {*schema["required"], name}
        if then.keys() - {"description"} != {"maxProperties"} or then["maxProperties"] != len(kept):
            raise SourceError(owner, "has dependentSchemas that are not known here")
        absent = [other for other in schema["properties"] if other not in kept]
        return {"properties": {other: {"not": {}} for other in absent}}

    def _least(self, schema: Schema, owner: str) -> Node:
        required = schema.get("required", [])
        others = [name for name in schema["properties"] if name not in required]
        return self._several(schema["minProperties"] - len(required), others, owner)

    def _several(self, count: int, names: Sequence[str], owner: str) -> Node:
        """Return a shape for having at least so many of the members."""
        if count < 1:
            raise SourceError(owner, "has minProperties that say nothing")
        choices = []
        for index, name in enumerate(names[: len(names) - count + 1]):
            choice = self._inner({"required": [name]}, owner)
            if count > 1:
                more = self._several(count - 1, names[index + 1 :], owner)
                self._drawing.add(choice, SH.node, more)
            choices.append(choice)
        return self._either(*choices)

    def _inner(self, schema: Schema, owner: str) -> Node:
        """Return a shape for a schema of the same object."""
        if "$ref" in schema:
            return shape_iri(self._source.target(schema["$ref"]))
        node = self._drawing.blank()
        if "description" in schema:
            self._drawing.text(node, SH.message, schema["description"])
        self._constrain(node, schema, owner)
        return node

    def _either(self, *shapes: Node) -> Node:
        node = self._drawing.blank()
        self._drawing.add(node, SH["or"], self._drawing.list(shapes))
        return node

    def _not(self, shape: Node) -> Node:
        node = self._drawing.blank()
        self._drawing.add(node, SH["not"], shape)
        return node

    def _property(
        self, node: Node, owner: str, name: str, found: Schema, *, is_required: bool
    ) -> None:
        term = self._source.term(owner, name)
        if term.iri == ID:
            self._name(node, found, is_required=is_required)
            return
        shape = self._drawing.blank()
        self._drawing.add(node, SH.property, shape)
        path = RDF.type if term.iri == TYPE else URIRef(term.iri)
        self._drawing.add(shape, SH.path, path)
        if found.get("title"):
            self._drawing.text(shape, SH.name, found["title"])
        if "description" in found and "title" not in found:
            self._drawing.text(shape, SH.message, found["description"])
        if "not" in found:
            self._drawing.add(shape, SH.maxCount, 0)
            return
        if not found:
            self._drawing.add(shape, SH.minCount, 1)
            return
        whole = self._source.resolve(found)
        if term.order == "list":
            self._drawing.add(shape, SH.maxCount, 1)
            if is_required:
                self._drawing.add(shape, SH.minCount, 1)
            self._items(node, path, whole, term)
            return
        for count, value in _counts(
            whole, is_required=is_required, is_shared=self._is_shared(owner)
        ):
            self._drawing.add(shape, count, value)
        self._value(shape, whole.get("items", found), term, owner)

    def _items(self, node: Node, path: URIRef, whole: Schema, term: Term) -> None:
        """Say of each item of an ordered list what the schema says of it."""
        shape, steps = self._drawing.blank(), self._drawing.blank()
        self._drawing.add(node, SH.property, shape)
        self._drawing.add(steps, SH.zeroOrMorePath, RDF.rest)
        self._drawing.add(shape, SH.path, self._drawing.list([path, steps, RDF.first]))
        self._value(shape, whole["items"], term, term.owner)

    def _name(self, node: Node, found: Schema, *, is_required: bool) -> None:
        """Say of the node itself what the schema says of its id."""
        whole = self._source.resolve(found)
        target: Node = node
        if not is_required:
            named, blank = self._drawing.blank(), self._drawing.blank()
            self._drawing.add(blank, SH.nodeKind, SH.BlankNode)
            self._drawing.add(node, SH["or"], self._drawing.list([blank, named]))
            target = named
        self._drawing.add(target, SH.nodeKind, SH.IRI)
        for key, predicate in (("pattern", SH.pattern), ("maxLength", SH.maxLength)):
            if key in whole:
                self._drawing.add(target, predicate, whole[key])
        if "const" in whole:
            self._drawing.add(target, SH["in"], self._drawing.list([URIRef(whole["const"])]))

    def _value(self, shape: BNode, found: Schema, term: Term, owner: str) -> None:
        """Say of each value of a member what the schema says of it."""
        whole = self._source.resolve(found)
        if term.targets:
            self._drawing.add(shape, SH.nodeKind, SH.BlankNodeOrIRI)
            for target in term.targets:
                is_whole = "$ref" in found
                inner = shape_iri(target) if is_whole else self._inner(found, target)
                self._drawing.add(shape, SH.node, inner)
            return
        if term.datatype == JSON:
            if found.keys() - {"description", "title"}:
                self._drawing.add(shape, SH.datatype, RDF.JSON)
            return
        if listed := _listed(whole):
            values = [self._node(term, value) for value in listed]
            self._drawing.add(shape, SH["in"], self._drawing.list(values))
            return
        if term.iri == TYPE or "items" in whole:
            raise SourceError(f"{owner}.{term.name}", "says nothing that is known here")
        if term.datatype in (ID, VOCAB):
            self._address(shape, whole, term)
        else:
            self._literal(shape, whole, term)

    def _node(self, term: Term, value: Any) -> Node:  # noqa: ANN401 - a value of an enum
        if term.iri == TYPE:
            if value in OCCUPIED_TYPES:
                return URIRef(OCCUPIED_TYPES[value])
            owner = self._source.classes.get(value)
            iris = {each.name: each.iri for each in self._source.term(term.owner, "type").values}
            return URIRef(iris[value] if owner is None else str(owner.iri))
        if term.datatype == VOCAB:
            return URIRef({each.name: each.iri for each in term.values}[value])
        return Literal(value)

    def _address(self, shape: Node, whole: Schema, term: Term) -> None:
        """Say of each value that is the name of a thing what the schema says of its text."""
        self._drawing.add(shape, SH.nodeKind, SH.IRI)
        before = term.vocab or ""
        if "pattern" in whole:
            pattern = whole["pattern"].removeprefix("^")
            self._drawing.add(shape, SH.pattern, f"^{before}{pattern}")
        if "maxLength" in whole:
            self._drawing.add(shape, SH.maxLength, len(before) + whole["maxLength"])

    def _literal(self, shape: Node, whole: Schema, term: Term) -> None:
        datatype = XSD.string if term.datatype is None else URIRef(term.datatype)
        if whole.get("type") == "boolean":
            datatype = XSD.boolean
        self._drawing.add(shape, SH.datatype, datatype)
        if term.datatype is not None and str(datatype).startswith(str(XSD)):
            # Patterns of decimals and dates are about how they are written (lexical forms).
            for key, predicate in (("minimum", SH.minInclusive), ("maximum", SH.maxInclusive)):
                if key in whole:
                    self._drawing.add(shape, predicate, whole[key])
            return
        for key, predicate in (
            ("pattern", SH.pattern),
            ("minLength", SH.minLength),
            ("maxLength", SH.maxLength),
        ):
            if key in whole:
                self._drawing.add(shape, predicate, whole[key])


def _listed(schema: Schema) -> list[Any]:
    if "const" in schema:
        const = schema["const"]
        return const if isinstance(const, list) else [const]
    return list(schema.get("enum", ()))


def _counts(schema: Schema, *, is_required: bool, is_shared: bool) -> Iterator[tuple[URIRef, int]]:
    const = schema.get("const")
    usual = len(const) if isinstance(const, list) else 1
    if is_required:
        yield SH.minCount, schema.get("minItems", usual)
    # A condition on a member has no title, and says nothing of how often it stands.
    if "title" in schema and not is_shared:
        yield SH.maxCount, schema.get("maxItems", usual)
