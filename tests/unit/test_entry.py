import hashlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import rfc8785

from openquality_validator import entry as entries
from openquality_validator import subjects
from openquality_validator.entry import Entry
from openquality_validator.errors import EnvelopeError, LogFormatError

TIME = "2026-11-20T12:00:00.000Z"
STATEMENT = b"statement"
TYPES = ["VerifiableCredential", "QualityAttestation"]
CREDENTIAL: dict[str, Any] = {
    "type": TYPES,
    "issuer": {"id": "did:key:zIssuer", "name": "Nordbolt"},
    "credentialSubject": {
        "id": "https://ID.GS1.org/01/09506000134352",
        "identifiers": [{"scheme": "gtin", "value": "9506000134352"}],
        "producer": {
            "party": {
                "id": "did:key:zProducer",
                "identifiers": [{"scheme": "lei", "value": "529900t8bm49aursdo55"}],
            }
        },
        "site": {"name": "Works 2", "identifiers": [{"scheme": "gln", "value": "4012345000009"}]},
    },
}
ENTRY = entries.rebuild(STATEMENT, CREDENTIAL, TIME)
DATA = ENTRY.to_bytes()


def test_an_entry_is_rebuilt_from_its_statement() -> None:
    assert ENTRY == Entry(
        admitted_at=TIME,
        digest="sha256:" + hashlib.sha256(STATEMENT).hexdigest(),
        issuer="did:key:zIssuer",
        kind="attestation",
        subjects=(
            "did:key:zProducer",
            "gln:4012345000009",
            "gtin:09506000134352",
            "lei:529900T8BM49AURSDO55",
            "uri:https://id.gs1.org/01/09506000134352",
        ),
    )


def test_an_entry_is_written_as_an_independent_rfc_8785_writer_does() -> None:
    assert DATA == rfc8785.dumps(
        {
            "v": 1,
            "subjects": list(ENTRY.subjects),
            "kind": "attestation",
            "issuer": "did:key:zIssuer",
            "digest": ENTRY.digest,
            "admittedAt": TIME,
        }
    )
    assert Entry.from_bytes(DATA) == ENTRY


def test_a_kind_of_a_later_version_is_kept() -> None:
    data = DATA.replace(b'"kind":"attestation"', b'"kind":"somethingNew"')
    assert Entry.from_bytes(data).to_bytes() == data


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("L050", b""),
        ("L050", b"[]"),
        ("L050", b"\xff"),
        ("L050", DATA[:-1]),
        ("L050", DATA + b"\n"),
        ("L050", DATA.replace(b":", b": ", 1)),
        ("L050", DATA.replace(b'"v":1', b'"v":1,"v":1')),
        ("L050", b'{"v":1,' + DATA[1:].replace(b',"v":1', b"")),
        ("L051", b"{}"),
        ("L051", DATA.replace(b'"v":1', b'"v":2')),
        ("L051", DATA.replace(b'"v":1', b'"v":true')),
        ("L051", DATA.replace(b'"v":1', b'"v":1,"w":1')),
        ("L051", DATA.replace(b"2026-11-20T12:00:00.000Z", b"2026-11-20T12:00:00Z")),
        ("L051", DATA.replace(b"2026-11-20T12:00:00.000Z", b"2026-13-20T12:00:00.000Z")),
        ("L051", DATA.replace(b"2026-11-20T12:00:00.000Z", b"2026-11-20T14:00:00.000+02:00")),
        ("L051", DATA.replace(b'"sha256:', b'"sha512:')),
        ("L051", DATA.replace(ENTRY.digest.encode(), ENTRY.digest.upper().encode())),
        ("L051", DATA.replace(b'"did:key:zIssuer"', b'""')),
        ("L051", DATA.replace(b'"did:key:zIssuer"', b"1")),
        ("L051", DATA.replace(b'"attestation"', b'"At Testation"')),
        ("L051", DATA.replace(b'"did:key:zProducer"', b'"zzz"')),
        ("L051", DATA.replace(b'"gln:4012345000009"', b'"did:key:zProducer"')),
        ("L051", DATA.replace(b'"gln:4012345000009"', b"7")),
    ],
)
def test_anything_but_an_entry_in_its_one_spelling_is_refused(code: str, data: bytes) -> None:
    assert data != DATA
    with pytest.raises(LogFormatError) as error:
        Entry.from_bytes(data)
    assert error.value.code == code


def test_an_entry_beyond_65535_bytes_is_not_written() -> None:
    room = 65_535 - len(Entry(TIME, ENTRY.digest, "", "attestation", ("",)).to_bytes())
    assert len(Entry(TIME, ENTRY.digest, "", "attestation", ("x" * room,)).to_bytes()) == 65_535
    with pytest.raises(LogFormatError) as error:
        Entry(TIME, ENTRY.digest, "", "attestation", ("x" * (room + 1),)).to_bytes()
    assert error.value.code == "L052"


@pytest.mark.parametrize(
    ("scheme", "value", "expected"),
    [
        ("gtin", "40123455", "gtin:00000040123455"),
        ("gtin", "9506000134352", "gtin:09506000134352"),
        ("gtin", " 95-06000-13435-2 ", "gtin:09506000134352"),
        ("gln", "401 2345 00000 9", "gln:4012345000009"),
        ("duns", "15-048-3782", "duns:150483782"),
        ("lei", " 529900t8bm49aursdo55", "lei:529900T8BM49AURSDO55"),
        ("vat", "de 136 695 976", "vat:DE136695976"),
        ("mpn", " M8 x 40 ", "mpn:M8 x 40"),
    ],
)
def test_an_identifier_has_one_key_however_it_is_spelled(
    scheme: str, value: str, expected: str
) -> None:
    assert subjects.identifier_key(scheme, value) == expected


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("did:web:Example.com#Part", ["did:web:Example.com#Part"]),
        ("urn:uuid:ABC", ["uri:urn:uuid:ABC"]),
        ("HTTPS://Example.COM/Path?Q=A", ["uri:https://example.com/Path?Q=A"]),
        ("https://Example.com?Q=A", ["uri:https://example.com?Q=A"]),
        (
            "https://id.gs1.org/01/09506000134352/10/ABC",
            ["uri:https://id.gs1.org/01/09506000134352/10/ABC", "gtin:09506000134352"],
        ),
        (
            "https://brand.example/some/path/01/9506000134352?17=261120",
            [
                "uri:https://brand.example/some/path/01/9506000134352?17=261120",
                "gtin:09506000134352",
            ],
        ),
        (
            "https://id.gs1.org/414/4012345000009",
            ["uri:https://id.gs1.org/414/4012345000009", "gln:4012345000009"],
        ),
        # A wrong check digit, a wrong length, another identifier: no GS1 key.
        ("https://a.example/01/09506000134353", ["uri:https://a.example/01/09506000134353"]),
        ("https://a.example/01/0950600013", ["uri:https://a.example/01/0950600013"]),
        ("https://a.example/414/09506000134352", ["uri:https://a.example/414/09506000134352"]),
        ("https://a.example/x01/09506000134352", ["uri:https://a.example/x01/09506000134352"]),
    ],
)
def test_an_id_gives_its_keys(identifier: str, expected: list[str]) -> None:
    assert list(subjects.id_keys(identifier)) == expected


def test_subjects_are_sorted_and_unique() -> None:
    subject = {
        "id": "https://id.gs1.org/01/09506000134352",
        "identifiers": [
            {"scheme": "mpn", "value": "z"},
            {"scheme": "gtin", "value": "09506000134352"},
            {"scheme": "mpn", "value": "a"},
        ],
    }
    assert subjects.of_attestation({"credentialSubject": subject}) == (
        "gtin:09506000134352",
        "mpn:a",
        "mpn:z",
        "uri:https://id.gs1.org/01/09506000134352",
    )


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {"issuer": "did:key:z"},
        {"issuer": {}, "credentialSubject": {}},
        {"issuer": "did:key:z", "credentialSubject": []},
        {"issuer": "did:key:z", "credentialSubject": {"id": 1}},
        {"issuer": "did:key:z", "credentialSubject": {"identifiers": [{"scheme": "gtin"}]}},
        {"issuer": "did:key:z", "credentialSubject": {"identifiers": "gtin"}},
        {"issuer": "did:key:z", "credentialSubject": {"producer": "me"}},
        {"issuer": "did:key:z", "credentialSubject": {"site": 3}},
    ],
)
def test_a_credential_of_another_shape_is_refused(credential: dict[str, Any]) -> None:
    with pytest.raises(LogFormatError) as error:
        entries.rebuild(STATEMENT, {"type": TYPES} | credential, TIME)
    assert error.value.code == "L053"


@pytest.mark.parametrize(
    "types", [None, "QualityAttestation", ["QualityAttestation"], ["VerifiableCredential", {}]]
)
def test_a_credential_of_another_type_is_refused(types: object) -> None:
    with pytest.raises(EnvelopeError) as error:
        entries.rebuild(STATEMENT, CREDENTIAL | {"type": types}, TIME)
    assert error.value.code == "J020"


@pytest.mark.parametrize(
    ("type_", "subject", "kind", "keys"),
    [
        ("StatusStatement", {"id": "certificate:A-1"}, "status", ("certificate:A-1",)),
        ("KeyCompromise", {"id": "did:web:a.example"}, "key", ("did:web:a.example",)),
        (
            "IssuerRegistration",
            {"id": "did:web:a.example", "identifiers": [{"scheme": "vat", "value": "de 12"}]},
            "registration",
            ("did:web:a.example", "vat:DE12"),
        ),
        ("OperatorAction", {"id": "token:7"}, "operator", ()),
    ],
)
def test_each_kind_has_its_own_subjects(
    type_: str, subject: dict[str, Any], kind: str, keys: tuple[str, ...]
) -> None:
    credential = {
        "type": ["VerifiableCredential", type_],
        "issuer": {"id": "did:key:zIssuer"},
        "credentialSubject": subject,
    }
    entry = entries.rebuild(STATEMENT, credential, TIME)
    assert (entry.kind, entry.subjects) == (kind, keys)


def test_a_time_is_written_in_utc_and_cut_to_milliseconds() -> None:
    moment = datetime(2026, 11, 20, 12, 0, 0, 999_999, tzinfo=UTC)
    assert entries.timestamp(moment) == "2026-11-20T12:00:00.999Z"
    there = timezone(timedelta(hours=2))
    assert entries.timestamp(datetime(2026, 11, 20, 14, tzinfo=there)) == TIME
