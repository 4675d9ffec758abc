"""The work of `openquality validate --annotate`: the findings of one workbook into a copy of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from openquality.checking import Checked
from openquality.cli.output import say
from openquality.language import chosen
from openquality.sources import WORKBOOKS, Unreadable, name_of
from openquality.workbook import annotate
from openquality_validator.errors import OpenQualityError
from openquality_validator.message import message

if TYPE_CHECKING:
    from openquality.diagnostics.diagnostic import Diagnostic


@dataclass(eq=False)
class NotAnnotated(OpenQualityError):
    """The findings cannot be written as was asked."""

    reason: str

    def __str__(self) -> str:
        return self.reason


class Annotation:
    """Collect the findings of one workbook, and write them beside its cells.

    Raises NotAnnotated before anything is checked, if that cannot be done.
    """

    def __init__(self, found: Iterable[Path | Unreadable], out: Path) -> None:
        paths = [each for each in found if isinstance(each, Path)]
        if len(paths) != 1 or not (paths[0].is_dir() or paths[0].suffix.lower() in WORKBOOKS):
            raise NotAnnotated(
                message(
                    "--annotate takes one workbook, or one folder of CSV files of the template."
                )
            )
        if out.suffix.lower() != ".xlsx":
            raise NotAnnotated(message("--annotate writes an .xlsx file; name one."))
        if out.exists():
            raise NotAnnotated(
                message(
                    "{path} exists and is not overwritten. Choose another name, or move it.",
                    path=name_of(out),
                )
            )
        self._path, self._out = paths[0], out
        self._diagnostics: list[Diagnostic] = []

    def add(self, outcome: Checked | Unreadable) -> None:
        """Keep the findings of one record."""
        if isinstance(outcome, Checked):
            self._diagnostics += outcome.diagnostics

    def write(self) -> None:
        """Write the copy; of a file that is no workbook there is none."""
        from openquality.workbook.refusals import Unread

        try:
            annotate(self._path, self._diagnostics, self._out, language=chosen())
        except Unread:
            return
        say(message("The findings are in {path}.", path=name_of(self._out)))
