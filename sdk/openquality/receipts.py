"""Receipts: verified before a publish is called a success."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from openquality import home
from openquality_validator import bundle as bundles
from openquality_validator.bundle import Step
from openquality_validator.envelope import digest
from openquality_validator.errors import LogFormatError, ProofError, RegistryError
from openquality_validator.message import message
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog.note import VerifierKey
from openquality_validator.trust import LogKey, Trust, TrustedLog

NOT_VALID_NOW = {"V111", "V112"}
RETIRED_KEY = "V084"  # a log that signs today with a key which is out of use


@dataclass(frozen=True, slots=True)
class Receipt:
    """Say where a statement stands in a log, as its verified receipt proves."""

    digest: str
    origin: str
    index: int


def load_trust(path: Path | None) -> Trust:
    """Read a trust file: the given one, or the user's own, or nothing if there is none yet."""
    if path is None and not home.trust_path().exists():
        return Trust()
    return Trust.from_bytes((path or home.trust_path()).read_bytes())


def shown_log(well_known: Mapping[str, Any]) -> TrustedLog:
    """Read the log that a registry says is its own, with its status keys and hosted domains.

    Raises RegistryError if it shows none.
    """
    log = well_known.get("log")
    try:
        verifier = VerifierKey.from_text(str(log["vkey"]) if isinstance(log, dict) else "")
    except (KeyError, LogFormatError):
        raise RegistryError(
            200,
            "bad-answer",
            message("The address shows no usable log key."),
            message("Check the address."),
        ) from None
    hosts = well_known.get("hosts")
    return TrustedLog(
        verifier.name,
        (LogKey(verifier),),
        status_keys=_texts(well_known.get("statusKeys")),
        hosts=None if hosts is None else _texts(hosts),
    )


@dataclass(frozen=True, slots=True)
class Judge:
    """Check receipts of one log.

    A log that the trust file does not hold is checked with the key that it shows itself:
    `is_trusted` is then False, and a receipt proves only that the registry keeps to its own word.
    """

    trust: Trust
    is_trusted: bool

    @classmethod
    def of(cls, trust: Trust, log: TrustedLog) -> Self:
        """Make the judge of a registry's receipts, under the trust file where it holds the log."""
        if trust.log(log.origin) is not None:
            return cls(trust, is_trusted=True)
        return cls(replace(trust, logs=(*trust.logs, log)), is_trusted=False)

    def check(self, data: bytes, statement: bytes) -> Receipt:
        """Verify that a receipt is for exactly this statement; raises ProofError, RegistryError.

        Witnesses sign after the receipt, so too few of them are no fault of it; and a record may be
        published before it is valid, or after.
        """
        verdict = bundles.verify(data, trust=self.trust, now=datetime.now(UTC))
        for step in verdict.steps:
            if _counts(step):
                raise ProofError(
                    step.code,
                    message(
                        "The receipt fails at step {number} ({name}): {message}",
                        number=step.number,
                        name=step.name,
                        message=step.message,
                    ),
                    message("Do not count this as published; tell the registry's operator."),
                )
        assert verdict.record is not None
        assert verdict.index is not None
        origin = checkpoints.parse(bundles.Bundle.from_bytes(data).checkpoint)[0].origin
        if verdict.record.digest != digest(statement):
            raise RegistryError(
                200,
                "bad-answer",
                message("The receipt is for another statement than the one that was sent."),
                message("Do not count this as published; tell the registry's operator."),
            )
        return Receipt(verdict.record.digest, origin, verdict.index)


def _counts(step: Step) -> bool:
    """Tell whether a step speaks against a receipt."""
    if step.outcome is bundles.Outcome.FAIL:
        return step.code not in NOT_VALID_NOW
    return step.code == RETIRED_KEY


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()
