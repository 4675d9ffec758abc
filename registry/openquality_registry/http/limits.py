"""Token buckets: how often one client may ask for work, and the header fields that say so.

The fields are those of draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4:

    RateLimit-Policy: "requests";q=200;w=4     a burst of q requests; after w seconds all are back
    RateLimit: "requests";r=150;t=1            r requests are left; in t seconds all are back
"""

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

POLICY = "requests"  # the name of the one policy
MAX_CLIENTS = 65_536  # forgotten longest-unseen first, so that addresses cannot fill the memory


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Buckets:
    """Give each client `burst` tokens, and `rate` new ones a second up to `burst`.

    `now` returns seconds and never steps back. Used from one thread.
    """

    def __init__(self, *, rate: float, burst: int, now: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = burst
        self._now = now
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, client: str) -> int:
        """Take one token; return 0 if there was one, else the seconds until there is."""
        wait = self.wait(client)
        if self._rate and not wait:
            self._buckets[client].tokens -= 1
        return wait

    def fields(self, client: str) -> tuple[tuple[str, str], ...]:
        """Return the header fields that tell a client of its limit; none where there is none."""
        if not self._rate:
            return ()
        bucket = self._buckets.get(client)
        left = float(self._burst) if bucket is None else bucket.tokens
        whole = math.ceil(self._burst / self._rate)
        until = math.ceil((self._burst - left) / self._rate)
        return (
            ("ratelimit-policy", f'"{POLICY}";q={self._burst};w={whole}'),
            ("ratelimit", f'"{POLICY}";r={int(left)};t={until}'),
        )

    def wait(self, client: str) -> int:
        """Return the seconds until there is a token, 0 if there is one now; take none."""
        if not self._rate:
            return 0
        now = self._now()
        bucket = self._buckets.pop(client, None) or _Bucket(self._burst, now)
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.at) * self._rate)
        bucket.at = now
        self._buckets[client] = bucket
        if len(self._buckets) > MAX_CLIENTS:
            self._buckets.popitem(last=False)
        return 0 if bucket.tokens >= 1 else math.ceil((1 - bucket.tokens) / self._rate)
