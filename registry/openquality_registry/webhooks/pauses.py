"""How long to wait after a failure, and when to give up. Pure.

The pauses grow as Standard Webhooks recommends, for some days in all. A part of each is added that
depends on the subscription, so that receivers that failed together are not asked together again.
"""

from datetime import timedelta
from hashlib import sha256

PAUSES = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 60, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000)
)
GIVE_UP = timedelta(days=3)  # of nothing but failures: the feed stays, and tells the same
SPREAD = 0.2  # of a pause, at the most, is added
MAX_ASKED = timedelta(days=1)  # that a receiver may ask to wait


def pause(identifier: str, failures: int, *, asked: timedelta = timedelta(0)) -> timedelta:
    """Return how long to wait after so many failures in a row, 1 or more.

    `asked` is what the receiver asked for (Retry-After): it makes a pause longer, never shorter.
    """
    base = PAUSES[min(failures, len(PAUSES)) - 1]
    drawn = int.from_bytes(sha256(f"{identifier}/{failures}".encode()).digest()[:4]) / 2**32
    return max(base * (1 + SPREAD * drawn), min(asked, MAX_ASKED))
