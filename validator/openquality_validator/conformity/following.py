"""Follow a log: what each entry and each day opens and closes.

Entries come in the order of the log; a day begins after all entries admitted before it, and before
those of its own. So what follows is a function of the log and the calendar.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace

from openquality_validator.conformity.deviation import Deviation, Moment
from openquality_validator.conformity.heard import Heard
from openquality_validator.conformity.memory import Memory, Name, Spoken
from openquality_validator.conformity.point import MEASURED
from openquality_validator.conformity.schedule import Schedule
from openquality_validator.conformity.track import Change, Value, advance
from openquality_validator.evidence import Accreditor
from openquality_validator.records import VerifiedRecord


class Following:
    """Say what follows, from what the memory holds. For one thread.

    `operator` is the registry's, whose word on a record counts beside its issuer's; `accreditors`
    are those whose measurements count beside the producer's own.
    """

    def __init__(
        self, memory: Memory, *, operator: str, accreditors: Sequence[Accreditor] = ()
    ) -> None:
        self._memory = memory
        self._operator = operator
        self._accreditors = tuple(accreditors)

    def entry(self, heard: Heard) -> tuple[Deviation, ...]:
        """Return the deviations that an entry opens or closes."""
        memory, moment = self._memory, heard.moment
        spoken = None if heard.record is None else _spoken(heard, heard.record)
        touched = set() if spoken is None else set(spoken.tracks)
        withdrawn, returned = set[str](), set[str]()
        back: tuple[Value, ...] = ()
        word = heard.word
        target = None if word is None else memory.spoken(word.target)
        if word is not None and target is not None:
            after = target.told(word)
            stood, stands = target.stands(self._operator), after.stands(self._operator)
            if stood != stands:
                (returned if stands else withdrawn).add(word.target)
                touched |= target.tracks
                back = target.values if stands else ()
        changed: list[Deviation] = []
        for name in sorted(touched):
            change = Change(
                moment,
                measured=_of(name, heard.measured),
                scheduled=tuple(e for e in heard.scheduled if (e.subject, e.metric) == name),
                withdrawn=frozenset(withdrawn),
                returned=frozenset(returned),
            )
            changed += self._advance(name, change, back=_of(name, back), target=target)
        if word is not None and target is not None:
            after = target.told(word)
            memory.keep_spoken(word.target, after, stands=after.stands(self._operator))
        if spoken is not None:
            memory.keep_spoken(heard.digest, spoken, stands=True)
        return tuple(changed)

    def day(
        self, day: dt.date, *, begun: Iterable[Schedule] = (), ended: Iterable[Schedule] = ()
    ) -> tuple[Deviation, ...]:
        """Return the deviations that the beginning of a day opens or closes.

        `begun` and `ended` are the schedules of watches that begin or end with it.
        """
        begun, ended = tuple(begun), tuple(ended)
        names = {(each.subject, each.metric) for each in (*begun, *ended)}
        changed: list[Deviation] = []
        for name in sorted({*self._memory.due(day), *names}):
            change = Change(
                Moment(day),
                scheduled=tuple(e for e in begun if (e.subject, e.metric) == name),
                ended=frozenset(e.key for e in ended if (e.subject, e.metric) == name),
            )
            changed += self._advance(name, change)
        return tuple(changed)

    def _advance(
        self,
        name: Name,
        change: Change,
        *,
        back: tuple[Value, ...] = (),
        target: Spoken | None = None,
    ) -> tuple[Deviation, ...]:
        def values(since: dt.date | None) -> list[Value]:
            kept = self._memory.values(name, since=since)
            standing = [each for each in kept if each[1].digest not in change.withdrawn]
            return [*standing, *back, *change.measured]

        track = self._memory.track(name)
        if change.returned and target is not None:
            # A promise that was over or never kept comes back with the statement.
            lost = [e for e in target.schedules if (e.subject, e.metric) == name]
            change = replace(
                change,
                scheduled=(
                    *change.scheduled,
                    *(each for each in lost if each.key not in track.expected),
                ),
            )
        found = advance(track, change, values=values, accreditors=self._accreditors)
        self._memory.keep_track(
            found.track, found.deviations, due=found.track.due(change.moment.day)
        )
        return found.deviations


def _spoken(heard: Heard, record: VerifiedRecord) -> Spoken:
    subject = record.value["credentialSubject"]
    claims = subject.get("claims", ())
    return Spoken(
        index=heard.moment.index or 0,
        issuer=heard.issuer,
        subject=subject["id"],
        producer=subject.get("producer", {}).get("party", {}).get("id"),
        is_measured=bool(claims) and all(each["type"] == MEASURED for each in claims),
        values=heard.measured,
        schedules=heard.scheduled,
    )


def _of(name: Name, values: Iterable[Value]) -> tuple[Value, ...]:
    return tuple(each for each in values if (each[0].subject, each[0].metric) == name)
