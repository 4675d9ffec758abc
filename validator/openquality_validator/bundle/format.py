"""The bundle: one statement with everything that proves it, in one file (docs/spec/bundle.md).

    {"anchors": […], "catalogue": {"digest": "sha256:…", "version": "…"},
     "consistency"?: {"from": size, "proof": ["<base64>", …]},
     "entry": "<exact log entry>", "keys": […],
     "log": {"checkpoint": "<signed note>", "inclusionProof": ["<base64>", …], "index": n},
     "schemas": [{"content": "<exact text>"}, …], "statement": "<exact statement>",
     "status"?: {…}, "supporting": […], "v": 1}

in RFC 8785 form: a bundle has one spelling. `parts.py` has what stands in the lists.
"""

from dataclasses import dataclass, field
from typing import Any

from openquality_validator import documents
from openquality_validator.bundle.parts import (
    Anchor,
    Keys,
    Status,
    hashes,
    limited,
    schemas,
    supporting,
)
from openquality_validator.errors import BundleError
from openquality_validator.members import Members
from openquality_validator.message import message
from openquality_validator.tlog.encoding import base64_text

MEDIA_TYPE = "application/vnd.openquality.bundle+json;v=1"
VERSION = 1
# A statement of 1 MiB with JSON's escapes, and the history of its issuer's keys and its status.
MAX_BYTES = 16_777_216


@dataclass(frozen=True, slots=True)
class Consistency:
    """Hold the proof that a tree of `old_size` entries is the beginning of the checkpoint's."""

    old_size: int
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """Hold a bundle as read: nothing in it is proved.

    `statement`, `entry` and `checkpoint` are exact bytes; hashes have 32 bytes.
    """

    statement: bytes
    entry: bytes
    index: int
    checkpoint: bytes
    inclusion_proof: tuple[bytes, ...]
    catalogue_version: str
    catalogue_digest: str
    consistency: Consistency | None = None
    keys: Keys = field(default_factory=Keys)
    anchors: tuple[Anchor, ...] = ()
    status: Status | None = None
    supporting: tuple[bytes, ...] = ()
    schemas: tuple[bytes, ...] = ()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Bundle":
        """Read a bundle strictly, or raise MalformedDocument or BundleError (B001 to B004)."""
        value = documents.parse(data, max_bytes=MAX_BYTES)
        if not isinstance(value, dict) or "statement" not in value:
            raise BundleError(
                "B001",
                message("This is not a bundle: it is no JSON object with a statement."),
                message("Fetch the bundle with `openquality get --bundle`."),
            )
        if type(value.get("v")) is not int or value["v"] != VERSION:
            raise BundleError(
                "B002",
                message(
                    "The bundle's version `v` is {value!r}, not {version}.",
                    value=value.get("v"),
                    version=VERSION,
                ),
                message("Update this program to one that reads that version."),
            )
        if documents.canonical(value) != data:
            raise BundleError(
                "B003",
                message(
                    "The bundle is not in RFC 8785 form: white space, order or escapes were "
                    "changed."
                ),
                message("Use the file as the registry sent it, not re-saved by an editor."),
            )
        top = Members(value, at="", refuse=_refuse)
        top.integer("v")
        catalogue, log = top.member("catalogue"), top.member("log")
        bundle = cls(
            statement=top.text("statement").encode(),
            entry=top.text("entry").encode(),
            index=log.integer("index"),
            checkpoint=log.text("checkpoint").encode(),
            inclusion_proof=hashes(log, "inclusionProof"),
            catalogue_version=catalogue.text("version"),
            catalogue_digest=catalogue.text("digest"),
            consistency=_consistency(top.member("consistency")) if top.has("consistency") else None,
            keys=Keys.read(top.objects("keys")),
            anchors=tuple(Anchor.read(item) for item in limited(top.objects("anchors"))),
            status=Status.read(top.member("status")) if top.has("status") else None,
            supporting=supporting(top.objects("supporting")),
            schemas=schemas(top.objects("schemas")),
        )
        for members in (top, catalogue, log):
            members.close()
        return bundle

    def to_bytes(self) -> bytes:
        """Write the bundle in RFC 8785 form; `from_bytes` reads the same value."""
        value: dict[str, Any] = {
            "anchors": [anchor.to_json() for anchor in self.anchors],
            "catalogue": {"digest": self.catalogue_digest, "version": self.catalogue_version},
            "entry": self.entry.decode(),
            "log": {
                "checkpoint": self.checkpoint.decode(),
                "inclusionProof": [base64_text(step) for step in self.inclusion_proof],
                "index": self.index,
            },
            "keys": self.keys.to_json(),
            "schemas": [{"content": each.decode()} for each in self.schemas],
            "statement": self.statement.decode(),
            "supporting": [{"statement": each.decode()} for each in self.supporting],
            "v": VERSION,
        }
        if self.status is not None:
            value["status"] = self.status.to_json()
        if self.consistency is not None:
            value["consistency"] = {
                "from": self.consistency.old_size,
                "proof": [base64_text(step) for step in self.consistency.proof],
            }
        return documents.canonical(value)


def _consistency(members: Members) -> Consistency:
    consistency = Consistency(members.integer("from"), hashes(members, "proof"))
    members.close()
    return consistency


def _refuse(at: str, problem: str) -> BundleError:
    return BundleError(
        "B004",
        message("In the bundle, {at} {problem}.", at=at or message("the whole"), problem=problem),
        message("Use the file as the registry sent it; its form is in docs/spec/bundle.md."),
    )
