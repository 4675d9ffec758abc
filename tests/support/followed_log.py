"""Wait until a registry has followed its log and the calendar, or somebody waits for it."""

import time

from openquality_registry.bootstrap import Parts

PATIENCE = 60.0  # seconds for what takes a second at the most


def followed(parts: Parts, day: str = "") -> None:
    """Wait until everything published was followed, and every day up to this one was begun."""
    parts.following.wake()  # else it looks at the calendar once a second
    end = time.monotonic() + PATIENCE
    while True:
        position = parts.events.position()
        if position.entries >= parts.published_size() and position.day >= day:
            return
        assert time.monotonic() < end, "the log was not followed"
        time.sleep(0.02)


def waited_on(parts: Parts) -> None:
    """Wait until a reader waits for the next event."""
    end = time.monotonic() + PATIENCE
    while not parts.bell.waiting:
        assert time.monotonic() < end, "nobody waits"
        time.sleep(0.01)
