"""The parts of a bundle beside its statement: key events, anchors, status, supporting statements.

Logged    {"entry": "…", "inclusionProof": […], "index": n, "statement": "…"}
keys      [Logged, …, {"witness": "<did-witness.json>"}?]
anchors   [{"checkpoint": "<note>", "inclusionProof": […], "token"?: "<base64>"}, …]
status    {"answer": "<compact JWS>", "events": [Logged, …]}
supporting  [{"statement": "…"}, …]
schemas   [{"content": "<exact text>"}, …]
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from openquality_validator.members import Members
from openquality_validator.message import message
from openquality_validator.tlog.encoding import base64_bytes, base64_text
from openquality_validator.tlog.merkle import HASH_SIZE

MAX_HASHES = 64  # a proof in a tree of 2^63 entries has 63, a consistency proof one more
MAX_PARTS = 1_000  # key events, status events, anchors or supporting statements
MAX_TOKEN = 32_768  # as `timestamps` reads them, which is not imported for this


@dataclass(frozen=True, slots=True)
class Logged:
    """Hold the exact bytes of another statement, its entry, and the proof under the checkpoint."""

    statement: bytes
    entry: bytes
    index: int
    inclusion_proof: tuple[bytes, ...]

    @classmethod
    def read(cls, members: Members) -> "Logged":
        """Read one, strictly."""
        logged = cls(
            statement=members.text("statement").encode(),
            entry=members.text("entry").encode(),
            index=members.integer("index"),
            inclusion_proof=hashes(members, "inclusionProof"),
        )
        members.close()
        return logged

    def to_json(self) -> dict[str, Any]:
        """Return the JSON value."""
        return {
            "entry": self.entry.decode(),
            "inclusionProof": [base64_text(step) for step in self.inclusion_proof],
            "index": self.index,
            "statement": self.statement.decode(),
        }


@dataclass(frozen=True, slots=True)
class Keys:
    """Hold the issuer's key events in log order, and its did-witness.json if it has one."""

    events: tuple[Logged, ...] = ()
    witness: bytes | None = None

    @classmethod
    def read(cls, items: Sequence[Members]) -> "Keys":
        """Read the list, strictly."""
        given = limited(items)
        witness = None
        if given and given[-1].has("witness"):
            witness = given[-1].text("witness").encode()
            given.pop().close()
        return cls(tuple(Logged.read(item) for item in given), witness)

    def to_json(self) -> list[dict[str, Any]]:
        """Return the JSON value."""
        value = [event.to_json() for event in self.events]
        if self.witness is not None:
            value.append({"witness": self.witness.decode()})
        return value


@dataclass(frozen=True, slots=True)
class Anchor:
    """Hold a checkpoint that witnesses or a time authority signed, with the entry's proof in it.

    `token` is the DER of an RFC 3161 token over the SHA-256 of the checkpoint's text.
    """

    checkpoint: bytes
    inclusion_proof: tuple[bytes, ...]
    token: bytes | None = None

    @classmethod
    def read(cls, members: Members) -> "Anchor":
        """Read one, strictly."""
        token = None
        if members.has("token"):
            token = base64_bytes(members.text("token"))
            if not token or len(token) > MAX_TOKEN:
                raise members.refuse("token", message("is not a token in base64"))
        anchor = cls(
            checkpoint=members.text("checkpoint").encode(),
            inclusion_proof=hashes(members, "inclusionProof"),
            token=token,
        )
        members.close()
        return anchor

    def to_json(self) -> dict[str, Any]:
        """Return the JSON value."""
        value: dict[str, Any] = {
            "checkpoint": self.checkpoint.decode(),
            "inclusionProof": [base64_text(step) for step in self.inclusion_proof],
        }
        if self.token is not None:
            value["token"] = base64_text(self.token)
        return value


@dataclass(frozen=True, slots=True)
class Status:
    """Hold the registry's signed status answer, and the log entries from which it follows."""

    answer: bytes
    events: tuple[Logged, ...] = ()

    @classmethod
    def read(cls, members: Members) -> "Status":
        """Read it, strictly."""
        status = cls(
            answer=members.text("answer").encode(),
            events=tuple(Logged.read(item) for item in limited(members.objects("events"))),
        )
        members.close()
        return status

    def to_json(self) -> dict[str, Any]:
        """Return the JSON value."""
        return {
            "answer": self.answer.decode(),
            "events": [event.to_json() for event in self.events],
        }


def supporting(items: Sequence[Members]) -> tuple[bytes, ...]:
    """Read the supporting statements: exact bytes, which prove themselves by their signature."""
    found = []
    for item in limited(items):
        found.append(item.text("statement").encode())
        item.close()
    return tuple(found)


def schemas(items: Sequence[Members]) -> tuple[bytes, ...]:
    """Read the documents that the record pins: exact bytes, known by their digest."""
    found = []
    for item in limited(items):
        found.append(item.text("content").encode())
        item.close()
    return tuple(found)


def hashes(members: Members, name: str) -> tuple[bytes, ...]:
    """Read a list of at most 64 SHA-256 values in base64."""
    found = tuple(base64_bytes(text) or b"" for text in members.texts(name))
    if len(found) > MAX_HASHES or any(len(value) != HASH_SIZE for value in found):
        raise members.refuse(name, message("is not a list of at most 64 SHA-256 values in base64"))
    return found


def limited(items: Sequence[Members]) -> list[Members]:
    """Return the items as a list, or refuse more of them than a bundle needs."""
    if len(items) > MAX_PARTS:
        raise items[0].refuse(
            "", message("is the first of more than {max_parts}", max_parts=MAX_PARTS)
        )
    return list(items)
