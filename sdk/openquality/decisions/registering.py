"""Have a registry log the digest of a decision log's checkpoint, and keep its receipt.

What leaves the machine is an anchor (docs/spec/decision.md): the SHA-256 of the checkpoint's text
and the day, signed by the log's own key. It names no buyer, no size and no decision. The receipt
proves that the log stood as it does up to this size by then, to everybody who believes the
registry's log, which others watch; and whoever knows the log's key finds in the registry all its
anchors, also those that an export leaves out.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from openquality import credentials, signing
from openquality.decisions.log import DecisionLog
from openquality.decisions.stamping import Anchored
from openquality.receipts import shown_log
from openquality.refused import RefusedInput
from openquality_validator import documents
from openquality_validator.decision import receipt as receipts
from openquality_validator.envelope import digest
from openquality_validator.errors import DecisionError
from openquality_validator.message import message
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.trust import Trust

if TYPE_CHECKING:
    from openquality.client import Client

WAITS = (0.5, 2.0, 8.0)  # seconds, for witnesses
NOT_YET = "H062"


@dataclass(eq=False)
class NoReceipt(RefusedInput):
    """A registry gave no receipt that can be kept."""

    why: str

    def __str__(self) -> str:
        return message("{why} Nothing was kept.", why=self.why)


def register(
    log: DecisionLog, client: "Client", *, trust: Trust, now: datetime | None = None
) -> Anchored:
    """Publish the anchor of the newest checkpoint, verify the receipt, and keep it.

    Nothing is sent to a registry whose log the trust file does not hold. To repeat it on the same
    day, while nothing was appended, adds nothing to the registry. Witnesses that the trust file
    asks for are waited for, some ten seconds. Raises NoReceipt, RegistryError or NetworkError.
    """
    moment = now or datetime.now(UTC)
    if trust.log(shown_log(client.well_known()).origin) is None:
        raise NoReceipt(
            message("{url} is not in your trust file: openquality trust add.", url=client.url)
        )
    with log.folder.locked(alone=False):
        note = log.folder.head().note
    head, parsed = checkpoints.parse(note)
    statement = _anchor(log, parsed.text, moment)
    receipt = client.publish(statement)
    for wait in (*WAITS, None):
        try:
            admitted, origin = receipts.prove(
                receipt, text=parsed.text, key=log.folder.key, trust=trust, now=moment
            )
            break
        except DecisionError as error:
            if error.code != NOT_YET or wait is None:
                raise NoReceipt(str(error)) from None
        # Witnesses that the trust file asks for sign after the receipt.
        time.sleep(wait)
        receipt = client.bundle(digest(statement))
    data = documents.canonical({"checkpoint": note.decode(), "receipt": receipt.decode()})
    return Anchored(head.size, admitted, origin, log.folder.keep_anchor(head.size, data))


def _anchor(log: DecisionLog, text: str, now: datetime) -> bytes:
    """Sign the anchor of a checkpoint with the log's own key; the same on one day."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    credential = credentials.make(
        receipts.TYPE,
        {"id": receipts.target(text)},
        issuer=receipts.issuer(log.folder.key),
        name=receipts.NAME,
        now=day,
        identifier=receipts.identifier(text, credentials.time(day)),
    )
    return signing.sign(credential, log.folder.signer())
