"""Everything that is missing in a supplier's folder before an onboarding."""

from collections.abc import Iterator
from datetime import datetime

from openquality.onboarding import certificates, claims, keys, publishing, records
from openquality.onboarding.folder import Folder
from openquality.onboarding.gap import Gap
from openquality.onboarding.wanted import Wanted


def gaps(folder: Folder, wanted: Wanted, now: datetime) -> Iterator[Gap]:
    """Yield what is missing, in the order in which it is mended; the network is never asked."""
    yield from keys.gaps(folder)
    yield from records.gaps(folder, wanted, now)
    yield from claims.gaps(folder, wanted, now.date())
    yield from certificates.gaps(folder, now.date())
    yield from publishing.gaps(folder)
