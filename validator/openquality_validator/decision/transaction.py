"""The course of one decision: the state that follows from its events, one after the other.

    proposed ──approval──▶ approved ──execution──▶ executed ──reversal──▶ reversed
        ▲  └────────────execution, if no review is needed────▲
        └──amendment── of any of the three       cancellation ──▶ cancelled
    pause ──▶ paused ──resumption──▶ what it was

An amendment opens a new revision, which is reviewed and executed anew; what was executed before
stays in force until then. `rules.py` says which events take effect.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from openquality_validator.decision.event import Event, artefacts
from openquality_validator.decision.policy import Policy

CONTENT = (
    *("agent", "objectives", "inputs", "alternatives", "confidence", "reasoning"),
    *("impact", "terms", "reviewOffered"),
)
"""The members of a proposal that an amendment may replace, each as a whole."""


class Status(StrEnum):
    """Say how far a decision is."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    EXECUTED = "executed"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class Revision:
    """Hold one version of what is decided: the proposal, or the proposal as amended.

    `basis` is the digest of the event that made it, `proposer` the DID that signed that.
    """

    basis: str
    proposer: str
    content: Mapping[str, Any]
    time: datetime

    def alternative(self, rank: int | None) -> Mapping[str, Any] | None:
        """Return the alternative of a rank, or by default the one that the proposal selects."""
        for each in self.content.get("alternatives", ()):
            if each["selected"] if rank is None else each["rank"] == rank:
                return dict(each)
        return None


@dataclass(frozen=True, slots=True)
class Executed:
    """Hold an execution that took effect: its revision, the rank chosen, and how it complied."""

    revision: Revision
    rank: int | None
    terms: Mapping[str, Any] | None
    compliance: str
    reviewed: bool
    time: datetime

    @property
    def alternative(self) -> Mapping[str, Any] | None:
        """The alternative that was chosen, None if that is withheld."""
        return self.revision.alternative(self.rank)


@dataclass(frozen=True, slots=True)
class Incident:
    """Hold when an incident was detected, and when it was stated and resolved."""

    id: str
    detected: datetime
    stated: datetime | None = None
    resolved: datetime | None = None


@dataclass(frozen=True, slots=True)
class Transaction:
    """Hold a decision as it stands after some of its events.

    `roles` are those in which the revision was approved; `rank` is what a person chose instead;
    `in_force` is the newest execution that was not reversed; `asked` says whether a review was
    demanded or offered, `used` whether a person reviewed; `attempts` counts refused events;
    `withheld` says that members are not shown, so that not everything can be judged; `artefacts`
    are the files that its events name, `kept` is until when they are kept.
    """

    id: str
    status: Status
    revision: Revision
    last: str
    proposed: datetime
    time: datetime
    kept: datetime
    artefacts: frozenset[str]
    resumes: Status | None = None
    roles: frozenset[str] = frozenset()
    rank: int | None = None
    in_force: Executed | None = None
    executions: tuple[Executed, ...] = ()
    asked: bool = False
    used: bool = False
    attempts: int = 0
    incidents: tuple[Incident, ...] = ()
    withheld: bool = False

    def incident(self, name: str) -> Incident | None:
        """Return an incident by id, or None."""
        return next((each for each in self.incidents if each.id == name), None)

    def unsatisfied(self, policy: Policy) -> tuple[str, ...]:
        """Return the ids of the review rules that the revision in hand does not satisfy yet."""
        return tuple(
            rule.id
            for rule in policy.needs(self.revision.content)
            if not self.roles & set(rule.roles)
        )


def open_transaction(event: Event, policy: Policy) -> Transaction:
    """Begin a decision with its proposal."""
    assert event.transaction is not None
    content = {name: event.get(name) for name in CONTENT if event.get(name) is not None}
    return Transaction(
        id=event.transaction,
        status=Status.PROPOSED,
        revision=Revision(event.digest, event.issuer, content, event.time),
        last=event.digest,
        proposed=event.time,
        time=event.time,
        kept=policy.kept_until(event.time),
        artefacts=frozenset(artefacts(event)),
        asked=bool(content.get("reviewOffered")) or bool(policy.needs(content)),
        withheld=event.withheld > 0,
    )


def advance(state: Transaction, event: Event, policy: Policy) -> Transaction:
    """Return the state after an event that the rules let take effect."""
    moved = _MOVES[event.type](state, event, policy)
    return seen(moved, event, policy)


def seen(state: Transaction, event: Event, policy: Policy) -> Transaction:
    """Return the state with an event as its newest; that alone is what a refused one changes."""
    return replace(
        state,
        last=event.digest,
        time=event.time,
        kept=max(state.kept, policy.kept_until(event.time)),
        artefacts=state.artefacts | set(artefacts(event)),
        withheld=state.withheld or event.withheld > 0,
        attempts=state.attempts + bool(event.refused),
    )


def _amended(state: Transaction, event: Event, policy: Policy) -> Transaction:
    changed = {name: event.get(name) for name in CONTENT if event.get(name) is not None}
    content = {**state.revision.content, **changed}
    return replace(
        state,
        status=Status.PROPOSED,
        revision=Revision(event.digest, event.issuer, content, event.time),
        roles=frozenset(),
        rank=None,
        asked=state.asked or bool(policy.needs(content)),
    )


def _reviewed(state: Transaction, event: Event, policy: Policy) -> Transaction:
    rank = event.get("selected")
    after = replace(
        state,
        roles=state.roles | policy.roles(event.issuer),
        rank=state.rank if rank is None else rank,
        asked=True,
        used=True,
    )
    return replace(after, status=Status.PROPOSED if after.unsatisfied(policy) else Status.APPROVED)


def _executed(state: Transaction, event: Event, _: Policy) -> Transaction:
    done = Executed(
        state.revision,
        state.rank,
        event.get("terms"),
        str(event.get("compliance")),
        bool(state.roles),
        event.time,
    )
    return replace(
        state, status=Status.EXECUTED, in_force=done, executions=(*state.executions, done)
    )


def _paused(state: Transaction, _: Event, __: Policy) -> Transaction:
    return replace(state, status=Status.PAUSED, resumes=state.status)


def _resumed(state: Transaction, _: Event, __: Policy) -> Transaction:
    return replace(state, status=state.resumes or Status.PROPOSED, resumes=None)


def _cancelled(state: Transaction, _: Event, __: Policy) -> Transaction:
    if state.in_force is None:
        return replace(state, status=Status.CANCELLED, resumes=None)
    # Only the amendment falls; what was executed before stays in force.
    return replace(
        state,
        status=Status.EXECUTED,
        resumes=None,
        revision=state.in_force.revision,
        rank=state.in_force.rank,
    )


def _reversed(state: Transaction, _: Event, __: Policy) -> Transaction:
    return replace(state, status=Status.REVERSED, resumes=None, in_force=None)


def _incident(state: Transaction, event: Event, _: Policy) -> Transaction:
    said = event.document["incident"]
    found = state.incident(said["id"])
    if found is None:
        fresh = Incident(said["id"], datetime.fromisoformat(said["detectedAt"]))
        return replace(state, incidents=(*state.incidents, fresh))
    stated = event.time if said["state"] == "stated" else found.stated
    resolved = event.time if said["state"] == "resolved" else found.resolved
    changed = replace(found, stated=stated, resolved=resolved)
    others = (changed if each.id == found.id else each for each in state.incidents)
    return replace(state, incidents=tuple(others))


_MOVES = {
    "Amendment": _amended,
    "Approval": _reviewed,
    "Override": _reviewed,
    "Execution": _executed,
    "Pause": _paused,
    "Resumption": _resumed,
    "Cancellation": _cancelled,
    "Reversal": _reversed,
    "Incident": _incident,
}
