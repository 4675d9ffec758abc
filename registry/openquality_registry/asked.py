"""Requests that an issuer signs: a compact JWS by a key of its own, for this log, about now."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from openquality_registry.facts import Facts
from openquality_registry.hosting import SECONDS
from openquality_registry.problems import Refused
from openquality_validator import documents, envelope
from openquality_validator.errors import InvalidInput
from openquality_validator.message import message


def read(
    request: str,
    *,
    typ: str,
    members: frozenset[str],
    facts: Facts,
    now: datetime,
    wrong: Callable[[str], Refused],
) -> tuple[str, dict[str, Any]]:
    """Verify a request; return who signed it, and the members beside `aud` and `iat`.

    Raises what `wrong` makes of a reason, and what `facts.keys` raises.
    """
    try:
        taken = envelope.parse_envelope(request.encode(), typ=typ)
        issuer = taken.header.kid.partition("#")[0]
        key = facts.keys(issuer).resolution.keys.get(taken.header.kid)
        if key is None or envelope.ALGORITHMS[taken.header.alg] is not key.kind:
            raise wrong(
                message(
                    "{issuer} has no key {kid} for {alg}.",
                    issuer=issuer,
                    kid=taken.header.kid,
                    alg=taken.header.alg,
                )
            )
        envelope.verify_signature(taken, key)
        claims: dict[str, Any] = documents.parse_object(taken.payload).value
    except InvalidInput as error:
        raise wrong(
            message(
                "The request is refused: {message} {hint}", message=error.message, hint=error.hint
            )
        ) from None
    if claims.keys() != members | {"aud", "iat"} or claims.pop("aud") != facts.origin:
        said = ", ".join(sorted(members))
        raise wrong(
            message(
                "It must say aud, which is {origin} here, iat and {said}.",
                origin=facts.origin,
                said=said,
            )
        )
    issued = claims.pop("iat")
    if type(issued) is not int or abs(now.timestamp() - issued) > SECONDS:
        raise wrong(
            message("It is of another time; its iat may differ by {seconds} s.", seconds=SECONDS)
        )
    return issuer, claims
