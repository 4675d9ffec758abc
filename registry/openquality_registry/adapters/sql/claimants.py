"""Who claims to make a subject: every producer that statements about it name, never merged."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Engine, bindparam, false, select

from openquality_registry.adapters.sql.index_tables import measurements
from openquality_registry.adapters.sql.tables import subjects as subject_keys
from openquality_validator import subjects

# Identifiers of organisations: a producer's own key stands with everything that it makes.
_OF_PARTIES = frozenset({"did", "gln", "lei", "vat", "duns"})
_NAMED = (
    select(subject_keys.c.key, measurements.c.subject, measurements.c.producer)
    .join(measurements, measurements.c.log_index == subject_keys.c.log_index)
    .where(
        subject_keys.c.key.in_(bindparam("keys", expanding=True)),
        measurements.c.producer.is_not(None),
        measurements.c.withdrawn.is_(false()),
    )
    .distinct()
)


class SqlClaimants:
    """Find the producers that statements name for subjects. May be called from any thread."""

    def __init__(self, read: Engine) -> None:
        self._read = read

    def of(self, keys: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """Return the producers named for each key that is a subject's own, sorted."""
        found: dict[str, set[str]] = {}
        with self._read.connect() as connection:
            for row in connection.execute(_NAMED, {"keys": list(keys)}):
                scheme = row.key.partition(":")[0]
                if scheme not in _OF_PARTIES or row.key in set(subjects.id_keys(row.subject)):
                    found.setdefault(row.key, set()).add(row.producer)
        return {key: tuple(sorted(named)) for key, named in found.items()}

    def mark(self, rows: Iterable[dict[str, Any]]) -> None:
        """Add to the subject of each answer row who claims it: `producers` and `contested`."""
        listed = list(rows)
        keys = {row["subject"]["id"]: set(subjects.id_keys(row["subject"]["id"])) for row in listed}
        found = self.of({key for each in keys.values() for key in each}) if keys else {}
        for row in listed:
            own = keys[row["subject"]["id"]]
            row["subject"] |= claim({who for key in own for who in found.get(key, ())})


def claim(producers: Collection[str]) -> dict[str, Any]:
    """Write who claims a subject; it is contested if they are several."""
    return {"producers": sorted(producers), "contested": len(producers) > 1}
