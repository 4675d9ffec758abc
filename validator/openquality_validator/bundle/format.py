"""The bundle: one statement with everything that proves it, in one file (docs/spec/bundle.md).

    {"anchors": [], "catalogue": {"digest": "sha256:…", "version": "…"},
     "consistency"?: {"from": size, "proof": ["<base64>", …]},
     "entry": "<exact log entry>", "keys": [],
     "log": {"checkpoint": "<signed note>", "inclusionProof": ["<base64>", …], "index": n},
     "schemas": [], "statement": "<compact JWS>", "supporting": [], "v": 1}

in RFC 8785 form: a bundle has one spelling.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from openquality_validator import documents
from openquality_validator.errors import BundleError
from openquality_validator.members import Members
from openquality_validator.tlog.encoding import base64_bytes, base64_text
from openquality_validator.tlog.merkle import HASH_SIZE

MEDIA_TYPE = "application/vnd.openquality.bundle+json;v=1"
VERSION = 1
# A statement (1 MiB), an entry (64 KiB) and a checkpoint, with room for JSON's escapes.
MAX_BYTES = 3_145_728
MAX_HASHES = 64  # a proof in a tree of 2^63 entries has 63, a consistency proof one more

# Their place is kept for proofs that this version cannot judge; it writes them empty.
_EMPTY = ("anchors", "keys", "schemas", "supporting")


class CatalogueName(Protocol):
    """Name a catalogue by version and digest, as the catalogue itself does."""

    @property
    def version(self) -> str:
        """The version, such as `1.0-draft.1`."""

    @property
    def digest(self) -> str:
        """The digest, `sha256:…`."""


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

    @classmethod
    def from_bytes(cls, data: bytes) -> "Bundle":
        """Read a bundle strictly, or raise MalformedDocument or BundleError (B001 to B005)."""
        value = documents.parse(data, max_bytes=MAX_BYTES)
        if not isinstance(value, dict) or "statement" not in value:
            raise BundleError(
                "B001",
                "This is not a bundle: it is no JSON object with a statement.",
                "Fetch the bundle with `openquality get --bundle`.",
            )
        if type(value.get("v")) is not int or value["v"] != VERSION:
            raise BundleError(
                "B002",
                f"The bundle's version `v` is {value.get('v')!r}, not {VERSION}.",
                "Update this program to one that reads that version.",
            )
        if documents.canonical(value) != data:
            raise BundleError(
                "B003",
                "The bundle is not in RFC 8785 form: white space, order or escapes were changed.",
                "Use the file as the registry sent it, not re-saved by an editor.",
            )
        top = Members(value, at="", refuse=_refuse)
        top.integer("v")
        _check_empty(top)
        catalogue, log = top.member("catalogue"), top.member("log")
        bundle = cls(
            statement=top.text("statement").encode(),
            entry=top.text("entry").encode(),
            index=log.integer("index"),
            checkpoint=log.text("checkpoint").encode(),
            inclusion_proof=_hashes(log, "inclusionProof"),
            catalogue_version=catalogue.text("version"),
            catalogue_digest=catalogue.text("digest"),
            consistency=_consistency(top.member("consistency")) if top.has("consistency") else None,
        )
        for members in (top, catalogue, log):
            members.close()
        return bundle

    def to_bytes(self) -> bytes:
        """Write the bundle in RFC 8785 form; `from_bytes` reads the same value."""
        value: dict[str, Any] = {
            "catalogue": {"digest": self.catalogue_digest, "version": self.catalogue_version},
            "entry": self.entry.decode(),
            "log": {
                "checkpoint": self.checkpoint.decode(),
                "inclusionProof": [base64_text(step) for step in self.inclusion_proof],
                "index": self.index,
            },
            "statement": self.statement.decode(),
            "v": VERSION,
        } | {name: [] for name in _EMPTY}
        if self.consistency is not None:
            value["consistency"] = {
                "from": self.consistency.old_size,
                "proof": [base64_text(step) for step in self.consistency.proof],
            }
        return documents.canonical(value)


def assemble(
    statement: bytes,
    *,
    entry: bytes,
    index: int,
    checkpoint: bytes,
    inclusion_proof: Sequence[bytes],
    catalogue: CatalogueName,
    consistency: Consistency | None = None,
) -> bytes:
    """Put a statement and its proofs into a bundle's bytes. Checks nothing: `verify` does."""
    return Bundle(
        statement=statement,
        entry=entry,
        index=index,
        checkpoint=checkpoint,
        inclusion_proof=tuple(inclusion_proof),
        catalogue_version=catalogue.version,
        catalogue_digest=catalogue.digest,
        consistency=consistency,
    ).to_bytes()


def _check_empty(top: Members) -> None:
    used = [name for name in _EMPTY if top.items(name)]
    if top.has("status"):
        used.append("status")
    if used:
        raise BundleError(
            "B005",
            f"The bundle holds {', '.join(used)}, which this version cannot judge.",
            "Update this program; a part that nobody checked must not stand in a verdict.",
        )


def _consistency(members: Members) -> Consistency:
    consistency = Consistency(members.integer("from"), _hashes(members, "proof"))
    members.close()
    return consistency


def _hashes(members: Members, name: str) -> tuple[bytes, ...]:
    hashes = tuple(base64_bytes(text) or b"" for text in members.texts(name))
    if len(hashes) > MAX_HASHES or any(len(value) != HASH_SIZE for value in hashes):
        raise members.refuse(name, "is not a list of at most 64 SHA-256 values in base64")
    return hashes


def _refuse(at: str, problem: str) -> BundleError:
    return BundleError(
        "B004",
        f"In the bundle, {at or 'the whole'} {problem}.",
        "Use the file as the registry sent it; its form is in docs/spec/bundle.md.",
    )
