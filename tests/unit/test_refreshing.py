"""A bundle brought up to date: registries that answer well, and those that do not.

The registry is simulated by what it answers; its bundles are made without the project's code.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import httpx2
import pytest
import rfc8785

from openquality.client import Client
from openquality.refreshing import refresh
from openquality_validator.bundle import Bundle
from openquality_validator.errors import InvalidInput, ProofError, RegistryError
from openquality_validator.tlog import checkpoint
from openquality_validator.trust import Trust

NOW = datetime(2026, 12, 1, tzinfo=UTC)
AT = "2026-11-20T12:05:00Z"
INDEX = 4


@pytest.fixture(scope="module")
def t(conformance_maker: ModuleType) -> ModuleType:
    return conformance_maker


def grown(t: ModuleType, count: int = 2, **entry: Any) -> Any:  # noqa: ANN401
    """Continue the log of seven entries."""
    world = t.logged_record(**entry)
    for number in range(7, 7 + count):
        world.add(f"statement {number}", subjects=[f"mpn:OTHER-{number}"])
    return world


def active(t: ModuleType, world: Any) -> dict[str, Any]:  # noqa: ANN401
    digest = t.m.digest(world.entries[INDEX][0].encode())
    return {"answer": world.answer(target=digest, state="active"), "events": []}


def serving(t: ModuleType, world: Any, **parts: Any) -> tuple[Client, list[str]]:  # noqa: ANN401
    """Serve bundles of this log, with the proof of consistency that is asked for."""
    asked: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.query.decode())
        since = int(request.url.params["from"])
        proof = t.m.subproof(since, world.data)
        consistency = {"from": since, "proof": [t.m.b64(step) for step in proof]}
        value = world.bundle(INDEX, **({"consistency": consistency} | parts))
        return httpx2.Response(200, content=rfc8785.dumps(value))

    return client(answer), asked


def client(answer: Callable[[httpx2.Request], httpx2.Response]) -> Client:
    return Client("https://log.example", transport=httpx2.MockTransport(answer), attempts=1)


def trust(t: ModuleType, **log: Any) -> Trust:  # noqa: ANN401
    pinned = t.trust(log={"statusKeys": [t.m.did_key(t.STATUS)], "policy": t.POLICY} | log)
    return Trust.from_bytes(json.dumps(pinned).encode())


def signed_by_witnesses(t: ModuleType, world: Any) -> dict[str, Any]:  # noqa: ANN401
    """Make the bundle of a log whose checkpoint two of three witnesses signed."""
    value: dict[str, Any] = world.bundle(INDEX)
    for number, secret in ((1, t.W1), (2, t.W2)):
        value["log"]["checkpoint"] += t.cosignature(world, None, f"w.example/{number}", secret, AT)
    return value


def test_what_others_signed_becomes_an_anchor_and_the_status_is_new(t: ModuleType) -> None:
    old = signed_by_witnesses(t, t.logged_record())
    world = grown(t)
    served, asked = serving(t, world, status=active(t, world))
    data, verdict = refresh(served, rfc8785.dumps(old), trust=trust(t), now=NOW)
    assert asked == ["from=7"]
    assert verdict.exit_code == 0
    assert verdict.existed_by == datetime.fromisoformat(AT)
    assert verdict.status is not None
    assert verdict.checkpoint is not None
    assert verdict.checkpoint.size == 9
    read = Bundle.from_bytes(data)
    assert (read.statement, read.entry) == (old["statement"].encode(), old["entry"].encode())
    assert [anchor.checkpoint.decode() for anchor in read.anchors] == [old["log"]["checkpoint"]]


def test_nothing_is_gathered_twice(t: ModuleType) -> None:
    world = t.logged_record()
    old = signed_by_witnesses(t, world)
    anchor = {
        "checkpoint": old["log"]["checkpoint"],
        "inclusionProof": old["log"]["inclusionProof"],
    }
    less = {**anchor, "checkpoint": old["log"]["checkpoint"].rpartition("— ")[0]}
    stamped = {**anchor, "token": "AAAA"}
    old["anchors"] = [less]
    served, _ = serving(t, grown(t), anchors=[anchor, stamped, world.anchor(INDEX, 5)])
    data, _ = refresh(served, rfc8785.dumps(old), trust=trust(t), now=NOW)
    assert json.loads(data)["anchors"] == [stamped]
    again, _ = refresh(serving(t, grown(t))[0], data, trust=trust(t), now=NOW)
    assert json.loads(again)["anchors"] == [stamped]


def test_the_log_must_continue_what_was_seen_elsewhere_too(t: ModuleType) -> None:
    world = grown(t, 4)
    served, asked = serving(t, world)
    old = rfc8785.dumps(signed_by_witnesses(t, t.logged_record()))
    seen = checkpoint.parse(world.note(10).encode())[0]
    data, verdict = refresh(served, old, trust=trust(t), now=NOW, seen=seen)
    assert asked == ["from=7", "from=10"]
    assert json.loads(data)["consistency"]["from"] == 10
    assert next(each for each in verdict.steps if each.name == "consistency").outcome == "pass"


def test_a_record_that_was_withdrawn_is_news_and_not_an_error(t: ModuleType) -> None:
    old = t.logged_record()
    name = t.m.digest(old.entries[INDEX][0].encode())
    world = grown(t)
    index = world.add(t.status(name, "revoked", 1), subjects=[f"statement:{name}"], kind="status")
    status = {
        "answer": world.answer(target=name, state="revoked"),
        "events": [world.logged(index)],
    }
    served, _ = serving(t, world, status=status)
    data, verdict = refresh(served, rfc8785.dumps(old.bundle(INDEX)), trust=trust(t), now=NOW)
    assert verdict.exit_code == 1
    assert Bundle.from_bytes(data).status is not None
    assert [step.code for step in verdict.steps if step.outcome == "fail"] == ["V118"]


def rewritten(t: ModuleType) -> Any:  # noqa: ANN401
    world = grown(t)
    world.entries[1] = ("fork", world.entries[2][1])
    return world


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (lambda t: serving(t, rewritten(t)), "V091"),
        (lambda t: serving(t, grown(t), consistency={"from": 6, "proof": []}), "V093"),
        (lambda t: serving(t, grown(t), status={"answer": "x", "events": []}), ""),
        (lambda t: serving(t, grown(t, admitted="2026-11-20T12:00:00.001Z")), "bad-answer"),
        (lambda t: serving(t, grown(t), anchors=[{"checkpoint": "x", "inclusionProof": []}]), "L0"),
    ],
    ids=["fork", "no proof", "bad status", "another entry", "bad anchor"],
)  # fmt: skip
def test_a_registry_that_does_not_keep_its_word_changes_nothing(
    t: ModuleType, answer: Callable[[ModuleType], tuple[Client, list[str]]], code: str
) -> None:
    served, _ = answer(t)
    old = rfc8785.dumps(t.logged_record().bundle(INDEX))
    if not code:  # a status that does not hold is news about the registry: it stands in the file
        _, verdict = refresh(served, old, trust=trust(t), now=NOW)
        assert verdict.exit_code == 1
        return
    with pytest.raises((InvalidInput, RegistryError), match=code):
        refresh(served, old, trust=trust(t), now=NOW)


def test_a_log_that_became_shorter_is_told(t: ModuleType) -> None:
    old = grown(t)
    proof = {"consistency": {"from": 0, "proof": []}}

    def shorter(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=rfc8785.dumps(t.logged_record().bundle(INDEX, **proof)))

    with pytest.raises(ProofError, match="V094"):
        refresh(client(shorter), rfc8785.dumps(old.bundle(INDEX)), trust=trust(t), now=NOW)


def test_a_log_key_that_is_not_trusted_is_told(t: ModuleType) -> None:
    world = grown(t)
    world.note = lambda size=None, *_: t.World.note(world, size, (t.ORIGIN, t.STRANGER))
    old = rfc8785.dumps(signed_by_witnesses(t, t.logged_record()))
    served, _ = serving(t, world)
    with pytest.raises(ProofError, match="V082"):
        refresh(served, old, trust=trust(t), now=NOW)
    both = [{"vkey": t.m.vkey(t.ORIGIN, secret)} for secret in (t.LOG, t.STRANGER)]
    _, verdict = refresh(served, old, trust=trust(t, keys=both), now=NOW)
    assert verdict.exit_code == 0
    assert verdict.existed_by == datetime.fromisoformat(AT)


def test_a_key_that_was_lost_since_is_news_too(t: ModuleType) -> None:
    world = t.World()

    def event(text: str) -> int:
        index: int = world.add(text, issuer=t.WEBVH, subjects=[t.WEBVH], kind="key")
        return index

    def named(secret: bytes) -> str:
        return f"{t.WEBVH}#{t.multikey(secret)}"

    events = [event(rfc8785.dumps(t.LINE1).decode())]
    record = t.signed(t.record(t.WEBVH), t.A1, kid=named(t.A1))
    index = world.add(record, issuer=t.WEBVH, subjects=t.subjects_of(t.WEBVH))
    old = rfc8785.dumps(world.bundle(index, keys=[world.logged(each) for each in events]))
    events.append(event(rfc8785.dumps(t.LINE2).decode()))
    lost = {"id": t.WEBVH, "key": named(t.A1), "since": "2026-11-01T00:00:00Z"}
    value = t.small("KeyCompromise", lost, 1, t.A2, t.WEBVH)
    events.append(event(t.signed(value, t.A2, kid=named(t.A2))))

    def answer(request: httpx2.Request) -> httpx2.Response:
        since = int(request.url.params["from"])
        proof = [t.m.b64(step) for step in t.m.subproof(since, world.data)]
        parts = {"keys": [world.logged(each) for each in events]}
        newer = world.bundle(index, consistency={"from": since, "proof": proof}, **parts)
        return httpx2.Response(200, content=rfc8785.dumps(newer))

    _, verdict = refresh(client(answer), old, trust=trust(t, policy="quorum none\n"), now=NOW)
    assert verdict.exit_code == 3
    assert verdict.disputed is not None


def test_a_bundle_that_does_not_hold_is_not_brought_up_to_date(t: ModuleType) -> None:
    value = t.logged_record().bundle(INDEX)
    value["entry"] = t.logged_record().entries[3][1].decode()
    served, asked = serving(t, grown(t))
    with pytest.raises(ProofError, match="V021"):
        refresh(served, rfc8785.dumps(value), trust=trust(t), now=NOW)
    assert asked == []
