"""Reply to observations on records of one's own."""

from datetime import datetime
from typing import TYPE_CHECKING

from openquality import credentials
from openquality_validator import documents, validate
from openquality_validator.errors import UnknownTerm
from openquality_validator.nearest import nearest
from openquality_validator.observations import CODES
from openquality_validator.status import statement_target

if TYPE_CHECKING:
    from openquality.client import Client
    from openquality.signing import SigningKey


def make(
    digest: str,
    code: str,
    text: str,
    *,
    name: str,
    key: "SigningKey",
    client: "Client",
    now: datetime,
) -> bytes:
    """Sign a reply to an observation on the record with this digest, for the registry's log.

    Raises UnknownTerm for a code that no observation has, InvalidRecord for a text that no registry
    would take, RegistryError or NetworkError.
    """
    from openquality import signing

    if code not in CODES:
        raise UnknownTerm("observation", code, nearest(code, CODES))
    subject = {
        "id": statement_target(digest),
        "log": client.well_known()["log"]["origin"],
        "observation": code,
        "text": text,
    }
    value = credentials.make("ObservationReply", subject, issuer=key.did, name=name, now=now)
    validate.require_valid(documents.parse_object(documents.canonical(value)))
    return signing.sign(value, key)
