"""The one way out: every request that the registry sends goes through a `Fetcher`.

Whoever publishes a statement may name a host (did:web, did:webvh), so a request must never reach
what only this machine can reach (server-side request forgery), nor cost more than a little.

    addresses   which addresses of the Internet may be connected to
    connecting  a connection to a checked address, within a time limit
    fetcher     the rules for addresses of documents, redirects, sizes and types
"""

from openquality_registry.fetching.fetcher import (
    MAX_BYTES,
    SECONDS,
    Fetched,
    Fetcher,
    FetchError,
    FetchFailed,
    FetchRefused,
)

__all__ = [
    "MAX_BYTES",
    "SECONDS",
    "FetchError",
    "FetchFailed",
    "FetchRefused",
    "Fetched",
    "Fetcher",
]
