"""What a rule is: a code, a severity, a small generator, and advice."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from openquality_validator.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """Describe one rule.

    `check` takes what its family walks (a record, a claim or a text) and yields pairs of a JSON
    Pointer, relative to that thing, and a message. Its docstring is the sentence users read.
    `on` names the claim types or metric forms that the rule speaks of; empty means all.
    """

    code: str
    severity: Severity
    check: Callable[[Any], Iterator[tuple[str, str]]]
    hint: str
    on: frozenset[str] = frozenset()

    @property
    def sentence(self) -> str:
        """The rule in one or more sentences, for documentation."""
        return " ".join((self.check.__doc__ or "").split())

    def findings(self, thing: object, prefix: str) -> Iterator[Finding]:
        """Run the rule on one thing that stands at the pointer `prefix`."""
        for where, message in self.check(thing):
            yield Finding(self.code, self.severity, prefix + where, message, self.hint)
