"""Archived did:web documents: what a registry saw at a time, since did:web keeps no history.

    {"did": "did:web:…", "discontinuous": false, "document": "<exact text>",
     "observedAt": "…Z", "type": "DidWebDocument", "v": 1}                     in RFC 8785 form

Nobody signs it but the log that holds it: it is the registry's word. A new document continues the
one before it if it carries a Data Integrity proof by a key of that one; otherwise whoever held the
web server for an hour could have written it, and it is marked discontinuous.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openquality_validator import dataintegrity, documents
from openquality_validator.errors import IdentityError, InvalidInput
from openquality_validator.identity.document import assertion_keys
from openquality_validator.identity.key import multihash
from openquality_validator.members import Members
from openquality_validator.message import message

TYPE = "DidWebDocument"
VERSION = 1
MAX_DOCUMENT = 131_072


@dataclass(frozen=True, slots=True)
class Archived:
    """Hold an archived document: its exact text, when it was seen, and whether it continues."""

    did: str
    document: str
    observed_at: str
    discontinuous: bool

    @classmethod
    def from_bytes(cls, data: bytes) -> "Archived":
        """Read an archived document, strictly. Raises IdentityError (K124)."""
        try:
            value = documents.parse_object(data, max_bytes=2 * MAX_DOCUMENT).value
            own = documents.canonical(value)
        except InvalidInput as error:
            raise _refuse(
                "", message("is not acceptable JSON ({message})", message=error.message)
            ) from None
        if own != data:
            raise _refuse("", message("is not in RFC 8785 form"))
        top = Members(value, at="", refuse=_refuse)
        if top.text("type") != TYPE or top.integer("v") != VERSION:
            raise _refuse(
                "/type", message("is not {type}, version {version}", type=TYPE, version=VERSION)
            )
        archived = cls(
            did=top.text("did"),
            document=top.text("document"),
            observed_at=top.text("observedAt"),
            discontinuous=top.boolean("discontinuous"),
        )
        top.close()
        return archived

    def to_bytes(self) -> bytes:
        """Write the archived document; `from_bytes` reads the same value."""
        return documents.canonical(
            {
                "did": self.did,
                "discontinuous": self.discontinuous,
                "document": self.document,
                "observedAt": self.observed_at,
                "type": TYPE,
                "v": VERSION,
            }
        )

    @property
    def digest(self) -> str:
        """The Multihash of the document's text: the name of this version of the keys."""
        return multihash(self.document.encode())

    def value(self) -> dict[str, Any]:
        """Return the document, parsed strictly. Raises IdentityError (K110)."""
        return parse_document(self.document.encode())


def parse_document(data: bytes) -> dict[str, Any]:
    """Read a DID document strictly. Raises IdentityError (K110)."""
    try:
        return documents.parse_object(data, max_bytes=MAX_DOCUMENT).value
    except InvalidInput as error:
        raise IdentityError(
            "K110",
            message("The DID document is not acceptable JSON ({message}).", message=error.message),
            message("Mend the document as W3C Controlled Identifiers says."),
        ) from None


def continues(before: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    """Tell whether a document is proved by a key that the one before it lets assert."""
    content = {name: member for name, member in document.items() if name != "proof"}
    if content == {name: member for name, member in before.items() if name != "proof"}:
        return True
    try:
        proof = dataintegrity.read(content, document.get("proof"))
        key = assertion_keys(before).get(proof.method)
        if key is None:
            return False
        dataintegrity.verify(proof, key)
    except InvalidInput:
        return False
    return True


def _refuse(at: str, problem: str) -> IdentityError:
    return IdentityError(
        "K124",
        message(
            "In the archived document, {at} {problem}.",
            at=at or message("the whole"),
            problem=problem,
        ),
        message("Fetch it again from the registry that archived it."),
    )
