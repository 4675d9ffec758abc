"""`openquality decide approve`, `override`, `execute`, `pause` and their like."""

from pathlib import Path
from typing import Annotated

import typer

from openquality.cli.decide.options import (
    LOG,
    As,
    Log,
    Reasons,
    Role,
    Shown,
    Transaction,
    person,
    reasons,
    tell,
)
from openquality.cli.keys import KEY_PATH, load_key
from openquality.cli.options import Key
from openquality.cli.output import Format

Basis = Annotated[
    str | None,
    typer.Option(help="The digest of the revision that you looked at; else the newest one."),
]


def approve(
    decision: Transaction,
    *,
    role: Role,
    name: As = None,
    reason: Reasons = None,
    basis: Basis = None,
    log: Log = LOG,
    key: Key = KEY_PATH,
    form: Shown = Format.TEXT,
) -> int:
    """Approve what is proposed, as a person: with a key that the policy lists for a role.

    Example:
        openquality decide approve PO-4711 --role head-of-purchasing --key keys/reviewer.key
    """
    from openquality.decisions import DecisionLog

    recorded = DecisionLog(log).approve(
        decision,
        actor=person(role, name),
        key=load_key(key),
        reasons=reasons(reason),
        basis=basis,
    )
    return tell(recorded, form)


def override(  # noqa: PLR0913 - each is an option of the command
    decision: Transaction,
    *,
    select: Annotated[int, typer.Option(help="The rank of the alternative to take instead.")],
    role: Role,
    name: As = None,
    reason: Reasons = None,
    basis: Basis = None,
    log: Log = LOG,
    key: Key = KEY_PATH,
    form: Shown = Format.TEXT,
) -> int:
    """Take another alternative than the proposed one, as a person; this approves it too.

    Example:
        openquality decide override PO-4711 --select 2 --role head-of-purchasing
            --reason "local-stock:Needed on Monday." --key keys/reviewer.key
    """
    from openquality.decisions import DecisionLog

    recorded = DecisionLog(log).override(
        decision,
        selected=select,
        actor=person(role, name),
        reasons=reasons(reason, required=True),
        key=load_key(key),
        basis=basis,
    )
    return tell(recorded, form)


def execute(
    decision: Transaction,
    *,
    terms: Annotated[
        Path | None, typer.Option(help="The final terms, a JSON object; else the proposed ones.")
    ] = None,
    waiver: Annotated[
        str | None, typer.Option(help="The policy's waiver that stands in for the review.")
    ] = None,
    output: Annotated[
        list[Path] | None, typer.Option(help="What was sent or made, to keep (may be repeated).")
    ] = None,
    document: Annotated[
        list[Path] | None, typer.Option(help="A document that the terms name (may be repeated).")
    ] = None,
    log: Log = LOG,
    key: Key = KEY_PATH,
    form: Shown = Format.TEXT,
) -> int:
    """Record that a decision is executed; do so before anything binding is sent.

    Without the review that the policy demands, and without a waiver, it is refused with exit code
    1, marked nonCompliant, and the attempt stays in the log.

    Example:
        openquality decide execute PO-4711 --output order.pdf
        openquality decide execute PO-4711 --waiver line-down
    """
    from openquality.decisions import DecisionLog
    from openquality_validator import documents

    recorded = DecisionLog(log).execute(
        decision,
        key=load_key(key),
        terms=documents.parse_object(terms.read_bytes()).value if terms else None,
        waiver=waiver,
        outputs=[path.read_bytes() for path in output or ()],
        files=[path.read_bytes() for path in document or ()],
    )
    return tell(recorded, form)


def pause(
    decision: Transaction,
    *,
    reason: Reasons = None,
    log: Log = LOG,
    key: Key = KEY_PATH,
    form: Shown = Format.TEXT,
) -> int:
    """Pause a decision: it is not executed until it is resumed.

    Example:
        openquality decide pause PO-4711 --reason supplier-in-question
    """
    from openquality.decisions import DecisionLog

    said = reasons(reason, required=True)
    return tell(DecisionLog(log).pause(decision, reasons=said, key=load_key(key)), form)


def resume(
    decision: Transaction,
    *,
    reason: Reasons = None,
    log: Log = LOG,
    key: Key = KEY_PATH,
    form: Shown = Format.TEXT,
) -> int:
    """Resume a paused decision where it was.

    Example:
        openquality decide resume PO-4711
    """
    from openquality.decisions import DecisionLog

    said = reasons(reason)
    return tell(DecisionLog(log).resume(decision, reasons=said, key=load_key(key)), form)


def cancel(
    decision: Transaction,
    *,
    reason: Reasons = None,
    log: Log = LOG,
    key: Key = KEY_PATH,
    form: Shown = Format.TEXT,
) -> int:
    """Cancel what is not executed; of an executed decision only an open amendment falls.

    Example:
        openquality decide cancel PO-4711 --reason no-longer-needed
    """
    from openquality.decisions import DecisionLog

    said = reasons(reason, required=True)
    return tell(DecisionLog(log).cancel(decision, reasons=said, key=load_key(key)), form)


def reverse(
    decision: Transaction,
    *,
    reason: Reasons = None,
    log: Log = LOG,
    key: Key = KEY_PATH,
    form: Shown = Format.TEXT,
) -> int:
    """Reverse a decision after its execution.

    Example:
        openquality decide reverse PO-4711 --reason "wrong-part:Returned to the supplier."
    """
    from openquality.decisions import DecisionLog

    said = reasons(reason, required=True)
    return tell(DecisionLog(log).reverse(decision, reasons=said, key=load_key(key)), form)
