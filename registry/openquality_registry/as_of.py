"""The log as it stood at the end of a day."""

import datetime as dt
from bisect import bisect_right

from openquality_registry.ports import Store
from openquality_validator.entry import Entry


def size_on(store: Store, day: dt.date, *, size: int) -> int:
    """Return how many of the first `size` entries came in by the end of a day (UTC).

    `admittedAt` never decreases along the log, so a few entries are read.
    """

    def came(index: int) -> dt.date:
        (entry,) = store.entries(index, index + 1)
        return dt.date.fromisoformat(Entry.from_bytes(entry).admitted_at[:10])

    return bisect_right(range(size), day, key=came)
