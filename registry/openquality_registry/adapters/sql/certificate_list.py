"""The port `CertificateList` of `certificate_list.py` over the rows of certificates."""

from collections.abc import Sequence

from sqlalchemy import Engine, Select, and_, or_, select

from openquality_registry.adapters.sql.index_tables import certificates
from openquality_registry.certificate_list import Filter, Place, Voiced

_c = certificates.c


class SqlCertificateList:
    """Answer from the rows of certificates. Safe from any thread."""

    def __init__(self, read: Engine) -> None:
        self._read = read

    def voices(
        self, wanted: Filter, *, size: int, after: Voiced | None, limit: int
    ) -> Sequence[Voiced]:
        """Return certificates with each issuer that claims them, by key and issuer."""
        found = select(_c.key, _c.issuer).where(_c.log_index < size)
        if after is not None:
            # As two comparisons, for one of rows needs no index on SQLite to be slow.
            found = found.where(
                or_(_c.key > after.key, and_(_c.key == after.key, _c.issuer > after.issuer))
            )
        found = _narrowed(found, wanted).distinct().order_by(_c.key, _c.issuer).limit(limit)
        with self._read.connect() as connection:
            return [Voiced(row.key, row.issuer) for row in connection.execute(found)]

    def places(self, key: str, issuer: str | None, *, size: int, most: int) -> Sequence[Place]:
        """Return where claims of a certificate stand, the newest first."""
        # A claim has a row for each of its one or two holders.
        found = (
            select(_c.log_index, _c.position)
            .where(_c.key == key, _c.log_index < size)
            .distinct()
            .order_by(_c.log_index.desc(), _c.position)
            .limit(most)
        )
        if issuer is not None:
            found = found.where(_c.issuer == issuer)
        with self._read.connect() as connection:
            return [Place(row.log_index, row.position) for row in connection.execute(found)]


def _narrowed(found: Select[str, str], wanted: Filter) -> Select[str, str]:
    if wanted.holder is not None:
        found = found.where(_c.holder == wanted.holder)
    if wanted.scheme is not None:
        found = found.where(_c.scheme == wanted.scheme)
    if wanted.certifier is not None:
        found = found.where(_c.issuer == wanted.certifier, _c.assessor)
    if wanted.ends_from is not None and wanted.ends_by is not None:
        # Not `between`: SQLAlchemy writes a collation there that PostgreSQL cannot read.
        first, last = wanted.ends_from.isoformat(), wanted.ends_by.isoformat()
        found = found.where(_c.end >= first, _c.end <= last)
    return found
