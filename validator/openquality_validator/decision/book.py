"""What a whole decision log says: its policies, decisions, tests and deletions, in order.

Events come with their place in the log, and are taken as verified. Whatever the order, the result
is a legal state; each event that the rules refuse is a finding, unless it is marked as refused.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from openquality_validator.decision import rules
from openquality_validator.decision.event import Event
from openquality_validator.decision.policy import Policy
from openquality_validator.decision.transaction import (
    Transaction,
    advance,
    open_transaction,
    seen,
)
from openquality_validator.findings import Finding, Severity
from openquality_validator.message import message


@dataclass(frozen=True, slots=True)
class Placed:
    """Hold an event with its index in the log, and when the log took it (`admittedAt`)."""

    index: int
    event: Event
    admitted_at: str


@dataclass(frozen=True, slots=True)
class Test:
    """Hold a test that a person can stop the system."""

    time: datetime
    passed: bool


@dataclass(frozen=True, slots=True)
class Book:
    """Hold what follows from the events so far.

    `since` is the time of the first policy; `purged` says when an artefact was deleted.
    """

    policy: Policy | None = None
    since: datetime | None = None
    transactions: Mapping[str, Transaction] = field(default_factory=dict)
    tests: tuple[Test, ...] = ()
    purged: Mapping[str, datetime] = field(default_factory=dict)

    def kept_until(self, digest: str) -> datetime | None:
        """Return until when an artefact is kept, or None if no decision names it."""
        times = [each.kept for each in self.transactions.values() if digest in each.artefacts]
        return max(times, default=None)


def judge(book: Book, event: Event, policies: Mapping[str, Policy]) -> tuple[Finding, ...]:
    """Return what speaks against an event that comes next."""
    match event.type:
        case "PolicyAdoption":
            return tuple(_adoption(book, event, policies))
        case "OverrideTest":
            return tuple(_test(book, event))
        case "Purge":
            return tuple(_purge(book, event))
    assert event.transaction is not None
    return rules.judge(event, book.transactions.get(event.transaction), book.policy)


def take(
    book: Book, event: Event, policies: Mapping[str, Policy]
) -> tuple[Book, tuple[Finding, ...]]:
    """Return the book after an event, and what is wrong with the event.

    `policies` are those that events name, by digest.
    """
    found = judge(book, event, policies)
    if event.refused:
        return _refused(book, event), _marked(book, event, found)
    if found:
        return _refused(book, event), found
    return _accepted(book, event, policies), ()


def fold(
    events: Iterable[Placed], policies: Mapping[str, Policy]
) -> tuple[Book, tuple[tuple[int, Finding], ...]]:
    """Read a log from its beginning: what follows, and the findings with the index of the event."""
    book = Book()
    findings: list[tuple[int, Finding]] = []
    for placed in events:
        book, found = take(book, placed.event, policies)
        findings.extend((placed.index, each) for each in found)
    return book, tuple(findings)


def obligations(book: Book, now: datetime) -> Iterator[Finding]:
    """Find what is due, or was done too late: statements on incidents, and the yearly test."""
    if book.policy is None or book.since is None:
        return
    for state in book.transactions.values():
        for incident in state.incidents:
            due = incident.detected + book.policy.incident
            if (incident.stated or now) > due:
                yield Finding(
                    "H013",
                    Severity.WARNING if incident.stated else Severity.ERROR,
                    f"/transactions/{state.id}/incidents/{incident.id}",
                    message(
                        "The incident {id} was to be stated by {due}, and was later.",
                        id=incident.id,
                        due=due.isoformat(),
                    )
                    if incident.stated
                    else message(
                        "The incident {id} was to be stated by {due}, and is not yet.",
                        id=incident.id,
                        due=due.isoformat(),
                    ),
                    message("State it: openquality decide incident --state stated."),
                )
    last = max((test.time for test in book.tests if test.passed), default=book.since)
    if now > last + book.policy.override_test:
        yield Finding(
            "H015",
            Severity.WARNING,
            "/tests",
            message(
                "The last passed test that a person can stop the system, or the first policy, is "
                "of {date}.",
                date=last.date().isoformat(),
            ),
            message("Test it, and record it: openquality decide test-override."),
        )


def _adoption(book: Book, event: Event, policies: Mapping[str, Policy]) -> Iterator[Finding]:
    if event.document["policy"] not in policies:
        yield _error(
            "H017",
            message("The policy that is adopted is not there."),
            message("Bring the policy file."),
        )
    elif book.policy is not None and event.issuer not in book.policy.owners:
        yield _error(
            "H016",
            message(
                "{issuer} is no owner of the policy {name}.",
                issuer=event.issuer,
                name=book.policy.name,
            ),
            message("Have one of its owners sign the new policy."),
        )


def _test(book: Book, event: Event) -> Iterator[Finding]:
    if book.policy is None or not book.policy.roles(event.issuer):
        yield _error(
            "H005",
            message("The policy lists {issuer} for no role.", issuer=event.issuer),
            message("Let a reviewer make and sign the test."),
        )


def _purge(book: Book, event: Event) -> Iterator[Finding]:
    for digest in event.document["purged"]:
        until = book.kept_until(digest)
        if until is None or event.time <= until:
            kept = (
                message("is kept until {until}", until=until.isoformat())
                if until
                else message("is named by no event")
            )
            yield _error(
                "H019",
                message("The artefact {digest} {kept}.", digest=digest, kept=kept),
                message("Delete it after its time of keeping; its digest stays for good."),
            )


def _marked(book: Book, event: Event, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    state = book.transactions.get(event.transaction or "")
    hidden = event.withheld or (state is not None and state.withheld)
    if hidden or set(event.refused) == {each.code for each in found}:
        return ()
    follows = ", ".join(sorted({each.code for each in found})) or "nothing"
    return (
        _error(
            "H020",
            message(
                "The event is marked as refused by {refused}; {follows} refuses it.",
                refused=", ".join(event.refused),
                follows=follows,
            ),
            message("Whoever signed it judged by something else than the log."),
        ),
    )


def _refused(book: Book, event: Event) -> Book:
    state = book.transactions.get(event.transaction or "")
    if state is None or book.policy is None:
        return book
    return _with(book, seen(state, event, book.policy))


def _accepted(book: Book, event: Event, policies: Mapping[str, Policy]) -> Book:
    match event.type:
        case "PolicyAdoption":
            policy = policies[event.document["policy"]]
            return replace(book, policy=policy, since=book.since or event.time)
        case "OverrideTest":
            test = Test(event.time, event.document["outcome"] == "passed")
            return replace(book, tests=(*book.tests, test))
        case "Purge":
            gone = dict.fromkeys(event.document["purged"], event.time)
            return replace(book, purged={**book.purged, **gone})
    assert book.policy is not None
    state = book.transactions.get(event.transaction or "")
    if state is None:
        return _with(book, open_transaction(event, book.policy))
    return _with(book, advance(state, event, book.policy))


def _with(book: Book, state: Transaction) -> Book:
    return replace(book, transactions={**book.transactions, state.id: state})


def _error(code: str, message: str, hint: str) -> Finding:
    return Finding(code, Severity.ERROR, "", message, hint)
