"""What every format of diagnostics is: documents in, one at a time, and text out."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from openquality.checking import Checked
from openquality.sources import Unreadable

Write = Callable[[str], object]
"""Take a piece of the result, line ends included."""


class Writer(Protocol):
    """Write the result of a run in one format; memory stays flat however much is written."""

    def add(self, checked: Checked) -> None:
        """Write one document that was checked; what has no findings may go unsaid."""
        ...

    def unread(self, unread: Unreadable) -> None:
        """Write that a file could not be read."""
        ...

    def end(self, summary: Mapping[str, Any]) -> None:
        """Write what closes the result."""
        ...
