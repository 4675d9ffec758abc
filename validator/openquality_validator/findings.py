"""Problems in a document, as data."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """Say whether a finding refuses the document or only warns."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """Describe one problem: what, where, and how to mend it.

    `code` is stable (a letter for the family, three digits); `pointer` is a JSON Pointer
    (RFC 6901) into the document; `message` and `hint` are sentences whose wording may improve.
    `expected` says in a few words what belongs there, and `nearest` is the right word that a wrong
    one is most like; both are empty where that is not known, and are no part of what a finding is.
    """

    code: str
    severity: Severity
    pointer: str
    message: str
    hint: str
    expected: str = field(default="", compare=False)
    nearest: str = field(default="", compare=False)

    def to_json(self) -> dict[str, str]:
        """Return the finding as a JSON object with its five members."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "pointer": self.pointer,
            "message": self.message,
            "hint": self.hint,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """Hold every finding of one document, ordered by pointer, then code."""

    findings: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> "Report":
        """Sort findings and drop exact repetitions."""
        unique = dict.fromkeys(findings)
        return cls(tuple(sorted(unique, key=lambda f: (f.pointer, f.code, f.message))))

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that refuse the document."""
        return tuple(f for f in self.findings if f.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that only warn."""
        return tuple(f for f in self.findings if f.severity is Severity.WARNING)

    @property
    def valid(self) -> bool:
        """True if no finding refuses the document."""
        return not self.errors


def escape(token: str) -> str:
    """Escape one JSON Pointer reference token (RFC 6901, section 3)."""
    return token.replace("~", "~0").replace("/", "~1")


def pointer(path: Iterable[str | int]) -> str:
    """Join path elements to a JSON Pointer."""
    return "".join(f"/{escape(str(part))}" for part in path)


def at(value: Any, pointer: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return what stands at a JSON Pointer, or None."""
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and int(name[:9]) < len(value):
            value = value[int(name[:9])]
        else:
            return None
    return value
