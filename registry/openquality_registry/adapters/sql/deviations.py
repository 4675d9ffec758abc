"""Deviations as they are read: by subject, kind, state and day, in the order of their opening."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import Engine, or_, select

from openquality_registry.adapters.sql.conformity_tables import deviations
from openquality_registry.adapters.sql.fact_tables import measures
from openquality_validator.conformity import Deviation, Kind

_d = deviations.c


@dataclass(frozen=True, slots=True)
class Wanted:
    """Hold which deviations are asked for; what is None asks for nothing.

    `since` is the day from which on they were opened or closed.
    """

    subject: str | None = None
    kind: Kind | None = None
    is_open: bool | None = None
    since: dt.date | None = None


class SqlDeviations:
    """Read deviations. Safe from any thread."""

    def __init__(self, read: Engine) -> None:
        self._read = read

    def asked_about(self, targets: Collection[str]) -> set[str]:
        """Return those of the targets about which a measure was said."""
        wanted = select(measures.c.target).where(measures.c.target.in_(sorted(targets)))
        with self._read.connect() as connection:
            return set(connection.execute(wanted.distinct()).scalars())

    def open_of(self, party: str, *, limit: int) -> Sequence[Deviation]:
        """Return what is open of a party: its data, its promises, itself; the newest first."""
        theirs = or_(_d.issuer == party, _d.subject == party)
        query = select(_d.content).where(theirs, _d.is_open).order_by(_d.at.desc()).limit(limit)
        with self._read.connect() as connection:
            found = connection.execute(query).scalars().all()
        return [Deviation.from_json(orjson.loads(each)) for each in found]

    def page(self, wanted: Wanted, *, after: str = "", limit: int) -> Sequence[Deviation]:
        """Return deviations behind a place, in the order of `conformity.place`."""
        query = select(_d.content).where(_d.at > after)
        if wanted.subject is not None:
            query = query.where(_d.subject == wanted.subject)
        if wanted.kind is not None:
            query = query.where(_d.kind == wanted.kind.value)
        if wanted.is_open is not None:
            query = query.where(_d.is_open.is_(wanted.is_open))
        if wanted.since is not None:
            query = query.where(_d.moved >= wanted.since.isoformat())
        with self._read.connect() as connection:
            found = connection.execute(query.order_by(_d.at).limit(limit)).scalars().all()
        return [Deviation.from_json(orjson.loads(each)) for each in found]
