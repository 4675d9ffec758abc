"""The certificates that a log holds, as a port: SQL stands behind it.

Anybody can give a certificate of its own the number of another one; so a line of the list is a
certificate as one issuer claims it.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from openquality_validator.certification.standing import CertificateState


@dataclass(frozen=True, slots=True)
class Voiced:
    """Name a certificate by its key, and an issuer that claims it."""

    key: str
    issuer: str


@dataclass(frozen=True, slots=True)
class Place:
    """Say where a claim stands: the log index of its record, and its position there."""

    index: int
    position: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Hold what the lines of a list have in common; None asks for nothing.

    `certifier` is who claims it as a certifier; `ends_from` and `ends_by` are the first and the
    last day on which the certificate may end.
    """

    holder: str | None = None
    scheme: str | None = None
    certifier: str | None = None
    state: CertificateState | None = None
    ends_from: dt.date | None = None
    ends_by: dt.date | None = None


class CertificateList(Protocol):
    """Find certificates in the index. May be called from any thread, at any time."""

    def voices(
        self, wanted: Filter, *, size: int, after: Voiced | None, limit: int
    ) -> Sequence[Voiced]:
        """Return certificates with each issuer that claims them, by key and issuer.

        Of claims below the log index `size`, behind `after`, at most `limit`; the state is not
        looked at.
        """
        ...

    def places(self, key: str, issuer: str | None, *, size: int, most: int) -> Sequence[Place]:
        """Return where claims of a certificate stand, by one issuer or all, the newest first."""
        ...
