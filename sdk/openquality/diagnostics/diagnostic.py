"""A finding with all that helps to mend it: place, excerpt, what belongs there, nearest word."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openquality.diagnostics.excerpt import Excerpt
from openquality.diagnostics.place import Place
from openquality_validator.findings import Finding, Severity

if TYPE_CHECKING:
    from openquality_validator.fixes import Fix


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Hold a finding as people and editors want it.

    `found` is the value that stands there, shortened; `expected` and `suggestion` (the nearest
    right word, which may be the wrong one) are empty where nothing is known. `fix` is what
    `--fix` would write, where the mend is mechanical and safe.
    """

    finding: Finding
    place: Place
    excerpt: Excerpt | None = None
    expected: str = ""
    found: str = ""
    suggestion: str = ""
    fix: "Fix | None" = None

    @property
    def code(self) -> str:
        """The stable code of the finding."""
        return self.finding.code

    @property
    def is_error(self) -> bool:
        """True if the finding refuses the document."""
        return self.finding.severity is Severity.ERROR

    def to_json(self) -> dict[str, Any]:
        """Return the members that docs/spec/diagnostics.md describes."""
        said = {
            "expected": self.expected,
            "found": self.found,
            "suggestion": self.suggestion,
        }
        return {
            **self.finding.to_json(),
            **self.place.to_json(),
            **{name: text for name, text in said.items() if text},
            **({"fix": self.fix.to_json()} if self.fix else {}),
        }
