"""A progress bar on the terminal."""

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class Bar:
    """Show how far a long piece of work is, on standard error, and vanish at the end."""

    def __init__(self, total: int | None, label: str) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            # Else rich would take results on their way to standard output and show them here.
            redirect_stdout=False,
        )
        self._task = self._progress.add_task(label, total=total)
        self._progress.start()

    def show(self, count: int) -> None:
        """Show so many records as done."""
        self._progress.update(self._task, completed=count)

    def stop(self) -> None:
        """Take the bar away."""
        self._progress.stop()
