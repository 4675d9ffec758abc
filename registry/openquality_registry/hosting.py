"""Identities hosted by this registry, for suppliers without a domain: did:webvh under its address.

    https://registry.example/issuers/nordbolt/did.jsonl
    did:webvh:<SCID>:registry.example:issuers:nordbolt

The first line comes with a proof of possession by each key that it lets assert: a compact JWS of
the type openquality-possession+jwt over {"aud": origin, "did": …, "iat": seconds, "line": digest}.
Without it one could register the keys of somebody else. What the line says is self-certifying;
this registry can refuse to serve it, and cannot change it.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from openquality_registry import heads
from openquality_registry.issuers import Issuers, pending_event
from openquality_registry.ports import Pending, Store
from openquality_registry.problems import Refused
from openquality_validator import documents, entry, envelope, signatures
from openquality_validator.errors import InvalidInput
from openquality_validator.identity import PublicKey, history
from openquality_validator.identity.history import KeyEvent
from openquality_validator.message import message

POSSESSION = "openquality-possession+jwt"
FOLDER = "issuers"
SECONDS = 300  # by which the clock of whoever registers may differ from ours
MAX_PROOFS = 16
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,61}[a-z0-9])", re.ASCII)


def host_of(public_url: str | None) -> str | None:
    """Return the host part of hosted identifiers: `registry.example`, or with `%3A` and a port."""
    return None if public_url is None else urlsplit(public_url).netloc.replace(":", "%3A")


def register(
    line: bytes,
    proofs: Sequence[str],
    *,
    issuers: Issuers,
    store: Store,
    origin: str,
    now: datetime,
) -> Pending:
    """Prepare the first line of a hosted identity.

    Raises IdentityError for a line that does not verify, Refused for one that is not for this
    registry, a name that is taken, or keys without a proof.
    """
    if issuers.host is None:
        raise Refused(
            "no-hosting",
            message(
                "Use a registry that hosts identities, or an identity on a domain of your own."
            ),
        )
    did = history.event_did(line)
    name = issuers.hosted_name(did)
    if name is None:
        raise _wrong(
            message(
                "This registry hosts did:webvh:…:{host}:{folder}:<name>, not {did}.",
                host=issuers.host,
                folder=FOLDER,
                did=did,
            )
        )
    if _NAME.fullmatch(name) is None:
        raise _wrong(
            message("A name has 3 to 63 letters a-z, digits and hyphens, and no hyphen at an end.")
        )
    if b"\n" in line:
        raise _wrong(message("The line contains a line break; send it as it stands in did.jsonl."))
    built = history.build(did, [KeyEvent(line)], now=now)
    newest = built.at()
    _check_possession(line, proofs, newest.resolution.keys, did=did, origin=origin, now=now)
    head = heads.hosted(name)
    if store.heads([head]):
        raise Refused(
            "name-taken", message("The name {name} is taken. Choose another one.", name=name)
        )
    pending = pending_event(did, line, before=heads.NONE, version=newest.version_id)
    return Pending(
        statement=pending.statement,
        digest=pending.digest,
        issuer=pending.issuer,
        credential_id=pending.credential_id,
        kind=pending.kind,
        subjects=pending.subjects,
        index_rows=pending.index_rows,
        expects={**pending.expects, head: heads.NONE},
        moves={**pending.moves, head: did},
    )


def _check_possession(
    line: bytes,
    proofs: Sequence[str],
    keys: Mapping[str, PublicKey],
    *,
    did: str,
    origin: str,
    now: datetime,
) -> None:
    if not keys:
        raise _wrong(
            message("The first line lets no key assert, so nothing could be signed with it.")
        )
    expected = {"aud": origin, "did": did, "line": entry.digest(line)}
    proved = set()
    for proof in proofs[:MAX_PROOFS]:
        try:
            taken = envelope.parse_envelope(proof.encode(), typ=POSSESSION)
            claims: dict[str, Any] = documents.parse_object(taken.payload).value
            key = keys.get(taken.header.kid)
            if key is None or envelope.ALGORITHMS.get(taken.header.alg) is not key.kind:
                raise _wrong(
                    message(
                        "A proof is signed by {kid}, which the line lacks.", kid=taken.header.kid
                    )
                )
            signatures.check(key, taken.signature, taken.signing_input)
        except InvalidInput as error:
            raise _wrong(
                message("A proof of possession is refused: {error}", error=error)
            ) from None
        issued = claims.pop("iat", None)
        if claims != expected or type(issued) is not int:
            raise _wrong(
                message(
                    "A proof of possession must say {expected} and the time, iat.",
                    expected=expected,
                )
            )
        if abs(now.timestamp() - issued) > SECONDS:
            raise _wrong(
                message(
                    "A proof of possession is of another time; its iat may differ by {seconds} s.",
                    seconds=SECONDS,
                )
            )
        proved.add(taken.header.kid)
    missing = sorted(keys.keys() - proved)
    if missing:
        raise _wrong(
            message(
                "There is no proof of possession by {missing}.", missing=", ".join(missing)[:500]
            )
        )


def _wrong(detail: str) -> Refused:
    return Refused("invalid-registration", detail)
