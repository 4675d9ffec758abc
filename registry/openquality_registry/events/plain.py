"""The events that follow from one entry and its statement alone. Pure.

every entry                          statement.admitted
a status statement on a record       statement.suspended, .reinstated, .revoked
a status statement on a certificate  certificate.suspended, .reinstated, .revoked
a publication, a deprecation         schema.published, .deprecated
a measure about a certificate        measure.warned, .requested, .answered, .closed,
.appealed, .decided
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from openquality_registry.events.event import Event
from openquality_registry.events.ports import Seen
from openquality_validator import envelope, kinds
from openquality_validator.certification import measure
from openquality_validator.entry import VERSION, Entry
from openquality_validator.errors import InvalidInput
from openquality_validator.governance import deprecation, publication
from openquality_validator.status.statement import CERTIFICATE, STATEMENT

ADMITTED = "statement.admitted"
SCHEMAS: Mapping[str, str] = MappingProxyType(
    {publication.TYPE: "schema.published", deprecation.TYPE: "schema.deprecated"}
)
MEASURES: Mapping[str, str] = MappingProxyType(
    {
        measure.Kind.WARNING: "measure.warned",
        measure.Kind.REQUEST: "measure.requested",
        measure.Kind.ACTION: "measure.answered",
        measure.Kind.CLOSURE: "measure.closed",
        measure.Kind.APPEAL: "measure.appealed",
        measure.Kind.DECISION: "measure.decided",
    }
)
_TOLD = frozenset({kinds.STATUS, kinds.SCHEMA, kinds.MEASURE})
# Members of a statement's subject that an event repeats: short ones, by which it is understood.
_SAID = (
    *("state", "measure", "outcome", "reason", "about", "deadline", "previous"),
    *("kind", "name", "version", "target", "effective", "removal", "alternative"),
)


def events(seen: Seen, *, origin: str) -> Iterator[Event]:
    """Yield the plain events of an entry, in their order; `origin` is that of the log."""
    yield admitted(seen.index, _members(seen.entry))
    if seen.entry.kind not in _TOLD or seen.statement.startswith(b"{"):
        return
    try:
        value = envelope.credential(envelope.parse_envelope(seen.statement).payload).value
        found = _said(value["type"][-1], value["credentialSubject"], origin)
    except (InvalidInput, KeyError, TypeError, AttributeError):
        return  # nobody would have admitted it: the log's own check names it
    if found is not None:
        yield _event(found, value["credentialSubject"], seen)


def admitted(index: int, entry: Mapping[str, Any]) -> Event:
    """Return the event that an entry was published: its data are the members of the entry."""
    return Event(
        type=ADMITTED,
        key=entry["digest"],
        subject=f"{STATEMENT}{entry['digest']}",
        issuer=entry["issuer"],
        time=entry["admittedAt"],
        data=entry,
        index=index,
    )


def _members(entry: Entry) -> Mapping[str, Any]:
    return {
        "admittedAt": entry.admitted_at,
        "digest": entry.digest,
        "issuer": entry.issuer,
        "kind": entry.kind,
        "subjects": list(entry.subjects),
        "v": VERSION,
    }


def _said(kind: str, subject: Mapping[str, Any], origin: str) -> str | None:
    """Return the type of the event that a statement of this credential type is, if it is one."""
    if kind in SCHEMAS:
        return SCHEMAS[kind]
    if subject.get("log") != origin:
        return None  # said in a former log: it counts there alone
    if kind == measure.TYPE:
        return MEASURES.get(subject["measure"])
    if kind == "StatusStatement":
        thing = next((t for t in (STATEMENT, CERTIFICATE) if subject["id"].startswith(t)), None)
        return thing and f"{thing.removesuffix(':')}.{subject['state']}"
    return None


def _event(kind: str, subject: Mapping[str, Any], seen: Seen) -> Event:
    entry = seen.entry
    said = {name: subject[name] for name in _SAID if name in subject}
    return Event(
        type=kind,
        key=entry.digest,
        subject=entry.subjects[0],
        issuer=entry.issuer,
        time=entry.admitted_at,
        data={"statement": entry.digest, **said},
        index=seen.index,
    )
