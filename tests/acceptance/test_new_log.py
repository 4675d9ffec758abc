"""A log that another one continues: its entries stay, what was said of them in it does not count.

trust.md of the design: a status statement names the log in which the target stands.
"""

import base64
import json
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from registry_at_work import KEY, attestation, publish, registry, statement, trust_in

from openquality import credentials, wire
from openquality.cli.main import main
from openquality.signing import SigningKey, generate, sign
from openquality_registry.adapters.sql.anchors import COSIGNATURE, SqlAnchors, Word
from openquality_registry.bootstrap import Parts, open_folder
from openquality_registry.folder import FolderError
from openquality_validator import bundle
from openquality_validator.envelope import digest
from openquality_validator.status import answer as answers
from openquality_validator.status import bitstring, key_target, statement_target

HOST = "registry.example"
NEW = "example.com/quality-2"
LOST = generate()  # a key that takes itself out of use

SUSPENDED, REVOKED, SUPERSEDED, BY_OPERATOR, LISTED, PLAIN = range(6)


def successor(old: bytes) -> bytes:
    value = attestation(SUPERSEDED)
    text = json.dumps(value).replace(value["id"], f"urn:uuid:{uuid4()}")
    return sign(json.loads(text) | {"supersedes": digest(old)}, KEY)


def word(origin: str, target: str, state: str, key: SigningKey = KEY, **more: str) -> bytes:
    said = {"id": target, "log": origin, "state": state, "reason": "Gauge 7."} | more
    now = datetime.now(UTC)
    value = credentials.make("StatusStatement", said, issuer=key.did, name="Nordbolt", now=now)
    return sign(value, key)


@dataclass(frozen=True, slots=True)
class Continued:
    """Hold a folder whose log was continued under another name, and what was said before."""

    data: Path
    database: str | None
    former: str
    records: tuple[bytes, ...]
    words: dict[int, bytes]
    successor: bytes
    place: dict[str, str]

    def serve(self) -> AbstractContextManager[tuple[httpx2.Client, Parts]]:
        return registry(self.data, database=self.database, public_url=f"https://{HOST}")


@pytest.fixture
def continued(
    tmp_path: Path, database_of: Callable[[Path], str | None], monkeypatch: pytest.MonkeyPatch
) -> Continued:
    """Say something of each record, then open a new log over the same entries."""
    data = tmp_path / "data"
    database = database_of(data)
    with registry(data, database=database, public_url=f"https://{HOST}") as (client, parts):
        origin = parts.folder.origin
        operator = parts.folder.status_key
        places = parts.status_lists._places
        ((name, at),) = places.reserve(bitstring.Purpose.REVOCATION, KEY.did, 1)
        place = bitstring.entry(
            f"https://{HOST}/v1/status-lists/{name}", bitstring.Purpose.REVOCATION, at
        )
        listed = sign(attestation(LISTED) | {"credentialStatus": place}, KEY)
        records = tuple(listed if n == LISTED else statement(n) for n in range(6))
        targets = [statement_target(digest(record)) for record in records]
        after = successor(records[SUPERSEDED])
        words = {
            SUSPENDED: word(origin, targets[SUSPENDED], "suspended"),
            REVOKED: word(origin, targets[REVOKED], "revoked"),
            BY_OPERATOR: word(origin, targets[BY_OPERATOR], "suspended", operator),
            LISTED: word(origin, targets[LISTED], "revoked"),
        }
        lost = word(origin, key_target(LOST.did), "revoked", LOST)
        for each in (*records, *words.values(), after, lost):
            assert publish(client, each).status_code == 201
        assert is_set(client, place)
        note = client.get("/checkpoint").content
        size = parts.published_size()
        anchors = SqlAnchors(write=parts.folder.store.write, read=parts.folder.store.read)
        line = "— witness.example/w AAAA\n".encode()
        anchors.keep(Word(size, COSIGNATURE, "witness.example/w", note, line, "2026-11-20"))
    monkeypatch.delenv("OPENQUALITY_DATABASE", raising=False)
    if database is not None:
        monkeypatch.setenv("OPENQUALITY_DATABASE", database)
    assert main(["restore", "--data", str(data), "--new-log", NEW]) == 0
    return Continued(data, database, origin, records, words, after, place)


def is_set(client: httpx2.Client, place: dict[str, str]) -> bool:
    """Look at the bit of a place, by the reading side of the format."""
    answer = client.get(place["statusListCredential"].removeprefix(f"https://{HOST}"))
    assert answer.status_code == 200
    text = bitstring_of(answer.text)
    return text.has(int(place["statusListIndex"]))


def bitstring_of(signed: str) -> bitstring.Bitstring:
    middle = signed.split(".")[1]
    value = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return bitstring.Bitstring.from_text(value["credentialSubject"]["encodedList"])


def state(client: httpx2.Client, record: bytes) -> tuple[str, int]:
    """Return the state that the signed answer gives, and of how many events it follows."""
    answer = client.get(f"/v1/status/{digest(record).removeprefix('sha256:')}")
    assert answer.status_code == 200, answer.text
    said, _ = answers.verify(answer.json()["answer"].encode())
    return said.state.value, len(answer.json()["events"])


def step(client: httpx2.Client, record: bytes) -> tuple[str, str, str]:
    """Judge the bundle of a record; return the verdict, and that on its status."""
    trust = trust_in(client)
    keys = tuple(client.get("/.well-known/openquality").json()["statusKeys"])
    trust = replace(trust, logs=(replace(trust.logs[0], status_keys=keys),))
    got = client.get(f"/v1/statements/{digest(record)}", headers={"accept": wire.BUNDLE})
    assert got.status_code == 200, got.text
    verdict = bundle.verify(got.content, trust=trust, now=datetime.now(UTC))
    eleventh = verdict.steps[10]
    return verdict.overall.value, eleventh.outcome.value, eleventh.code


def answered(parts: Parts) -> set[str]:
    """Return the digests of the records whose values stand in answers."""
    with parts.folder.store.read.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT DISTINCT e.digest FROM measurements m JOIN entries e USING (log_index) "
            "WHERE m.current AND NOT m.withdrawn"
        )
        return {f"sha256:{bytes(row.digest).hex()}" for row in rows}


def fsck(data: Path) -> int:
    return main(["log", "fsck", "--data", str(data)])


def test_what_was_said_in_the_former_log_does_not_count_in_the_new_one(
    continued: Continued,
) -> None:
    with continued.serve() as (client, parts):
        assert parts.folder.origin == NEW
        for number, record in enumerate(continued.records):
            if number == SUPERSEDED:  # its successor is an entry of the new log too
                assert state(client, record) == ("superseded", 1)
                assert step(client, record) == ("fail", "fail", "V119")
            else:
                assert state(client, record) == ("active", 0)
                assert step(client, record) == ("pass", "pass", "V110")
        assert state(client, continued.successor) == ("active", 0)
        standing = {digest(r) for n, r in enumerate(continued.records) if n != SUPERSEDED}
        assert answered(parts) == standing | {digest(continued.successor)}
        assert not is_set(client, continued.place)
        # The former words are entries still, and the life of a record says where each was said.
        assert publish(client, continued.words[REVOKED]).status_code == 200
        life = client.get(
            f"/v1/statements/{digest(continued.records[REVOKED]).removeprefix('sha256:')}/history"
        ).json()
        assert life["state"] == "active"
        assert [(event["event"], event.get("log")) for event in life["events"]] == [
            ("admitted", None),
            ("revoked", continued.former),
        ]
        # A cosignature is on a checkpoint of the former log, and is no part of this one's.
        assert client.get("/checkpoint").content.count("\n— ".encode()) == 1
        assert fsck(continued.data) == 0


def test_issuers_and_operator_speak_anew_in_the_new_log(continued: Continued) -> None:
    with continued.serve() as (client, parts):
        record = continued.records[REVOKED]
        target = statement_target(digest(record))
        before = digest(continued.words[REVOKED])
        after_old = publish(client, word(NEW, target, "revoked", previous=before))
        assert (after_old.status_code, after_old.json()["code"]) == (409, "outdated")
        for_old = publish(client, word(continued.former, target, "suspended", previous=before))
        assert (for_old.status_code, for_old.json()["code"]) == (422, "wrong-log")
        suspended = word(NEW, target, "suspended")
        assert publish(client, suspended).status_code == 201
        assert state(client, record) == ("suspended", 1)
        assert digest(record) not in answered(parts)
        unchained = publish(client, word(NEW, target, "revoked"))
        assert (unchained.status_code, unchained.json()["code"]) == (409, "outdated")
        revoked = word(NEW, target, "revoked", previous=digest(suspended))
        assert publish(client, revoked).status_code == 201
        assert state(client, record) == ("revoked", 2)
        assert step(client, record) == ("fail", "fail", "V118")

        listed = statement_target(digest(continued.records[LISTED]))
        assert publish(client, word(NEW, listed, "revoked")).status_code == 201
        assert is_set(client, continued.place)

        spoken = statement_target(digest(continued.records[BY_OPERATOR]))
        for said in ("suspended", "reinstated"):
            parts.operator.say(spoken, state=said, reason="Looked at again.", actor="test")
        assert state(client, continued.records[BY_OPERATOR]) == ("active", 2)
        assert fsck(continued.data) == 0


def test_successors_stay_what_they_were(continued: Continued) -> None:
    with continued.serve() as (client, parts):
        old = continued.records[SUPERSEDED]
        second = publish(client, successor(old))
        assert (second.status_code, second.json()["code"]) == (409, "outdated")
        assert publish(client, continued.successor).status_code == 200
        # Suspended and reinstated, what has a successor stays out of answers.
        target = statement_target(digest(old))
        suspended = word(NEW, target, "suspended")
        reinstated = word(NEW, target, "reinstated", previous=digest(suspended))
        for each in (suspended, reinstated):
            assert publish(client, each).status_code == 201
        assert state(client, old) == ("superseded", 3)
        assert digest(old) not in answered(parts)
        assert fsck(continued.data) == 0


def test_a_key_that_took_itself_out_of_use_stays_out_of_use(continued: Continued) -> None:
    with continued.serve() as (client, _):
        refused = publish(client, statement(77, key=LOST))
        assert (refused.status_code, refused.json()["code"]) == (409, "outdated")
        again = word(NEW, key_target(LOST.did), "revoked", LOST)
        assert publish(client, again).status_code == 201


def test_a_monitor_of_the_new_log_raises_no_alarm(
    continued: Continued, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with continued.serve() as (client, parts):
        target = statement_target(digest(continued.records[REVOKED]))
        assert publish(client, word(NEW, target, "revoked")).status_code == 201
        command = ["log", "monitor", "--url", str(client.base_url), "--statements", "--once"]
        command += ["--log", parts.folder.signer.vkey, "--state", str(tmp_path / "watched")]
        assert main(command) == 0, "".join(capfd.readouterr())


def test_the_export_of_the_new_log_follows_its_words(continued: Continued, tmp_path: Path) -> None:
    with continued.serve() as (client, _):
        target = statement_target(digest(continued.records[LISTED]))
        assert publish(client, word(NEW, target, "revoked")).status_code == 201
    out = tmp_path / "records.nq"
    assert main(["log", "export", "--data", str(continued.data), str(out)]) == 0
    graphs = out.read_text("utf-8").count("wasAttributedTo")
    assert graphs == len(continued.records) + 1 - 2  # one superseded, one revoked anew


def test_no_log_takes_the_name_of_a_former_one(continued: Continued) -> None:
    for name in (NEW, continued.former):
        assert main(["restore", "--data", str(continued.data), "--new-log", name]) == 2
    assert main(["restore", "--data", str(continued.data), "--new-log", f"{NEW}b"]) == 0
    with closing(open_folder(continued.data)) as folder:
        assert folder.origin == f"{NEW}b"


def test_an_interrupted_new_log_signs_nothing(
    continued: Continued, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stop(BaseException):
        pass

    def stop(*_: object) -> None:
        raise Stop

    with monkeypatch.context() as patch:
        patch.setattr("openquality_registry.backup.restoring.write_config", stop)
        with pytest.raises(Stop):
            main(["restore", "--data", str(continued.data), "--new-log", f"{NEW}b"])
    with pytest.raises(FolderError), continued.serve():
        pass
    assert main(["restore", "--data", str(continued.data), "--new-log", f"{NEW}b"]) == 0
    assert fsck(continued.data) == 1  # no checkpoint yet
    with continued.serve() as (client, _):
        assert state(client, continued.records[REVOKED]) == ("active", 0)
    assert fsck(continued.data) == 0
