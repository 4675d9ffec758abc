"""`openquality certification decide`."""

from enum import StrEnum
from typing import Annotated

import typer

from openquality.cli.certification import sending
from openquality.cli.certification.options import NAME, About, Name, Reason, Target
from openquality.cli.keys import KEY_PATH
from openquality.cli.options import Key, Registry, Token
from openquality_validator.certification import Kind, Outcome


class Deciding(StrEnum):
    """Say whether an appeal is right."""

    UPHOLD = "uphold"
    REJECT = "reject"


_OUTCOMES = {Deciding.UPHOLD: Outcome.UPHELD, Deciding.REJECT: Outcome.REJECTED}


def decide(
    target: Target,
    appeal: About,
    word: Annotated[Deciding, typer.Argument(help="Whether the appeal is right.")],
    *,
    reason: Reason,
    name: Name = NAME,
    key: Key = KEY_PATH,
    registry: Registry = None,
    token: Token = None,
) -> int:
    """Decide on an appeal, for good. Upheld, it lifts a warning or a request.

    A suspension ends when whoever said it reinstates the certificate.

    Example:
        openquality certification decide ISO-9001/QM-26-1187 sha256:… uphold --reason "As it says."
    """
    said = {"about": sending.about(appeal), "outcome": _OUTCOMES[word].value, "reason": reason}
    return sending.measured(
        target, Kind.DECISION, said, name=name, key=key, registry=registry, token=token
    )
