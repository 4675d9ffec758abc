"""Access tokens: 256 random bits, shown once, kept as their SHA-256 alone.

    oq_<43 characters of base64url>

The bits are random, so a fast hash is enough: nobody can try all of them.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

PREFIX = "oq_"
MADE, REVOKED = 1, 2  # how many events of a token the log holds, in their order
_BYTES = 32


class Scope(StrEnum):
    """Name what a token allows."""

    PUBLISH = "publish"  # statements, under the admission policy `invited`
    INVITE = "invite"  # give out tokens that publish for one issuer
    STATUS = "status"  # say the operator's word on a record
    POLICY = "policy"  # set the admission policy
    TOKENS = "tokens"  # make and revoke tokens
    EVIDENCE = "evidence"  # delete data files
    LISTINGS = "listings"  # enter and remove listings
    WATCH = "watch"  # have subjects watched
    SUBSCRIBE = "subscribe"  # have events brought by webhooks
    READ = "read-operator"  # read tokens, policy and usage


@dataclass(frozen=True, slots=True)
class Token:
    """Hold what is known of a token; the secret itself is not.

    `issuer` binds it to the statements of one issuer. Times are RFC 3339 in UTC, as entries write
    them. `recorded` counts its events that the log holds: made, revoked.
    """

    id: str
    name: str
    scopes: frozenset[Scope]
    issuer: str | None
    created_at: str
    expires_at: str | None = None
    revoked_at: str | None = None
    recorded: int = 0

    def ended(self, now: datetime) -> str | None:
        """Say why the token no longer counts, or None while it does."""
        if self.revoked_at is not None:
            return f"was revoked at {self.revoked_at}"
        if self.expires_at is not None and datetime.fromisoformat(self.expires_at) <= now:
            return f"expired at {self.expires_at}"
        return None


def new_secret() -> str:
    """Make the secret text of a token."""
    return PREFIX + secrets.token_urlsafe(_BYTES)


def new_id() -> str:
    """Make the public name of a token."""
    return secrets.token_hex(8)


def hashed(secret: str) -> bytes:
    """Return what is kept of a secret: 32 bytes."""
    return sha256(secret.encode()).digest()
