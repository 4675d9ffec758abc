"""Tokens and usage in SQL."""

import hmac
from collections.abc import Mapping, Sequence

from sqlalchemy import Engine, Row, and_, bindparam, delete, insert, or_, select, text, update

from openquality_registry.access.tokens import MADE, REVOKED, Scope, Token
from openquality_registry.adapters.sql.trust_tables import tokens, usage

_BY_HASH = select(tokens).where(tokens.c.hash == bindparam("hash"))
_BEGIN_DAY = text(
    "INSERT INTO usage (day, client, count) VALUES (:day, :client, 0) ON CONFLICT DO NOTHING"
)


class SqlAccess:
    """Keep tokens by the hash of their secret, and count what is used. Safe from any thread."""

    def __init__(self, *, write: Engine, read: Engine) -> None:
        self._write = write
        self._read = read

    def add(self, token: Token, secret_hash: bytes) -> None:
        """Keep a new token, durably."""
        row = {
            "id": token.id,
            "name": token.name,
            "scopes": " ".join(sorted(token.scopes)),
            "issuer": token.issuer,
            "hash": secret_hash,
            "created_at": token.created_at,
            "expires_at": token.expires_at,
            "revoked_at": token.revoked_at,
            "recorded": token.recorded,
        }
        with self._write.begin() as connection:
            connection.execute(insert(tokens), row)

    def find(self, secret_hash: bytes) -> Token | None:
        """Return the token whose secret has this SHA-256."""
        with self._read.connect() as connection:
            row = connection.execute(_BY_HASH, {"hash": secret_hash}).first()
        # The look-up is by a hash that nobody can steer; compared once more in constant time.
        if row is None or not hmac.compare_digest(row.hash, secret_hash):
            return None
        return _token(row)

    def get(self, identifier: str) -> Token | None:
        """Return the token of this id."""
        with self._read.connect() as connection:
            row = connection.execute(select(tokens).where(tokens.c.id == identifier)).first()
        return None if row is None else _token(row)

    def all(self) -> tuple[Token, ...]:
        """Return every token, in the order in which they were made."""
        with self._read.connect() as connection:
            query = select(tokens).order_by(tokens.c.created_at, tokens.c.id)
            return tuple(_token(row) for row in connection.execute(query))

    def unrecorded(self) -> tuple[Token, ...]:
        """Return the tokens of which the log does not hold everything yet."""
        missing = or_(
            tokens.c.recorded < MADE,
            and_(tokens.c.revoked_at.is_not(None), tokens.c.recorded < REVOKED),
        )
        with self._read.connect() as connection:
            query = select(tokens).where(missing).order_by(tokens.c.created_at, tokens.c.id)
            return tuple(_token(row) for row in connection.execute(query))

    def mark_recorded(self, identifier: str, count: int) -> None:
        """Remember how many of a token's events the log holds."""
        with self._write.begin() as connection:
            connection.execute(
                update(tokens).where(tokens.c.id == identifier).values(recorded=count)
            )

    def revoke(self, identifier: str, at: str) -> Token | None:
        """End a token, durably; return it, or None if there is none. The first time stands."""
        with self._write.begin() as connection:
            connection.execute(
                update(tokens)
                .where(tokens.c.id == identifier, tokens.c.revoked_at.is_(None))
                .values(revoked_at=at)
            )
            row = connection.execute(select(tokens).where(tokens.c.id == identifier)).first()
        return None if row is None else _token(row)

    def take(self, day: str, client: str, *, wanted: int, limit: int) -> int:
        """Count up to `wanted` more of a client's day, never above `limit`; return how many."""
        mine = and_(usage.c.day == day, usage.c.client == client)
        with self._write.begin() as connection:
            connection.execute(_BEGIN_DAY, {"day": day, "client": client})
            used = connection.execute(select(usage.c.count).where(mine).with_for_update())
            count: int = used.scalar_one()
            granted = max(0, min(wanted, limit - count))
            connection.execute(update(usage).where(mine).values(count=count + granted))
        return granted

    def usage(self, day: str) -> Sequence[Mapping[str, object]]:
        """Return what was counted on a day, by client."""
        with self._read.connect() as connection:
            query = (
                select(usage.c.client, usage.c.count)
                .where(usage.c.day == day)
                .order_by(usage.c.client)
            )
            return [
                {"client": row.client, "count": row._mapping["count"]}  # noqa: SLF001 - its documented name; `count` is a method of the row
                for row in connection.execute(query)
            ]

    def forget_usage(self, before: str) -> None:
        """Drop what was counted before a day: clients are known by their addresses."""
        with self._write.begin() as connection:
            connection.execute(delete(usage).where(usage.c.day < before))


def _token(row: Row[*tuple[object, ...]]) -> Token:
    return Token(
        id=row.id,
        name=row.name,
        scopes=frozenset(map(Scope, row.scopes.split())),
        issuer=row.issuer,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        recorded=row.recorded,
    )
