"""Work that is done again and again beside the log, in a thread of its own."""

import logging
import threading
from collections.abc import Callable
from typing import Final

_log = logging.getLogger(__name__)


class Repeating:
    """Run a task, wait, and run it again, until closed; what it raises is logged with its trace.

    `name` is that of the thread, `failed` the sentence of the log, `interval` in seconds.
    """

    def __init__(
        self, task: Callable[[], object], *, name: str, failed: str, interval: float
    ) -> None:
        self._task = task
        self._failed: Final = failed
        self._interval: Final = interval
        self._closing = threading.Event()
        self._woken = threading.Event()  # the next turn comes now
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin, with the task first."""
        self._thread.start()

    def wake(self) -> None:
        """Run the task now, or once more if it is running."""
        self._woken.set()

    def close(self) -> None:
        """Stop after the task that runs; without a start, do nothing."""
        self._closing.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join()

    def pause(self, seconds: float) -> bool:
        """Wait within the task; say whether it is to stop."""
        return self._closing.wait(seconds)

    def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                self._task()
            except Exception:  # noqa: BLE001 - logged with its trace
                # Whatever it is, the log goes on; the next turn tries again.
                _log.exception(self._failed)
            if not self._closing.is_set():
                self._woken.wait(self._interval)
            if self._closing.is_set():
                return
