"""The plain calls of `openquality validate`, read without typer; typer reads all the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from openquality.cli.report import ReportFormat


@dataclass(frozen=True, slots=True)
class Call:
    """Hold the arguments of one call of `validate`."""

    files: tuple[Path, ...]
    form: ReportFormat | None

    def run(self) -> int:
        """Run the command, and return its exit code."""
        from openquality.cli.validation import Job, configured, run

        return run(configured(Job(self.files), form=self.form))


def read(arguments: Sequence[str]) -> Call | None:
    """Read `FILE… [--format FORMAT]`, or return None for anything else."""
    files: list[Path] = []
    form: ReportFormat | None = None
    rest = iter(arguments)
    for argument in rest:
        if argument == "--format":
            chosen = next(rest, "")
            if chosen not in {each.value for each in ReportFormat}:
                return None
            form = ReportFormat(chosen)
        elif argument.startswith("-"):
            return None
        else:
            files.append(Path(argument))
    return Call(tuple(files), form) if files else None
