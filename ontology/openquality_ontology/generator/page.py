"""The page of terms: each class with its members, from the schema."""

from collections.abc import Iterator
from typing import Final

from openquality_ontology.generator.source import ID, JSON, TYPE, VOCAB, Class, Source, Term

INTRODUCTION: Final = """\
# Terms of the language

Made from the schema by `make generate`; a test holds this page to it.
What the columns mean, and how a record becomes RDF, stands in [ontology.md](ontology.md).
`oq:` is `https://w3id.org/openquality/v1#`.
"""


def page(source: Source) -> str:
    """Return the whole page."""
    lines = [INTRODUCTION]
    for owner in source.classes.values():
        lines += _section(source, owner)
    return "\n".join(lines).rstrip("\n") + "\n"


def _section(source: Source, owner: Class) -> Iterator[str]:
    yield f"## {owner.name}\n"
    yield f"{owner.description}"
    if owner.iri is not None:
        above = "".join(f", a {_short(source, iri)}" for iri in owner.superclasses)
        yield f"Class `{_short(source, owner.iri)}`{above}."
    for mapped in owner.mappings:
        yield f"{mapped.relation.capitalize()} to `{_short(source, mapped.iri)}`."
    yield "\n| member | | is | value |"
    yield "|---|---|---|---|"
    required = owner.schema.get("required", ())
    for term in owner.terms:
        need = "required" if term.name in required else ""
        yield (
            f"| `{term.name}` | {need} | {term.description} `{_short(source, term.iri)}` "
            f"| {_value(source, term)} |"
        )
    yield ""


def _value(source: Source, term: Term) -> str:
    many = {"set": "set of ", "list": "list of ", None: ""}[term.order]
    if term.values:
        return many + ", ".join(f"`{value.name}`" for value in term.values)
    if term.targets:
        return many + ", ".join(f"[{target}](#{target.lower()})" for target in term.targets)
    kind = {ID: "address", TYPE: "type", VOCAB: "term", JSON: "JSON", None: "text"}
    return many + kind.get(term.datatype, f"`{_short(source, term.datatype or '')}`")


def _short(source: Source, iri: str) -> str:
    for prefix, namespace in source.prefixes.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri
