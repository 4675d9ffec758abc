"""What one issuer said of one thing over time: every row of a series, the withdrawn ones too."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Row, bindparam, select

from openquality_registry.adapters.sql.index_tables import measurements

MOST = 500  # points of a history; the newest ones
_m = measurements.c
_SERIES = (
    select(
        _m.log_index,
        _m.digest,
        _m.start,
        _m.end,
        _m.value,
        _m.lower,
        _m.upper,
        _m.n,
        _m.characteristic,
        _m.withdrawn,
        _m.current,
    )
    .where(_m.series == bindparam("series"))
    .order_by(_m.log_index.desc(), _m.position.desc())
    .limit(MOST)
)


@dataclass(frozen=True, slots=True)
class Point:
    """Hold one value of a series, in the metric's canonical unit; dates are ISO 8601.

    `current` marks the one that stands for the series in answers.
    """

    index: int
    digest: str
    start: str | None
    end: str | None
    value: float | None
    lower: float | None
    upper: float | None
    n: int | None
    characteristic: str | None
    withdrawn: bool
    current: bool


class SqlHistory:
    """Read series of values. May be called from any thread."""

    def __init__(self, read: Engine) -> None:
        self._read = read

    def of(self, series: bytes) -> tuple[Point, ...]:
        """Return the values of a series (`index.series`), newest entry first."""
        with self._read.connect() as connection:
            rows = connection.execute(_SERIES, {"series": series}).all()
        return tuple(_point(row) for row in rows)


def _point(row: Row[*tuple[Any, ...]]) -> Point:
    values = row._asdict()
    return Point(values.pop("log_index"), f"sha256:{values.pop('digest').hex()}", **values)
