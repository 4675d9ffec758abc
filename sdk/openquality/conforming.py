"""Compute deviations again, from bundles that are verified here: of files, or of a registry."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from openquality import assessing
from openquality_validator import conformity
from openquality_validator.bundle import Bundle
from openquality_validator.conformity import Deviation, Following, InMemory, hear
from openquality_validator.conformity.watched import WATCH
from openquality_validator.entry import Entry
from openquality_validator.errors import EnvelopeError, IdentityError, StatusError
from openquality_validator.evidence import Accreditor
from openquality_validator.status import answer as answers
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.trust import Trust

if TYPE_CHECKING:
    from openquality.client import Client

PAGE = 200
_OF_WATCHES = {conformity.Kind.LEVEL, conformity.Kind.INDICATOR}


@dataclass(frozen=True, slots=True)
class Logged:
    """Hold proved entries of one log by index, with their statements, and its operator."""

    log: str
    operator: str
    entries: Mapping[int, tuple[Entry, bytes]]


@dataclass(frozen=True, slots=True)
class Difference:
    """Name a deviation that a registry tells otherwise: `missing`, `invented` or `differs`."""

    id: str
    what: str


def logged(bundles: Iterable[tuple[str, bytes]], *, trust: Trust, now: dt.datetime) -> Logged:
    """Verify bundles (each with where it is from), and take out what the log says.

    Bundles of records that were withdrawn count too: they say what was once so. Raises NotProved.
    """
    log = operator = ""
    entries: dict[int, tuple[Entry, bytes]] = {}
    for where, data in bundles:
        assessing.of_bundle(data, trust=trust, now=now, where=where)
        bundle = Bundle.from_bytes(data)
        log = checkpoints.parse(bundle.checkpoint)[0].origin
        entries[bundle.index] = (Entry.from_bytes(bundle.entry), bundle.statement)
        if bundle.status is None:
            continue
        operator = operator or _signer(bundle.status.answer)
        for event in bundle.status.events:
            entries[event.index] = (Entry.from_bytes(event.entry), event.statement)
    return Logged(log, operator, entries)


def deviations(
    found: Logged, *, as_of: dt.date, accreditors: Sequence[Accreditor]
) -> tuple[Deviation, ...]:
    """Follow the entries up to the beginning of a day, and return every deviation."""
    memory = InMemory()
    following = Following(memory, operator=found.operator, accreditors=accreditors)
    for index in sorted(found.entries):
        entry, statement = found.entries[index]
        heard = hear(index, entry, statement, log=found.log)
        if heard.moment.day > as_of:
            break
        _begin(following, memory, heard.moment.day)
        following.entry(heard)
    _begin(following, memory, as_of)
    return tuple(memory.deviations.values())


def fetched(client: "Client", subject: str) -> Iterator[tuple[str, bytes]]:
    """Yield the bundle of every attestation about a subject that a registry holds."""
    question: dict[str, Any] = {"subjects": [subject], "limit": PAGE}
    while True:
        answer = client.lookup(question)
        for item in answer["items"]:
            if item["kind"] == "attestation":
                yield item["digest"], client.bundle(item["digest"])
        if not answer.get("next"):
            return
        question["cursor"] = answer["next"]


def told(client: "Client", subject: str) -> Iterator[Deviation]:
    """Yield what a registry says of a subject, without what follows from watches."""
    asked = {"subject": subject, "limit": PAGE}
    while True:
        answer = client.fetch(f"v1/deviations?{urlencode(asked)}")
        for each in map(Deviation.from_json, answer["items"]):
            if each.kind not in _OF_WATCHES and not each.matter.startswith(WATCH):
                yield each
        if not answer["next"]:
            return
        asked["cursor"] = answer["next"]


def listed(client: "Client") -> tuple[Accreditor, ...]:
    """Return the accreditors whose measurements count in a registry."""
    own = client.well_known()["accreditors"]
    return tuple(Accreditor(each["did"], tuple(each["schemes"])) for each in own)


def differences(computed: Iterable[Deviation], said: Iterable[Deviation]) -> tuple[Difference, ...]:
    """Compare what was computed with what a registry says."""
    own, others = ({each.id: each for each in found} for found in (computed, said))
    return (
        *(Difference(name, "missing") for name in sorted(own.keys() - others.keys())),
        *(Difference(name, "invented") for name in sorted(others.keys() - own.keys())),
        *(
            Difference(name, "differs")
            for name in sorted(own.keys() & others.keys())
            if own[name] != others[name]
        ),
    )


def _begin(following: Following, memory: InMemory, day: dt.date) -> None:
    """Begin the days up to this one on which something changes; on all others nothing does."""
    while (due := memory.next_due()) is not None and due <= day:
        following.day(due)


def _signer(answer: bytes) -> str:
    try:
        return answers.verify(answer)[1]
    except (EnvelopeError, IdentityError, StatusError):
        return ""  # verifying the bundle has said so
