"""A log about one service, written entry by entry, for whoever follows it."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from openquality import credentials
from openquality.signing import SigningKey, generate, sign
from openquality_validator.conformity import Deviation, Following, InMemory, Memory, hear
from openquality_validator.entry import Entry
from openquality_validator.entry import digest as digest_of
from openquality_validator.evidence import Accreditor

Json = dict[str, Any]
ORIGIN = "log.example/2026"
OPERATOR = "did:key:z6MkOperator"
SUPPLIER, BUYER, ASSESSOR = generate(), generate(), generate()
LISTED = (Accreditor(ASSESSOR.did, ("ISO-9001",)),)
SUBJECT = "https://velanto.example/services/next-day"
CONDITIONS: list[Json] = [
    {"qualifier": "anchor", "code": "firstConfirmed"},
    {"qualifier": "earlyLimit", "amount": "3", "unit": "d"},
    {"qualifier": "lateLimit", "amount": "0", "unit": "d"},
    {"qualifier": "level", "code": "line"},
    {"qualifier": "event", "code": "receipt"},
    {"qualifier": "denominatorBasis", "code": "dueInPeriod"},
]


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def on_time(start: str, end: str, numerator: int, denominator: int, **more: Any) -> Json:  # noqa: ANN401
    """Measure a share of order lines on time."""
    share = f"{100 * numerator / denominator:.2f}"
    return {
        "type": "MeasurementClaim",
        "metric": "on-time-delivery",
        "period": {"start": start, "end": end},
        "value": {"amount": share, "unit": "%"},
        "counts": {"numerator": numerator, "denominator": denominator},
        "qualifiers": CONDITIONS,
        "sampling": {"n": denominator, "design": "census"},
        "assessor": {"assessorLevel": "self"},
        **more,
    }


def promise(start: str, end: str, objective: str = "95", **more: Any) -> Json:  # noqa: ANN401
    """Promise a share of order lines on time, measured over 30 days."""
    return {
        "type": "ServiceLevelClaim",
        "period": {"start": start, "end": end},
        "indicator": "on-time-delivery",
        "objective": {"amount": objective, "unit": "%"},
        "comparator": "atLeast",
        "qualifiers": CONDITIONS,
        "window": {"amount": "30", "unit": "d"},
        **more,
    }


def attestation(
    number: int,
    claims: Sequence[Json],
    *,
    signed_on: str,
    key: SigningKey = SUPPLIER,
    role: str = "producer",
    supersedes: str | None = None,
) -> Json:
    """Make a valid attestation about the service; its claims get their ids here."""
    name = f"urn:uuid:{UUID(int=number)}"
    subject = {
        "id": SUBJECT,
        "type": "Service",
        "issuerRole": role,
        "name": "Delivery next day",
        "producer": {"party": {"id": SUPPLIER.did, "name": "Velanto Logistik AG"}},
        "claims": [{"id": f"{name}#c{n}", **claim} for n, claim in enumerate(claims, 1)],
    }
    made = credentials.make(
        "QualityAttestation",
        subject,
        issuer=key.did,
        name="Velanto Logistik AG",
        now=dt.datetime.fromisoformat(f"{signed_on}T06:00:00+00:00"),
        identifier=UUID(int=number),
    )
    return {**made, "catalogueVersion": "1.0"} | ({"supersedes": supersedes} if supersedes else {})


@dataclass
class Log:
    """Hold entries with their statements, in the order in which they were written."""

    entries: list[tuple[Entry, bytes]] = field(default_factory=list)

    def attest(
        self,
        on: str,
        *claims: Json,
        key: SigningKey = SUPPLIER,
        role: str = "producer",
        supersedes: str | None = None,
    ) -> str:
        """Admit an attestation on a day; return its digest."""
        value = attestation(
            len(self.entries), claims, signed_on=on, key=key, role=role, supersedes=supersedes
        )
        return self.add(on, "attestation", sign(value, key), key.did)

    def say(self, on: str, state: str, target: str, *, key: SigningKey = SUPPLIER) -> str:
        """Admit a status statement about a statement on a day."""
        subject = {"id": f"statement:{target}", "log": ORIGIN, "state": state, "reason": "A test."}
        now = dt.datetime.fromisoformat(f"{on}T06:00:00+00:00")
        made = credentials.make("StatusStatement", subject, issuer=key.did, name="A", now=now)
        return self.add(on, "status", sign(made, key), key.did)

    def add(self, on: str, kind: str, statement: bytes, issuer: str) -> str:
        digest = digest_of(statement)
        entry = Entry(f"{on}T12:00:00.000Z", digest, issuer, kind, (f"uri:{SUBJECT}",))
        self.entries.append((entry, statement))
        return digest


def follow(
    log: Log, until: str, *, memory: Memory, accreditors: Iterable[Accreditor] = LISTED
) -> Iterator[Deviation]:
    """Follow a log up to a day, every day of it; yield each deviation when it changes."""
    following = Following(memory, operator=OPERATOR, accreditors=tuple(accreditors))
    now = None
    for index, (entry, statement) in enumerate(log.entries):
        heard = hear(index, entry, statement, log=ORIGIN)
        for each in _days(now, heard.moment.day):
            yield from following.day(each)
        now = heard.moment.day
        yield from following.entry(heard)
    for each in _days(now, day(until)):
        yield from following.day(each)


def deviations(log: Log, until: str) -> list[Deviation]:
    """Return every deviation of a log up to a day, in the order of their openings."""
    memory = InMemory()
    for _ in follow(log, until, memory=memory):
        pass
    return list(memory.deviations.values())


def _days(after: dt.date | None, last: dt.date) -> Iterator[dt.date]:
    first = last if after is None else after + dt.timedelta(days=1)
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        yield dt.date.fromordinal(ordinal)
