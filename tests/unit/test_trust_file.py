"""The trust file: read strictly, written for people, round trip."""

import json
from datetime import UTC, datetime, timedelta, timezone
from types import ModuleType
from typing import Any

import pytest

from openquality_validator.errors import MalformedDocument, TrustFileError
from openquality_validator.evidence import Accreditor
from openquality_validator.tlog.note import VerifierKey
from openquality_validator.trust import (
    REQUIRED,
    STEPS,
    LogKey,
    Party,
    PinnedIssuer,
    TimeAuthority,
    Trust,
    TrustedLog,
)

DID = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"


@pytest.fixture
def value(maker: ModuleType) -> dict[str, Any]:
    """Give a trust file's JSON value, as docs/spec/trust-file.md describes it."""
    return {
        "v": 1,
        "logs": [
            {
                "origin": maker.ORIGIN,
                "keys": [
                    {
                        "vkey": maker.vkey(maker.ORIGIN, maker.LOG_SEED),
                        "validFrom": "2026-01-01T00:00:00Z",
                        "validUntil": "2027-01-01T01:00:00+01:00",
                    },
                    {"vkey": maker.vkey(maker.ORIGIN, maker.ISSUER_SEED)},
                ],
            }
        ],
        "issuers": [{"did": DID, "name": "our carrier in Ulm"}],
        "accreditors": [{"did": DID, "schemes": ["ISO 9001", "IATF 16949"]}],
        "required": ["read", "signature"],
    }


def expected(maker: ModuleType) -> Trust:
    first, second = (
        VerifierKey.from_text(maker.vkey(maker.ORIGIN, seed))
        for seed in (maker.LOG_SEED, maker.ISSUER_SEED)
    )
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    return Trust(
        logs=(TrustedLog(maker.ORIGIN, (LogKey(first, start, end), LogKey(second))),),
        issuers=(PinnedIssuer(DID, "our carrier in Ulm"),),
        accreditors=(Accreditor(DID, ("ISO 9001", "IATF 16949")),),
        required=("read", "signature"),
    )


def refusal(value: Any) -> TrustFileError:  # noqa: ANN401
    with pytest.raises(TrustFileError) as caught:
        Trust.from_bytes(json.dumps(value).encode())
    return caught.value


def test_every_member_is_read(value: dict[str, Any], maker: ModuleType) -> None:
    trust = Trust.from_bytes(json.dumps(value).encode())
    assert trust == expected(maker)
    assert trust.log(maker.ORIGIN) == expected(maker).logs[0]
    assert trust.log("other.example/log") is None
    assert trust.issuer(DID) == PinnedIssuer(DID, "our carrier in Ulm")
    assert trust.issuer(DID + "x") is None


def test_what_is_written_is_read_again(maker: ModuleType) -> None:
    trust = expected(maker)
    data = trust.to_bytes()
    assert Trust.from_bytes(data) == trust
    assert Trust.from_bytes(data).to_bytes() == data
    assert data.startswith(b'{\n  "v": 1,\n')
    assert data.endswith(b"}\n")


def test_times_are_written_in_utc(maker: ModuleType) -> None:
    key = VerifierKey.from_text(maker.vkey(maker.ORIGIN, maker.LOG_SEED))
    start = datetime(2026, 7, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    trust = Trust(logs=(TrustedLog(maker.ORIGIN, (LogKey(key, start),)),))
    written = json.loads(trust.to_bytes())["logs"][0]["keys"][0]
    assert written["validFrom"] == "2026-07-01T00:00:00Z"


def test_a_new_trust_file_trusts_nobody_and_requires_the_first_eight_steps() -> None:
    trust = Trust.from_bytes(Trust().to_bytes())
    assert (trust.logs, trust.issuers, trust.accreditors) == ((), (), ())
    assert trust.required == REQUIRED == STEPS[:8]


@pytest.mark.parametrize("name", ["logs", "issuers", "accreditors", "required"])
def test_every_member_is_needed(name: str, value: dict[str, Any]) -> None:
    del value[name]
    error = refusal(value)
    assert error.code == "B102"
    assert f"/{name} " in error.message


@pytest.mark.parametrize("version", [None, 0, 2, "1", True, 1.0])
def test_another_version(version: Any, value: dict[str, Any]) -> None:  # noqa: ANN401
    assert refusal(value | {"v": version}).code == "B101"


@pytest.mark.parametrize(
    ("place", "member", "at"),
    [
        ([], {"witnesses": []}, "/witnesses"),
        ([], {"logs": {}}, "/logs"),
        ([], {"logs": ["x"]}, "/logs/0"),
        (["logs", 0], {"policy": 1}, "/logs/0/policy"),
        (["logs", 0], {"statusKeys": "did:key:z"}, "/logs/0/statusKeys"),
        (["logs", 0], {"hosts": [1]}, "/logs/0/hosts"),
        (["issuers", 0], {"keys": "z6Mk"}, "/issuers/0/keys"),
        ([], {"registrars": [{"did": "lei", "schemes": []}]}, "/registrars/0/did"),
        ([], {"statusIssuers": [{"did": "did:key:z"}]}, "/statusIssuers/0/schemes"),
        ([], {"timeAuthorities": [{"name": "a", "roots": []}]}, "/timeAuthorities/0/roots"),
        ([], {"timeAuthorities": [{"name": "a", "roots": ["?"]}]}, "/timeAuthorities/0/roots"),
        ([], {"staleness": {"statusSeconds": -1}}, "/staleness/statusSeconds"),
        ([], {"staleness": {"statusSeconds": 2**53 - 1}}, "/staleness/statusSeconds"),
        ([], {"staleness": {"statusSeconds": 1, "x": 1}}, "/staleness/x"),
        (["logs", 0], {"origin": 7}, "/logs/0/origin"),
        (["logs", 0], {"keys": []}, "/logs/0/keys"),
        (["logs", 0, "keys", 0], {"validFrom": "2026-01-01"}, "/logs/0/keys/0/validFrom"),
        (["logs", 0, "keys", 0], {"validFrom": "soon"}, "/logs/0/keys/0/validFrom"),
        (["logs", 0, "keys", 0], {"validFrom": 2026}, "/logs/0/keys/0/validFrom"),
        (
            ["logs", 0, "keys", 0],
            {"validUntil": "2026-01-01T00:00:00Z"},
            "/logs/0/keys/0/validUntil",
        ),
        (["logs", 0, "keys", 1], {"id": "x"}, "/logs/0/keys/1/id"),
        (["issuers", 0], {"did": "Velanto"}, "/issuers/0/did"),
        (["issuers", 0], {"name": ""}, "/issuers/0/name"),
        (["accreditors", 0], {"schemes": "ISO 9001"}, "/accreditors/0/schemes"),
        (["accreditors", 0], {"schemes": [9001]}, "/accreditors/0/schemes"),
        ([], {"required": [1]}, "/required"),
    ],
    ids=json.dumps,
)
def test_member_that_is_unknown_or_of_the_wrong_type(
    place: list[Any], member: dict[str, Any], at: str, value: dict[str, Any]
) -> None:
    target: Any = value
    for step in place:
        target = target[step]
    target |= member
    error = refusal(value)
    assert error.code == "B102"
    assert f" {at} " in error.message


def test_log_key_that_does_not_read(value: dict[str, Any]) -> None:
    value["logs"][0]["keys"][1]["vkey"] = "log.example/2026+00000000+AAAA"
    assert refusal(value).code == "B103"


def test_log_key_of_another_log(value: dict[str, Any], maker: ModuleType) -> None:
    value["logs"][0]["keys"][1]["vkey"] = maker.vkey("other.example/log", maker.LOG_SEED)
    assert refusal(value).code == "B103"


def test_log_key_of_small_order(value: dict[str, Any], maker: ModuleType) -> None:
    key = VerifierKey.ed25519(maker.ORIGIN, b"\x01" + bytes(31))
    value["logs"][0]["keys"][1]["vkey"] = key.to_text()
    assert refusal(value).code == "B103"


def test_required_step_that_does_not_exist(value: dict[str, Any]) -> None:
    assert refusal(value | {"required": ["read", "vibes"]}).code == "B104"


@pytest.mark.parametrize("name", ["logs", "issuers", "accreditors"])
def test_entry_that_stands_twice(name: str, value: dict[str, Any]) -> None:
    value[name] *= 2
    assert refusal(value).code == "B105"


@pytest.mark.parametrize("data", [b"", b"[]", b'{"v":1,"v":1}', b"\xff"])
def test_bytes_that_are_no_json_object(data: bytes) -> None:
    with pytest.raises(MalformedDocument):
        Trust.from_bytes(data)


# --- the members that 0.2.0 added: each may be left out ------------------------------------------


def witness_policy(maker: ModuleType) -> str:
    public = b"\x04" + maker.public(maker.sha256(b"witness"))
    digits = maker.sha256(b"w.example\n" + public)[:4].hex()
    return f"witness w w.example+{digits}+{maker.b64(public)}\nquorum w\n"


def test_the_optional_members_are_read_and_written(
    value: dict[str, Any], maker: ModuleType
) -> None:
    log: dict[str, Any] = value["logs"][0]
    log |= {"policy": witness_policy(maker), "statusKeys": [DID], "hosts": ["log.example"]}
    value["issuers"][0]["keys"] = [DID.removeprefix("did:key:")]
    value |= {
        "registrars": [{"did": DID, "schemes": ["lei", "vat"]}],
        "statusIssuers": [{"did": DID, "schemes": []}],
        "timeAuthorities": [{"name": "A", "roots": ["AQI=", "Aw=="]}],
        "staleness": {"statusSeconds": 86_400},
    }
    trust = Trust.from_bytes(json.dumps(value).encode())
    assert trust.logs[0].policy is not None
    assert trust.logs[0].policy.quorum == "w"
    assert (trust.logs[0].status_keys, trust.logs[0].hosts) == ((DID,), ("log.example",))
    assert trust.issuers[0].keys == (DID.removeprefix("did:key:"),)
    assert trust.registrars == (Party(DID, ("lei", "vat")),)
    assert trust.status_issuers == (Party(DID, ()),)
    assert trust.time_authorities == (TimeAuthority("A", (b"\x01\x02", b"\x03")),)
    assert trust.status_age == timedelta(days=1)
    written = json.loads(trust.to_bytes())
    for keys in (value["logs"][0]["keys"], written["logs"][0]["keys"]):
        del keys[0]["validUntil"]  # written in UTC
    assert written == value


def test_a_file_of_0_1_0_reads_and_is_written_as_it_was(value: dict[str, Any]) -> None:
    value["logs"][0]["keys"][0]["validUntil"] = "2027-01-01T00:00:00Z"
    data = json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n"
    assert json.loads(Trust.from_bytes(data).to_bytes()) == value


@pytest.mark.parametrize(
    ("place", "member"),
    [
        (["logs", 0], {"statusKeys": ["did:web:log.example"]}),
        (["issuers", 0], {"keys": ["z6Mk"]}),
        ([], {"registrars": [{"did": "did:web:gleif.example", "schemes": ["lei"]}]}),
        ([], {"statusIssuers": [{"did": "did:key:z6Mk", "schemes": []}]}),
    ],
    ids=["status key", "pinned key", "registrar", "status issuer"],
)
def test_a_party_that_is_no_readable_key(
    place: list[Any], member: dict[str, Any], value: dict[str, Any]
) -> None:
    target: Any = value
    for step in place:
        target = target[step]
    target |= member
    assert refusal(value).code == "B103"


def test_a_policy_that_does_not_read(value: dict[str, Any]) -> None:
    value["logs"][0]["policy"] = "quorum nobody\n"
    error = refusal(value)
    assert error.code == "B106"
    assert "nobody" in error.message


@pytest.mark.parametrize("name", ["registrars", "statusIssuers", "timeAuthorities"])
def test_an_optional_entry_that_stands_twice(name: str, value: dict[str, Any]) -> None:
    entry = {"name": "A", "roots": ["AQI="]} if name == "timeAuthorities" else None
    value[name] = [entry or {"did": DID, "schemes": []}] * 2
    assert refusal(value).code == "B105"
