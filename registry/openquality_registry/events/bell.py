"""Who waits for the next event, without a thread."""

import asyncio
import threading


class Bell:
    """Wake coroutines, of whatever loop, when the feed grows. Rung from any thread."""

    def __init__(self, newest: int = 0) -> None:
        self.newest = newest
        self.closed = False
        self._lock = threading.Lock()
        self._waiting: set[asyncio.Future[None]] = set()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def ring(self, newest: int) -> None:
        """Say that the feed goes up to a sequence, and wake everybody."""
        with self._lock:
            self.newest = max(self.newest, newest)
        self._wake_all()

    def close(self) -> None:
        """Let nobody wait any more: the server stops."""
        with self._lock:
            self.closed = True
        self._wake_all()

    def _wake_all(self) -> None:
        with self._lock:
            woken, self._waiting = self._waiting, set()
        for future in woken:
            # A loop that was closed meanwhile has nobody left who waits.
            if not future.get_loop().is_closed():
                future.get_loop().call_soon_threadsafe(_wake, future)

    async def wait(self, newest: int, seconds: float) -> None:
        """Wait until the feed goes beyond a sequence, or as long as this."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._lock:
            if self.closed or self.newest > newest:
                return
            self._waiting.add(future)
        try:
            await asyncio.wait({future}, timeout=seconds)
        finally:
            with self._lock:
                self._waiting.discard(future)


def _wake(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
