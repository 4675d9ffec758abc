"""What the log's records say about certificates, as a port: SQL stands behind it."""

from collections.abc import Collection, Sequence
from typing import Final, Protocol

from openquality_validator.certification import CertificateSaid

MOST: Final = 1_000  # claims of one certificate that are looked at


class Certificates(Protocol):
    """Find claims of certificates, and who buys. May be called from any thread, at any time."""

    def claims(
        self, key: str, *, issuers: Collection[str] | None = None
    ) -> Sequence[CertificateSaid]:
        """Return the claims of a certificate in log order, those of withdrawn records included.

        `issuers` narrows them to records of these DIDs. At most `MOST`, the earliest.
        """
        ...

    def is_buyer(self, did: str, subject: str) -> bool:
        """Tell whether a DID has signed what it received of a subject."""
        ...
