"""Values of a decision log, read into results; what a supplier chose becomes a label."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from openquality.decisions import Recorded
from openquality.mcp import checked
from openquality.mcp.deciding import results
from openquality.mcp.pages import MAX_PARTS
from openquality.mcp.reading import subject
from openquality_validator import explain
from openquality_validator.decision.book import Placed
from openquality_validator.decision.policy import Policy
from openquality_validator.decision.transaction import Status, Transaction
from openquality_validator.entry import timestamp
from openquality_validator.findings import Finding

REFUSED: Final = "It changed nothing, and the log keeps the attempt. "
_NEXT: Final[Mapping[Status | None, str]] = {
    None: "Nothing is proposed yet.",
    Status.PROPOSED: "execute_decision may record it now, with this basis.",
    Status.APPROVED: "execute_decision may record it now, with this basis.",
    Status.EXECUTED: "What binds the user may be sent now, as recorded and not otherwise.",
    Status.PAUSED: "Only a person resumes it: openquality decide resume.",
    Status.CANCELLED: "It is over.",
    Status.REVERSED: "It is over.",
}


def recorded(made: Recorded, decision: str, policy: Policy | None) -> results.Recorded:
    """Read what was recorded."""
    state = made.state
    awaiting = awaited(state, policy)
    status = state.status if state else None
    said = _ask_people(decision, awaiting) if awaiting else _NEXT[status]
    return results.Recorded(
        decision=decision,
        event=made.event.type,
        took_effect=not made.refused,
        entry=made.index,
        digest=made.digest,
        compliance=made.event.get("compliance"),
        status=status,
        basis=state.revision.basis if state else None,
        awaiting=awaiting,
        refused=_refusals(made.refused),
        next=(REFUSED if made.refused else "") + said,
    )


def awaited(state: Transaction | None, policy: Policy | None) -> list[results.Awaited]:
    """List the reviews that a decision lacks, where it could be executed once it has them."""
    if state is None or policy is None or state.status is not Status.PROPOSED:
        return []
    missing = state.unsatisfied(policy)
    return [
        results.Awaited(rule=rule.id, roles=list(rule.roles))
        for rule in policy.review
        if rule.id in missing
    ]


def alternative(item: Mapping[str, Any]) -> results.Alternative:
    """Read one alternative of a proposal."""
    supplier = item["supplier"]
    # The issuer has signed; any other DID is only text in a record.
    shown = checked.issuer if supplier["id"] == item.get("issuer") else checked.label
    return results.Alternative(
        rank=item["rank"],
        selected=item["selected"],
        supplier=results.Supplier(
            label=shown(supplier["id"]),
            country=checked.country(supplier.get("country")),
            size_class=supplier.get("sizeClass"),
        ),
        subject=subject({"id": item.get("subject")}),
        statements=list(item.get("statements", ()))[:MAX_PARTS],
        score=checked.number(item.get("score")),
        reasons=_codes(item["reasons"]),
    )


def event(placed: Placed) -> results.Event:
    """Read one event."""
    made = placed.event
    return results.Event(
        entry=placed.index,
        event=made.type,
        time=checked.moment(made.get("time")),
        issuer=checked.issuer(made.issuer),
        digest=made.digest,
        compliance=made.get("compliance"),
        refused=list(made.refused),
        reasons=_codes(made.get("reasons") or ()),
    )


def money(item: Mapping[str, Any] | None) -> results.Money | None:
    """Read the value of an impact or of terms."""
    value = (item or {}).get("value")
    if value is None:
        return None
    return results.Money(amount=value["amount"], currency=value["currency"])


def summary(state: Transaction, policy: Policy | None) -> results.Summary:
    """Read where a decision stands."""
    return results.Summary(
        decision=state.id,
        status=state.status,
        proposed=timestamp(state.proposed),
        basis=state.revision.basis,
        awaiting=awaited(state, policy),
        refused_attempts=state.attempts,
    )


def _refusals(found: Iterable[Finding]) -> list[results.Refusal]:
    """Name each rule once, in the words of its code: a message may repeat what the log holds."""
    said = {each.code: explain.codes().get(each.code, {}) for each in found}
    return [
        results.Refusal(code=code, rule=told.get("sentence", ""), hint=told.get("hint", ""))
        for code, told in said.items()
    ]


def _ask_people(decision: str, awaiting: Iterable[results.Awaited]) -> str:
    roles = " or ".join(dict.fromkeys(role for each in awaiting for role in each.roles))
    return (
        f"A person must review it first, as {roles}: openquality decide approve {decision} "
        "--role ROLE, or override. No tool does that; tell the user, and wait."
    )


def _codes(reasons: Iterable[Mapping[str, Any]]) -> list[str]:
    return [reason["code"] for reason in reasons][:MAX_PARTS]
