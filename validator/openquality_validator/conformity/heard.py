"""What one entry of the log says to conformity: values, promises, and words on other statements."""

import datetime as dt
from dataclasses import dataclass

from openquality_validator import envelope, kinds, status
from openquality_validator.conformity.deviation import Moment
from openquality_validator.conformity.point import points
from openquality_validator.conformity.schedule import Schedule, promises
from openquality_validator.conformity.track import Value
from openquality_validator.documents import Record
from openquality_validator.entry import Entry
from openquality_validator.errors import InvalidInput
from openquality_validator.findings import Report
from openquality_validator.records import ValidRecord, VerifiedRecord
from openquality_validator.status.statement import STATEMENT

_ATTESTED = frozenset({kinds.ATTESTATION, kinds.ASSESSMENT})
SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Word:
    """Hold what is said of a statement: by whom, and `superseded` or a voice of a status."""

    target: str
    issuer: str
    word: str


@dataclass(frozen=True, slots=True)
class Heard:
    """Hold an entry as far as it matters here; `record` is an attestation or an assessment."""

    moment: Moment
    digest: str
    issuer: str
    measured: tuple[Value, ...] = ()
    scheduled: tuple[Schedule, ...] = ()
    word: Word | None = None
    record: VerifiedRecord | None = None


def hear(index: int, entry: Entry, statement: bytes, *, log: str) -> Heard:
    """Read an admitted entry with its statement; `log` is the log's origin.

    The statement was verified when it came in, and nothing is proved here. One that nobody would
    have admitted says nothing.
    """
    day = dt.datetime.fromisoformat(entry.admitted_at).astimezone(dt.UTC).date()
    silent = Heard(Moment(day, index, entry.digest), entry.digest, entry.issuer)
    if entry.kind not in _ATTESTED and entry.kind != kinds.STATUS:
        return silent
    try:
        record = envelope.credential(envelope.parse_envelope(statement).payload)
        return _attested(silent, record) if entry.kind in _ATTESTED else _said(silent, record, log)
    except (InvalidInput, LookupError, TypeError, ValueError, ArithmeticError, AttributeError):
        return silent


def admitted(record: Record, *, issuer: str, digest: str) -> VerifiedRecord:
    """Return the record of a statement in a log as what it was when it came in: verified."""
    # Its bytes are still those that were verified: nothing is proved here.
    return VerifiedRecord(
        valid=ValidRecord(record, Report(())), issuer=issuer, digest=digest, key_id=""
    )


def _attested(heard: Heard, record: Record) -> Heard:
    verified = admitted(record, issuer=heard.issuer, digest=heard.digest)
    about = Heard(heard.moment, heard.digest, heard.issuer, record=verified)
    if kinds.of(record.value).name != kinds.ATTESTATION:
        return about
    index, old = heard.moment.index, record.value.get("supersedes")
    assert index is not None
    return Heard(
        heard.moment,
        heard.digest,
        heard.issuer,
        measured=tuple(points(verified, index=index)),
        scheduled=tuple(promises(verified, admitted=heard.moment.day)),
        word=None if old is None else Word(old, heard.issuer, SUPERSEDED),
        record=verified,
    )


def _said(heard: Heard, record: Record, log: str) -> Heard:
    said = status.read_admitted(record.value, digest=heard.digest)
    if said.log != log or not said.target.startswith(STATEMENT):
        return heard  # of a former log, where it counted, or of something else
    word = Word(said.target.removeprefix(STATEMENT), said.issuer, said.voice.value)
    return Heard(heard.moment, heard.digest, heard.issuer, word=word)
