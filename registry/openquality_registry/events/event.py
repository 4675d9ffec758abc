"""One event: what happened in the log, or by the calendar (docs/spec/events.md).

    {"specversion": "1.0", "id": "<UUID>", "source": "https://<origin of the log>",
     "type": "org.openquality.<type>.v1", "subject": "<key>", "time": "2026-11-21T09:00:00.000Z",
     "sequence": "0000000000000042", "issuer"?: "did:…", "logindex"?: 7,
     "datacontenttype": "application/json", "data": {…}}

CloudEvents 1.0.2, with its extension `sequence`; `issuer` and `logindex` are extensions of ours.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

SPEC_VERSION: Final = "1.0"
DIGITS: Final = 16  # of a sequence: texts then compare as the numbers do
_BEFORE, _AFTER = "org.openquality.", ".v1"
# A type in full or in short.
TYPE: Final = r"(?:org\.openquality\.)?([a-z]+(?:\.[a-z]+)+?)(?:\.v1)?"
MAX_TYPE: Final = 100


@dataclass(frozen=True, slots=True)
class Event:
    """Hold one event, before it has its place in the feed.

    `type` is the short form, such as `certificate.suspended`. `key` tells the event from all others
    of its type and makes its id: the digest of the statement that it follows from, or what else
    makes it one. `subject` is a canonical subject key or the key of a target, `issuer` whose word
    it follows from ("" for nobody's), `time` RFC 3339 in UTC with milliseconds, `data` a JSON
    object. `index` is the log index of the entry that it follows from, None if it follows from the
    calendar.
    """

    type: str
    key: str
    subject: str
    issuer: str
    time: str
    data: Mapping[str, Any] = field(default_factory=dict)
    index: int | None = None

    @property
    def id(self) -> str:
        """The id: the same however often the feed is made anew."""
        return str(uuid5(NAMESPACE_URL, f"{full_type(self.type)}/{self.key}"))


@dataclass(frozen=True, slots=True)
class Told:
    """Hold an event at its place in the feed; the first one has the sequence 1."""

    sequence: int
    event: Event

    def to_json(self, *, origin: str) -> dict[str, Any]:
        """Write the CloudEvent, in the feed of the log of this origin."""
        event = self.event
        return {
            "specversion": SPEC_VERSION,
            "id": event.id,
            "source": source(origin),
            "type": full_type(event.type),
            "subject": event.subject,
            "time": event.time,
            "sequence": f"{self.sequence:0{DIGITS}}",
            **({"issuer": event.issuer} if event.issuer else {}),
            **({} if event.index is None else {"logindex": event.index}),
            "datacontenttype": "application/json",
            "data": event.data,
        }


def source(origin: str) -> str:
    """Return the `source` of the events of a log: its origin is a URL without the scheme."""
    return f"https://{origin}"


def full_type(short: str) -> str:
    """Return the CloudEvents type of a short one."""
    return f"{_BEFORE}{short}{_AFTER}"


def short_type(text: str) -> str | None:
    """Return the short form of a type in either form, or None if the text is none."""
    found = re.fullmatch(TYPE, text)
    return found[1] if found else None
