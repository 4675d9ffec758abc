"""The approvals of a did:webvh log by its own witnesses (did-witness.json, did:webvh 1.0).

    [{"versionId": "3-Qm…", "proof": [{<Data Integrity over {"versionId": "3-Qm…"}>}, …]}, …]

A witness that approves a line approves all lines before it.
"""

from collections.abc import Mapping, Sequence

from openquality_validator import dataintegrity, documents
from openquality_validator.errors import IdentityError, InvalidInput
from openquality_validator.identity.didlog import Line, key_of
from openquality_validator.identity.key import METHOD, from_multikey
from openquality_validator.message import message

MAX_BYTES = 1_048_576
_MAX_PROOFS = 1_000


def check(lines: Sequence[Line], data: bytes | None) -> None:
    """Prove that enough witnesses approved every line that needs it.

    `data` is the file did-witness.json, or None if there is none. Raises IdentityError (K107);
    what the file says of versions that are not in the log, or with wrong proofs, does not count.
    """
    if all(line.parameters.witnessed_by is None for line in lines):
        return
    approved = _approvals(lines, data)
    for line in lines:
        rule = line.parameters.witnessed_by
        if rule is None:
            continue
        count = sum(approved.get(witness, 0) >= line.number for witness in rule.witnesses)
        if count < rule.threshold:
            raise IdentityError(
                "K107",
                message(
                    "Line {number} of the DID log has the approval of {count} of its witnesses, "
                    "and needs {threshold}.",
                    number=line.number,
                    count=count,
                    threshold=rule.threshold,
                ),
                message("Fetch did-witness.json again from beside the log, or ask the owner."),
            )


def _approvals(lines: Sequence[Line], data: bytes | None) -> Mapping[str, int]:
    """Return the newest line that each witness approved, by the witness's did:key."""
    numbers = {line.version_id: line.number for line in lines}
    wanted = {
        witness
        for line in lines
        if line.parameters.witnessed_by
        for witness in line.parameters.witnessed_by.witnesses
    }
    newest: dict[str, int] = {}
    for version_id, proofs in _read(data):
        number = numbers.get(version_id)
        if number is None:
            continue
        content = {"versionId": version_id}
        for proof in proofs:
            witness = _proved(content, proof, wanted)
            if witness is not None:
                newest[witness] = max(number, newest.get(witness, 0))
    return newest


def _proved(content: Mapping[str, str], proof: object, wanted: set[str]) -> str | None:
    try:
        key, read = key_of(content, proof)
        witness = METHOD + key
        if witness not in wanted:
            return None
        dataintegrity.verify(read, from_multikey(key))
    except InvalidInput:
        return None
    return witness


def _read(data: bytes | None) -> list[tuple[str, list[object]]]:
    if data is None:
        return []
    try:
        value = documents.parse(data, max_bytes=MAX_BYTES)
    except InvalidInput as error:
        raise _malformed(
            message("is not acceptable JSON ({message})", message=error.message)
        ) from None
    if not isinstance(value, list):
        raise _malformed(message("is not a list"))
    found = []
    for item in value:
        version, proofs = (
            (item.get("versionId"), item.get("proof")) if isinstance(item, dict) else (None, None)
        )
        if not isinstance(version, str) or not isinstance(proofs, list):
            raise _malformed(message("holds something that is not versionId and proof"))
        found.append((version, proofs))
    if sum(len(proofs) for _, proofs in found) > _MAX_PROOFS:
        raise _malformed(message("holds more than {max_proofs} proofs", max_proofs=_MAX_PROOFS))
    return found


def _malformed(what: str) -> IdentityError:
    return IdentityError(
        "K107",
        message("The file did-witness.json {what}.", what=what),
        message("Fetch it again from beside the DID log."),
    )
