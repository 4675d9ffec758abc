"""What a run of `validate` came to: counts, a sentence, and the exit code."""

from collections import Counter
from typing import Any, Final

from openquality.checking import Checked
from openquality.sources import Unreadable
from openquality_validator.message import join, message

MOST_CODES: Final = 10  # in the summary of a long run
VALID, REFUSED, COULD_NOT_RUN = 0, 1, 2


class Summary:
    """Count what was seen, in constant memory."""

    def __init__(self) -> None:
        self.checked = 0
        self.refused = 0
        self.unread = 0
        self.fixed = 0
        self.fixable = 0
        self.codes: Counter[str] = Counter()

    def count(self, outcome: Checked | Unreadable) -> None:
        """Add one document, or a file that could not be read."""
        if isinstance(outcome, Unreadable):
            self.unread += 1
            return
        self.checked += 1
        self.refused += not outcome.valid
        self.fixed += len(outcome.fixed)
        for diagnostic in outcome.diagnostics:
            self.codes[diagnostic.code] += 1
            self.fixable += diagnostic.fix is not None

    @property
    def code(self) -> int:
        """The exit code."""
        if self.unread:
            return COULD_NOT_RUN
        return REFUSED if self.refused else VALID

    def to_json(self) -> dict[str, Any]:
        """Return the counts."""
        codes = dict(sorted(self.codes.items()))
        return {
            "checked": self.checked,
            "refused": self.refused,
            "unread": self.unread,
            "fixed": self.fixed,
            "codes": codes,
        }

    def sentence(self) -> str:
        """Say the counts."""
        said = [
            message(
                "{checked} checked: {valid} valid, {refused} not.",
                checked=self.checked,
                valid=self.checked - self.refused,
                refused=self.refused,
            )
        ]
        if self.unread:
            said.append(message("{unread} not read.", unread=self.unread))
        if self.fixed:
            said.append(message("{fixed} fixed.", fixed=self.fixed))
        if self.fixable:
            said.append(message("`--fix` mends {fixable}.", fixable=self.fixable))
        if self.checked > 1 and self.codes:
            most = self.codes.most_common(MOST_CODES)
            listed = ", ".join(f"{code} ×{count}" for code, count in most)
            said.append(message("Findings: {listed}.", listed=listed))
        return join(" ", said)
