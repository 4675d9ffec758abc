"""What a day brings of itself: certificates whose end is near or past, requests past deadline."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from openquality_registry.adapters.sql.fact_tables import measures
from openquality_registry.adapters.sql.index_tables import certificates
from openquality_registry.adapters.sql.tables import entries

_c, _m = certificates.c, measures.c


@dataclass(frozen=True, slots=True)
class Ending:
    """Hold what a record says of the end of a certificate."""

    key: str
    issuer: str
    holder: str
    statement: str
    end: str


def ending(connection: Connection, days: Collection[dt.date], *, below: int) -> Sequence[Ending]:
    """Return the certificates whose last day is one of these, by entries below a log index.

    Of the records of one issuer on one certificate the newest counts, and none that is withdrawn.
    """
    later = certificates.alias()
    newer = select(later.c.log_index).where(
        later.c.key == _c.key,
        later.c.issuer == _c.issuer,
        later.c.log_index > _c.log_index,
        later.c.log_index < below,
        later.c.withdrawn.is_(False),
    )
    wanted = (
        select(_c.key, _c.issuer, _c.holder, _c.end, entries.c.digest)
        .join(entries, entries.c.log_index == _c.log_index)
        .where(
            _c.end.in_([each.isoformat() for each in days]),
            _c.log_index < below,
            _c.withdrawn.is_(False),
            ~newer.exists(),
        )
        .order_by(_c.log_index, _c.position, _c.holder)
    )
    found: dict[tuple[str, str], Ending] = {}
    for row in connection.execute(wanted):
        each = Ending(row.key, row.issuer, row.holder, f"sha256:{row.digest.hex()}", row.end)
        found.setdefault((each.key, each.issuer), each)
    return tuple(found.values())


def asked_until(connection: Connection, day: dt.date, *, below: int) -> Sequence[str]:
    """Return the targets of corrective-action requests whose deadline is this day, sorted."""
    wanted = select(_m.target).where(_m.deadline == day.isoformat(), _m.log_index < below)
    return sorted(set(connection.execute(wanted).scalars()))
