"""Say how statements stand: make status statements, and read what was said before."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from openquality import credentials
from openquality_validator import envelope, status
from openquality_validator.errors import RegistryError, StatusError
from openquality_validator.message import message
from openquality_validator.status import Voice
from openquality_validator.status import answer as answers
from openquality_validator.status.chain import follow

if TYPE_CHECKING:
    from openquality.client import Client
    from openquality.signing import SigningKey

WORDS: Mapping[str, Voice] = {
    "suspend": Voice.SUSPENDED,
    "reinstate": Voice.REINSTATED,
    "revoke": Voice.REVOKED,
}
"""What a person says, and the state that it gives."""


def make(
    digest: str,
    voice: Voice,
    *,
    reason: str,
    name: str,
    key: "SigningKey",
    client: "Client",
    now: datetime,
) -> bytes:
    """Sign a status statement about a statement, after the newest one that the registry shows.

    Raises StatusError (U006) if the state forbids it, RegistryError or NetworkError.
    """
    from openquality import signing

    target = status.statement_target(digest)
    log = client.well_known()["log"]["origin"]
    known = [_said(each) for each in client.status(digest)["events"]]
    chain = [each for each in known if each is not None and each.target == target]
    states = status.derive(
        target, [status.Event(at, each) for at, each in enumerate(chain)], log=log
    )
    follow(states.of(key.did), voice)  # what cannot be said is not signed
    subject: dict[str, Any] = {"id": target, "log": log, "state": voice, "reason": reason}
    if states.newest is not None:
        subject["previous"] = states.newest
    value = credentials.make("StatusStatement", subject, issuer=key.did, name=name, now=now)
    return signing.sign(value, key)


def _said(event: Mapping[str, Any]) -> "status.StatusStatement | None":
    """Read a status statement of an answer; None for a successor, which is no status."""
    taken = envelope.parse_envelope(str(event.get("statement")).encode())
    content = envelope.credential(taken.payload).value
    try:
        return status.read_admitted(content, digest=taken.digest)
    except StatusError:
        return None


def state_of(client: "Client", digest: str) -> status.State:
    """Return the state that the registry's signed answer gives; it proves nothing by itself."""
    return answers.verify(str(client.status(digest)["answer"]).encode())[0].state


def digest_of(client: "Client", text: str) -> str:
    """Return the digest that a text names, with or without `sha256:`; raises RegistryError."""
    digest = text if text.startswith("sha256:") else f"sha256:{text}"
    try:
        client.status(digest)
    except RegistryError as error:
        if error.status in {400, 404}:
            raise RegistryError(
                error.status,
                error.code,
                error.title,
                message("{digest} is no record there; name its file or its digest.", digest=digest),
            ) from None
        raise
    return digest
