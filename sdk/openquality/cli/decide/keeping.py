"""`openquality decide init`, `policy`, `show` and `purge`: the log itself."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openquality.cli.decide.options import LOG, Log, Shown, tell
from openquality.cli.keys import KEY_PATH, load_key
from openquality.cli.options import Key
from openquality.cli.output import Format, say, show, show_json, show_table
from openquality_validator.message import message

if TYPE_CHECKING:
    from openquality_validator.decision.book import Book
    from openquality_validator.decision.transaction import Transaction


def init(
    *,
    policy: Annotated[Path, typer.Option(help="The policy file, which is in force from now on.")],
    log: Log = LOG,
    origin: Annotated[
        str | None, typer.Option(help="The log's name, such as decisions.example/2026.")
    ] = None,
    key: Key = KEY_PATH,
) -> None:
    """Make a decision log, with a key of its own, under a first policy.

    Keep its folder safe and backed up: it is the memory of your decisions. Give auditors the
    verifier key that is shown, by another way than the log.

    Example:
        openquality decide init --policy policy.json
        openquality decide init --policy policy.json --log /srv/decisions --key keys/owner.key
    """
    from openquality.decisions import DecisionLog

    made = DecisionLog.create(log, policy=policy.read_bytes(), key=load_key(key), origin=origin)
    show(str(log))
    show(made.folder.key.to_text())


def policy(
    file: Annotated[Path, typer.Argument(help="The new policy file.")],
    *,
    log: Log = LOG,
    key: Key = KEY_PATH,
    form: Shown = Format.TEXT,
) -> int:
    """Put another policy in force; only an owner that the present one lists may.

    Example:
        openquality decide policy policy-2027.json --key keys/owner.key
    """
    from openquality.decisions import DecisionLog

    return tell(DecisionLog(log).adopt(file.read_bytes(), key=load_key(key)), form)


def show_decisions(
    decision: Annotated[str | None, typer.Argument(help="One decision; else all.")] = None,
    *,
    log: Log = LOG,
    form: Shown = Format.TEXT,
) -> None:
    """Show where decisions stand, or the events of one, as the log says without proof.

    Example:
        openquality decide show
        openquality decide show PO-4711 --format json
    """
    from openquality.decisions import DecisionLog

    held = DecisionLog(log)
    if decision is not None:
        _show_one(held.events(decision), form)
        return
    book = held.book()
    rows = [_row(state) for state in book.transactions.values()]
    if form is Format.JSON:
        show_json({"v": 1, "policy": book.policy.name if book.policy else None, "decisions": rows})
        return
    head = ("decision", "status", "proposed", "review", "refused")
    show_table(head, ([str(row[name]) for name in head] for row in rows), right={4})
    for line in _due(book):
        say(line)


def purge(
    *,
    log: Log = LOG,
    key: Key = KEY_PATH,
    yes: Annotated[
        bool, typer.Option("--yes", help="Delete; else only say what would be.")
    ] = False,
    form: Shown = Format.TEXT,
) -> int:
    """Delete the files whose time of keeping is over; events and digests stay for good.

    Example:
        openquality decide purge
        openquality decide purge --yes
    """
    from openquality.decisions import DecisionLog

    held = DecisionLog(log)
    due = held.expired()
    if not due:
        say(message("No file is past its time of keeping."))
        return 0
    if not yes:
        for name in due:
            show(name)
        say(
            message(
                "{count} file(s) may be deleted, for good. Run again with --yes.", count=len(due)
            )
        )
        return 0
    return tell(held.purge(due, key=load_key(key)), form)


def _show_one(events: Any, form: Format) -> None:  # noqa: ANN401 - a tuple of placed events
    if form is Format.JSON:
        show_json(
            {
                "v": 1,
                "events": [
                    {"index": each.index, "event": each.event.digest, **each.event.document}
                    for each in events
                ],
            }
        )
        return
    rows = [
        (
            str(each.index),
            each.event.get("time"),
            each.event.type,
            ", ".join(each.event.refused) or "",
            _said(each.event.document),
        )
        for each in events
    ]
    show_table(("entry", "time", "event", "refused", "reasons"), rows, right={0})


def _said(document: Mapping[str, Any]) -> str:
    return ", ".join(reason["code"] for reason in document.get("reasons", ()))


def _row(state: "Transaction") -> dict[str, Any]:
    return {
        "decision": state.id,
        "status": state.status.value,
        "proposed": state.proposed.isoformat(),
        "review": "used" if state.used else "offered" if state.asked else "not needed",
        "refused": state.attempts,
        "basis": state.revision.basis,
        "keptUntil": state.kept.isoformat(),
    }


def _due(book: "Book") -> list[str]:
    from openquality_validator.decision.book import obligations

    return [f"{each.code}: {each.message}" for each in obligations(book, datetime.now(UTC))]
