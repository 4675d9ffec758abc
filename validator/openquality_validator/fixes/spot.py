"""What a mender looks at: a finding, the value it is about, and what stands around it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from openquality_validator.findings import Finding, at
from openquality_validator.positions import Span

Json = dict[str, Any]
Proposals = Iterator[tuple[str | int | None, str]]
"""The new value, or None where only characters go, and what is done in a few words."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Hold one finding and its surroundings in a parsed record.

    `value` is what stands at its pointer, `raw` the same as it is written; `parent` is the object
    or list that holds it.
    """

    finding: Finding
    text: str
    span: Span
    record: Json
    parent: Any
    value: Any

    @property
    def raw(self) -> str:
        """The value as the text writes it."""
        return self.text[self.span.start : self.span.end]

    @property
    def claim(self) -> Json:
        """The claim that the finding is about, or an empty object."""
        match self.finding.pointer.split("/"):
            case ["", "credentialSubject", "claims", index, *_]:
                return at(self.record, f"/credentialSubject/claims/{index}") or {}
        return {}
