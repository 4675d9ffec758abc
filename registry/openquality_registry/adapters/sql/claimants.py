"""Who claims to make a subject: every producer that statements about it name, never merged."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Engine, select

from openquality_registry.adapters.sql.index_tables import measurements
from openquality_registry.adapters.sql.states import Now, State
from openquality_registry.adapters.sql.tables import subjects as subject_keys
from openquality_validator import subjects

# Identifiers of organisations: a producer's own key stands with everything that it makes.
_OF_PARTIES = frozenset({"did", "gln", "lei", "vat", "duns"})


class SqlClaimants:
    """Find the producers that statements name for subjects. May be called from any thread."""

    def __init__(self, read: Engine) -> None:
        self._read = read

    def of(
        self, keys: Collection[str], *, state: State | None = None
    ) -> Mapping[str, tuple[str, ...]]:
        """Return the producers named for each key that is a subject's own, sorted.

        `state` is that of the log as it is, unless another is named.
        """
        k, m = subject_keys.c, measurements.c
        named = (
            select(k.key, m.subject, m.producer)
            .join(measurements, m.log_index == k.log_index)
            .where(
                k.key.in_(list(keys)),
                m.producer.is_not(None),
                *(state or Now()).standing(measurements),
            )
            .distinct()
        )
        found: dict[str, set[str]] = {}
        with self._read.connect() as connection:
            for row in connection.execute(named):
                scheme = row.key.partition(":")[0]
                if scheme not in _OF_PARTIES or row.key in set(subjects.id_keys(row.subject)):
                    found.setdefault(row.key, set()).add(row.producer)
        return {key: tuple(sorted(named)) for key, named in found.items()}

    def mark(self, rows: Iterable[dict[str, Any]], *, state: State | None = None) -> None:
        """Add to the subject of each answer row who claims it: `producers` and `contested`."""
        listed = list(rows)
        keys = {row["subject"]["id"]: set(subjects.id_keys(row["subject"]["id"])) for row in listed}
        every = {key for each in keys.values() for key in each}
        found = self.of(every, state=state) if keys else {}
        for row in listed:
            own = keys[row["subject"]["id"]]
            row["subject"] |= claim({who for key in own for who in found.get(key, ())})


def claim(producers: Collection[str]) -> dict[str, Any]:
    """Write who claims a subject; it is contested if they are several."""
    return {"producers": sorted(producers), "contested": len(producers) > 1}
