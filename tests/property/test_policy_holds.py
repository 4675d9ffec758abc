"""Policy and quotas hold for any sequence of statements, and the counts agree with an own model."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier, Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openquality_registry.access.gate import Caller, Gate, Known
from openquality_registry.access.policy import Policy, Rule
from openquality_registry.access.tokens import Scope, Token
from openquality_registry.adapters.sql.access import SqlAccess
from openquality_registry.adapters.sql.opening import open_store
from openquality_registry.ports import Pending

LEVELS = {"did:a": "L0", "did:b": "L1", "did:c": "L2", "did:d": "L0"}
KNOWN = {"did:a", "did:b"}
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ISSUERS = st.sampled_from(sorted(LEVELS))
KINDS = st.sampled_from(["attestation", "status", "key", "registration"])


@dataclass
class Clock:
    day: int = 0

    def now(self) -> datetime:
        return NOON + timedelta(days=self.day)


def pending(issuer: str, kind: str) -> Pending:
    return Pending(b"", "sha256:" + 64 * "0", issuer, "", kind, ())


def caller(name: str, *, publishes: bool, issuer: str | None) -> Caller:
    scopes = frozenset({Scope.PUBLISH}) if publishes else frozenset({Scope.READ})
    return Caller(f"token:{name}", Token(name, name, scopes, issuer, ""))


CALLERS = st.one_of(
    st.sampled_from(["1.1.1.1", "2.2.2.2"]).map(lambda at: Caller(f"address:{at}")),
    st.builds(
        caller,
        st.sampled_from(["x", "y"]),
        publishes=st.booleans(),
        issuer=st.one_of(st.none(), ISSUERS),
    ),
)
STEPS = st.lists(
    st.tuples(
        st.integers(0, 1), CALLERS, st.lists(st.tuples(ISSUERS, KINDS), min_size=1, max_size=5)
    ),
    max_size=12,
)
POLICIES = st.builds(Policy, st.sampled_from(list(Rule)), st.integers(0, 4), st.integers(0, 3))


@pytest.fixture(scope="module")
def access() -> SqlAccess:
    with TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "registry.sqlite")
        yield SqlAccess(write=store.write, read=store.read)  # type: ignore[misc]
        store.close()


def gate_of(access: SqlAccess, policy: Policy, clock: Clock) -> Gate:
    known = Known(LEVELS.__getitem__, KNOWN.__contains__)
    return Gate(access, configured=None, policy=policy, known=known, clock=clock)


def allowed(policy: Policy, by: Caller, issuer: str, kind: str) -> bool:
    """Say the rules of docs/spec/admission.md once more, in other words."""
    if kind in {"status", "key"} and issuer in KNOWN:
        return True
    match policy.rule:
        case Rule.OPEN:
            return True
        case Rule.INVITED:
            token = by.token
            return (
                token is not None
                and Scope.PUBLISH in token.scopes
                and token.issuer in {None, issuer}
            )
        case _:
            return kind == "key" or LEVELS[issuer] >= policy.rule.value


@settings(max_examples=300, deadline=None)
@given(policy=POLICIES, steps=STEPS)
def test_what_is_let_in_follows_from_rule_and_quotas(
    access: SqlAccess, policy: Policy, steps: list[tuple[int, Caller, list[tuple[str, str]]]]
) -> None:
    access.forget_usage("9999-12-31")
    clock = Clock()
    gate = gate_of(access, policy, clock)
    of_client: Counter[tuple[int, str]] = Counter()
    of_issuer: Counter[tuple[int, str]] = Counter()
    for days, by, batch in steps:
        clock.day += days
        refusals = gate.permit([pending(*each) for each in batch], by)
        wanted = [each for each in batch if allowed(policy, by, *each)]
        left = (
            max(0, policy.client_per_day - of_client[clock.day, by.client])
            if policy.client_per_day
            else len(wanted)
        )
        taken = iter(range(len(wanted)))
        for each, refusal in zip(batch, refusals, strict=True):
            issuer = each[0]
            if not allowed(policy, by, *each):
                assert refusal is not None
                assert refusal.code != "quota-used-up"
                continue
            if next(taken) >= left:
                assert refusal is not None
                assert refusal.code == "quota-used-up"
                assert refusal.headers == (("retry-after", "43200"),)  # noon to midnight
                continue
            of_client[clock.day, by.client] += 1
            limited = policy.issuer_per_day and LEVELS[issuer] != "L0"
            if limited and of_issuer[clock.day, issuer] >= policy.issuer_per_day:
                assert refusal is not None
                assert refusal.code == "quota-used-up"
                continue
            of_issuer[clock.day, issuer] += 1
            assert refusal is None


def test_a_quota_holds_between_threads(access: SqlAccess) -> None:
    access.forget_usage("9999-12-31")
    gate = gate_of(access, Policy(client_per_day=50), Clock())
    begin, results = Barrier(8), []

    def send() -> None:
        begin.wait()
        for _ in range(5):
            batch = [pending("did:a", "attestation")] * 3
            results.extend(gate.permit(batch, Caller("address:1.1.1.1")))

    threads = [Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(results), results.count(None)) == (120, 50)


@given(policy=POLICIES)
def test_a_policy_is_read_as_it_was_written(policy: Policy) -> None:
    assert Policy.from_json(policy.to_json()) == policy
