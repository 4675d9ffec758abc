"""Have a time authority stamp the checkpoint of a decision log (RFC 3161).

Only a SHA-256 digest leaves the machine. The token proves that the log stood as it does up to this
size by then, to everybody who believes the authority: whoever has the log's key cannot rewrite what
is older. It does not prove that the entries are true, nor that there is no second log.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2

from openquality.client import reason
from openquality.decisions.log import DecisionLog
from openquality.refused import RefusedInput
from openquality_validator import documents
from openquality_validator.errors import NetworkError
from openquality_validator.message import message
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog.encoding import base64_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openquality_validator.timestamps import Authority

MAX_SKEW = timedelta(minutes=5)  # between the authority's clock and ours
TIMEOUT = 30.0  # seconds
QUERY = "application/timestamp-query"  # RFC 3161, section 3.4
OK = 200


@dataclass(eq=False)
class NoToken(RefusedInput):
    """An authority gave no token that can be kept."""

    why: str

    def __str__(self) -> str:
        return message("{why} Try again, or ask another authority; nothing was kept.", why=self.why)


@dataclass(frozen=True, slots=True)
class Anchored:
    """Say what was anchored: the size of the log, when, who says so, and where that is kept."""

    size: int
    moment: datetime
    authority: str
    path: Path


def anchor(
    log: DecisionLog,
    url: str,
    *,
    authorities: "Sequence[Authority]",
    now: datetime | None = None,
) -> Anchored:
    """Ask an authority for a token over the newest checkpoint, verify it, and keep it.

    `authorities` are those of your trust file; a token of any other is not kept. Raises NoToken,
    TimestampError or NetworkError.
    """
    from rfc3161_client import decode_timestamp_response

    from openquality_validator.timestamps import MAX_TOKEN_BYTES, verify_token

    with log.folder.locked(alone=False):
        note = log.folder.head().note
    head, parsed = checkpoints.parse(note)
    text = parsed.text.encode()
    answer = _ask(url, text, limit=MAX_TOKEN_BYTES)
    proved = verify_token(answer, message_digest=sha256(text).digest(), authorities=authorities)
    if abs(proved.moment - (now or datetime.now(UTC))) > MAX_SKEW:
        raise NoToken(
            message(
                "The clock of {url} is not ours: it says {moment}.",
                url=url,
                moment=proved.moment.isoformat(),
            )
        )
    token = decode_timestamp_response(answer).time_stamp_token()
    data = documents.canonical({"checkpoint": note.decode(), "token": base64_text(token)})
    path = log.folder.keep_anchor(head.size, data)
    return Anchored(head.size, proved.moment, proved.authority, path)


def _ask(url: str, text: bytes, *, limit: int) -> bytes:
    """Return the authority's answer to a request about a text."""
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    # No nonce: nobody can hold a token over this digest that is older than the checkpoint.
    request = (
        TimestampRequestBuilder(nonce=False).data(text).hash_algorithm(HashAlgorithm.SHA256).build()
    )
    try:
        with httpx2.Client(timeout=TIMEOUT) as client:
            answer = client.post(url, content=request.as_bytes(), headers={"content-type": QUERY})
    except (httpx2.RequestError, httpx2.InvalidURL) as error:
        raise NetworkError(url, reason(error)) from None
    if answer.status_code != OK or len(answer.content) > limit:
        raise NoToken(
            message(
                "{url} answered {status_code} with {count} bytes.",
                url=url,
                status_code=answer.status_code,
                count=len(answer.content),
            )
        )
    return answer.content
