"""Repeated failures, grouped: the first few are shown, the others counted."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from openquality.diagnostics.diagnostic import Diagnostic

SHOWN: Final = 3  # of a kind, in full
PLACES: Final = 10  # of those that are not, by their place
MOST_KINDS: Final = 1_000  # then a code alone makes a kind, so that memory stays flat
_INDEX: Final = re.compile(r"/[0-9]+(?=/|$)")
# What changes from one to the next of the same kind: numbers and quoted values. Names in back
# quotes do not: another missing member is another thing to mend.
_VALUES: Final = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'|„[^“]*“|«[^»]*»|[0-9][0-9.,]*")


@dataclass(slots=True)
class Kind:
    """Count the findings that say the same at one kind of place: `/claims/*/value/amount`."""

    code: str
    where: str
    severity: str
    count: int = 0
    places: list[str] = field(default_factory=list)

    @property
    def hidden(self) -> int:
        """How many were not shown in full."""
        return max(0, self.count - SHOWN)


class Repeats:
    """Tell what is shown in full, and remember the rest."""

    def __init__(self, *, everything: bool = False) -> None:
        self._everything = everything
        self._kinds: dict[tuple[str, str, str], Kind] = {}

    def shows(self, diagnostic: Diagnostic) -> bool:
        """Count a finding, and say whether it is shown in full."""
        if self._everything:
            return True
        code = diagnostic.code
        where = _INDEX.sub("/*", diagnostic.finding.pointer)
        said = _VALUES.sub("…", diagnostic.finding.message)
        if (code, where, said) not in self._kinds and len(self._kinds) >= MOST_KINDS:
            where = said = ""
        severity = diagnostic.finding.severity.value
        kind = self._kinds.setdefault((code, where, said), Kind(code, where, severity))
        kind.count += 1
        if kind.count > SHOWN and len(kind.places) < PLACES:
            kind.places.append(str(diagnostic.place))
        return kind.count <= SHOWN

    def rest(self) -> Iterator[Kind]:
        """Yield the kinds of which some were not shown, the most frequent first."""
        hidden = [kind for kind in self._kinds.values() if kind.hidden]
        yield from sorted(hidden, key=lambda kind: (-kind.hidden, kind.code, kind.where))
