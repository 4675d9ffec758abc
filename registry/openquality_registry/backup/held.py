"""How long a log had become, as witnesses and configured copies hold it.

A copy is a folder that holds `checkpoint` (of a mirror, or a data folder's `log/`), a file with a
checkpoint, or the address of a registry or mirror. A witness says a size alone; a copy's checkpoint
has a root too, and is signed by the log's key.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from openquality_registry.fetching import Fetcher, FetchError
from openquality_validator.errors import InvalidInput, OpenQualityError
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog import witness as messages
from openquality_validator.tlog.note import VerifierKey
from openquality_validator.tlog.policy import Party, Policy
from openquality_validator.tlog.witness import Request

MAX_CHECKPOINT = 65_536  # bytes; one with a hundred cosignatures is a tenth of it
WEB = ("https://", "http://")


@dataclass(eq=False)
class Silent(OpenQualityError):
    """Name a witness or copy that did not say how long the log is."""

    source: str
    reason: str

    def __str__(self) -> str:
        return f"{self.source} does not say how long the log is: {self.reason}"


@dataclass(frozen=True, slots=True)
class Held:
    """Hold what a source knows of the log: its size, and its root if the source says it."""

    source: str
    size: int
    root: bytes | None = None


Ask = Callable[[], Held]


def sources(
    copies: Sequence[str], policy: Policy | None, *, vkey: str, note: bytes | None
) -> tuple[Ask, ...]:
    """Return what asks each copy and each witness; each raises Silent if there is no answer.

    `note` is a checkpoint that was published before: witnesses are shown that one, so that none is
    signed in order to ask.
    """
    key = VerifierKey.from_text(vkey)
    witnesses = policy.witnesses if policy and note is not None else ()
    return (
        *(_copy(place, key) for place in copies),
        *(_witness(each, each.url, note or b"") for each in witnesses if each.url),
    )


def fetcher_for(place: str) -> Fetcher:
    """Return what fetches from an address that the operator configured by hand."""
    return Fetcher(allowed=[place])


def _copy(place: str, key: VerifierKey) -> Ask:
    def ask() -> Held:
        try:
            note = read(place, "checkpoint")
            signed = checkpoints.verify(note, origin=key.name, keys=[key])
        except (OSError, FetchError, InvalidInput) as error:
            raise Silent(place, str(error)) from None
        return Held(place, signed.checkpoint.size, signed.checkpoint.root)

    return ask


def read(place: str, name: str, *, max_bytes: int = MAX_CHECKPOINT) -> bytes:
    """Read a file of a copy. Raises OSError or FetchError."""
    if place.startswith(WEB):
        answer = fetcher_for(place).get(
            f"{place.rstrip('/')}/{name}", max_bytes=max_bytes, max_age=0
        )
        if answer.status != HTTPStatus.OK:
            raise OSError(f"it answered {answer.status}")
        return answer.body
    root = Path(place)
    if root.is_file():
        return root.read_bytes()
    inner = root / "log" / name
    return (inner if inner.exists() else root / name).read_bytes()


def _witness(witness: Party, url: str, note: bytes) -> Ask:
    size = checkpoints.parse(note)[0].size

    def ask() -> Held:
        try:
            answer = fetcher_for(url).post(
                url.rstrip("/") + messages.PATH,
                # From this size to this size there is nothing to prove.
                Request(size, (), note).to_bytes(),
                content_type="text/plain",
                max_bytes=messages.MAX_ANSWER,
            )
            if answer.status == HTTPStatus.CONFLICT:
                return Held(witness.name, messages.read_size(answer.body))
        except (FetchError, InvalidInput) as error:
            raise Silent(witness.name, str(error)) from None
        if answer.status == HTTPStatus.OK:
            return Held(witness.name, size)
        raise Silent(witness.name, f"it answered {answer.status}")

    return ask
