"""What whoever follows a log keeps between two entries. A port, and its form in memory."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from openquality_validator.conformity.deviation import Deviation
from openquality_validator.conformity.heard import SUPERSEDED, Word
from openquality_validator.conformity.schedule import Schedule
from openquality_validator.conformity.track import Track, Value

Name = tuple[str, str]
"""The name of a track: subject and metric."""

_WITHDRAWN = frozenset({"suspended", "revoked"})


@dataclass(frozen=True, slots=True)
class Spoken:
    """Hold an attestation or assessment at its log index, and what was said of it.

    `producer` is who its subject says makes it. `is_measured` says that it holds nothing but
    measured values, which newer ones take the place of.
    """

    index: int
    issuer: str
    subject: str
    producer: str | None = None
    is_measured: bool = False
    values: tuple[Value, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    is_superseded: bool = False

    def stands(self, operator: str) -> bool:
        """Say whether it counts: neither superseded, nor suspended or revoked.

        The words of its issuer and of the registry's operator count.
        """
        said = {self.words.get(self.issuer), self.words.get(operator)}
        return not self.is_superseded and not said & _WITHDRAWN

    def told(self, word: Word) -> "Spoken":
        """Return it after a word on it."""
        if word.word == SUPERSEDED:
            return replace(self, is_superseded=True)
        return replace(self, words={**self.words, word.issuer: word.word})

    @property
    def tracks(self) -> frozenset[Name]:
        """The tracks that it has to do with."""
        measured = {(line.subject, line.metric) for line, _ in self.values}
        return frozenset(measured | {(each.subject, each.metric) for each in self.schedules})


class Memory(Protocol):
    """Keep tracks and statements by name.

    What was kept is found again at once. A read costs no more than what it returns.
    """

    def track(self, name: Name) -> Track:
        """Return a track; an empty one if nothing is known of it."""
        ...

    def values(self, name: Name, *, since: dt.date | None) -> Iterable[Value]:
        """Return the values of a track whose statements stand, those that end on a day or later."""
        ...

    def spoken(self, digest: str) -> Spoken | None:
        """Return an attestation or assessment, if there is one of this digest."""
        ...

    def due(self, day: dt.date) -> Sequence[Name]:
        """Return the tracks, sorted, on which something changes by this day without any data."""
        ...

    def keep_spoken(self, digest: str, spoken: Spoken, *, stands: bool) -> None:
        """Keep a statement, and say whether its values stand."""
        ...

    def keep_track(
        self, track: Track, changed: Sequence[Deviation], *, due: dt.date | None
    ) -> None:
        """Keep a track with the deviations that were opened or closed."""
        ...


class InMemory:
    """Keep all of it in memory; `deviations` holds every deviation by its id, as opened."""

    def __init__(self) -> None:
        self.deviations: dict[str, Deviation] = {}
        self._tracks: dict[Name, Track] = {}
        self._due: dict[Name, dt.date] = {}
        self._spoken: dict[str, Spoken] = {}
        self._standing: dict[Name, dict[str, None]] = {}

    def track(self, name: Name) -> Track:
        """Return a track."""
        return self._tracks.get(name) or Track(*name)

    def values(self, name: Name, *, since: dt.date | None) -> Iterable[Value]:
        """Return the values of a track whose statements stand, those that end on a day or later."""
        for digest in self._standing.get(name, ()):
            for line, point in self._spoken[digest].values:
                is_late = since is None or point.end >= since
                if is_late and (line.subject, line.metric) == name:
                    yield line, point

    def spoken(self, digest: str) -> Spoken | None:
        """Return an attestation or assessment."""
        return self._spoken.get(digest)

    def due(self, day: dt.date) -> Sequence[Name]:
        """Return the tracks on which something changes by this day."""
        return sorted(name for name, due in self._due.items() if due <= day)

    def next_due(self) -> dt.date | None:
        """Return the next day on which something changes without any data."""
        return min(self._due.values(), default=None)

    def keep_spoken(self, digest: str, spoken: Spoken, *, stands: bool) -> None:
        """Keep a statement."""
        self._spoken[digest] = spoken
        for name in spoken.tracks:
            standing = self._standing.setdefault(name, {})
            if stands:
                standing[digest] = None
            else:
                standing.pop(digest, None)

    def keep_track(
        self, track: Track, changed: Sequence[Deviation], *, due: dt.date | None
    ) -> None:
        """Keep a track with the deviations that were opened or closed."""
        name = (track.subject, track.metric)
        self._tracks[name] = track
        self._due.pop(name, None)
        if due is not None:
            self._due[name] = due
        self.deviations.update({each.id: each for each in changed})
