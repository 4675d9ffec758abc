"""Whatever a hostile issuer, registrar or registry signs, a bundle of it gets a verdict.

Everything here is signed and proved anew after the change, so that it reaches the code behind the
signatures.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from mutations import changed

from openquality_validator import bundle
from openquality_validator.bundle import Outcome
from openquality_validator.trust import Trust

NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def t(conformance_maker: ModuleType) -> ModuleType:
    return conformance_maker


def trust(t: ModuleType) -> Trust:
    voices = [t.m.did_key(secret) for secret in (t.REGISTRAR, t.STATUS)]
    value = t.trust(
        log={"statusKeys": [voices[1]], "policy": t.POLICY, "hosts": []},
        registrars=[{"did": voices[0], "schemes": ["lei"]}],
        statusIssuers=[{"did": voices[1], "schemes": ["IATF 16949"]}],
        staleness={"statusSeconds": 1},
        timeAuthorities=[{"name": "a", "roots": [t.m.b64(t.tsa.TimeAuthority().root)]}],
    )
    return Trust.from_bytes(json.dumps(value).encode())


Draw = Callable[[Any], Any]


def record(t: ModuleType, draw: Draw) -> dict[str, Any]:
    made: dict[str, Any] = t.logged_record(t.signed(draw(t.record()))).bundle(4)
    return made


def status(t: ModuleType, draw: Draw) -> dict[str, Any]:
    world = t.logged_record()
    name = t.m.digest(world.entries[4][0].encode())
    subject = {"id": f"statement:{name}", "log": t.ORIGIN, "state": "revoked", "reason": "x"}
    said = t.signed(draw(t.small("StatusStatement", subject, 1, t.ISSUER)))
    world.add(said, subjects=[f"statement:{name}"], kind="status")
    answer = world.answer(target=name, state="revoked")
    made: dict[str, Any] = world.bundle(4, status={"answer": answer, "events": [world.logged(7)]})
    return made


def answer(t: ModuleType, draw: Draw) -> dict[str, Any]:
    world = t.logged_record()
    name = t.m.digest(world.entries[4][0].encode())
    root = t.m.b64(t.m.mth(world.data))
    said = draw(
        {
            "asOf": {"root": root, "size": 7, "time": "2026-11-30T00:00:00.000Z"},
            "keyEvents": 0,
            "log": t.ORIGIN,
            "others": {t.DID: "suspended"},
            "state": "active",
            "successor": name,
            "target": name,
            "v": 1,
        }
    )
    did = t.m.did_key(t.STATUS)
    header = {"alg": "EdDSA", "kid": f"{did}#{did[8:]}", "typ": "openquality-status+jwt"}
    text = f"{t.m.b64url(rfc8785.dumps(header))}.{t.m.b64url(rfc8785.dumps(said))}"
    signed = f"{text}.{t.m.b64url(t.m.sign(t.STATUS, text.encode()))}"
    made: dict[str, Any] = world.bundle(4, status={"answer": signed, "events": []})
    return made


def successor(t: ModuleType, draw: Draw) -> dict[str, Any]:
    world = t.logged_record()
    name = t.m.digest(world.entries[4][0].encode())
    later = t.signed(draw(t.renamed(t.record(supersedes=name), 1)))
    world.add(later, subjects=t.SUBJECTS)
    answer = world.answer(target=name, state="superseded", successor=t.m.digest(later.encode()))
    made: dict[str, Any] = world.bundle(4, status={"answer": answer, "events": [world.logged(7)]})
    return made


def registration(t: ModuleType, draw: Draw) -> dict[str, Any]:
    identifiers = [{"scheme": "lei", "value": "529900VELANTO0000139"}]
    subject = {"id": t.DID, "name": "Velanto", "identifiers": identifiers}
    value = t.small("IssuerRegistration", subject, 1, t.REGISTRAR)
    said = t.signed(draw(value), t.REGISTRAR)
    made: dict[str, Any] = t.logged_record().bundle(4, supporting=[{"statement": said}])
    return made


def of_webvh(t: ModuleType, *events: str) -> dict[str, Any]:
    world = t.World()

    def event(text: str) -> int:
        index: int = world.add(text, issuer=t.WEBVH, subjects=[t.WEBVH], kind="key")
        return index

    places = [event(events[0])]
    kid = f"{t.WEBVH}#{t.multikey(t.A1)}"
    statement = t.signed(t.record(t.WEBVH), t.A1, kid=kid)
    index = world.add(statement, issuer=t.WEBVH, subjects=t.subjects_of(t.WEBVH))
    places += map(event, events[1:])
    keys = [world.logged(place) for place in places]
    made: dict[str, Any] = world.bundle(index, keys=[*keys, {"witness": "[]"}])
    return made


def line(t: ModuleType, draw: Draw) -> dict[str, Any]:
    value = draw({name: member for name, member in t.LINE1.items() if name != "proof"})
    key = f"did:key:{t.multikey(t.U1)}#{t.multikey(t.U1)}"
    return of_webvh(t, rfc8785.dumps({**value, "proof": [t.proof(value, t.U1, key)]}).decode())


def compromise(t: ModuleType, draw: Draw) -> dict[str, Any]:
    kid = f"{t.WEBVH}#{t.multikey(t.A2)}"
    lost = {
        "id": t.WEBVH,
        "key": f"{t.WEBVH}#{t.multikey(t.A1)}",
        "since": "2026-11-01T00:00:00Z",
    }
    said = t.signed(draw(t.small("KeyCompromise", lost, 1, t.A2, t.WEBVH)), t.A2, kid=kid)
    lines = [rfc8785.dumps(value).decode() for value in (t.LINE1, t.LINE2)]
    return of_webvh(t, *lines, said)


def document(t: ModuleType, draw: Draw) -> dict[str, Any]:
    world = t.World()
    archived = [
        t.archived(t.web_document(t.A1)),
        t.archived(draw(t.web_document(t.A2, vouched_by=t.A1))),
    ]
    for text in archived:
        world.add(text, issuer=t.WEB, subjects=[t.WEB], kind="key")
    kid = f"{t.WEB}#{t.multikey(t.A2)}"
    statement = t.signed(t.record(t.WEB), t.A2, kid=kid)
    index = world.add(statement, issuer=t.WEB, subjects=t.subjects_of(t.WEB))
    made: dict[str, Any] = world.bundle(index, keys=[world.logged(0), world.logged(1)])
    return made


def member(t: ModuleType, draw: Draw) -> dict[str, Any]:
    """Change the bundle itself, beside everything that is signed in it."""
    world = t.logged_record()
    lines = [t.cosignature(world, 6, f"w.example/{n}", w, t.NOW) for n, w in ((1, t.W1), (2, t.W2))]
    name = t.m.digest(world.entries[4][0].encode())
    parts = {
        "anchors": [world.anchor(4, 6, *lines, token=b"\x30\x03\x02\x01\x00")],
        "status": {"answer": world.answer(target=name, state="active"), "events": []},
        "supporting": [{"statement": "x"}],
        "consistency": {"from": 3, "proof": []},
    }
    made: dict[str, Any] = draw(world.bundle(4, **parts))
    return made


MAKERS = (
    record,
    status,
    answer,
    successor,
    registration,
    line,
    compromise,
    document,
    member,
)


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_unchanged_it_is_read_to_the_end(
    t: ModuleType, make: Callable[[ModuleType, Draw], dict[str, Any]]
) -> None:
    # Otherwise the property below would only ever see the first steps.
    verdict = bundle.verify(rfc8785.dumps(make(t, lambda value: value)), trust=trust(t), now=NOW)
    assert all(step.outcome is Outcome.PASS for step in verdict.steps[:3])
    assert verdict.steps[5].outcome is Outcome.PASS or make is member


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
@settings(max_examples=60)
@given(data=st.data())
def test_whatever_is_signed_gets_a_verdict(
    t: ModuleType, make: Callable[[ModuleType, Draw], dict[str, Any]], data: st.DataObject
) -> None:
    value = make(t, lambda given: changed(data.draw, given))
    try:
        made = rfc8785.dumps(value)
    except rfc8785.CanonicalizationError:
        return  # no bundle that could be written
    verdict = bundle.verify(made, trust=trust(t), now=NOW)
    assert len(verdict.steps) == 12
