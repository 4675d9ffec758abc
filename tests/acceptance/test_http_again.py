"""What is sent again gets its receipt, also where what it builds on has moved on since."""

import json
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from registry_at_work import KEY, RunRegistry, attestation, publish, publish_all, statement

from openquality import credentials
from openquality.signing import sign
from openquality_registry.bootstrap import Parts
from openquality_validator import dataintegrity
from openquality_validator.bundle import Bundle
from openquality_validator.envelope import digest
from openquality_validator.status import key_target, statement_target

Served = tuple[httpx2.Client, Parts]


@pytest.fixture
def served(run_registry: RunRegistry, tmp_path: Path) -> Iterator[Served]:
    with run_registry(tmp_path) as (client, parts):
        yield client, parts


def post(client: httpx2.Client, data: bytes) -> httpx2.Response:
    return publish(client, data, **{"content-type": "application/vc"})


def proved(value: dict[str, Any]) -> dict[str, Any]:
    """Put a proof into a credential (W3C Data Integrity)."""
    suite, sign_bytes = "eddsa-jcs-2022", KEY.sign
    return value | {
        "proof": dataintegrity.sign(
            value, suite=suite, method=KEY.key_id, created=None, sign_bytes=sign_bytes
        )
    }


def successor(old: bytes) -> dict[str, Any]:
    value = attestation(1)
    text = json.dumps(value).replace(value["id"], f"urn:uuid:{uuid4()}")
    made: dict[str, Any] = json.loads(text)
    return made | {"supersedes": digest(old)}


def word(parts: Parts, target: str, state: str, **more: str) -> dict[str, Any]:
    said = {"id": target, "log": parts.folder.origin, "state": state, "reason": "Gauge 7."} | more
    now = datetime.now(UTC)
    return credentials.make("StatusStatement", said, issuer=KEY.did, name="Nordbolt", now=now)


def compact(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def spread(value: dict[str, Any]) -> bytes:
    """Write the same with other white space and its members in another order."""
    return json.dumps(dict(reversed(value.items())), indent=1).encode()


@pytest.mark.parametrize("kind", ["successor", "suspended", "reinstated", "key revoked"])
def test_a_statement_that_moved_a_head_is_told_again_in_any_white_space(
    served: Served, kind: str
) -> None:
    client, parts = served
    old = statement(1)
    publish(client, old)
    target = statement_target(digest(old))
    if kind == "successor":
        value = proved(successor(old))
    elif kind == "key revoked":
        value = proved(word(parts, key_target(KEY.did), "revoked"))
    else:
        value = proved(word(parts, target, "suspended"))
    if kind == "reinstated":
        before = compact(value)
        assert post(client, before).status_code == 201
        value = proved(word(parts, target, "reinstated", previous=digest(before)))
    sent = compact(value)
    first = post(client, sent)
    assert first.status_code == 201
    size = parts.published_size()
    for data in (sent, spread(value), sent + b"\n"):
        again = post(client, data)
        assert (again.status_code, again.headers.get("location")) == (
            200,
            first.headers["location"],
        )
        assert Bundle.from_bytes(again.content).statement == sent
    # In a batch a statement is one line.
    lines = [sent, json.dumps(dict(reversed(value.items()))).encode()]
    for line in publish_all(client, lines).text.splitlines():
        answer = json.loads(line)
        assert (answer["status"], answer["bundle"]["statement"]) == (200, sent.decode())
    assert parts.published_size() == size


def test_another_proof_or_another_word_is_no_twin(served: Served) -> None:
    client, _ = served
    old = statement(1)
    publish(client, old)
    value = proved(successor(old))
    assert post(client, compact(value)).status_code == 201
    changed = value | {"validFrom": "2026-11-19T12:00:00Z"}
    assert post(client, spread(changed)).status_code == 422  # the proof is of something else
    signed = sign({name: part for name, part in value.items() if name != "proof"}, KEY)
    for data in (signed, compact(proved(successor(old)))):
        answer = post(client, data) if data.startswith(b"{") else publish(client, data)
        assert (answer.status_code, answer.json()["code"]) == (409, "outdated")


def test_of_two_successors_at_once_one_wins_and_keeps_its_receipt(served: Served) -> None:
    client, _ = served
    old = statement(1)
    publish(client, old)
    rivals = [proved(successor(old)) for _ in range(6)]
    start = threading.Barrier(len(rivals))
    answers: list[httpx2.Response | None] = [None] * len(rivals)

    def send(at: int) -> None:
        start.wait()
        answers[at] = post(client, compact(rivals[at]))

    threads = [threading.Thread(target=send, args=(at,)) for at in range(len(rivals))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    codes = [answer.status_code for answer in answers if answer is not None]
    assert sorted(codes) == [201] + [409] * (len(rivals) - 1)
    again = [post(client, spread(rival)).status_code for rival in rivals]
    assert again == [200 if code == 201 else 409 for code in codes]


def test_what_is_committed_and_not_published_is_never_refused(served: Served) -> None:
    client, parts = served
    old = statement(1)
    publish(client, old)
    value = proved(successor(old))
    sent = compact(value)
    # The log's files cannot be written: a file stands where their folder was.
    log = parts.folder.path / "log" / "tile"
    shutil.move(log, parts.folder.path / "aside")
    log.write_bytes(b"")
    unknown = post(client, sent)
    assert (unknown.status_code, unknown.json()["code"]) == (503, "outcome-unknown")
    for data in (sent, spread(value)):
        again = post(client, data)
        assert (again.status_code, again.json()["code"]) == (503, "outcome-unknown")
    (line,) = publish_all(client, [sent]).text.splitlines()
    assert json.loads(line)["problem"]["code"] == "outcome-unknown"
    log.unlink()
    shutil.move(parts.folder.path / "aside", log)
    again = post(client, sent)
    assert again.status_code == 200
    assert parts.published_size() == 2
