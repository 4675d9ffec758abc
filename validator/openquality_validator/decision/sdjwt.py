"""Members that can be withheld without breaking the signature (RFC 9901, SD-JWT).

    <JWS>~<disclosure>~…~<disclosure>~

    disclosure = BASE64URL([salt, name, value])
    payload    = {…open members…, "_sd": [BASE64URL(SHA-256(ASCII(disclosure))), …],
                  "_sd_alg": "sha-256"}

Only members of the payload itself are concealed, never parts of them. To withhold a member is to
leave its disclosure out: signature and digests stay as they are, and the salt of 128 bits keeps
anybody from guessing the value.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from openquality_validator import documents
from openquality_validator.errors import DecisionError, MalformedDocument
from openquality_validator.message import message

ALGORITHM = "sha-256"
SALT_BYTES = 16  # RFC 9901, section 9.3: 128 bits
_DIGESTS, _HASH = "_sd", "_sd_alg"
_PARTS = 3  # salt, name, value
_RESERVED = {_DIGESTS, "...", _HASH}


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Hold one concealed member; `text` is its exact spelling, over which the digest goes."""

    text: str
    name: str
    value: Any

    @property
    def digest(self) -> str:
        """The digest that stands in `_sd` (RFC 9901, section 4.2.3)."""
        return _encoded(sha256(self.text.encode()).digest())

    @classmethod
    def make(cls, name: str, value: object, *, salt: bytes) -> "Disclosure":
        """Conceal one member under a fresh salt of 16 random bytes."""
        text = _encoded(documents.canonical([_encoded(salt), name, value]))
        return cls(text, name, value)

    @classmethod
    def from_text(cls, text: str) -> "Disclosure":
        """Read a disclosure as it is spelled, or raise DecisionError (H030)."""
        try:
            data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            value = documents.parse(data)
        except (binascii.Error, ValueError, MalformedDocument):
            raise _malformed(message("a disclosure is not base64url of JSON")) from None
        match value:
            case [str(), str(name), content] if name not in _RESERVED:
                return cls(text, name, content)
        raise _malformed(
            message("a disclosure is not a list of {parts}: salt, name, value", parts=_PARTS)
        )


def conceal(
    shown: Mapping[str, Any], hidden: Mapping[str, Any], *, salts: Iterable[bytes]
) -> tuple[dict[str, Any], tuple[Disclosure, ...]]:
    """Return the payload to sign, and the disclosures of its hidden members, sorted by digest."""
    made = [
        Disclosure.make(name, value, salt=salt)
        for (name, value), salt in zip(hidden.items(), salts, strict=False)
    ]
    assert len(made) == len(hidden), "a salt for each member"
    made.sort(key=lambda each: each.digest)
    digests = [each.digest for each in made]
    concealed = {_DIGESTS: digests, _HASH: ALGORITHM} if digests else {}
    return {**shown, **concealed}, tuple(made)


def reveal(
    payload: Mapping[str, Any], disclosures: Sequence[Disclosure]
) -> tuple[dict[str, Any], int]:
    """Return the payload with the disclosed members in place, and how many stay withheld.

    Raises DecisionError: H030 for another algorithm, H031 for a disclosure that the signature does
    not cover, H032 for a member that stands twice (RFC 9901, section 7.1).
    """
    open_members = {name: value for name, value in payload.items() if name not in _RESERVED}
    digests = payload.get(_DIGESTS, [])
    if not isinstance(digests, list) or len(set(map(str, digests))) != len(digests):
        raise _malformed("`_sd` is not a list of different digests")
    if digests and payload.get(_HASH) != ALGORITHM:
        raise _malformed(f"`_sd_alg` is not {ALGORITHM}")
    left = set(digests)
    for each in disclosures:
        if each.digest not in left:
            raise DecisionError(
                "H031",
                message(
                    "The disclosure of {name!r} is not one that the signature covers.",
                    name=each.name[:40],
                ),
                message("It was altered or belongs to another event; take it from the log again."),
            )
        if each.name in open_members:
            raise DecisionError(
                "H032",
                message("The member {name!r} stands twice in the event.", name=each.name[:40]),
                message("Whoever signed it wrote no valid SD-JWT; do not count on it."),
            )
        left.remove(each.digest)
        open_members[each.name] = each.value
    return open_members, len(left)


def join(jws: bytes, disclosures: Sequence[Disclosure]) -> bytes:
    """Write the compact form; `split` reads the same parts."""
    return b"~".join((jws, *(each.text.encode() for each in disclosures), b""))


def split(data: bytes) -> tuple[bytes, tuple[Disclosure, ...]]:
    """Take the compact form apart, or raise DecisionError (H030)."""
    jws, *rest = data.split(b"~")
    if not rest or rest.pop():
        raise _malformed(message("it does not end in ~"))
    try:
        return jws, tuple(Disclosure.from_text(part.decode("ascii")) for part in rest)
    except UnicodeDecodeError:
        raise _malformed(message("a disclosure is not ASCII")) from None


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _malformed(why: str) -> DecisionError:
    return DecisionError(
        "H030",
        message("The event is no SD-JWT: {why}.", why=why),
        message("Take its exact bytes from the log or the export again."),
    )
