"""Subscriptions to events in SQL (the port Subscriptions)."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Engine, Row, delete, func, insert, select, update

from openquality_registry.adapters.sql.event_tables import subscriptions
from openquality_registry.events.ports import Asked
from openquality_registry.webhooks.ports import Full
from openquality_registry.webhooks.subscription import Subscription

_s = subscriptions.c
_ORDER = (_s.created_at, _s.id)


class SqlSubscriptions:
    """Keep subscriptions; `webhooks.ports.Subscriptions` says what that promises."""

    def __init__(self, *, write: Engine, read: Engine) -> None:
        self._write = write
        self._read = read

    def add(self, made: Subscription, *, per_token: int, in_all: int) -> None:
        """Keep a new one. Raises Full."""
        count = select(func.count()).select_from(subscriptions)
        with self._write.begin() as connection:
            own: int = connection.execute(count.where(_s.token == made.token)).scalar_one()
            if own >= per_token:
                raise Full(per_token, of_token=True)
            if connection.execute(count).scalar_one() >= in_all:
                raise Full(in_all, of_token=False)
            connection.execute(insert(subscriptions), _row(made))

    def find(self, identifier: str) -> Subscription | None:
        """Return the one of this id."""
        with self._read.connect() as connection:
            row = connection.execute(select(subscriptions).where(_s.id == identifier)).first()
        return None if row is None else _subscription(row)

    def of_token(self, token: str) -> Sequence[Subscription]:
        """Return those that a token made."""
        return self._all(_s.token == token)

    def active(self) -> Sequence[Subscription]:
        """Return those that are brought events."""
        return self._all(_s.active)

    def remove(self, identifier: str, token: str) -> Subscription | None:
        """Remove one that this token made."""
        mine = (_s.id == identifier, _s.token == token)
        with self._write.begin() as connection:
            row = connection.execute(select(subscriptions).where(*mine)).first()
            connection.execute(delete(subscriptions).where(*mine))
        return None if row is None else _subscription(row)

    def advance(self, old: Subscription, new: Subscription) -> bool:
        """Give one its new standing if it stands as `old` does."""
        as_read = (
            _s.id == old.id,
            _s.active == old.active,
            _s.after == old.after,
            _s.failures == old.failures,
        )
        row = _row(new)
        with self._write.begin() as connection:
            moved = connection.execute(update(subscriptions).where(*as_read).values(row))
        return moved.rowcount == 1

    def _all(self, condition: Any) -> Sequence[Subscription]:  # noqa: ANN401 - a column's is none of SQLAlchemy's public types
        query = select(subscriptions).where(condition).order_by(*_ORDER)
        with self._read.connect() as connection:
            return tuple(_subscription(row) for row in connection.execute(query))


def _row(value: Subscription) -> dict[str, object]:
    asked = value.asked
    return {
        "id": value.id,
        "token": value.token,
        "url": value.url,
        "asked": orjson.dumps([asked.types, asked.subject, asked.issuer]).decode(),
        "created_at": value.created_at,
        "after": value.after,
        "active": value.active,
        "failures": value.failures,
        "failing_since": value.failing_since,
        "next_at": value.next_at,
        "problem": value.problem,
    }


def _subscription(row: Row[*tuple[Any, ...]]) -> Subscription:
    types, subject, issuer = orjson.loads(row.asked)
    return Subscription(
        id=row.id,
        token=row.token,
        url=row.url,
        asked=Asked(tuple(types), subject, issuer),
        created_at=row.created_at,
        after=row.after,
        active=bool(row.active),
        failures=row.failures,
        failing_since=row.failing_since,
        next_at=row.next_at,
        problem=row.problem,
    )
