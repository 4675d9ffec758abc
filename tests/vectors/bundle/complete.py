"""Make a bundle in which every member has something to say, without the project's code.

`python tests/vectors/bundle/complete.py` writes v1-complete.json, once; the file is frozen and
holds the formats of version 1 still. It builds on the program that makes the conformance cases.
"""

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import rfc8785

HERE = Path(__file__).parent


def _load(place: Path, name: str) -> Any:  # noqa: ANN401
    spec = importlib.util.spec_from_file_location(name, place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


t = _load(HERE.parents[1] / "conformance" / "verifier" / "make.py", "make_cases")
m = t.m


def statement(value: dict[str, Any], secret: bytes) -> str:
    """Sign as the did:webvh, with the key after its rotation."""
    signed: str = t.signed(value, secret, kid=f"{t.WEBVH}#{t.multikey(secret)}")
    return signed


def make() -> dict[str, Any]:
    """Log the life of a did:webvh and of a record, and return the bundle and what it must prove."""
    world = t.World()
    world.add("statement 0", subjects=["mpn:OTHER-0"])

    def event(text: str) -> int:
        index: int = world.add(text, issuer=t.WEBVH, subjects=[t.WEBVH], kind="key")
        return index

    events = [event(rfc8785.dumps(t.LINE1).decode()), event(rfc8785.dumps(t.LINE2).decode())]
    record = statement(t.record(t.WEBVH), t.A2)
    index = world.add(record, issuer=t.WEBVH, subjects=t.subjects_of(t.WEBVH))
    digest = m.digest(record.encode())
    lost = {
        "id": t.WEBVH,
        "key": f"{t.WEBVH}#{t.multikey(t.A1)}",
        "since": "2026-11-01T00:00:00Z",
    }
    events.append(event(statement(t.small("KeyCompromise", lost, 1, t.A2, t.WEBVH), t.A2)))
    said: list[str] = []
    voices: list[int] = []
    for number, state in enumerate(("suspended", "reinstated"), start=2):
        subject = {"id": f"statement:{digest}", "log": t.ORIGIN, "state": state, "reason": "Gauge."}
        if said:
            subject["previous"] = m.digest(said[-1].encode())
        said.append(statement(t.small("StatusStatement", subject, number, t.A2, t.WEBVH), t.A2))
        target = [f"statement:{digest}"]
        voices.append(world.add(said[-1], issuer=t.WEBVH, subjects=target, kind="status"))
    world.add("statement 7", subjects=["mpn:OTHER-7"])
    return written(world, index, events, voices, digest)


def written(
    world: Any,  # noqa: ANN401
    index: int,
    events: list[int],
    voices: list[int],
    digest: str,
) -> dict[str, Any]:
    """Put the bundle together under the whole log, with anchors under smaller trees."""
    authority = t.tsa.TimeAuthority()
    first, second = "2026-11-20T12:05:00Z", "2026-11-20T12:30:00Z"
    lines = [
        t.cosignature(world, 5, f"w.example/{n}", secret, at)
        for n, secret, at in ((1, t.W1, second), (3, t.W3, first))
    ]
    subject = {
        "id": t.WEBVH,
        "name": "Velanto Logistik AG",
        "identifiers": [{"scheme": "lei", "value": "529900VELANTO0000139"}],
    }
    since = {"validFrom": "2026-01-01T00:00:00Z"}
    registration = t.small("IssuerRegistration", subject, 9, t.REGISTRAR, **since)
    text = world.note() + t.cosignature(world, None, "w.example/2", t.W2, second)
    value = world.bundle(
        index,
        keys=[world.logged(each) for each in events],
        status={
            "answer": world.answer(target=digest, state="active", keyEvents=len(events)),
            "events": [world.logged(each) for each in voices],
        },
        anchors=[
            world.anchor(index, 5, *lines),
            world.anchor(
                index, 7, token=authority.token(m.sha256(world.text(7).encode()), t.tsa.MOMENT)
            ),
        ],
        supporting=[{"statement": t.signed(registration, t.REGISTRAR)}],
        consistency={"from": 3, "proof": [m.b64(each) for each in m.subproof(3, world.data)]},
    )
    value["log"]["checkpoint"] = text
    trust = t.trust(
        required=["consistency", "anchors", "status"],
        log={"policy": t.POLICY, "statusKeys": [m.did_key(t.STATUS)], "hosts": []},
        registrars=[{"did": m.did_key(t.REGISTRAR), "schemes": ["lei"]}],
        timeAuthorities=[{"name": "stamp.example", "roots": [m.b64(authority.root)]}],
        staleness={"statusSeconds": 172_800},
    )
    return {
        "comment": "Formats of version 1, frozen. Made by complete.py without the project's code.",
        "at": t.NOW,
        "seen": world.note(3),
        "trust": json.dumps(trust),
        "bundle": rfc8785.dumps(value).decode(),
        "proves": {
            "statement": digest,
            "issuer": t.WEBVH,
            "identityLevel": "L2",
            "index": index,
            "size": len(world.data),
            # The token of MOMENT, 12:00, is older than the later of the two cosignatures.
            "existedBy": "2026-11-20T12:00:00Z",
            "state": "active",
            "stateAsOf": "2026-11-30T00:00:00.000Z",
        },
    }


def main() -> None:
    """Write the frozen vectors."""
    text = json.dumps(make(), indent=1, ensure_ascii=False)
    (HERE / "v1-complete.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
