"""docs/spec/events.md says what the software tells."""

import json
import re
from pathlib import Path

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
