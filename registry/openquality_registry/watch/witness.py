"""A witness (C2SP tlog-witness): cosigns a checkpoint if it continues the last one it cosigned.

1. the request reads                          else 400
2. the log is one that the witness knows      else 404
3. a known key of the log signed it           else 403
4. the old size is the one in the book        else 409, with that size
5. the new tree continues the old one         else 422
6. the book is written, durably               then, and only then:
7. the cosignature is given out               200
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from openquality_registry.ports import Clock
from openquality_registry.watch.book import Book, Head, Moved
from openquality_validator.errors import LogFormatError, ProofError
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog import cosignature, merkle
from openquality_validator.tlog import witness as messages
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.note import COSIGNATURE, Note, Signature, VerifierKey
from openquality_validator.tlog.witness import Request

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold an HTTP answer."""

    status: int
    body: bytes
    media_type: str = "text/plain; charset=utf-8"


class Witness:
    """Cosign the checkpoints of known logs. May be called from any thread."""

    def __init__(
        self,
        *,
        name: str,
        key: Ed25519PrivateKey,
        logs: Sequence[VerifierKey],
        book: Book,
        clock: Clock,
    ) -> None:
        self._name = name
        self._key = key
        self._book = book
        self._clock = clock
        keys: dict[str, list[VerifierKey]] = {}
        for log in logs:
            keys.setdefault(log.name, []).append(log)
        self._logs: Mapping[str, Sequence[VerifierKey]] = keys

    @property
    def vkey(self) -> str:
        """The verifier key text that others put into their policies."""
        public = self._key.public_key().public_bytes_raw()
        return VerifierKey.ed25519(self._name, public, kind=COSIGNATURE).to_text()

    def add_checkpoint(self, data: bytes) -> Answer:  # noqa: PLR0911 - one for each rule
        """Answer one add-checkpoint request."""
        # (1) and (2) What it is, and whose.
        try:
            request = Request.from_bytes(data)
        except LogFormatError as error:
            return _refusal(HTTPStatus.BAD_REQUEST, str(error))
        head, note = checkpoints.parse(request.note)
        keys = self._logs.get(head.origin)
        if keys is None:
            return _refusal(HTTPStatus.NOT_FOUND, f"The log {head.origin} is not witnessed here.")
        # (3) Who says so.
        try:
            checkpoints.verify(request.note, origin=head.origin, keys=keys)
        except ProofError as error:
            return _refusal(HTTPStatus.FORBIDDEN, str(error))
        # (4) and (5) Whether it continues what was cosigned.
        known = self._book.head(head.origin)
        if request.old_size != (known.size if known else 0):
            return _conflict(known.size if known else 0)
        try:
            _check_growth(request, head, known)
        except ProofError as error:
            # The log's own signature stands under it: whoever reads this line can prove it.
            told = {"origin": head.origin, "note": request.note.decode()}
            _log.warning("a signed checkpoint does not continue the last one", extra=told)
            return _refusal(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))
        # (6) A crash here: the book may have moved, and nobody has the signature; the log asks
        #     again.
        line = cosignature.cosign(
            note.text, name=self._name, key=self._key, moment=self._clock.now()
        )
        kept = Note(note.text, (*_signed_by(note, keys), line)).to_bytes()
        try:
            self._book.advance(head.origin, request.old_size, Head(head.size, head.root, kept))
        except Moved as error:
            return _conflict(error.size)
        # (7) The signature follows what is written.
        return Answer(HTTPStatus.OK, messages.write_signatures([line]))

    def checkpoint(self, origin_hash: str) -> Answer:
        """Answer with the newest checkpoint that was cosigned, by its log's key and this one.

        `origin_hash` is the lower-case hex of the SHA-256 of the log's origin.
        """
        for origin in self._logs:
            if sha256(origin.encode()).hexdigest() == origin_hash:
                known = self._book.head(origin)
                if known is not None:
                    return Answer(HTTPStatus.OK, known.note)
        return _refusal(HTTPStatus.NOT_FOUND, "No checkpoint of such a log was cosigned here.")


def _signed_by(note: Note, keys: Sequence[VerifierKey]) -> list[Signature]:
    known = {(key.name, key.key_id) for key in keys}
    return [line for line in note.signatures if (line.name, line.key_id) in known]


def _check_growth(request: Request, head: Checkpoint, known: Head | None) -> None:
    """Prove that a tree continues the known one. Raises ProofError."""
    if head.size == 0 and head.root != merkle.EMPTY_ROOT:
        raise ProofError("L042", "An empty tree has another root.", "See RFC 6962, section 2.1.")
    if known is None or known.size == 0:
        if request.proof:
            raise ProofError("L044", "The first tree needs no proof.", "Send no proof lines.")
        return
    merkle.verify_consistency(
        old=known.size,
        new=head.size,
        old_root=known.root,
        new_root=head.root,
        proof=request.proof,
    )


def _refusal(status: HTTPStatus, why: str) -> Answer:
    return Answer(status, f"{why}\n".encode())


def _conflict(size: int) -> Answer:
    return Answer(HTTPStatus.CONFLICT, messages.write_size(size), messages.SIZE_TYPE)
