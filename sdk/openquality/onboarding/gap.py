"""One thing that is missing before onboarding, and what it would take."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from openquality_validator.findings import Severity


@dataclass(frozen=True, slots=True)
class Gap:
    """Say what is missing, where, and what it takes: in words, and as a command if there is one.

    An error keeps the supplier from being ready, a warning is advice. `code` is stable (Y and
    three digits).
    """

    code: str
    severity: Severity
    where: str
    message: str
    hint: str
    command: str | None = None

    def to_json(self) -> dict[str, str | None]:
        """Return the gap as a JSON object with its six members."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "where": self.where,
            "message": self.message,
            "hint": self.hint,
            "command": self.command,
        }


def run(*words: str | Path) -> str:
    """Write a call of the program as it is typed."""
    return shlex.join(("openquality", *map(str, words)))
