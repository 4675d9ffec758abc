"""Graphs whose blank nodes are numbered as they are made, so that their text is always the same."""

from collections.abc import Iterable, Mapping
from typing import Final

from rdflib import BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

OQ: Final = Namespace("https://w3id.org/openquality/v1#")


class Drawing:
    """Hold a graph that is being made."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self.graph: Final = Graph(bind_namespaces="none")
        for prefix, namespace in prefixes.items():
            self.graph.bind(prefix, namespace)
        self._count = 0

    def blank(self) -> BNode:
        """Return a new blank node."""
        self._count += 1
        return BNode(f"b{self._count:06}")

    def add(self, subject: Node, predicate: URIRef, *objects: Node | str | int | bool) -> None:
        """Say something of a subject; plain values become literals."""
        for each in objects:
            said = each if isinstance(each, Node) else Literal(each)
            self.graph.add((subject, predicate, said))

    def text(self, subject: Node, predicate: URIRef, value: str) -> None:
        """Say a text in English."""
        self.graph.add((subject, predicate, Literal(value, lang="en")))

    def list(self, items: Iterable[Node]) -> Node:
        """Return an ordered list."""
        head = self.blank()
        made = list(items)
        cells = [head, *(self.blank() for _ in made[1:])]
        # Collection would name the cells at random.
        for index, item in enumerate(made):
            after = cells[index + 1] if index + 1 < len(made) else _NIL
            self.graph.add((cells[index], _FIRST, item))
            self.graph.add((cells[index], _REST, after))
        return head if made else _NIL

    def to_turtle(self) -> bytes:
        """Return the graph in Turtle; the same graph gives the same bytes."""
        return self.graph.serialize(format="turtle", encoding="utf-8")


_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_FIRST: Final = URIRef(f"{_RDF}first")
_REST: Final = URIRef(f"{_RDF}rest")
_NIL: Final = URIRef(f"{_RDF}nil")
