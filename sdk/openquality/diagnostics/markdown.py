"""Diagnostics as Markdown, for a job summary or a comment on a change.

What comes from a record is escaped: it makes no link, no image, no heading, no HTML and calls on
nobody. Repeated findings are grouped, since summaries have a limit of size.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from openquality.checking import Checked
from openquality.diagnostics.excerpt import visible
from openquality.diagnostics.repeats import Repeats
from openquality.diagnostics.writer import Write
from openquality.language import local
from openquality.sources import Unreadable, name_of
from openquality_validator.message import message

# All that CommonMark 0.31 (2.4) lets a backslash take the meaning of, but what ends sentences.
_MARKUP: Final = re.compile(r"([\\`*_{}\[\]<>()#+\-!|~$^&=\"'/])")
# A comment between the parts keeps GitHub from linking an address or calling on a person.
_APART: Final = "<!-- -->"


class MarkdownWriter:
    """Write a table of findings, and below it what was grouped and what was not read."""

    def __init__(self, write: Write, *, everything: bool = False) -> None:
        self._write = write
        self._repeats = Repeats(everything=everything)
        self._has_rows = False
        self._unread: list[Unreadable] = []

    def add(self, checked: Checked) -> None:
        """Write a row for each finding."""
        for diagnostic in checked.diagnostics:
            if self._repeats.shows(diagnostic):
                finding = diagnostic.finding
                self._row(
                    str(diagnostic.place),
                    f"{finding.severity} {finding.code}",
                    local(finding.message),
                    local(finding.hint),
                )

    def unread(self, unread: Unreadable) -> None:
        """Write a row for a file that could not be read."""
        self._row(name_of(unread.path), "error", local(unread.reason), "")

    def end(self, summary: Mapping[str, Any]) -> None:
        """Write the groups, and the counts."""
        rest = list(self._repeats.rest())
        for kind in rest:
            more = message("{count} more like these:", count=kind.hidden)
            where = f" {escape(kind.where)}" if kind.where else ""
            places = ", ".join(map(escape, kind.places))
            after = ", …" if kind.hidden > len(kind.places) else ""
            start = "\n" if kind is rest[0] else ""
            self._write(f"{start}- {kind.code}{where}: {local(more)} {places}{after}\n")
        counts = message(
            "{checked} checked: {valid} valid, {refused} not.",
            checked=summary["checked"],
            valid=summary["checked"] - summary["refused"],
            refused=summary["refused"],
        )
        start = "\n" if self._has_rows else ""
        self._write(f"{start}**{escape(local(counts))}**\n")

    def _row(self, place: str, code: str, said: str, hint: str) -> None:
        if not self._has_rows:
            heads = (message("place"), message("finding"), message("what"), message("what to do"))
            self._write(f"| {' | '.join(map(local, heads))} |\n|---|---|---|---|\n")
            self._has_rows = True
        self._write(f"| {' | '.join(map(escape, (place, code, said, hint)))} |\n")


def escape(text: str) -> str:
    """Write a text so that Markdown shows it as it is, on one line."""
    flat = _MARKUP.sub(r"\\\1", visible(text.replace("\n", " ")))
    flat = flat.replace("@", f"@{_APART}").replace(":\\/", f":{_APART}\\/")
    return re.sub(r"(?i)\bwww\.", lambda found: f"{found[0]}{_APART}", flat)
