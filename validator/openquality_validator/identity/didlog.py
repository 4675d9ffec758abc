"""The log of a did:webvh, line by line (did:webvh 1.0): self-certifying, whoever serves it.

    {"versionId": "<number>-<entry hash>", "versionTime": "…Z", "parameters": {…},
     "state": {<DID document>}, "proof": [{<Data Integrity>}]}

The SCID in the identifier is the hash of the first line; each line holds the hash of itself and
its predecessor, and a proof by a key that the one before it allowed, or committed to by hash.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from openquality_validator import dataintegrity, documents
from openquality_validator.errors import IdentityError, InvalidInput
from openquality_validator.identity import address
from openquality_validator.identity.key import METHOD, from_multikey, multihash
from openquality_validator.identity.parameters import Parameters
from openquality_validator.message import message

PLACEHOLDER = "{SCID}"
SUITE = "eddsa-jcs-2022"
MAX_LINE = 262_144
MAX_LINES = 1_000
SKEW = timedelta(minutes=5)
_MEMBERS = {"versionId", "versionTime", "parameters", "state", "proof"}
_VERSION = re.compile(r"([1-9][0-9]{0,8})-([1-9A-HJ-NP-Za-km-z]{46})", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|\+00:00)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """Hold a verified line: its version, time, the parameters then in force, and the document."""

    version_id: str
    number: int
    time: datetime
    parameters: Parameters
    document: Mapping[str, Any]

    @property
    def did(self) -> str:
        """The identifier that the document has in this version."""
        did: str = self.document["id"]
        return did


def read(lines: Sequence[bytes], *, now: datetime | None = None) -> tuple[Line, ...]:
    """Verify a whole log but for its witnesses (`witnesses.py`), line by line.

    Without `now` a time in the future is not looked for. Raises IdentityError: K101 for the form
    of a line, K102 for its parameters, K103 for a hash, K104 for its proof, K105 for its time or
    number, K106 for the identifier in its document.
    """
    if not 0 < len(lines) <= MAX_LINES:
        raise _bad(
            "K101",
            1,
            message(
                "stands in a log of {count} lines; 1 to {max_lines} are read",
                count=len(lines),
                max_lines=MAX_LINES,
            ),
        )
    verified: list[Line] = []
    for number, data in enumerate(lines, start=1):
        verified.append(follow(verified, data, now=now, number=number))
    return tuple(verified)


def follow(
    before: Sequence[Line], data: bytes, *, now: datetime | None, number: int | None = None
) -> Line:
    """Verify one more line after the verified ones before it. Raises what `read` raises."""
    number = number or len(before) + 1
    last = before[-1] if before else None
    value = _parse(number, data)
    version_id, moment = _order(number, value, last, now)
    try:
        parameters = (
            Parameters.first(value["parameters"])
            if last is None
            else last.parameters.then(value["parameters"])
        )
    except InvalidInput as error:
        raise _bad(
            "K102", number, message("is refused: {message}", message=error.message)
        ) from None
    scid = parameters.scid
    content = {name: member for name, member in value.items() if name != "proof"}
    if last is None:
        _check_scid(number, content, scid)
    previous = scid if last is None else last.version_id
    if entry_hash(content | {"versionId": previous}) != version_id.partition("-")[2]:
        raise _bad("K103", number, message("has another hash than its versionId says"))
    _check_proof(
        number, content, value["proof"], parameters.signers(last.parameters if last else None)
    )
    _check_identifier(number, value["state"], parameters, last)
    return Line(version_id, number, moment, parameters, value["state"])


def entry_hash(entry: Mapping[str, Any]) -> str:
    """Return base58btc(multihash(SHA-256(RFC 8785 of an entry)))."""
    return multihash(documents.canonical_any(entry))


def _parse(number: int, data: bytes) -> dict[str, Any]:
    try:
        value = documents.parse_object(data, max_bytes=MAX_LINE).value
    except InvalidInput as error:
        raise _bad(
            "K101", number, message("is not acceptable JSON ({message})", message=error.message)
        ) from None
    if (
        value.keys() != _MEMBERS
        or not isinstance(value["versionId"], str)
        or not isinstance(value["versionTime"], str)
        or not isinstance(value["parameters"], dict)
        or not isinstance(value["state"], dict)
        or not isinstance(value["state"].get("id"), str)
    ):
        raise _bad(
            "K101",
            number,
            message("has not the members {members}", members=", ".join(sorted(_MEMBERS))),
        )
    return value


def _order(
    number: int, value: Mapping[str, Any], last: Line | None, now: datetime | None
) -> tuple[str, datetime]:
    match = _VERSION.fullmatch(value["versionId"])
    if match is None or int(match[1]) != number:
        raise _bad(
            "K105",
            number,
            message("has the versionId {version_id!r}", version_id=value["versionId"][:60]),
        )
    text = value["versionTime"]
    try:
        moment = datetime.fromisoformat(text) if _TIME.fullmatch(text) else None
    except ValueError:
        moment = None
    if moment is None:
        raise _bad(
            "K105",
            number,
            message("has the versionTime {text!r}, which is no time in UTC", text=text[:40]),
        )
    if last is not None and moment <= last.time:
        raise _bad("K105", number, message("is not later than the line before it"))
    if now is not None and moment > now + SKEW:
        raise _bad("K105", number, message("is of the future ({text})", text=text))
    if last is not None and last.parameters.deactivated:
        raise _bad("K105", number, message("follows a line that deactivated the identifier"))
    return value["versionId"], moment


def _check_scid(number: int, content: Mapping[str, Any], scid: str) -> None:
    # The text replacement of the standard, done on the one spelling of the entry.
    text = documents.canonical_any(dict(content) | {"versionId": PLACEHOLDER}).decode()
    if multihash(text.replace(scid, PLACEHOLDER).encode()) != scid:
        raise _bad("K103", number, message("does not give the SCID in its parameters"))


def _check_proof(
    number: int, content: Mapping[str, Any], proofs: object, signers: Sequence[str]
) -> None:
    given = proofs if isinstance(proofs, list) else [proofs]
    if len(given) != 1:
        raise _bad("K104", number, message("has {count} proofs; one is read", count=len(given)))
    try:
        signer, proof = key_of(content, given[0])
        if signer not in signers:
            raise _bad(
                "K104", number, message("is signed by {signer}, which may not", signer=signer[:60])
            )
        dataintegrity.verify(proof, from_multikey(signer))
    except IdentityError:
        raise
    except InvalidInput as error:
        raise _bad(
            "K104", number, message("is not proved: {message}", message=error.message)
        ) from None


def key_of(content: Mapping[str, Any], proof: object) -> tuple[str, dataintegrity.Proof]:
    """Read a proof by a did:key in the one suite of did:webvh 1.0; return the Multikey with it.

    Raises EnvelopeError (J030 to J032), or IdentityError (K104) for another key or suite.
    """
    read_proof = dataintegrity.read(content, proof)
    did, _, fragment = read_proof.method.partition("#")
    key = did.removeprefix(METHOD)
    if read_proof.suite != SUITE or not did.startswith(METHOD) or key != fragment:
        raise IdentityError(
            "K104",
            message(
                "A proof in a DID log has the suite {suite} and the key {method}.",
                suite=read_proof.suite,
                method=read_proof.method[:150],
            ),
            message(
                "It must be {suite} with did:key:<key>#<key>, the same key twice.", suite=SUITE
            ),
        )
    return key, read_proof


def _check_identifier(
    number: int, document: Mapping[str, Any], parameters: Parameters, last: Line | None
) -> None:
    try:
        where = address.parse(document["id"])
    except IdentityError as error:
        raise _bad(
            "K106",
            number,
            message("has a document whose id is wrong: {message}", message=error.message),
        ) from None
    if where.scid != parameters.scid:
        raise _bad("K106", number, message("has a document with another SCID in its id"))
    if last is None or document["id"] == last.did:
        return
    known = document.get("alsoKnownAs")
    if not parameters.portable:
        raise _bad("K106", number, message("changes the id of an identifier that is not portable"))
    if not isinstance(known, list) or last.did not in known:
        raise _bad(
            "K106", number, message("changes the id without naming the old one in alsoKnownAs")
        )


def _bad(code: str, number: int, what: str) -> IdentityError:
    return IdentityError(
        code,
        message("Line {number} of the DID log {what}.", number=number, what=what),
        message("Fetch the log again from its owner; nothing after this line counts."),
    )
