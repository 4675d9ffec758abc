"""The places of status lists in SQL: heads by the name of the list and the place."""

import secrets
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Engine, bindparam, func, literal, select, text

from openquality_registry import places
from openquality_registry.adapters.sql.trust_tables import heads, statuses
from openquality_validator.status import bitstring
from openquality_validator.status.bitstring import Purpose
from openquality_validator.status.statement import STATEMENT

# A list is filled to one half: then every second draw at the worst finds a free place.
CAPACITY = bitstring.SIZE // 2
_AFTER = chr(ord("/") + 1)  # head names of a list stand from "…/" up to here
_TAKE = text("INSERT INTO heads (name, value) VALUES (:name, :value) ON CONFLICT DO NOTHING")
_OF_LIST = (heads.c.name >= bindparam("low"), heads.c.name < bindparam("high"))
_COUNT = select(func.count()).select_from(heads).where(*_OF_LIST)
_ANY = select(heads.c.name).where(*_OF_LIST).limit(1)
_NEWEST = select(func.max(statuses.c.log_index))
_SPOKEN_OF = (
    select(heads.c.name, heads.c.value)
    .join(statuses, statuses.c.target == literal(STATEMENT) + heads.c.value)
    .where(*_OF_LIST)
    .where(statuses.c.log_index >= bindparam("start"), statuses.c.log_index < bindparam("stop"))
    .distinct()
)


class SqlPlaces:
    """Reserve places, each once for all time, and find those that were spoken of.

    Durability: when `reserve` returns, its places survive the loss of power. Every method may be
    called from any thread.
    """

    def __init__(self, *, write: Engine, read: Engine) -> None:
        self._write = write
        self._read = read
        self._current: dict[Purpose, int] = {}  # the list that is being filled, as a short cut

    def reserve(
        self, purpose: Purpose, issuer: str, count: int, *, capacity: int = CAPACITY
    ) -> Sequence[tuple[str, int]]:
        """Reserve free places at random for an issuer; return each with the name of its list.

        At most `capacity` places of a list are given; then the next one is begun.
        """
        found: list[tuple[str, int]] = []
        with self._write.begin() as connection:
            while len(found) < count:
                name, free = self._open_list(connection, purpose, capacity)
                wanted = min(free, count - len(found))
                while wanted:
                    place = secrets.randbelow(bitstring.SIZE)
                    row = {"name": places.head(name, place), "value": issuer}
                    if connection.execute(_TAKE, row).rowcount:
                        found.append((name, place))
                        wanted -= 1
        return found

    def has(self, name: str) -> bool:
        """Tell whether any place of a list was ever given."""
        with self._read.connect() as connection:
            return connection.execute(_ANY, _span(name)).first() is not None

    def newest_status(self) -> int:
        """Return the log index of the newest status statement, −1 if there is none."""
        with self._read.connect() as connection:
            found: int | None = connection.execute(_NEWEST).scalar_one()
        return -1 if found is None else found

    def spoken_of(self, name: str, start: int, stop: int) -> Mapping[int, str]:
        """Return the taken places of a list with the digests of the records that took them.

        Only those of records that status statements with a log index from `start` up to, and
        without, `stop` speak of.
        """
        with self._read.connect() as connection:
            found = connection.execute(_SPOKEN_OF, _span(name) | {"start": start, "stop": stop})
            return {int(row.name.rpartition("/")[2]): row.value for row in found}

    def _open_list(
        self, connection: Connection, purpose: Purpose, capacity: int
    ) -> tuple[str, int]:
        """Return the first list with free places, and how many may be given."""
        number = self._current.get(purpose, 1)
        while True:
            name = f"{purpose}-{number}"
            given: int = connection.execute(_COUNT, _span(name)).scalar_one()
            if given < capacity:
                self._current[purpose] = number
                return name, capacity - given
            number += 1


def _span(name: str) -> dict[str, str]:
    return {"low": places.head(name, ""), "high": f"{places.HEAD}{name}{_AFTER}"}
