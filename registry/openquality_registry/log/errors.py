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
        return (
            f"{self.issuer} has already published other bytes under the id {self.credential_id} "
            f"(index {self.index}, {self.digest}). Give the new statement an id of its own."
        )


@dataclass(eq=False)
class Outdated(LogError):
    """Name a head that is no longer what the statement was made for ("" for none)."""

    head: str
    expected: str
    found: str

    def __str__(self) -> str:
        return (
            f"{self.head} is {self.found or 'not set'}, and the statement goes with "
            f"{self.expected or 'none'}. Look at what came first, then make the statement anew."
        )


@dataclass(eq=False)
class Overloaded(LogError):
    """Say how many statements wait, and when to try again (seconds)."""

    waiting: int
    retry_after: int

    def __str__(self) -> str:
        return (
            f"{self.waiting} statements wait for the log. "
            f"Send the same bytes again in {self.retry_after} s."
        )


@dataclass(eq=False)
class NotKept(LogError):
    """Say why nothing of the statement was kept."""

    reason: str

    def __str__(self) -> str:
        return f"Nothing was kept: {self.reason}. Send the same bytes again later."


@dataclass(eq=False)
class OutcomeUnknown(LogError):
    """Say why a statement that may be committed has no receipt."""

    reason: str

    def __str__(self) -> str:
        return (
            f"The outcome is unknown: {self.reason}. "
            "Send the same bytes again: if they are in the log, the answer is their receipt."
        )


@dataclass(eq=False)
class LogStopped(LogError):
    """Say why this process no longer writes the log."""

    reason: str

    def __str__(self) -> str:
        return (
            f"This registry no longer writes its log: {self.reason}. "
            "Make sure that one process serves the data folder, then start it again."
        )


@dataclass(eq=False)
class LogDamaged(LogError):
    """Say what contradicts what."""

    reason: str

    def __str__(self) -> str:
        return (
            f"The log is damaged: {self.reason}. Nothing is signed until it is mended: run "
            "`openquality log fsck`, and restore the database from a backup that is not older "
            "than the published checkpoint."
        )


@dataclass(eq=False)
class LostRace(LogError):
    """Say what another process did first."""

    reason: str

    def __str__(self) -> str:
        return f"Another process wrote the log: {self.reason}. Stop one of the two."


@dataclass(eq=False)
class AlreadyTaken(LogError):
    """Say which digest or id stood in the way of a commit."""

    key: str

    def __str__(self) -> str:
        return f"{self.key} is already in the log. Look it up instead of committing it."


@dataclass(eq=False)
class UnusableKey(LogError):
    """Say why the file with the log's key cannot be used."""

    path: str
    reason: str

    def __str__(self) -> str:
        return (
            f"The log key {self.path} {self.reason}. Restore it from its backup with mode 600: "
            "without this key the log cannot be continued."
        )
