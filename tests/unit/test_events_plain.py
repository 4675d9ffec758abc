"""Which events follow from a statement alone, and how an event gets its id."""

from datetime import UTC, datetime
from hashlib import sha1
from typing import Any
from uuid import NAMESPACE_URL

import pytest

from openquality import credentials
from openquality.signing import generate, sign
from openquality_registry.events import plain
from openquality_registry.events.event import Event, Told, short_type
from openquality_registry.events.ports import Seen
from openquality_validator.entry import Entry, digest

ORIGIN = "registry.example/log"
KEY = generate()
TIME = "2026-11-21T09:00:00.000Z"
RECORD = f"statement:sha256:{'a' * 64}"
CERTIFICATE = "certificate:iso9001/QM-1234"
CLOSED = {"measure": "closure", "outcome": "accepted", "about": f"sha256:{'b' * 64}"}


def seen(kind: str, credential_type: str, subject: dict[str, Any], key: str) -> Seen:
    """Make a published statement; whether it would be admitted does not matter here."""
    now = datetime(2026, 11, 21, tzinfo=UTC)
    made = credentials.make("StatusStatement", subject, issuer=KEY.did, name="Nordbolt", now=now)
    made["type"] = ["VerifiableCredential", credential_type]
    statement = sign(made, KEY)
    return Seen(7, Entry(TIME, digest(statement), KEY.did, kind, (key,)), statement)


def said(about: Seen) -> Event | None:
    """Return the event beside the one that the statement was published."""
    first, *rest = plain.events(about, origin=ORIGIN)
    assert first.type == "statement.admitted"
    assert (first.index, first.time, first.issuer) == (7, TIME, KEY.did)
    assert len(rest) <= 1
    return rest[0] if rest else None


@pytest.mark.parametrize("state", ["suspended", "reinstated", "revoked"])
@pytest.mark.parametrize(("target", "thing"), [(RECORD, "statement"), (CERTIFICATE, "certificate")])
def test_a_status_statement_is_an_event_of_its_target(target: str, thing: str, state: str) -> None:
    subject = {"id": target, "log": ORIGIN, "state": state, "reason": "Why."}
    about = seen("status", "StatusStatement", subject, target)
    assert said(about) == Event(
        type=f"{thing}.{state}",
        key=about.entry.digest,
        subject=target,
        issuer=KEY.did,
        time=TIME,
        data={"statement": about.entry.digest, "state": state, "reason": "Why."},
        index=7,
    )


def test_a_word_of_a_former_log_and_on_a_key_is_no_event() -> None:
    for target, log in ((CERTIFICATE, "former.example/log"), (f"key:{KEY.did}", ORIGIN)):
        subject = {"id": target, "log": log, "state": "revoked", "reason": "Why."}
        assert said(seen("status", "StatusStatement", subject, target)) is None


@pytest.mark.parametrize(
    ("credential_type", "expected"),
    [("SchemaPublication", "schema.published"), ("SchemaDeprecation", "schema.deprecated")],
)
def test_a_schema_is_told_without_its_content(credential_type: str, expected: str) -> None:
    uri = f"{KEY.did}/torque"
    subject = {"id": uri, "kind": "extension", "name": "torque", "version": "1.0", "content": "{}"}
    event = said(seen("schema", credential_type, subject, f"schema:{uri}"))
    assert event is not None
    assert (event.type, event.subject) == (expected, f"schema:{uri}")
    assert event.data.keys() == {"statement", "kind", "name", "version"}


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ({"measure": "warning"}, "measure.warned"),
        ({"measure": "correctiveActionRequest", "deadline": "2026-12-31"}, "measure.requested"),
        ({"measure": "correctiveAction", "about": RECORD}, "measure.answered"),
        (CLOSED, "measure.closed"),
        ({"measure": "appeal"}, "measure.appealed"),
        ({"measure": "decision", "outcome": "upheld"}, "measure.decided"),
    ],
)
def test_a_measure_is_told_with_what_it_answers(measure: dict[str, str], expected: str) -> None:
    subject = {"id": CERTIFICATE, "log": ORIGIN, "reason": "Why.", **measure}
    about = seen("measure", "CertificationMeasure", subject, CERTIFICATE)
    event = said(about)
    assert event is not None
    assert event.type == expected
    assert event.data == {"statement": about.entry.digest, "reason": "Why.", **measure}


def test_a_reply_to_an_observation_and_a_record_are_told_as_admitted_alone() -> None:
    assert said(seen("measure", "ObservationReply", {"id": RECORD, "log": ORIGIN}, RECORD)) is None
    assert said(seen("attestation", "QualityAttestation", {"id": "x"}, "uri:x")) is None


@pytest.mark.parametrize("statement", [b"", b"a.b.c", b"{}", b'{"versionId":"1-x"}', b"\xff"])
def test_what_nobody_can_read_ends_nothing(statement: bytes) -> None:
    entry = Entry(TIME, digest(statement), KEY.did, "status", (RECORD,))
    assert said(Seen(7, entry, statement)) is None


def test_the_id_is_a_uuid_of_type_and_key() -> None:
    # RFC 9562, section 5.5, word for word: SHA-1 of namespace and name, version and variant set.
    name = f"org.openquality.data.late.v1/{RECORD} 2026-11-21"
    hashed = bytearray(sha1(NAMESPACE_URL.bytes + name.encode()).digest()[:16])  # noqa: S324 - the RFC's
    hashed[6] = hashed[6] & 0x0F | 0x50
    hashed[8] = hashed[8] & 0x3F | 0x80
    text = hashed.hex()
    expected = "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
    assert Event("data.late", f"{RECORD} 2026-11-21", RECORD, "", TIME).id == expected


def test_what_nobody_said_and_no_entry_holds_is_left_out() -> None:
    event = Event("data.late", "key", RECORD, "", TIME, {"days": 3})
    assert Told(12, event).to_json(origin=ORIGIN) == {
        "specversion": "1.0",
        "id": event.id,
        "source": "https://registry.example/log",
        "type": "org.openquality.data.late.v1",
        "subject": RECORD,
        "time": TIME,
        "sequence": "0000000000000012",
        "datacontenttype": "application/json",
        "data": {"days": 3},
    }


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("org.openquality.certificate.suspended.v1", "certificate.suspended"),
        ("certificate.suspended", "certificate.suspended"),
        ("certificate", None),
        ("certificate.*", None),
        ("certificate.suspended.v2", None),
        ("Certificate.suspended", None),
        ("", None),
    ],
)
def test_types_are_asked_for_in_either_form(text: str, short: str | None) -> None:
    assert short_type(text) == short
