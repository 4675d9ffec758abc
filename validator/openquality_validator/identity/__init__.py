"""Issuers: their identifiers, the keys behind them, and the history of those keys."""

from openquality_validator.identity.key import (
    CACHED_KEYS,
    METHOD,
    KeyKind,
    KeyResolution,
    PublicKey,
    base58_decode,
    base58_encode,
    did_key,
    from_multikey,
    key_id,
    multikey,
    resolve,
)

__all__ = [
    "CACHED_KEYS",
    "METHOD",
    "KeyKind",
    "KeyResolution",
    "PublicKey",
    "base58_decode",
    "base58_encode",
    "did_key",
    "from_multikey",
    "key_id",
    "multikey",
    "resolve",
]
