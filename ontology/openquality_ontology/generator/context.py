"""The JSON-LD context: one definition for each name, and scopes where a name has two meanings.

A name that means the same wherever it stands is defined once, at the top. Where it does not, its
most frequent meaning stands at the top, and each member that leads into a class with such a name
defines those of that class again (a property-scoped context, JSON-LD 1.1 section 4.1.8); in the
branches of a union the type does (a type-scoped one). Values of enumerations are terms within
their member alone, or "unit" as a value would become the member.
"""

from collections import Counter
from typing import Any, Final

from openquality_ontology.generator.joined import SourceError
from openquality_ontology.generator.source import (
    JSON,
    OCCUPIED,
    RENAMED_KEYWORDS,
    TYPE,
    VOCAB,
    Class,
    Source,
    Term,
)

Json = dict[str, Any]
# What JSON numbers and truth values become in RDF by themselves, and come back from.
NATIVE: Final = {f"http://www.w3.org/2001/XMLSchema#{name}" for name in ("integer", "boolean")}


def context(source: Source) -> Json:
    """Return the context document."""
    return {"@context": _Context(source).whole()}


class _Context:
    def __init__(self, source: Source) -> None:
        self._source: Final = source
        uses = [
            term
            for owner in source.classes.values()
            for term in owner.terms
            if not self._is_occupied(term)
        ]
        counts: dict[str, Counter[tuple[object, ...]]] = {}
        for term in uses:
            counts.setdefault(term.name, Counter())[term.meaning] += 1
        self._usual: Final = {name: found.most_common(1)[0][0] for name, found in counts.items()}
        self._ambiguous: Final = {name for name, found in counts.items() if len(found) > 1} | {
            name for _, name in RENAMED_KEYWORDS
        }
        self._terms: Final = uses
        self._union_members: Final = {
            branch for owner in source.classes.values() for branch in owner.branches
        }

    def whole(self) -> Json:
        """Return every term, sorted, types first."""
        self._check_entries()
        usual = {
            term.name: self._definition(term)
            for term in reversed(self._terms)  # the first of a name is kept
            if term.meaning == self._usual[term.name] and not _is_keyword(term)
        }
        return {**dict(sorted(self._types())), **dict(sorted(usual.items()))}

    def _types(self) -> list[tuple[str, str | Json]]:
        found: list[tuple[str, str | Json]] = []
        for owner in self._source.classes.values():
            if owner.name in self._source.roots and owner.iri is not None:
                found.append((owner.name, owner.iri))
            for term in owner.terms:
                if term.iri == TYPE:
                    found += [
                        (value.name, self._type(value.name, value.iri)) for value in term.values
                    ]
        return found

    def _type(self, name: str, iri: str) -> str | Json:
        owner = self._source.classes.get(name)
        scoped = None if owner is None else self._unusual(owner)
        return {"@id": iri, "@context": scoped} if scoped else iri

    def _unusual(self, owner: Class) -> Json:
        """Return the terms of a union's branch that mean something else elsewhere."""
        return {
            term.name: self._definition(term)
            for term in sorted(owner.terms, key=lambda each: each.name)
            if not self._is_occupied(term) and term.meaning != self._usual[term.name]
        }

    def _definition(self, term: Term) -> str | Json:
        made: Json = {"@id": term.iri}
        if term.datatype == JSON:
            made["@type"] = "@json"
        elif term.datatype is not None and term.datatype not in NATIVE:
            made["@type"] = term.datatype
        if term.order is not None:
            made["@container"] = f"@{term.order}"
        if scope := self._scope(term):
            made["@context"] = scope
        return made if len(made) > 1 else term.iri

    def _scope(self, term: Term) -> Any:  # noqa: ANN401 - a context, or a list of them
        if term.datatype == VOCAB and term.vocab is not None:
            # Nothing but the ids of the catalogue is a term in here, or `recyclability` would be
            # the member of that name. The member itself has to be said again.
            return [
                None,
                {"@vocab": term.vocab, term.name: {"@id": term.iri, "@type": VOCAB}},
            ]
        if term.values and term.iri != TYPE:
            if clash := {value.name for value in term.values} & {term.name, *OCCUPIED}:
                raise SourceError(f"{term.owner}.{term.name}", f"has the value {clash}, a term")
            return {value.name: value.iri for value in term.values}
        return {
            inner.name: self._definition(inner)
            for target in term.targets
            if target not in self._union_members
            for inner in sorted(self._source.classes[target].terms, key=lambda each: each.name)
            if inner.name in self._ambiguous and not self._is_occupied(inner)
        }

    def _is_occupied(self, term: Term) -> bool:
        """Say whether VC 2.0 defines the term here, with the meaning that it has."""
        return not _is_keyword(term) and self._source.occupied(term.owner, term.name) is not None

    def _check_entries(self) -> None:
        """Stop where a class is entered by a term of VC 2.0, whose scope is not ours to set."""
        for owner in self._source.classes.values():
            for term in owner.terms:
                if not self._is_occupied(term):
                    continue
                for target in term.targets:
                    for inner in self._source.classes[target].terms:
                        if (
                            not self._is_occupied(inner)
                            and inner.name in self._ambiguous
                            and inner.meaning != self._usual[inner.name]
                        ):
                            raise SourceError(f"{target}.{inner.name}", "needs a scope of its own")


def _is_keyword(term: Term) -> bool:
    return (term.owner, term.name) in RENAMED_KEYWORDS
