"""What a rule is: a code, a severity, a small generator, and advice."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from openquality_validator.findings import Severity

RECORD = frozenset({"record"})  # rules that look at the record as a whole
MEASURED = frozenset(
    {"MeasurementClaim", "FootprintClaim", "CircularityClaim", "LifecycleCostClaim"}
)
QUANTIFIED = MEASURED | {"ServiceLevelClaim"}
OBSERVED = frozenset({"MeasurementClaim", "FootprintClaim", "CircularityClaim", "ProvenanceClaim"})


@dataclass(frozen=True, slots=True)
class Rule:
    """Describe one rule.

    `check` takes what its family walks (a record, a claim or a text) and yields pairs of a JSON
    Pointer, relative to that thing, and a message. Its docstring is the sentence users read.
    `on` names the claim types or metric forms that the rule speaks of, or the record; empty means
    every claim. `member` names the member of the claim without which there is nothing to judge, or
    several with a blank between them, of which one is enough.
    """

    code: str
    severity: Severity
    check: Callable[[Any], Iterator[tuple[str, str]]]
    hint: str
    on: frozenset[str] = frozenset()
    member: str = ""

    @property
    def sentence(self) -> str:
        """The rule in one or more sentences, for documentation."""
        return " ".join((self.check.__doc__ or "").split())
