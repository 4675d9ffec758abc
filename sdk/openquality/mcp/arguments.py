"""The arguments of the tools, as types; the input schemas follow."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel

import openquality_schemas
from openquality.mcp.pages import DEFAULT_ROWS, MAX_KEYS, MAX_ROWS

MAX_COMPARED = 10
DAY = "Write the day like 2026-11-20"
# Members of a query that the tool has as arguments of its own, or whose answer is for programs.
ELSEWHERE = ("limit", "cursor", "bundles", "facets", "explain", "excludedCursor")


def _query_schema() -> dict[str, Any]:
    """Return the schema of a query with its definitions inside, as a tool's argument needs it."""
    _, version = openquality_schemas.newest("query.schema.json")
    schema = orjson.loads(openquality_schemas.read("query.schema.json", version=version))
    whole: dict[str, Any] = inline(schema, schema.get("$defs", {}))
    for name in ("$schema", "$id", "$defs", "title"):
        whole.pop(name, None)
    for name in ELSEWHERE:
        whole["properties"].pop(name, None)
    return whole


def inline(value: Any, definitions: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
    """Return a part of a schema with the definitions that it refers to in their places."""
    if isinstance(value, list):
        return [inline(item, definitions) for item in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        meant = inline(definitions[value["$ref"].removeprefix("#/$defs/")], definitions)
        return meant | {name: value[name] for name in ("description",) if name in value}
    # Titles repeat the names of the members; a model reads the descriptions.
    return {
        name: inline(item, definitions)
        for name, item in value.items()
        if not (name == "title" and isinstance(item, str))
    }


def _parsed(value: object) -> object:
    """Read an object that a client sends as JSON inside a text, as some do."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
Key = Annotated[str, StringConstraints(min_length=1, max_length=2048)]
Cursor = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_.-]{1,1100}$")]
Keys = Annotated[list[Key], Field(max_length=MAX_KEYS)]
Limit = Annotated[int, Field(ge=1, le=MAX_ROWS, description="Rows on a page, at most.")]
Next = Annotated[Cursor | None, Field(description="`next` of the page before.")]
Query = Annotated[dict[str, Any], BeforeValidator(_parsed), WithJsonSchema(_query_schema())]


Parameter = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]


def _day(text: str | None) -> str | None:
    """Raise ValueError for what is no day, as pydantic expects."""
    if text is not None and dt.date.fromisoformat(text).isoformat() != text:
        raise ValueError(DAY)
    return text


class Arguments(BaseModel):
    """Be closed, and spelled as our JSON is."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True)


class FindComparable(Arguments):
    """A query, and a page of its answer."""

    query: Query
    limit: Limit = DEFAULT_ROWS
    cursor: Next = None


class GetRecord(Arguments):
    """A statement, and a page of its facts."""

    digest: Digest
    untrusted_text: Annotated[
        bool,
        Field(description="Also give the supplier's words, as data in structured content only."),
    ] = False
    cursor: Next = None


class Compare(Arguments):
    """Statements to put side by side; values are graded against the first one's."""

    digests: Annotated[list[Digest], Field(min_length=1, max_length=MAX_COMPARED)]
    cursor: Next = None


class Verify(Arguments):
    """A statement to verify."""

    digest: Digest


class Assess(Arguments):
    """A subject and a profile, and a page of the indicators."""

    profile: Annotated[
        str,
        StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9@:._%-]{0,1199}$"),
        Field(
            description=f"One that is shipped ({', '.join(openquality_schemas.profiles())}), "
            "or one that the registry holds."
        ),
    ]
    subject: Annotated[Key, Field(description="The subject's id: a URL or a DID.")]
    as_of: Annotated[
        str | None, AfterValidator(_day), Field(description="A day like 2026-11-20, else today.")
    ] = None
    producer: Annotated[
        Key | None, Field(description="DID of the producer, if several call themselves so.")
    ] = None
    parameters: Annotated[
        dict[Parameter, Parameter], Field(description="Parameters of the profile, by name.")
    ] = {}
    cursor: Next = None


class ExplainMetric(Arguments):
    """A metric of the catalogue."""

    metric: Annotated[str, StringConstraints(min_length=1, max_length=565)]


class ListMetrics(Arguments):
    """A part of the catalogue."""

    dimension: Annotated[
        str | None, StringConstraints(max_length=64), Field(description="Only of this dimension.")
    ] = None
    cursor: Next = None


class Lookup(Arguments):
    """Subjects or issuers, and a page of the statements about or by them."""

    gtins: Annotated[
        Keys, Field(description="GTIN-8, -12, -13 or -14, as barcodes of product feeds hold them.")
    ] = []
    subjects: Annotated[
        Keys, Field(description="`gtin:…`, `gln:…`, `lei:…`, a URL or a DID of the subject.")
    ] = []
    issuers: Annotated[Keys, Field(description="DIDs.")] = []
    limit: Limit = DEFAULT_ROWS
    cursor: Next = None
