"""Key events at their source: the files of did:webvh and did:web, by the guarded fetch."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from openquality_registry.fetching import Fetched, Fetcher, FetchError, FetchFailed
from openquality_registry.ports import Clock
from openquality_registry.problems import Refused
from openquality_validator import documents, entry
from openquality_validator.errors import IdentityError, InvalidInput
from openquality_validator.identity import address, web
from openquality_validator.identity.web import Archived

MAX_AGE = 300.0  # seconds for which the keys of an issuer elsewhere are not looked at again
RETRY = 30.0  # the same after a failure
MAX_REMEMBERED = 65_536
MAX_LOG = 4_194_304  # bytes of a did.jsonl
_OK = 200


class Web:
    """Look at the addresses that identifiers name (the port Elsewhere).

    When the address gives no answer, an issuer that the log knows goes on with the keys in the log:
    they are what the log can prove.
    """

    def __init__(
        self, fetcher: Fetcher, *, clock: Clock, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._monotonic = monotonic
        self._settled: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._lock = threading.Lock()

    def news(
        self, did: str, known: Sequence[bytes], head: str
    ) -> tuple[Sequence[bytes], bytes | None]:
        """Return the key events that follow the known ones, and the approvals of witnesses."""
        with self._lock:
            settled, until = self._settled.get(did, ("", 0.0))
        if head and settled == head and self._monotonic() < until:
            return (), None
        try:
            if did.startswith(address.WEBVH):
                fresh, witness = self._lines(did, known)
            else:
                fresh, witness = self._document(did, known), None
        except (FetchError, InvalidInput) as error:
            if not known:
                raise _unreachable(did, error) from None
            self._settle(did, head, RETRY)
            return (), None
        if not fresh:
            self._settle(did, head, MAX_AGE)
        return fresh, witness

    def _lines(self, did: str, known: Sequence[bytes]) -> tuple[Sequence[bytes], bytes | None]:
        where = address.parse(did)
        body = self._get(where.url("did.jsonl"), max_bytes=MAX_LOG)
        lines = [line for line in body.replace(b"\r", b"").split(b"\n") if line]
        if [_version(line) for line in lines[: len(known)]] != [_version(line) for line in known]:
            raise IdentityError(
                "K122",
                f"The DID log of {did} is not the one that the log holds.",
                "Serve the log to which every line was only added.",
            )
        witness = None
        if b'"witness"' in body:
            witness = self._get(where.url("did-witness.json"), max_bytes=MAX_LOG)
        return lines[len(known) :], witness

    def _document(self, did: str, known: Sequence[bytes]) -> Sequence[bytes]:
        body = self._get(address.parse(did).url("did.json"), max_bytes=web.MAX_DOCUMENT)
        document = web.parse_document(body)
        before = Archived.from_bytes(known[-1]) if known else None
        text = body.decode()
        if before is not None and before.document == text:
            return ()
        archived = Archived(
            did=did,
            document=text,
            observed_at=entry.timestamp(self._clock.now()),
            discontinuous=before is not None and not web.continues(before.value(), document),
        )
        return (archived.to_bytes(),)

    def _get(self, url: str, *, max_bytes: int) -> bytes:
        answer: Fetched = self._fetcher.get(url, max_bytes=max_bytes, max_age=RETRY)
        if answer.status != _OK:
            raise FetchFailed(
                url, f"it answers {answer.status}", "Serve the file to everybody at this address."
            )
        return answer.body

    def _settle(self, did: str, head: str, seconds: float) -> None:
        with self._lock:
            self._settled[did] = (head, self._monotonic() + seconds)
            self._settled.move_to_end(did)
            if len(self._settled) > MAX_REMEMBERED:
                self._settled.popitem(last=False)


def _version(line: bytes) -> object:
    return documents.parse_object(line).value.get("versionId")


def _unreachable(did: str, error: FetchError | InvalidInput) -> Refused:
    return Refused(
        "issuer-unreachable", f"The keys of {did[:200]} cannot be had from their place: {error}"
    )
