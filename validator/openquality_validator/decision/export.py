"""What an auditor gets: events of a decision log with their proofs and files, in one file.

    {"anchors": [{"checkpoint": "<note>", "consistency": ["<base64>", …],
                  "token": "<base64>"} or {…, "receipt": "<bundle>"}, …],
     "artefacts": {"sha256:…": "<base64>", …},
     "checkpoint": "<signed note>",
     "events": [{"entry": "…", "event": "<SD-JWT>", "inclusionProof": ["<base64>", …],
                 "index": n}, …],
     "v": 1, "vkey": "<verifier key of the log>"}

in RFC 8785 form: an export has one spelling. Events stand in the order of the log.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openquality_validator import documents
from openquality_validator.bundle.parts import MAX_TOKEN, hashes
from openquality_validator.decision.receipt import MAX_BYTES as MAX_RECEIPT
from openquality_validator.envelope import digest
from openquality_validator.errors import DecisionError
from openquality_validator.members import Members
from openquality_validator.message import message
from openquality_validator.tlog.encoding import base64_bytes, base64_text

VERSION = 1
MAX_BYTES = 1 << 30  # the bundles of a few hundred decisions


@dataclass(frozen=True, slots=True)
class Line:
    """Hold an event's exact bytes, its log entry, its index, and its path to the root."""

    event: bytes
    entry: bytes
    index: int
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Stamp:
    """Hold what others say of an earlier checkpoint of the log.

    It is a token of a time authority (RFC 3161), or a registry's receipt for its anchor.
    `consistency` proves that the log of the export continues that checkpoint's.
    """

    checkpoint: bytes
    consistency: tuple[bytes, ...]
    token: bytes | None = None
    receipt: bytes | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """Hold an export as read: nothing in it is proved."""

    vkey: str
    checkpoint: bytes
    lines: tuple[Line, ...]
    artefacts: Mapping[str, bytes]
    stamps: tuple[Stamp, ...] = ()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Export":
        """Read an export strictly, or raise MalformedDocument or DecisionError (H040)."""
        value = documents.parse(data, max_bytes=MAX_BYTES)
        if not isinstance(value, dict) or value.get("v") != VERSION or type(value["v"]) is not int:
            raise _refuse("", message("is no export of version {version}", version=VERSION))
        if documents.canonical(value) != data:
            raise _refuse(
                "", message("is not in RFC 8785 form: it was saved again by another program")
            )
        top = Members(value, at="", refuse=_refuse)
        top.integer("v")
        export = cls(
            vkey=top.text("vkey"),
            checkpoint=top.text("checkpoint").encode(),
            lines=tuple(_line(item) for item in top.objects("events")),
            artefacts=_artefacts(top),
            stamps=tuple(_stamp(item) for item in top.objects("anchors")),
        )
        top.close()
        return export

    def to_bytes(self) -> bytes:
        """Write the export in RFC 8785 form; `from_bytes` reads the same value."""
        value: dict[str, Any] = {
            "anchors": [
                {
                    "checkpoint": stamp.checkpoint.decode(),
                    "consistency": [base64_text(step) for step in stamp.consistency],
                    **said_by(stamp.token, stamp.receipt),
                }
                for stamp in self.stamps
            ],
            "artefacts": {name: base64_text(data) for name, data in self.artefacts.items()},
            "checkpoint": self.checkpoint.decode(),
            "events": [
                {
                    "entry": line.entry.decode(),
                    "event": line.event.decode(),
                    "inclusionProof": [base64_text(step) for step in line.proof],
                    "index": line.index,
                }
                for line in self.lines
            ],
            "v": VERSION,
            "vkey": self.vkey,
        }
        return documents.canonical(value)


def _line(members: Members) -> Line:
    line = Line(
        event=members.text("event").encode(),
        entry=members.text("entry").encode(),
        index=members.integer("index"),
        proof=hashes(members, "inclusionProof"),
    )
    members.close()
    return line


def said_by(token: bytes | None, receipt: bytes | None) -> dict[str, str]:
    """Return the member of an anchor that holds the token or the receipt."""
    if receipt is not None:
        return {"receipt": receipt.decode()}
    return {"token": base64_text(token or b"")}


def _stamp(members: Members) -> Stamp:
    token = receipt = None
    if members.has("receipt"):
        receipt = members.text("receipt").encode()
        if len(receipt) > MAX_RECEIPT:
            raise members.refuse("receipt", message("is longer than a receipt"))
    else:
        token = base64_bytes(members.text("token"))
        if not token or len(token) > MAX_TOKEN:
            raise members.refuse("token", message("is not a token in base64"))
    stamp = Stamp(
        members.text("checkpoint").encode(), hashes(members, "consistency"), token, receipt
    )
    members.close()
    return stamp


def _artefacts(top: Members) -> dict[str, bytes]:
    found = {}
    for name, text in top.texts_by_name("artefacts").items():
        data = base64_bytes(text)
        if data is None:
            raise _refuse(f"/artefacts/{name[:80]}", message("is not base64"))
        if digest(data) != name:
            raise DecisionError(
                "H041",
                message(
                    "The artefact {name} has the digest {digest}.",
                    name=name[:80],
                    digest=digest(data),
                ),
                message("It was altered; take the export from its source again."),
            )
        found[name] = data
    return found


def _refuse(at: str, problem: str) -> DecisionError:
    return DecisionError(
        "H040",
        message("In the export, {at} {problem}.", at=at or message("the whole"), problem=problem),
        message("Take the file as `openquality decide export` wrote it."),
    )
