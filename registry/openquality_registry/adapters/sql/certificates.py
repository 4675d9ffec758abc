"""The port `Certificates` of `certificates.py` over the rows of the index."""

from collections.abc import Collection, Sequence

from sqlalchemy import Engine, select

from openquality_registry.adapters.sql.index_tables import certificates, measurements
from openquality_registry.certificates import MOST
from openquality_validator.certification import CertificateSaid
from openquality_validator.evidence import Relation

_c, _m = certificates.c, measurements.c


class SqlCertificates:
    """Answer from the rows of certificates. Safe from any thread."""

    def __init__(self, read: Engine) -> None:
        self._read = read

    def claims(
        self, key: str, *, issuers: Collection[str] | None = None
    ) -> Sequence[CertificateSaid]:
        """Return the claims of a certificate in log order, by these issuers or by all."""
        # A claim has a row for each of its one or two holders.
        wanted = (
            select(certificates)
            .where(_c.key == key, *([] if issuers is None else [_c.issuer.in_(sorted(issuers))]))
            .order_by(_c.log_index, _c.position, _c.holder)
            .limit(2 * MOST)
        )
        found: dict[tuple[int, int], CertificateSaid] = {}
        with self._read.connect() as connection:
            for row in connection.execute(wanted):
                place = row.log_index, row.position
                held = found[place].holders if place in found else ()
                found[place] = CertificateSaid(
                    key=row.key,
                    claim=row.claim,
                    issuer=row.issuer,
                    certifier=row.certifier,
                    holders=(*held, row.holder),
                    is_assessor=row.assessor,
                )
        return tuple(found.values())[:MOST]

    def is_buyer(self, did: str, subject: str) -> bool:
        """Tell whether a DID has signed what it received of a subject."""
        wanted = select(_m.log_index).where(
            _m.subject == subject, _m.issuer == did, _m.relation == Relation.BUYER.value
        )
        with self._read.connect() as connection:
            return connection.execute(wanted.limit(1)).first() is not None
