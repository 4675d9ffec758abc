"""What the events of a bundle prove, and what of it had come in by a day."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from openquality_validator import status
from openquality_validator.entry import Entry
from openquality_validator.status import Event, States, Successor


@dataclass(frozen=True, slots=True)
class Proved:
    """Hold what the events of a bundle prove about its record, in the order of the log.

    `chain` are the status statements about the record, `certificates` those about each certificate
    that it claims, by the certificate's key; `entries` the log entries that prove them.
    """

    target: str
    log: str
    chain: tuple[Event, ...]
    certificates: Mapping[str, tuple[Event, ...]]
    successor: Successor | None
    entries: tuple[tuple[int, Entry], ...]

    @property
    def states(self) -> States:
        """How the record stands by each voice."""
        return status.derive(self.target, self.chain, log=self.log)

    @property
    def certificate_states(self) -> Mapping[str, States]:
        """How each certificate that the record claims stands by each voice, by its key."""
        return {
            key: status.derive(key, chain, log=self.log) for key, chain in self.certificates.items()
        }

    def as_of(self, day: dt.date) -> "Proved":
        """Return what of it had come in by the end of a day (UTC)."""
        past = {at for at, entry in self.entries if entry.admitted_at[:10] <= day.isoformat()}
        stands = self.successor is not None and self.successor.index in past
        return replace(
            self,
            chain=tuple(each for each in self.chain if each.index in past),
            certificates={
                key: tuple(each for each in chain if each.index in past)
                for key, chain in self.certificates.items()
            },
            successor=self.successor if stands else None,
            entries=tuple(each for each in self.entries if each[0] in past),
        )
