"""Which events take effect: small rules over the state of a decision, the event and the policy.

An event that breaks a rule is recorded as refused and changes nothing. The same rules run before
an event is signed and when an auditor checks the log.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from openquality_validator.decision.event import Event
from openquality_validator.decision.policy import Policy
from openquality_validator.decision.transaction import Status, Transaction
from openquality_validator.findings import Finding, Severity
from openquality_validator.message import message

CODES: Final[Mapping[str, str]] = {
    "H001": "A decision begins with one proposal, and has only one.",
    "H002": "An event names the newest event of its decision as the one before it.",
    "H003": "An event is possible only where the decision stands.",
    "H004": "An approval, override or execution is about the newest revision of the proposal.",
    "H005": "A review counts only if the policy lists its key for a role, and it is not the "
    "proposer's own.",
    "H006": "An execution needs every review that the policy demands, or a waiver.",
    "H007": "A waiver is one of the policy, valid on the day, and covers every review that is "
    "missing.",
    "H008": "The events of a decision do not go back in time.",
    "H009": "Alternatives are ranked from 1 without gaps, and exactly one is selected.",
    "H010": "The records of an alternative are among the inputs of the decision.",
    "H011": "Terms stay within the value that the review was about.",
    "H012": "An execution says of its compliance what follows from the events before it.",
    "H013": "An incident is stated within the policy's hours.",
    "H014": "An incident is opened once, then stated once and resolved once.",
    "H015": "It is tested at least once a year that a person can stop the system.",
    "H016": "A policy is replaced only by an owner that the policy before it lists.",
    "H017": "A decision is taken under a policy.",
    "H018": "A policy names only roles and rules that it defines.",
    "H019": "Artefacts are deleted only after their time of keeping.",
    "H020": "An event that is marked as refused names the rules that refuse it.",
}
_POSSIBLE: Final = {
    "Amendment": {Status.PROPOSED, Status.APPROVED, Status.EXECUTED},
    "Approval": {Status.PROPOSED, Status.APPROVED},
    "Override": {Status.PROPOSED, Status.APPROVED},
    "Execution": {Status.PROPOSED, Status.APPROVED},
    "Pause": {Status.PROPOSED, Status.APPROVED, Status.EXECUTED},
    "Resumption": {Status.PAUSED},
    "Cancellation": {Status.PROPOSED, Status.APPROVED, Status.PAUSED},
    "Reversal": {Status.PROPOSED, Status.APPROVED, Status.EXECUTED, Status.PAUSED},
    "Incident": set(Status),
}
_ON_REVISION: Final = {"Approval", "Override", "Execution"}
_DEMANDING: Final = {"impact", "confidence"}


@dataclass(frozen=True, slots=True)
class Case:
    """Hold what a rule judges; `state` is None before the first event of a decision."""

    event: Event
    state: Transaction | None
    policy: Policy


def judge(event: Event, state: Transaction | None, policy: Policy | None) -> tuple[Finding, ...]:
    """Return what speaks against an event of a decision; nothing if it may take effect."""
    if policy is None:
        return (
            _finding(
                "H017",
                message("No policy is in force."),
                message("Adopt one: openquality decide policy."),
            ),
        )
    if (state is None) is not (event.type == "Proposal"):
        what = (
            message("begins without a proposal")
            if state is None
            else message("has a proposal already")
        )
        return (
            _finding(
                "H001",
                message(
                    "The decision {transaction} {what}.", transaction=event.transaction, what=what
                ),
                message("Propose it first, once; amend it afterwards."),
            ),
        )
    case = Case(event, state, policy)
    return tuple(finding for rule in _RULES for finding in rule(case))


def compliance(state: Transaction, policy: Policy, *, waiver: str | None, on: date) -> str:
    """Return how an execution on a day would stand to the review that the policy demands."""
    missing = set(state.unsatisfied(policy))
    if not missing:
        return "compliant"
    cited = policy.waiver(waiver)
    return "waived" if cited and cited.covers(missing, on) else "nonCompliant"


def _order(case: Case) -> Iterator[Finding]:
    """H002 and H008."""
    event, state = case.event, case.state
    if state is None:
        return
    if event.get("previous") != state.last:
        yield _finding(
            "H002",
            message(
                "`previous` is {event}, and the newest event is {last}.",
                event=event.get("previous"),
                last=state.last,
            ),
            message("Look at the decision again: something happened in between."),
        )
    if event.time < state.time:
        yield _finding(
            "H008",
            message(
                "The event is of {time}, and the one before it of {time2}.",
                time=event.time.isoformat(),
                time2=state.time.isoformat(),
            ),
            message("Set the clock of this machine right."),
        )


def _possible(case: Case) -> Iterator[Finding]:
    """H003."""
    event, state = case.event, case.state
    if state is None:
        return
    possible = state.status in _POSSIBLE[event.type]
    if event.type == "Reversal" and state.in_force is None:
        possible = False
    if event.type == "Cancellation" and state.in_force is not None:
        # Something else than an open amendment is nothing to cancel: it was executed.
        possible &= state.revision != state.in_force.revision
    if not possible:
        yield _finding(
            "H003",
            message(
                "The decision {id} is {status}; {type} is not possible now.",
                id=state.id,
                status=state.status,
                type=event.type,
            ),
            message("See where it stands: openquality decide show."),
        )


def _revision(case: Case) -> Iterator[Finding]:
    """H004."""
    event, state = case.event, case.state
    if state is None or event.type not in _ON_REVISION:
        return
    if event.get("basis") != state.revision.basis:
        yield _finding(
            "H004",
            message(
                "The event is about {event}; the newest revision is {basis}.",
                event=event.get("basis"),
                basis=state.revision.basis,
            ),
            message("Review what is proposed now."),
        )


def _reviewer(case: Case) -> Iterator[Finding]:
    """H005."""
    event, state = case.event, case.state
    if event.type not in {"Approval", "Override"} or state is None:
        return
    if not case.policy.roles(event.issuer):
        yield _finding(
            "H005",
            message("The policy lists {issuer} for no role.", issuer=event.issuer),
            message("Sign with the reviewer's own key, or have the policy's owner list it."),
        )
    elif event.issuer == state.revision.proposer:
        yield _finding(
            "H005",
            message("The reviewer's key is the proposer's own."),
            message("Let somebody else review."),
        )


def _execution(case: Case) -> Iterator[Finding]:
    """H006, H007 and H012."""
    event, state = case.event, case.state
    if event.type != "Execution" or state is None:
        return
    if state.withheld and not state.revision.content.keys() >= _DEMANDING:
        return  # whether a review was demanded follows from what is not shown
    follows = compliance(state, case.policy, waiver=event.get("waiver"), on=event.time.date())
    missing = ", ".join(state.unsatisfied(case.policy))
    if event.get("waiver") is not None and follows == "nonCompliant":
        yield _finding(
            "H007",
            message(
                "The waiver {event!r} does not stand in for {missing} on this day.",
                event=event.get("waiver"),
                missing=missing,
            ),
            message("Name a waiver of the policy that covers every rule, or have it reviewed."),
        )
    elif follows == "nonCompliant":
        yield _finding(
            "H006",
            message("The policy demands a review that is missing: {missing}.", missing=missing),
            message(
                "Have it approved: openquality decide approve; or cite a waiver of the policy."
            ),
        )
    if event.get("compliance") != follows:
        yield _finding(
            "H012",
            message(
                "The execution says {event}, and {follows} follows.",
                event=event.get("compliance"),
                follows=follows,
            ),
            message("Whoever signed it judged by something else than the log."),
        )


def _alternatives(case: Case) -> Iterator[Finding]:
    """H009 and H010."""
    event = case.event
    listed = event.get("alternatives")
    if listed is not None:
        ranks = [each["rank"] for each in listed]
        if ranks != list(range(1, len(ranks) + 1)):
            yield _finding(
                "H009",
                message("The ranks are {few}.", few=_few(ranks)),
                message("Number them 1, 2, 3 … in order."),
            )
        if sum(each["selected"] for each in listed) != 1:
            yield _finding(
                "H009",
                message("Not exactly one alternative is selected."),
                message("Select one; a decision to buy nothing is an alternative too."),
            )
        yield from _records(event, case.state, listed)
    state = case.state
    if event.type == "Override" and state is not None and event.get("selected") is not None:
        alternatives = state.revision.content.get("alternatives")
        if alternatives and state.revision.alternative(event.get("selected")) is None:
            yield _finding(
                "H009",
                message("There is no alternative of rank {event}.", event=event.get("selected")),
                message(
                    "Choose from 1 to {count}, or amend the proposal first.",
                    count=len(alternatives),
                ),
            )


def _records(event: Event, state: Transaction | None, listed: Any) -> Iterator[Finding]:  # noqa: ANN401 - JSON
    inputs = event.get("inputs") or (state.revision.content.get("inputs") if state else None)
    if inputs is None:
        return
    known = {record["statement"] for record in inputs["records"]}
    for each in listed:
        strange = [digest for digest in each.get("statements", ()) if digest not in known]
        if strange:
            yield _finding(
                "H010",
                message(
                    "The alternative of rank {rank} rests on {strange}, no input.",
                    rank=each["rank"],
                    strange=strange[0],
                ),
                message("List the record with its bundle under `inputs.records`."),
            )


def _terms(case: Case) -> Iterator[Finding]:
    """H011."""
    event, state = case.event, case.state
    content = dict(state.revision.content) if state else {}
    content |= {name: event.get(name) for name in ("impact", "terms") if event.get(name)}
    terms, impact = content.get("terms"), content.get("impact")
    if not event.get("terms") and not event.get("impact"):
        return
    if terms is None or impact is None:
        return
    agreed, stated = terms["value"], impact["value"]
    if agreed["currency"] != stated["currency"] or Decimal(agreed["amount"]) > Decimal(
        stated["amount"]
    ):
        yield _finding(
            "H011",
            message(
                "The terms are worth {amount} {currency}; the impact says {amount2} {currency2}.",
                amount=agreed["amount"],
                currency=agreed["currency"],
                amount2=stated["amount"],
                currency2=stated["currency"],
            ),
            message("Amend the proposal: `impact.value` covers the terms, in the same currency."),
        )


def _incidents(case: Case) -> Iterator[Finding]:
    """H014."""
    event, state = case.event, case.state
    if event.type != "Incident" or state is None:
        return
    said = event.document["incident"]
    known = state.incident(said["id"])
    detected = datetime.fromisoformat(said["detectedAt"])
    wrong = ""
    if said["state"] == "opened":
        wrong = message("is open already") if known else ""
    elif known is None:
        wrong = message("was never opened")
    elif known.detected != detected:
        wrong = message("was detected at {detected}", detected=known.detected.isoformat())
    elif (known.stated if said["state"] == "stated" else known.resolved) is not None:
        wrong = message("is {state} already", state=said["state"])
    if wrong:
        yield _finding(
            "H014",
            message("The incident {id} {wrong}.", id=said["id"], wrong=wrong),
            message("Open it once, state it, resolve it."),
        )


_RULES: Final[tuple[Callable[[Case], Iterator[Finding]], ...]] = (
    _order,
    _possible,
    _revision,
    _reviewer,
    _execution,
    _alternatives,
    _terms,
    _incidents,
)


def _finding(code: str, message: str, hint: str) -> Finding:
    return Finding(code, Severity.ERROR, "", message, hint)


def _few(ranks: list[int]) -> str:
    shown = ", ".join(map(str, ranks[:8]))
    return f"{shown} …" if len(ranks) > len(shown.split(", ")) else shown
