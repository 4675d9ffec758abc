"""`openquality certification suspend`, `reinstate` and `revoke`."""

from typing import Annotated

import typer

from openquality.cli.certification import sending
from openquality.cli.certification.options import NAME, Name, Reason, Target
from openquality.cli.keys import KEY_PATH
from openquality.cli.options import Key, Registry, Token
from openquality.cli.status import NotConfirmed
from openquality_validator.status import Voice


def suspend(
    target: Target,
    *,
    reason: Reason,
    name: Name = NAME,
    key: Key = KEY_PATH,
    registry: Registry = None,
    token: Token = None,
) -> int:
    """Suspend a certificate: it counts no more until it is reinstated.

    Example:
        openquality certification suspend ISO-9001/QM-26-1187 --reason "The request is overdue."
    """
    return sending.spoken(
        target, Voice.SUSPENDED, reason=reason, name=name, key=key, registry=registry, token=token
    )


def reinstate(
    target: Target,
    *,
    reason: Reason,
    name: Name = NAME,
    key: Key = KEY_PATH,
    registry: Registry = None,
    token: Token = None,
) -> int:
    """Reinstate a certificate that you suspended.

    Example:
        openquality certification reinstate ISO-9001/QM-26-1187 --reason "Calibrated, and seen."
    """
    return sending.spoken(
        target, Voice.REINSTATED, reason=reason, name=name, key=key, registry=registry, token=token
    )


def revoke(
    target: Target,
    *,
    reason: Reason,
    yes: Annotated[bool, typer.Option("--yes", help="Agree to revoke, which is final.")] = False,
    name: Name = NAME,
    key: Key = KEY_PATH,
    registry: Registry = None,
    token: Token = None,
) -> int:
    """Revoke a certificate for good; a new one has a new number.

    Example:
        openquality certification revoke ISO-9001/QM-26-1187 --yes --reason "The works is closed."
    """
    if not yes:
        raise NotConfirmed
    return sending.spoken(
        target, Voice.REVOKED, reason=reason, name=name, key=key, registry=registry, token=token
    )
