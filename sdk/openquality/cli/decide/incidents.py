"""`openquality decide incident` and `test-override`."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from openquality.cli.decide.options import LOG, As, Log, Role, Shown, Transaction, person, tell
from openquality.cli.keys import KEY_PATH, load_key
from openquality.cli.options import Key
from openquality.cli.output import Format


class State(StrEnum):
    """Say how far an incident is."""

    OPENED = "opened"
    STATED = "stated"
    RESOLVED = "resolved"


class Severity(StrEnum):
    """Say how bad it is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


def incident(  # noqa: PLR0913 - each is an option of the command
    decision: Transaction,
    name: Annotated[str, typer.Argument(help="The incident's id within the decision.")],
    *,
    state: Annotated[State, typer.Option(help="How far it is.")],
    detected: Annotated[
        str, typer.Option(help="When it was noticed, such as 2026-11-21T13:00:00Z.")
    ],
    kind: Annotated[str, typer.Option(help="Your word for it, such as wrong-supplier.")],
    text: Annotated[str, typer.Option(help="What happened, without names of persons.")],
    severity: Annotated[Severity | None, typer.Option(help="How bad it is.")] = None,
    measures: Annotated[str | None, typer.Option(help="What is done about it.")] = None,
    log: Log = LOG,
    key: Key = KEY_PATH,
    form: Shown = Format.TEXT,
) -> int:
    """Record an incident: opened, stated to those concerned, resolved.

    It is due to be stated within the policy's hours, at most 72, after it was noticed. For the
    statement make a redacted copy with `openquality decide export --withhold`.

    Example:
        openquality decide incident PO-4711 i-1 --state opened --detected 2026-11-21T13:00:00Z
            --kind wrong-supplier --severity high --text "The order went to another supplier."
    """
    from openquality.decisions import DecisionLog

    report: dict[str, Any] = {"kind": kind, "text": text}
    report |= {"severity": severity.value} if severity else {}
    report |= {"measures": measures} if measures else {}
    recorded = DecisionLog(log).incident(
        decision,
        {"id": name, "state": state.value, "detectedAt": detected},
        report=report,
        key=load_key(key),
    )
    return tell(recorded, form)


def override_test(
    *,
    passed: Annotated[
        bool, typer.Option("--passed/--failed", help="Whether a person could stop the system.")
    ],
    role: Role,
    text: Annotated[str, typer.Option(help="What was tried, and what came of it.")],
    kind: Annotated[str, typer.Option(help="Your word for the test.")] = "override-test",
    name: As = None,
    log: Log = LOG,
    key: Key = KEY_PATH,
    form: Shown = Format.TEXT,
) -> int:
    """Record the yearly test that a person can stop or override the system.

    Example:
        openquality decide test-override --passed --role head-of-purchasing
            --text "Paused and overrode order TEST-7 within a minute." --key keys/reviewer.key
    """
    from openquality.decisions import DecisionLog

    recorded = DecisionLog(log).test_override(
        passed=passed,
        actor=person(role, name),
        report={"kind": kind, "text": text},
        key=load_key(key),
    )
    return tell(recorded, form)
