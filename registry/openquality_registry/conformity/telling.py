"""What subscribers are told of a deviation: an event for its opening, and one for its closing."""

from collections.abc import Iterable, Iterator
from typing import Any

from openquality_registry.events.event import Event
from openquality_registry.events.following import begins
from openquality_validator import subjects
from openquality_validator.conformity import Deviation, Kind, Moment

OPENED, CLOSED, LATE = "deviation.opened", "deviation.closed", "data.late"


def events(changed: Iterable[Deviation], *, time: str | None = None) -> Iterator[Event]:
    """Yield the event of each change; `time` is that of the entry, None for the day's beginning.

    Data that do not come are `data.late`; a month that was left out is a deviation that opened.
    """
    for each in changed:
        if each.closed is None:
            is_late = each.kind is Kind.GAP and each.opened.index is None
            yield _event(LATE if is_late else OPENED, each, each.opened, time, {})
        else:
            why = None if each.why is None else each.why.value
            yield _event(CLOSED, each, each.closed, time, {"why": why})


def _event(
    kind: str, each: Deviation, moment: Moment, time: str | None, more: dict[str, Any]
) -> Event:
    return Event(
        type=kind,
        key=each.id,
        subject=next(iter(subjects.id_keys(each.subject))),
        issuer=each.found.issuer,
        time=time or begins(moment.day),
        data={
            "deviation": each.id,
            "kind": each.kind.value,
            "about": each.about,
            **more,
            **each.found.detail,
        },
        index=moment.index,
    )
