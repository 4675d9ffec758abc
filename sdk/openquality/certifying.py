"""Say something in the life of a certificate or a record: fetch the case, and sign what may follow.

What a registry shows is taken for what it is, its word: it only spares the signer a statement that
would be refused. Statements by a did:key are verified; of others the registry has checked the keys.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from openquality import credentials
from openquality.refused import RefusedInput
from openquality_validator import (
    certification,
    documents,
    envelope,
    identity,
    kinds,
    status,
    validate,
)
from openquality_validator.certification import Case, Event, Kind
from openquality_validator.certification.measure import TYPE
from openquality_validator.entry import digest
from openquality_validator.message import message
from openquality_validator.status import Voice
from openquality_validator.status.chain import follow
from openquality_validator.status.statement import CERTIFICATE, STATEMENT

if TYPE_CHECKING:
    from openquality.client import Client
    from openquality.signing import SigningKey

_DIGEST: Final = re.compile(r"(?:sha256:)?([0-9a-f]{64})", re.ASCII)
_PAGE: Final = 1_000
_KINDS: Final = {kinds.STATUS, kinds.MEASURE}


class NoTarget(RefusedInput):
    """A text names neither a certificate nor a record."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return message(
            "{text} names no certificate and no record. Name a certificate by SCHEME/NUMBER, such "
            "as ISO-9001/QM-26-1187, or a record by its file or digest.",
            text=self.text,
        )


def target_of(text: str) -> str:
    """Return the key of a certificate or record as a person names it; raises NoTarget.

    A certificate is `SCHEME/NUMBER` or its key, a record its digest.
    """
    if text.startswith(CERTIFICATE) and status.certificate_of(text) is not None:
        return text
    found = _DIGEST.fullmatch(text.removeprefix(STATEMENT))
    if found is not None:
        return status.statement_target(f"sha256:{found[1]}")
    scheme, _, number = text.partition("/")
    if not scheme or not number or text.startswith(CERTIFICATE):
        raise NoTarget(text)
    return status.certificate_key(scheme, number)


def case(client: "Client", target: str) -> Case:
    """Fetch all that was said about a target, and derive what is open.

    Raises StatusError for what does not follow, RegistryError or NetworkError.
    """
    log = client.well_known()["log"]["origin"]
    return certification.derive(target, list(_events(client, target, log)), log=log)


def measure(
    client: "Client",
    target: str,
    kind: Kind,
    said: Mapping[str, Any],
    *,
    name: str,
    key: "SigningKey",
    now: dt.datetime,
) -> bytes:
    """Sign a measure about a target; `said` holds what it says beside its kind.

    Raises StatusError for what may not follow, InvalidRecord for what no registry would take,
    RegistryError or NetworkError.
    """
    from openquality import signing

    known = case(client, target)
    subject = {"id": target, "log": known.log, "measure": kind.value, **said}
    value = credentials.make(TYPE, subject, issuer=key.did, name=name, now=now)
    validate.require_valid(documents.parse_object(documents.canonical(value)))
    taken = certification.read_admitted(value, digest=digest(documents.canonical(value)))
    index = known.events[-1].index + 1 if known.events else 0
    event = Event(index, now.astimezone(dt.UTC).date(), taken)
    certification.derive(target, (*known.events, event), log=known.log)
    return signing.sign(value, key)


def word(
    client: "Client",
    target: str,
    voice: Voice,
    *,
    reason: str,
    name: str,
    key: "SigningKey",
    now: dt.datetime,
) -> bytes:
    """Sign a status statement about a target, after the newest one that the registry shows.

    Raises StatusError (U006) if the state forbids it, RegistryError or NetworkError.
    """
    from openquality import signing

    known = case(client, target)
    follow(known.states.of(key.did), voice)  # what cannot be said is not signed
    subject = {"id": target, "log": known.log, "state": voice.value, "reason": reason}
    if known.states.newest is not None:
        subject["previous"] = known.states.newest
    value = credentials.make("StatusStatement", subject, issuer=key.did, name=name, now=now)
    return signing.sign(value, key)


def _events(client: "Client", target: str, log: str) -> Iterator[Event]:
    for item in _listed(client, target):
        data = client.statement(item["digest"])
        if str(item["issuer"]).startswith(identity.METHOD):
            value = envelope.verify_statement(data).value
        else:
            value = envelope.credential(envelope.parse_envelope(data).payload).value
        subject = value["credentialSubject"]
        if (digest(data), subject["id"], subject["log"]) != (item["digest"], target, log):
            continue
        day = dt.date.fromisoformat(item["admittedAt"][:10])
        if kinds.of(value).name == kinds.STATUS:
            yield Event(item["index"], day, status.read_admitted(value, digest=item["digest"]))
        elif kinds.of(value).type == TYPE:
            said = certification.read_admitted(value, digest=item["digest"])
            yield Event(item["index"], day, said)


def _listed(client: "Client", target: str) -> Iterator[Mapping[str, Any]]:
    question: dict[str, Any] = {"subjects": [target], "limit": _PAGE}
    while True:
        answer = client.lookup(question)
        yield from (item for item in answer["items"] if item["kind"] in _KINDS)
        if not answer.get("next"):
            return
        question["cursor"] = answer["next"]
