"""What the log answers when a statement gets no receipt.

LogError
├── Conflict        the supplier: the same issuer and id, with other bytes
├── Outdated        the supplier: another statement moved a head first
├── Overloaded      later: more statements wait than the log takes
├── NotKept         the operator: nothing was committed, and sending again is safe
├── OutcomeUnknown  committed, or perhaps committed, without a receipt: send the same bytes
├── LogStopped      the operator: this process no longer writes the log
├── LogDamaged      the operator: database, files and checkpoint contradict each other
├── LostRace        another process wrote the log (between Store, TileStore and sequencer)
└── AlreadyTaken    a digest or (issuer, id) is in the log (between Store and sequencer)

Every error holds values, and its sentence ends with what to do.
"""

from dataclasses import dataclass

from openquality_validator.errors import OpenQualityError
from openquality_validator.message import message


class LogError(OpenQualityError):
    """Be the root of the log's errors."""


@dataclass(eq=False)
class Conflict(LogError):
    """Name the statement that already has this issuer and id, with other bytes."""

    issuer: str
    credential_id: str
    index: int
    digest: str

    def __str__(self) -> str:
        return message(
            "{issuer} has already published other bytes under the id {credential_id} (index "
            "{index}, {digest}). Give the new statement an id of its own.",
            issuer=self.issuer,
            credential_id=self.credential_id,
            index=self.index,
            digest=self.digest,
        )


@dataclass(eq=False)
class Outdated(LogError):
    """Name a head that is no longer what the statement was made for ("" for none)."""

    head: str
    expected: str
    found: str

    def __str__(self) -> str:
        return message(
            "{head} is {value}, and the statement goes with {value2}. Look at what came "
            "first, then make the statement anew.",
            head=self.head,
            value=self.found or "not set",
            value2=self.expected or "none",
        )


@dataclass(eq=False)
class Overloaded(LogError):
    """Say how many statements wait, and when to try again (seconds)."""

    waiting: int
    retry_after: int

    def __str__(self) -> str:
        return message(
            "{waiting} statements wait for the log. Send the same bytes again in {retry_after} s.",
            waiting=self.waiting,
            retry_after=self.retry_after,
        )


@dataclass(eq=False)
class NotKept(LogError):
    """Say why nothing of the statement was kept."""

    reason: str

    def __str__(self) -> str:
        return message(
            "Nothing was kept: {reason}. Send the same bytes again later.", reason=self.reason
        )


@dataclass(eq=False)
class OutcomeUnknown(LogError):
    """Say why a statement that may be committed has no receipt."""

    reason: str

    def __str__(self) -> str:
        return message(
            "The outcome is unknown: {reason}. Send the same bytes again: if they are in the "
            "log, the answer is their receipt.",
            reason=self.reason,
        )


@dataclass(eq=False)
class LogStopped(LogError):
    """Say why this process no longer writes the log."""

    reason: str

    def __str__(self) -> str:
        return message(
            "This registry no longer writes its log: {reason}. Make sure that one process "
            "serves the data folder, then start it again.",
            reason=self.reason,
        )


@dataclass(eq=False)
class LogDamaged(LogError):
    """Say what contradicts what."""

    reason: str

    def __str__(self) -> str:
        return message(
            "The log is damaged: {reason}. Nothing is signed until it is mended: run "
            "`openquality log fsck`, and restore the database from a backup that is not "
            "older than the published checkpoint.",
            reason=self.reason,
        )


@dataclass(eq=False)
class LostRace(LogError):
    """Say what another process did first."""

    reason: str

    def __str__(self) -> str:
        return message(
            "Another process wrote the log: {reason}. Stop one of the two.", reason=self.reason
        )


@dataclass(eq=False)
class AlreadyTaken(LogError):
    """Say which digest or id stood in the way of a commit."""

    key: str

    def __str__(self) -> str:
        return message(
            "{key} is already in the log. Look it up instead of committing it.", key=self.key
        )


@dataclass(eq=False)
class UnusableKey(LogError):
    """Say why the file with the log's key cannot be used."""

    path: str
    reason: str

    def __str__(self) -> str:
        return message(
            "The log key {path} {reason}. Restore it from its backup with mode 600: without "
            "this key the log cannot be continued.",
            path=self.path,
            reason=self.reason,
        )
