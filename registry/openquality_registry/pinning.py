"""The documents that records pin, as this log holds them."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from openquality_registry.facts import Facts
from openquality_registry.problems import Refused
from openquality_validator.governance import SchemaKind
from openquality_validator.message import message
from openquality_validator.records import VerifiedRecord
from openquality_validator.structure import NOT_CHECKED

_KINDS = {SchemaKind.EXTENSION, SchemaKind.METRICS}


class Contents(Mapping[str, bytes]):
    """Find published extension schemas and metric sets by their digest, as records pin it.

    They are asked for one by one: nothing is listed. Raises what the facts raise.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def __getitem__(self, sri: str) -> bytes:
        schemas = self._facts.schemas
        try:
            digest = f"sha256:{base64.b64decode(sri.removeprefix('sha256-'), validate=True).hex()}"
        except binascii.Error:
            raise KeyError(sri) from None
        for each in schemas.by_content(digest):
            if each.kind in _KINDS and (content := schemas.content(each.digest)) is not None:
                return content
        raise KeyError(sri)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def of(self, credential: Mapping[str, Any]) -> tuple[bytes, ...]:
        """Return what a record in the log pins, in the order of its pins."""
        digests = (pin["digestSRI"] for pin in credential.get("extensionSchemas", ()))
        return tuple(self[sri] for sri in digests if sri in self)


def require_checked(verified: VerifiedRecord) -> None:
    """Refuse a record that pins what this log does not hold: nobody could check it."""
    report = verified.valid.report
    missing = tuple(each for each in report.findings if each.code == NOT_CHECKED)
    if missing:
        raise Refused(
            "unpublished-schema",
            message(
                "The record pins what nobody has published here. Publish it first, or pin the "
                "digest of a published version."
            ),
            missing,
        )
