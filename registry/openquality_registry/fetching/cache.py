"""A small memory of fetched documents, so that many statements of one issuer cost one fetch."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar


class HasBody(Protocol):
    """Be something that is as large as its body."""

    @property
    def body(self) -> bytes:
        """The bytes that count."""
        ...


Kept = TypeVar("Kept", bound=HasBody)


class Cache(Generic[Kept]):
    """Keep the newest values up to a number of bytes. May be called from any thread."""

    def __init__(self, clock: Callable[[], float], max_bytes: int) -> None:
        self._clock = clock
        self._left = max_bytes
        self._kept: OrderedDict[Hashable, tuple[float, Kept]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, max_age: float) -> Kept | None:
        """Return the value of a key if it was put less than `max_age` seconds ago."""
        with self._lock:
            at, value = self._kept.get(key, (0.0, None))
        return value if value is not None and self._clock() - at < max_age else None

    def put(self, key: Hashable, value: Kept) -> None:
        """Keep a value, and forget the oldest while there is too much."""
        with self._lock:
            if (old := self._kept.pop(key, None)) is not None:
                self._left += _size(key, old[1])
            self._kept[key] = (self._clock(), value)
            self._left -= _size(key, value)
            while self._left < 0:
                forgotten, (_, dropped) = self._kept.popitem(last=False)
                self._left += _size(forgotten, dropped)


def _size(key: Hashable, value: HasBody) -> int:
    # The names count as well: a flood of empty documents must not stay for ever.
    return len(value.body) + len(str(key)) + 512
