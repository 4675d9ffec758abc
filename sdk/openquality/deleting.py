"""Ask a registry to delete a data file that was brought for a record of one's own."""

from datetime import datetime
from typing import TYPE_CHECKING

from openquality.signing import sign_request

if TYPE_CHECKING:
    from openquality.signing import SigningKey

DELETION = "openquality-deletion+jwt"


def request(key: "SigningKey", *, origin: str, digest: str, now: datetime) -> str:
    """Sign a request to delete: a compact JWS for one log, one file and about this time."""
    claims = {"aud": origin, "evidence": digest, "iat": int(now.timestamp())}
    return sign_request(claims, key, typ=DELETION)
