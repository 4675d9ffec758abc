"""`openquality certification warn`, `request` and `close`."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import typer

from openquality.cli.certification import sending
from openquality.cli.certification.options import (
    NAME,
    About,
    Criteria,
    Evidence,
    Name,
    Reason,
    Target,
)
from openquality.cli.keys import KEY_PATH
from openquality.cli.options import Key, Registry, Token
from openquality_validator.certification import Kind, Outcome
from openquality_validator.message import message


class Closing(StrEnum):
    """Say whether an answer is enough."""

    ACCEPT = "accept"
    REFUSE = "refuse"


_OUTCOMES = {Closing.ACCEPT: Outcome.ACCEPTED, Closing.REFUSE: Outcome.REFUSED}


def warn(
    target: Target,
    *,
    reason: Reason,
    criteria: Criteria = None,
    evidence: Evidence = None,
    name: Name = NAME,
    key: Key = KEY_PATH,
    registry: Registry = None,
    token: Token = None,
) -> int:
    """Warn the holder of a certificate: nothing is asked for yet, and nothing changes.

    Example:
        openquality certification warn ISO-9001/QM-26-1187 --reason "Complaints are not counted."
    """
    said = {"reason": reason, **_criteria(criteria), **sending.evidence(evidence)}
    return sending.measured(
        target, Kind.WARNING, said, name=name, key=key, registry=registry, token=token
    )


def request(  # noqa: PLR0913 - each is an option of the command
    target: Target,
    *,
    deadline: Annotated[str, typer.Option(help="The last day (UTC) to answer: 2027-02-28.")],
    reason: Reason,
    criteria: Criteria = None,
    evidence: Evidence = None,
    name: Name = NAME,
    key: Key = KEY_PATH,
    registry: Registry = None,
    token: Token = None,
) -> int:
    r"""Ask the holder of a certificate, or the issuer of a record, for corrective action.

    Example:
        openquality certification request ISO-9001/QM-26-1187 --deadline 2027-02-28 \
            --reason "The gauges of line 2 have no calibration record." --criterion 7.1.5
    """
    said = {
        "deadline": _day(deadline).isoformat(),
        "reason": reason,
        **_criteria(criteria),
        **sending.evidence(evidence),
    }
    return sending.measured(
        target, Kind.REQUEST, said, name=name, key=key, registry=registry, token=token
    )


def close(
    target: Target,
    asked: About,
    word: Annotated[Closing, typer.Argument(help="Whether the answer is enough.")],
    *,
    reason: Reason,
    name: Name = NAME,
    key: Key = KEY_PATH,
    registry: Registry = None,
    token: Token = None,
) -> int:
    """End a request of yours, or send the answer back: then it stays open, with its deadline.

    Example:
        openquality certification close ISO-9001/QM-26-1187 sha256:… accept --reason "Seen on site."
    """
    said = {"about": sending.about(asked), "outcome": _OUTCOMES[word].value, "reason": reason}
    return sending.measured(
        target, Kind.CLOSURE, said, name=name, key=key, registry=registry, token=token
    )


def _criteria(criteria: list[str] | None) -> dict[str, Any]:
    return {"criteria": criteria} if criteria else {}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        said = message("--deadline {text!r} is no day; write it like 2027-02-28.", text=text)
        raise typer.BadParameter(said) from None
