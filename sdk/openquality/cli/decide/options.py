"""Options that the commands of `decide` share, and how they tell what was recorded."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openquality.cli.output import Format, say, show, show_json
from openquality.refused import RefusedInput
from openquality_validator.message import message

if TYPE_CHECKING:
    from openquality.decisions import Recorded

LOG = Path("decisions")
Log = Annotated[
    Path,
    typer.Option("--log", envvar="OPENQUALITY_DECISIONS", help="The folder of the decision log."),
]
Transaction = Annotated[
    str, typer.Argument(metavar="DECISION", help="The decision's id, such as an order number.")
]
Reasons = Annotated[
    list[str] | None, typer.Option("--reason", help="CODE or CODE:TEXT (may be repeated).")
]
Role = Annotated[str, typer.Option(help="The role in which you act, such as head-of-purchasing.")]
As = Annotated[
    str | None, typer.Option("--as", help="Your pseudonym in that role; never your name.")
]
Shown = Annotated[Format, typer.Option("--format", help="For people or for programs.")]


class NoReason(RefusedInput):
    """An event needs a reason, and none was given."""

    def __str__(self) -> str:
        return message("Say why: --reason CODE, or --reason 'CODE:what a person would say'.")


def reasons(texts: list[str] | None, *, required: bool = False) -> list[dict[str, str]]:
    """Read `CODE` or `CODE:TEXT`. Raises NoReason."""
    found = []
    for text in texts or ():
        code, _, more = text.partition(":")
        found.append({"code": code} | ({"text": more.strip()} if more.strip() else {}))
    if required and not found:
        raise NoReason
    return found


def person(role: str, name: str | None) -> dict[str, str]:
    """Write the actor of a review."""
    return {"kind": "person", "role": role} | ({"id": name} if name else {})


def tell(recorded: "Recorded", form: Format) -> int:
    """Show what was recorded, and why it took no effect; return the exit code."""
    if form is Format.JSON:
        show_json(to_json(recorded))
    else:
        event = recorded.event
        about = f" {event.transaction}" if event.transaction else ""
        status = f", {recorded.state.status}" if recorded.state else ""
        effect = "refused, and recorded as such" if recorded.refused else "recorded"
        show(f"{event.type}{about}: {effect} as entry {recorded.index}{status}")
        show(recorded.digest)
    for finding in recorded.refused:
        say(f"{finding.code}: {finding.message} {finding.hint}")
    return int(bool(recorded.refused))


def to_json(recorded: "Recorded") -> dict[str, Any]:
    """Write what was recorded as a JSON object with stable members."""
    event = recorded.event
    return {
        "v": 1,
        "type": event.type,
        "transaction": event.transaction,
        "event": recorded.digest,
        "index": recorded.index,
        "time": event.get("time"),
        "status": recorded.state.status.value if recorded.state else None,
        "compliance": event.get("compliance"),
        "refused": [finding.to_json() for finding in recorded.refused],
    }
