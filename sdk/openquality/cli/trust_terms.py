"""`openquality trust policy` and `trust require`: the terms under which a verdict passes."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openquality.cli.trusting import File, KeyChanged, load, save, with_log
from openquality_validator.errors import OpenQualityError

if TYPE_CHECKING:
    from openquality_validator.tlog.policy import Policy
    from openquality_validator.trust import Trust, TrustedLog


class UnknownLog(OpenQualityError):
    """A setting is for a log that is not trusted yet."""

    def __str__(self) -> str:
        return (
            f"{self.args[0]} is not a log of the trust file. Trust it first: "
            "openquality trust add URL"
        )


def policy(
    path: Annotated[Path, typer.Argument(help="Policy file as C2SP tlog-policy writes it.")],
    *,
    log: Annotated[
        str | None, typer.Option(help="The log's origin; else the policy's log lines say it.")
    ] = None,
    file: File = None,
) -> None:
    """Say which witnesses must have signed a log's checkpoints.

    Get the witnesses' keys from the witnesses, not from the log that they watch.

    Example:
        openquality trust policy witnesses.txt
        openquality trust policy witnesses.txt --log log.example/2026
    """
    from openquality_validator.tlog.policy import Policy

    read = Policy.from_text(path.read_text("utf-8"))
    trust = load(file)
    for held in _meant(trust, read, log):
        trust = with_log(trust, replace(held, policy=read))
    save(file, trust)


def require(
    steps: Annotated[
        list[str] | None, typer.Argument(help="consistency, anchors, status or evidence.")
    ] = None,
    *,
    status_age: Annotated[
        int | None,
        typer.Option("--status-age", min=1, help="A status older than so many seconds is unknown."),
    ] = None,
    file: File = None,
) -> None:
    """Say which steps must pass beside the eight that a bundle can prove by itself.

    Replaces what was required before; without a step only the eight are left.

    Example:
        openquality trust require status anchors --status-age 86400
        openquality trust require
    """
    from openquality_validator.trust import REQUIRED

    trust = load(file)
    required = tuple(dict.fromkeys((*REQUIRED, *(steps or ()))))
    age = trust.status_age if status_age is None else timedelta(seconds=status_age)
    save(file, replace(trust, required=required, status_age=age))


def _meant(trust: "Trust", policy: "Policy", origin: str | None) -> list["TrustedLog"]:
    """Return the logs that a policy is for. A log line's key must be one that is trusted."""
    if origin is not None:
        names = [origin]
    else:
        names = [line.name for line in policy.logs] or [log.origin for log in trust.logs]
    meant = []
    for name in dict.fromkeys(names):
        log = trust.log(name)
        if log is None:
            raise UnknownLog(name)
        keys = [line.key for line in policy.logs if line.name == name]
        if keys and not any(held.verifier in keys for held in log.keys):
            raise KeyChanged(name)
        meant.append(log)
    if not meant:
        raise UnknownLog("No log")
    return meant
