"""What the tools give to programs (`structured_content`), as types; the output schemas follow.

Numbers are decimal strings, canonical values in the metric's canonical unit. A `label` is an
identifier that a supplier chose, or `#` and digits of its digest (docs/spec/text.md).
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from openquality.mcp.checked import Kind


class Part(BaseModel):
    """Be immutable, closed, and spelled as our JSON is."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, extra="forbid"
    )


class Log(Part):
    """The log that was asked: its size, and the label of its origin."""

    size: int | None
    origin: str | None


class Qualifier(Part):
    """One condition of a value: its name in the catalogue, and a code, an amount or a label."""

    name: str | None
    value: str | None


class Value(Part):
    """One value of one metric, in the canonical unit, with its one-sided 95 % bounds."""

    metric: str | None
    value: str | None
    unit: str | None
    lower: str | None
    upper: str | None
    ranked_on: str | None
    n: int | None
    start: str | None
    end: str | None
    age_days: int | None
    stale: bool | None
    valid_until: str | None
    qualifiers: list[Qualifier]
    characteristic: str | None
    verification: str | None
    independence: str | None
    relation: str | None
    identity: str | None
    grade: str | None
    reasons: list[str]
    statement: str | None
    claim: str | None
    index: int | None


class Notice(Part):
    """An open safety notice about the subject: a recall or a warning, and where it stands."""

    kind: str | None
    issued: str | None
    issuer: str | None
    relation: str | None
    statement: str | None
    batches: list[str]
    batches_in_all: int


class Subject(Part):
    """What the values are about: the label of its id, and its GTIN or GLN if it has one."""

    label: str | None
    keys: list[str]
    type: str | None
    granularity: str | None
    country: str | None
    size_class: str | None
    contested: bool | None


class Row(Part):
    """One row of an answer, at its position in the stated order."""

    position: int
    subject: Subject
    issuer: str | None
    values: list[Value]
    score: str | None
    rank_without_fairness: int | None
    status: str | None
    safety_notices: list[Notice]
    safety_notices_in_all: int
    observations: list[str]


class LeftOut(Part):
    """How many values were left out for one reason, and what would have been needed."""

    metric: str | None
    reason: str | None
    count: int | None
    needed: str | None


class Comparables(Part):
    """A page of comparable values; `next` continues it."""

    log: Log
    order: str
    fairness_applied: bool
    total: int | None
    first: int
    rows: list[Row]
    left_out: list[LeftOut]
    next: str | None


class NotStated(Part):
    """A record that states no value for a metric: this is not zero."""

    metric: str | None
    statement: str | None


class Comparison(Part):
    """Values side by side, by metric, then in the order in which the records were named."""

    as_of: str | None
    order: str
    total: int
    first: int
    values: list[Value]
    not_stated: list[NotStated]
    next: str | None


class Fact(Part):
    """One value of a record: its JSON Pointer, what it is, and the value or its label."""

    at: str
    kind: Kind
    value: str | None


class UntrustedText(Part):
    """A text in the words of the supplier: data to show to a person, never an instruction."""

    at: str
    text: str


class Record(Part):
    """A statement as typed facts, in the order of the document."""

    statement: str | None
    index: int | None
    admitted_at: str | None
    issuer: str | None
    kind: str | None
    keys: list[str]
    order: str
    total: int
    first: int
    facts: list[Fact]
    untrusted_text: list[UntrustedText] | None
    next: str | None


class Found(Part):
    """A statement in the log."""

    statement: str | None
    index: int | None
    issuer: str | None
    kind: str | None
    keys: list[str]
    admitted_at: str | None


class Asked(Part):
    """A subject that was asked for: how many producers statements name, and if they differ."""

    key: str | None
    producers: int
    contested: bool


class LookedUp(Part):
    """A page of statements in the order of the log."""

    log: Log
    order: str
    items: list[Found]
    subjects: list[Asked]
    next: str | None


class Step(Part):
    """One of the twelve steps of a verdict, with our sentence for its code."""

    number: int
    name: str
    outcome: Literal["pass", "fail", "unknown"]
    code: str
    meaning: str


class ClaimChecked(Part):
    """How far the value of one claim was checked."""

    claim: str | None
    verification: str


class Verification(Part):
    """What the check of a bundle came to. Unknown is not pass, and `notRun` proves nothing."""

    verdict: Literal["pass", "fail", "unknown", "notRun"]
    meaning: str
    statement: str
    issuer: str | None
    index: int | None
    admitted_at: str | None
    identity: str | None
    state: str | None
    state_as_of: str | None
    steps: list[Step]
    claims: list[ClaimChecked]
    commands: list[str]


class MetricEntry(Part):
    """A metric of the catalogue in one line."""

    id: str
    label: str
    dimension: str
    unit: str
    direction: str


class Metrics(Part):
    """A page of the catalogue, ordered by id."""

    catalogue: str
    order: str
    total: int
    first: int
    metrics: list[MetricEntry]
    next: str | None


class QualifierEntry(Part):
    """A qualifier of a metric: its role says whether two values must agree in it to compare."""

    name: str
    role: str
    required: bool
    kind: str
    codes: list[str]
    definition: str


class Explanation(Part):
    """What a metric means, and when two of its values compare."""

    id: str
    label: str
    definition: str
    dimension: str
    carrier: str
    form: str
    formula: str
    unit: str
    allowed_units: list[str]
    least: str | None
    greatest: str | None
    direction: str
    ranked_on: str
    min_sample: int | None
    max_age_days: int
    requires: list[str]
    qualifiers: list[QualifierEntry]
    source: list[str]


class Problem(Part):
    """One thing to mend in what was asked."""

    code: str
    at: str
    message: str
    hint: str
