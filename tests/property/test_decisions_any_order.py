"""Whatever the order of events: a legal state, or a finding, and nothing raised."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from decisions_at_work import PERSON, REASONS, draft, keys, money, policy
from hypothesis import given, settings
from hypothesis import strategies as st

from openquality.decisions.log import _signed
from openquality_validator.decision import book as books
from openquality_validator.decision.book import Book
from openquality_validator.decision.event import Event
from openquality_validator.decision.policy import Policy
from openquality_validator.decision.transaction import Status, Transaction

ZERO = "sha256:" + "00" * 32
START = datetime(2026, 11, 21, 12, tzinfo=UTC)
POLICY = Policy.from_bytes(policy())
POLICIES = {POLICY.digest: POLICY}
INPUTS: dict[str, Any] = {
    **dict.fromkeys(("query", "answer", "checkpoint", "trust"), ZERO),
    "records": [],
}
BODIES: dict[str, dict[str, Any]] = {
    "Proposal": draft(INPUTS),
    "Small": draft(INPUTS, value="5"),
    "Amendment": {"terms": {"value": money("5")}, "reasons": REASONS},
    "Approval": {"actor": PERSON},
    "Override": {"actor": PERSON, "selected": 2, "reasons": REASONS},
    "Execution": {"terms": {"value": money("5")}},
    "Pause": {"reasons": REASONS},
    "Resumption": {},
    "Cancellation": {"reasons": REASONS},
    "Reversal": {"reasons": REASONS},
    "Incident": {
        "incident": {"id": "i", "state": "opened", "detectedAt": "2026-11-21T12:00:00Z"},
        "report": {"kind": "x", "text": "x"},
    },
    "OverrideTest": {"outcome": "passed", "actor": PERSON, "report": {"kind": "x", "text": "x"}},
    "Purge": {"purged": [ZERO]},
}
STEPS = st.tuples(
    st.sampled_from(sorted(BODIES)),
    st.sampled_from(["A", "B"]),
    st.sampled_from(["agent", "reviewer", "owner"]),
    st.sampled_from(["right", "right", "right", "wrong"]),  # previous and basis
    st.sampled_from(["compliant", "compliant", "waived", "nonCompliant"]),
    st.sampled_from([None, None, None, "H006", "H003"]),
)
# What can follow, by the picture in transaction.py; a waiver counts as a review.
FOLLOWS = {
    Status.PROPOSED: {*Status} - {Status.REVERSED},
    Status.APPROVED: {*Status} - {Status.REVERSED},
    Status.EXECUTED: {Status.EXECUTED, Status.PROPOSED, Status.PAUSED, Status.REVERSED},
    Status.PAUSED: {*Status},
    Status.CANCELLED: {Status.CANCELLED},
    Status.REVERSED: {Status.REVERSED},
}


@cache
def key(name: str) -> Any:  # noqa: ANN401 - a signing key
    return getattr(keys(), name)


def event(step: Any, number: int, state: Transaction | None) -> Event:  # noqa: ANN401 - of STEPS
    name, transaction, who, chain, compliance, refused = step
    kind = "Proposal" if name == "Small" else name
    right = chain == "right"
    document: dict[str, Any] = {
        "v": 1,
        "type": kind,
        "time": (START + timedelta(minutes=number if right else 0)).isoformat(),
        "issuer": key(who).did,
        **BODIES[name],
    }
    if kind not in {"OverrideTest", "Purge"}:
        document["transaction"] = transaction
    if kind not in {"Proposal", "OverrideTest", "Purge"}:
        document["previous"] = state.last if state and right else ZERO
    if kind in {"Approval", "Override", "Execution"}:
        document["basis"] = state.revision.basis if state and right else ZERO
    if kind == "Execution":
        document["compliance"] = compliance
        if compliance == "waived":
            document["waiver"] = "line-down"
    if refused:
        document["refused"] = [refused]
    return _signed(document, key(who))


def legal(state: Transaction) -> bool:
    """The parts of a state agree with each other."""
    return (
        (state.status is not Status.EXECUTED or state.in_force is not None)
        and (state.status is not Status.REVERSED or state.in_force is None)
        and (state.status is not Status.CANCELLED or state.in_force is None)
        and (state.resumes is None) is (state.status is not Status.PAUSED)
        and all(done.compliance in {"compliant", "waived"} for done in state.executions)
        and (state.status is not Status.APPROVED or not state.unsatisfied(POLICY))
    )


@settings(max_examples=120)
@given(st.lists(STEPS, max_size=25))
def test_any_order_of_events_gives_a_legal_state_or_a_finding(steps: list[Any]) -> None:
    adoption = _signed(
        {
            "v": 1,
            "type": "PolicyAdoption",
            "time": START.isoformat(),
            "issuer": key("owner").did,
            "policy": POLICY.digest,
        },
        key("owner"),
    )
    book, findings = books.take(Book(), adoption, POLICIES)
    assert not findings
    for number, step in enumerate(steps, start=1):
        before = book
        now = event(step, number, book.transactions.get(step[1]))
        book, findings = books.take(book, now, POLICIES)
        for name, state in book.transactions.items():
            assert legal(state), (name, state)
            old = before.transactions.get(name)
            if old is None:
                assert state.status is Status.PROPOSED
                continue
            assert state.status in FOLLOWS[old.status]
            if findings or now.refused:
                # Nothing but the memory of the attempt.
                same = (
                    "status",
                    "revision",
                    "roles",
                    "rank",
                    "in_force",
                    "incidents",
                    "executions",
                )
                assert all(getattr(state, each) == getattr(old, each) for each in same)
        assert len(book.transactions) - len(before.transactions) in {0, 1}


@settings(max_examples=60)
@given(st.lists(STEPS, max_size=20), st.randoms(use_true_random=False))
def test_events_alone_say_what_the_log_says(steps: list[Any], random: Any) -> None:  # noqa: ANN401 - a Random
    """Decisions do not touch each other: whatever lies between, each comes out the same."""
    book, events = Book(policy=POLICY, since=START), []
    for number, step in enumerate(steps, start=1):
        now = event(step, number, book.transactions.get(step[1]))
        events.append(now)
        book, _ = books.take(book, now, POLICIES)
    name = random.choice(["A", "B"])
    alone = Book(policy=POLICY, since=START)
    for now in events:
        if now.transaction == name:
            alone, _ = books.take(alone, now, POLICIES)
    assert alone.transactions.get(name) == book.transactions.get(name)
