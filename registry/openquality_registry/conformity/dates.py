"""The events that a day brings of itself.

certificate.expiring   90, 30 and 7 days before the last day of a certificate
certificate.expired    the day after it
measure.overdue        the day after the deadline of a corrective-action request still open
"""

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import Connection

from openquality_registry import certification
from openquality_registry.adapters.sql import calendar
from openquality_registry.adapters.sql.calendar import Ending
from openquality_registry.events.event import Event
from openquality_registry.events.following import begins
from openquality_registry.ports import Store
from openquality_validator import certification as cases
from openquality_validator.certification.standing import WARN_DAYS
from openquality_validator.errors import StatusError

EXPIRING, EXPIRED, OVERDUE = "certificate.expiring", "certificate.expired", "measure.overdue"


def events(
    connection: Connection, store: Store, day: date, *, log: str, below: int
) -> Iterator[Event]:
    """Yield what follows from a day, given the entries below a log index."""
    yesterday = day - timedelta(days=1)
    near = {day + timedelta(days=days): days for days in WARN_DAYS}
    for each in calendar.ending(connection, (yesterday, *near), below=below):
        days = near.get(date.fromisoformat(each.end))
        kind = EXPIRED if days is None else EXPIRING
        yield _certificate(kind, each, day, days or 0)
    for target in calendar.asked_until(connection, yesterday, below=below):
        said = [each for each in store.said_about(target) if each[0] < below]
        try:
            case = cases.derive(target, certification.events(said, log=log), log=log)
        except StatusError:
            continue  # the chain is broken, which a monitor names
        for request in case.overdue(day):
            if request.deadline == yesterday:
                yield Event(
                    type=OVERDUE,
                    key=request.asked.digest,
                    subject=target,
                    issuer=request.asked.issuer,
                    time=begins(day),
                    data={
                        "statement": request.asked.digest,
                        "deadline": request.deadline.isoformat(),
                        "answered": not request.awaits_answer,
                    },
                )


def _certificate(kind: str, each: Ending, day: date, days: int) -> Event:
    return Event(
        type=kind,
        key=f"{each.key}|{each.issuer}|{each.end}|{days}",
        subject=each.key,
        issuer=each.issuer,
        time=begins(day),
        data={
            "certificate": each.key,
            "holder": each.holder,
            "statement": each.statement,
            "end": each.end,
            "days": days,
        },
    )
