"""From a record to RDF by JSON-LD 1.1, and back by framing.

Contexts are those that are shipped; a record that names another one is refused (G001), and nothing
is ever fetched.
"""

import re
from typing import Any, Final

from pyld import jsonld
from rdflib import Graph

import openquality_ontology
from openquality_validator.errors import GraphError
from openquality_validator.message import message

NQUADS: Final = "application/n-quads"
CONTEXTS: Final = [openquality_ontology.CREDENTIALS, openquality_ontology.CONTEXT]
# Where nodes meet again: an issuer may be the subject too, and evidence stands once, by itself.
_STATEMENT: Final[dict[str, Any]] = {
    "@context": CONTEXTS,
    "type": "VerifiableCredential",
    "issuer": {"@explicit": True, "id": {}, "name": {}},
}
_CLAIMS: Final = {"claims": {"type": {}, "evidenceRefs": {"@embed": "@never"}}}
_ATTESTATION: Final = {**_STATEMENT, "credentialSubject": _CLAIMS}
# Ids that are not absolute are resolved against this, and told by it.
_BASE: Final = "https://relative.invalid/"
_RELATIVE: Final = re.compile(rf"^(?:\S+ <[^>]*> )?<{re.escape(_BASE)}([^>]*)>", re.MULTILINE)
_HAS_CLAIMS: Final = "<https://w3id.org/openquality/v1#claims>"
_PREFIXES: Final = {
    "cred": "https://www.w3.org/2018/credentials#",
    "oq": "https://w3id.org/openquality/v1#",
    "schema": "https://schema.org/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def to_nquads(record: dict[str, Any]) -> str:
    """Return what a record says, a statement on each line (W3C N-Quads), in sorted order.

    Raises GraphError: G001 for another context than the two of the language, G002 for a record
    that JSON-LD cannot read.
    """
    if record.get("@context") != CONTEXTS:
        raise GraphError(
            "G001",
            message("The record does not name the two contexts of the language."),
            message(
                "Write them as {contexts}; no other one is read.", contexts=", ".join(CONTEXTS)
            ),
        )
    try:
        quads: str = jsonld.to_rdf(record, {**_OPTIONS, "format": NQUADS})
    except (jsonld.JsonLdError, AttributeError, TypeError, ValueError, RecursionError) as error:
        raise _unreadable(error) from None
    if relative := _RELATIVE.search(quads):
        raise _unreadable(ValueError(f"{relative[1][:100]!r} is an id without a scheme"))
    return "".join(sorted(quads.splitlines(keepends=True)))


def from_nquads(quads: str) -> dict[str, Any]:
    """Return the record that statements of `to_nquads` make, up to the order of sets.

    Objects that have one id are one thing in RDF: each of them comes back with all that is known
    of it. Raises GraphError G002 for statements that are none, or that make no record.
    """
    try:
        expanded = jsonld.from_rdf(quads, {"format": NQUADS, "useNativeTypes": True})
        options = {**_OPTIONS, "embed": "@always", "omitGraph": True, "omitDefault": True}
        frame = _ATTESTATION if _HAS_CLAIMS in quads else _STATEMENT
        record: dict[str, Any] = jsonld.frame(expanded, frame, options)
    except (jsonld.JsonLdError, AttributeError, TypeError, ValueError, RecursionError) as error:
        raise _unreadable(error) from None
    if not isinstance(record.get("type"), list) or "credentialSubject" not in record:
        raise _unreadable(ValueError("no statement is in it"))
    if isinstance(record.get("evidence"), dict):
        # The context of VC 2.0 does not say that it is a set.
        record["evidence"] = [record["evidence"]]
    return record


def to_turtle(record: dict[str, Any]) -> str:
    """Return what a record says in W3C Turtle. Raises as `to_nquads` does."""
    graph = Graph(bind_namespaces="none")
    for prefix, namespace in _PREFIXES.items():
        graph.bind(prefix, namespace)
    return graph.parse(data=to_nquads(record), format="nt").serialize(format="turtle")


def _load(url: str, _: object) -> dict[str, Any]:
    """Give the shipped contexts; PyLD calls it for everything that it would fetch."""
    document = openquality_ontology.contexts().get(url)
    if document is None:
        raise jsonld.JsonLdError(
            message("{url} is not shipped.", url=url), "jsonld.LoadDocumentError"
        )
    return {
        "contextUrl": None,
        "documentUrl": url,
        "document": document,
        "contentType": "application/ld+json",
    }


_OPTIONS: Final = {"documentLoader": _load, "processingMode": "json-ld-1.1", "base": _BASE}


def _unreadable(error: Exception) -> GraphError:
    return GraphError(
        "G002",
        message(
            "It cannot be read as linked data: {splitlines}",
            splitlines=str(error).splitlines()[0][:300],
        ),
        message("Check the record against the schema first: openquality validate."),
    )
