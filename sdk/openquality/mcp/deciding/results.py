"""What the tools that decide give to programs, as types; the output schemas follow.

Of suppliers only labels, countries and size classes are in here, and of people's reasons the codes:
what somebody wrote freely stays in the log.
"""

from openquality.mcp.results import Part, Subject


class Refusal(Part):
    """A rule that an attempt broke, in our words, and how to mend it."""

    code: str
    rule: str
    hint: str


class Awaited(Part):
    """A rule of the policy that asks for a person in one of these roles."""

    rule: str
    roles: list[str]


class Recorded(Part):
    """What was recorded, whether it took effect, and where the decision stands now.

    `basis` names the revision in force, and `awaiting` the reviews that it lacks.
    """

    decision: str
    event: str
    took_effect: bool
    entry: int
    digest: str
    compliance: str | None
    status: str | None
    basis: str | None
    awaiting: list[Awaited]
    refused: list[Refusal]
    next: str


class Money(Part):
    """An amount of money."""

    amount: str
    currency: str


class Supplier(Part):
    """Who would deliver: the DID of an issuer that delivers itself, else the label of its id."""

    label: str | None
    country: str | None
    size_class: str | None


class Alternative(Part):
    """A row that could be chosen, with the codes of the reasons for and against."""

    rank: int
    selected: bool
    supplier: Supplier
    subject: Subject
    statements: list[str]
    score: str | None
    reasons: list[str]


class Event(Part):
    """Something that happened; `refused` has the codes of the rules that kept it from counting."""

    entry: int
    event: str
    time: str | None
    issuer: str | None
    digest: str
    compliance: str | None
    refused: list[str]
    reasons: list[str]


class Decision(Part):
    """A decision as its log tells it, and a page of its alternatives and events.

    `chosen` is the rank that a person chose instead, if one did.
    """

    decision: str
    status: str | None
    basis: str | None
    proposed: str | None
    chosen: int | None
    impact: Money | None
    terms: Money | None
    awaiting: list[Awaited]
    order: str
    total: int
    first: int
    alternatives: list[Alternative]
    events: list[Event]
    next: str | None


class Summary(Part):
    """Where one decision stands; `refused_attempts` changed nothing."""

    decision: str
    status: str
    proposed: str
    basis: str
    awaiting: list[Awaited]
    refused_attempts: int


class Decisions(Part):
    """A page of the decisions in the log, under the policy in force."""

    policy: str | None
    order: str
    total: int
    first: int
    decisions: list[Summary]
    next: str | None
