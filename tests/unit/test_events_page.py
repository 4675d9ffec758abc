"""docs/spec/events.md says what the software tells."""

import base64
import json
import re
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from openquality_registry.events import plain
from openquality_registry.events.event import Event, Told, full_type

PAGE = (Path(__file__).parents[2] / "docs/spec/events.md").read_text(encoding="utf-8")
WORDS = ("suspended", "reinstated", "revoked")


def test_the_worked_event_is_one() -> None:
    (text,) = re.findall(r"```json\n(\{\n  \"specversion.*?)\n```", PAGE, re.DOTALL)
    shown = json.loads(text)
    event = Event(
        type="certificate.suspended",
        key=shown["data"]["statement"],
        subject=shown["subject"],
        issuer=shown["issuer"],
        time=shown["time"],
        data=shown["data"],
        index=shown["logindex"],
    )
    assert full_type(event.type) == shown["type"]
    assert Told(42, event).to_json(origin="registry.example/log") == shown


def test_the_worked_signature_is_one() -> None:
    """Verify it by the text of Standard Webhooks, with nothing of ours."""
    found = {
        name: re.findall(rf"```\w+ {name}\n(.*?)\n```", PAGE, re.DOTALL)[0]
        for name in ("headers", "body", "key")
    }
    headers = dict(line.split(": ", 1) for line in found["headers"].splitlines())
    version, _, signature = headers["webhook-signature"].partition(",")
    # RFC 8032, section 7.1, test 1.
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    assert (version, found["key"]) == ("v1a", f"whpk_{base64.b64encode(public).decode()}")
    content = ".".join((headers["webhook-id"], headers["webhook-timestamp"], found["body"]))
    key = Ed25519PublicKey.from_public_bytes(public)
    key.verify(base64.b64decode(signature), content.encode())
    assert json.loads(found["body"])["id"] == headers["webhook-id"]


def test_every_plain_event_is_on_the_page() -> None:
    told = {plain.ADMITTED, *plain.SCHEMAS.values(), *plain.MEASURES.values()}
    told |= {f"{thing}.{word}" for thing in ("statement", "certificate") for word in WORDS}
    _, _, table = PAGE.partition("## Which events there are")
    listed = {
        name
        for line in table.partition("\n## ")[0].splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`([a-z]+\.[a-z]+)`", line.split("|")[1])
    }
    assert told <= listed
