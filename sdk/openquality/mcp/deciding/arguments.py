"""The arguments of the tools that decide; what an event holds is described by its own schema."""

import json
from typing import Annotated, Any, Literal

import orjson
from pydantic import Field, StringConstraints, WithJsonSchema, model_validator

import openquality_schemas
from openquality.mcp.arguments import Arguments, Digest, Limit, Next, Query, inline
from openquality.mcp.pages import DEFAULT_ROWS
from openquality_validator.decision.event import SCHEMA
from openquality_validator.decision.transaction import Status

MAX_ASKED = 131_072  # bytes of all arguments of one call as JSON
MAX_TEXTS = 4  # that one call may bring, to be kept as files
MAX_TEXT = 16_384  # characters of one
MAX_ALTERNATIVES = 50
_STATED = ("rank", "selected", "reasons")  # what an agent says of an alternative


def _schema(name: str) -> dict[str, Any]:
    """Return what the schema of events says of a member, with its definitions inside."""
    _, version = openquality_schemas.newest(SCHEMA)
    schema = orjson.loads(openquality_schemas.read(SCHEMA, version=version))
    found: dict[str, Any] = inline(schema["properties"][name], schema["$defs"])
    return found


def _alternatives() -> dict[str, Any]:
    """Return the schema of alternatives as an agent states them: facts come from the answer."""
    listed = _schema("alternatives")
    each = listed["items"]
    stated = {name: each["properties"][name] for name in _STATED}
    return {
        **listed,
        "maxItems": MAX_ALTERNATIVES,
        "description": "The rows of the answer by rank, 1 for the first: exactly one is selected. "
        "Rows that are not named are added as not selected.",
        "items": {**each, "required": list(_STATED), "properties": stated},
    }


Decision = Annotated[
    str,
    StringConstraints(pattern=_schema("transaction")["pattern"]),
    Field(description="The decision's id, such as an order number."),
]
Basis = Annotated[
    Digest, Field(description="`basis` of the decision as you read it; of any other it is refused.")
]
Part = dict[str, Any]
Reasons = Annotated[list[Part], WithJsonSchema(_schema("reasons"))]
Objectives = Annotated[list[Part], WithJsonSchema(_schema("objectives"))]
Alternatives = Annotated[
    list[Part], Field(max_length=MAX_ALTERNATIVES), WithJsonSchema(_alternatives())
]
Confidence = Annotated[str, WithJsonSchema(_schema("confidence"))]
Impact = Annotated[Part, WithJsonSchema(_schema("impact"))]
Terms = Annotated[Part, WithJsonSchema(_schema("terms"))]
Offered = Annotated[bool, WithJsonSchema(_schema("reviewOffered"))]


class Asked(Arguments):
    """Be no larger than what a decision needs."""

    @model_validator(mode="before")
    @classmethod
    def _is_small(cls, value: object) -> object:
        if len(json.dumps(value).encode()) > MAX_ASKED:
            raise ValueError(f"the arguments have more than {MAX_ASKED} bytes")
        return value


Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT)]


class File(Arguments):
    """A text that is kept with the decision, by its digest."""

    media_type: Literal["text/plain", "text/markdown", "application/json"] = "text/plain"
    text: Text


class Propose(Asked):
    """What is to be decided: the question, what was sought, which row is taken and why."""

    decision: Decision
    query: Query
    objectives: Objectives
    alternatives: Alternatives
    confidence: Confidence
    impact: Impact
    terms: Terms
    review_offered: Offered = False
    reasoning: Annotated[
        tuple[File, ...],
        Field(max_length=MAX_TEXTS, description="What shows how you came to it; it is kept."),
    ] = ()


class Amend(Asked):
    """The members of a proposal that change, each as a whole, and why."""

    decision: Decision
    reasons: Reasons
    objectives: Objectives | None = None
    confidence: Confidence | None = None
    impact: Impact | None = None
    terms: Terms | None = None


class Execute(Asked):
    """What is executed: exactly the revision that was read."""

    decision: Decision
    basis: Basis
    terms: Annotated[
        Terms | None, Field(description="The final terms; else the proposed ones.")
    ] = None
    outputs: Annotated[
        tuple[Text, ...],
        Field(max_length=MAX_TEXTS, description="What is sent, such as the order; it is kept."),
    ] = ()


class End(Asked):
    """A decision to pause or to cancel, and why."""

    decision: Decision
    reasons: Reasons


class GetDecision(Asked):
    """A decision, and a page of what is known of it."""

    decision: Decision
    cursor: Next = None


class ListDecisions(Asked):
    """A part of the decisions in the log."""

    status: Annotated[Status | None, Field(description="Only those that stand so.")] = None
    limit: Limit = DEFAULT_ROWS
    cursor: Next = None
