"""Read the annotated JSON Schemas: classes, their terms, and the values of enumerations.

The attestation's schema comes first, then those of the other statements (`joined.py`).

Annotations (docs/spec/ontology.md): `x-iri`, `x-class`, `x-subclass-of`, `x-datatype`, `x-vocab`,
`x-enum-iri`, `x-enum-descriptions`, `x-enum-subclass-of`, `x-order`, `x-mappings`, and on the top
`x-prefixes`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from openquality_ontology.generator.joined import Schema, SourceError, joined

JSON: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON"
ID: Final = "@id"
TYPE: Final = "@type"
VOCAB: Final = "@vocab"
ROOT: Final = "QualityAttestation"
CREDENTIALS: Final = "https://www.w3.org/2018/credentials#"
STATUS: Final = "https://www.w3.org/ns/credentials/status#"

KEYWORDS: Final = frozenset(
    {
        "$defs", "$id", "$ref", "$schema", "additionalProperties", "allOf", "const",
        "dependentRequired", "dependentSchemas", "description", "else", "enum", "format", "if",
        "items", "maxItems", "maxLength", "maxProperties", "maximum", "minItems", "minLength",
        "minProperties", "minimum", "not", "pattern", "properties", "propertyNames", "required",
        "then", "title", "type", "uniqueItems", "x-class", "x-datatype", "x-enum-descriptions",
        "x-enum-iri", "x-enum-subclass-of", "x-iri", "x-mappings", "x-order", "x-prefixes",
        "x-subclass-of", "x-vocab",
    }
)  # fmt: skip
FORMATS: Final = frozenset({"date", "date-time"})

# Terms of the VC 2.0 context: their IRI, and the datatype that it gives them. Never redefined.
OCCUPIED: Final[Mapping[str, tuple[str, str | None]]] = {
    "id": (ID, None),
    "type": (TYPE, None),
    "name": ("https://schema.org/name", None),
    "description": ("https://schema.org/description", None),
    "mediaType": ("https://schema.org/encodingFormat", None),
    "digestSRI": (f"{CREDENTIALS}digestSRI", f"{CREDENTIALS}sriString"),
    "digestMultibase": (
        "https://w3id.org/security#digestMultibase",
        "https://w3id.org/security#multibase",
    ),
}
# Those that it defines only within a credential, a status entry or a proof.
OCCUPIED_WITHIN: Final[Mapping[str, Mapping[str, tuple[str, str | None]]]] = {
    ROOT: {
        **{
            name: (f"{CREDENTIALS}{name}", ID)
            for name in (
                "confidenceMethod", "credentialSchema", "credentialStatus", "credentialSubject",
                "evidence", "issuer", "refreshService", "relatedResource", "renderMethod",
                "termsOfUse",
            )
        },
        **{
            name: (f"{CREDENTIALS}{name}", "http://www.w3.org/2001/XMLSchema#dateTime")
            for name in ("validFrom", "validUntil")
        },
    },
    "CredentialStatus": {
        "statusListCredential": (f"{STATUS}statusListCredential", ID),
        "statusListIndex": (f"{STATUS}statusListIndex", None),
        "statusPurpose": (f"{STATUS}statusPurpose", None),
    },
}  # fmt: skip
OCCUPIED_TYPES: Final[Mapping[str, str]] = {
    "VerifiableCredential": f"{CREDENTIALS}VerifiableCredential",
    "JsonSchema": f"{CREDENTIALS}JsonSchema",
    "BitstringStatusListEntry": f"{STATUS}BitstringStatusListEntry",
}
# `id` of a drawing's characteristic is a text, not the name of a node: its own scope says so.
RENAMED_KEYWORDS: Final = {("Characteristic", "id")}


@dataclass(frozen=True, slots=True)
class Mapped:
    """Hold a term of another vocabulary, and how near it is: exact, close, broad or narrow."""

    iri: str
    relation: str


@dataclass(frozen=True, slots=True)
class Value:
    """Hold one value of an enumeration."""

    name: str
    iri: str
    description: str
    superclasses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Hold a member of a class: what it is in RDF.

    `datatype` is an IRI, `@id` (an IRI), `@vocab` (an IRI under `vocab`, or one of `values`), or
    None for a text or another node; `targets` are the classes that it leads to.
    """

    owner: str
    name: str
    iri: str
    datatype: str | None
    vocab: str | None
    values: tuple[Value, ...]
    order: str | None
    targets: tuple[str, ...]
    title: str
    description: str
    mappings: tuple[Mapped, ...]

    @property
    def meaning(self) -> tuple[object, ...]:
        """What must be one and the same for one name in one scope."""
        values = tuple((value.name, value.iri) for value in self.values)
        return (self.iri, self.datatype, self.vocab, values, self.order)


@dataclass(frozen=True, slots=True, kw_only=True)
class Class:
    """Hold a class.

    `name` is that of its definition in the schema; `iri` is None for a part that VC 2.0 names.
    """

    name: str
    iri: str | None
    title: str
    description: str
    superclasses: tuple[str, ...]
    terms: tuple[Term, ...]
    branches: tuple[str, ...]
    mappings: tuple[Mapped, ...]
    schema: Schema


class Source:
    """Hold the schemas as classes by name; each root first, then in the order of its schema."""

    def __init__(self, attestation: Schema, statements: Sequence[Schema] = ()) -> None:
        schemas = joined((attestation, *statements))
        self.prefixes: Final[Mapping[str, str]] = attestation["x-prefixes"]
        self.roots: Final = tuple(schemas)
        self._defs: Final[Mapping[str, Schema]] = {
            name: found for schema in schemas.values() for name, found in schema["$defs"].items()
        }
        nodes: dict[str, Schema] = {}
        for root, schema in schemas.items():
            _check(schema, f"{root}#")
            nodes[root] = schema
            nodes |= {name: found for name, found in schema["$defs"].items() if _is_node(found)}
        self.classes: Final = {name: self._class(name, found) for name, found in nodes.items()}

    def expand(self, name: str) -> str:
        """Return the IRI of a prefixed name; `@…` and whole IRIs stay."""
        prefix, colon, rest = name.partition(":")
        return f"{self.prefixes[prefix]}{rest}" if colon and prefix in self.prefixes else name

    def resolve(self, schema: Schema) -> Schema:
        """Return a schema with what it refers to, its own members first."""
        if "$ref" not in schema:
            return schema
        return {**self._defs[self.target(schema["$ref"])], **schema}

    def target(self, reference: str) -> str:
        """Return the name that a `$ref` refers to."""
        return reference.removeprefix("#/$defs/")

    def term(self, owner: str, name: str) -> Term:
        """Return a term of a class, or of the branches of a union."""
        for each in (owner, *self.classes[owner].branches):
            for term in self.classes[each].terms:
                if term.name == name:
                    return term
        raise SourceError(owner, f"has no member {name}")

    def _class(self, name: str, schema: Schema) -> Class:
        iri = schema.get("x-class")
        branches = tuple(
            self.target(each["then"]["$ref"])
            for each in schema.get("allOf", ())
            if "$ref" in each.get("then", {})
        )
        return Class(
            name=name,
            iri=None if iri is None else self.expand(iri),
            title=schema["title"],
            description=schema["description"],
            superclasses=tuple(map(self.expand, schema.get("x-subclass-of", ()))),
            terms=tuple(self._terms(name, schema)),
            branches=branches,
            mappings=self._mappings(schema),
            schema=schema,
        )

    def _terms(self, owner: str, schema: Schema) -> Iterator[Term]:
        for name, found in schema["properties"].items():
            if "x-iri" not in found:
                if name != "@context":
                    raise SourceError(f"{owner}.{name}", "has no x-iri")
                continue
            whole = self.resolve(found)
            item = self.resolve(whole["items"]) if "items" in whole else whole
            reference = found.get("$ref") or whole.get("items", {}).get("$ref")
            target = None if reference is None else self.target(reference)
            is_json = found.get("x-datatype") == "rdf:JSON"
            term = Term(
                owner=owner,
                name=name,
                iri=self.expand(found["x-iri"]),
                datatype=self._datatype(owner, name, found),
                vocab=found.get("x-vocab"),
                values=tuple(self._values(f"{owner}.{name}", found)),
                order=found.get("x-order"),
                targets=(target,) if target and _is_node(item) and not is_json else (),
                title=found["title"],
                description=found["description"],
                mappings=self._mappings(found),
            )
            self._check_occupied(term)
            yield term

    def occupied(self, owner: str, name: str) -> tuple[str, str | None] | None:
        """Return what VC 2.0 makes of a member here: its IRI and datatype, or None."""
        within = ROOT if owner in self.roots else owner
        return OCCUPIED.get(name) or OCCUPIED_WITHIN.get(within, {}).get(name)

    def _check_occupied(self, term: Term) -> None:
        occupied = self.occupied(term.owner, term.name)
        if occupied is None or (term.owner, term.name) in RENAMED_KEYWORDS:
            return
        iri, datatype = occupied
        given = None if datatype == ID and term.targets else datatype
        if (term.iri, term.datatype) != (iri, given):
            place = f"{term.owner}.{term.name}"
            raise SourceError(place, f"is a term of VC 2.0, and means {iri} there")

    def _datatype(self, owner: str, name: str, found: Schema) -> str | None:
        own = found.get("x-datatype")
        if own is not None:
            return self.expand(own)
        if "x-enum-iri" in found and found["x-iri"] != TYPE:
            return VOCAB
        given = self.occupied(owner, name)
        given_type = None if given is None else given[1]
        return None if given_type == ID else given_type

    def _values(self, place: str, found: Schema) -> Iterator[Value]:
        if "x-enum-iri" not in found:
            return
        texts = found.get("x-enum-descriptions", {})
        above = found.get("x-enum-subclass-of", {})
        if set(texts) != set(found["enum"]):
            raise SourceError(place, "has values without a description")
        is_type = found["x-iri"] == TYPE
        for name in found["enum"]:
            if is_type and name in OCCUPIED_TYPES:
                raise SourceError(place, f"has {name}, a type of VC 2.0")
            classes = tuple(map(self.expand, above.get(name, ())))
            yield Value(name, f"{found['x-enum-iri']}{name}", texts[name], classes)

    def _mappings(self, schema: Schema) -> tuple[Mapped, ...]:
        found = schema.get("x-mappings", ())
        return tuple(Mapped(self.expand(each["iri"]), each["relation"]) for each in found)


def _is_node(schema: Schema) -> bool:
    return schema.get("type") == "object" and any(
        "x-iri" in each for each in schema.get("properties", {}).values()
    )


def _check(schema: Schema, place: str) -> None:
    """Stop at a keyword or format that nothing here turns into RDF."""
    if unknown := schema.keys() - KEYWORDS:
        raise SourceError(place, f"uses {', '.join(sorted(unknown))}, which is not known here")
    if (form := schema.get("format", "date")) not in FORMATS:
        raise SourceError(place, f"uses the format {form}, which is not known here")
    for keyword in ("$defs", "properties", "dependentSchemas"):
        for name, below in schema.get(keyword, {}).items():
            _check(below, f"{place}/{keyword}/{name}")
    for keyword in ("if", "then", "else", "items", "not", "additionalProperties", "propertyNames"):
        if isinstance(below := schema.get(keyword), dict):
            _check(below, f"{place}/{keyword}")
    for index, below in enumerate(schema.get("allOf", ())):
        _check(below, f"{place}/allOf/{index}")
