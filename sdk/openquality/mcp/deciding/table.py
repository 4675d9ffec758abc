"""What is said of each tool that decides: what it reads as, and how far it reaches."""

from collections.abc import Mapping
from typing import Final

from openquality.mcp.deciding import lines, refusals
from openquality.mcp.deciding.tools import Decisions, Desk
from openquality.mcp.server import Bound, Described, bind

INSTRUCTIONS: Final = (
    " The user's decisions are kept in a log of the user's own: propose_decision, then "
    "execute_decision before anything binding is sent. What a result does not call `tookEffect` "
    "has not happened. Reviews are by people alone: where one is awaited, tell the user and wait."
)
TOOLS: Final[Mapping[str, Described]] = {
    "propose_decision": Described(
        "Propose a decision", lines.recorded, open_world=True, read_only=False
    ),
    "amend_decision": Described(
        "Amend a proposal", lines.recorded, open_world=False, read_only=False, destructive=True
    ),
    "execute_decision": Described(
        "Record an execution", lines.recorded, open_world=False, read_only=False, destructive=True
    ),
    "pause_decision": Described(
        "Pause a decision", lines.recorded, open_world=False, read_only=False
    ),
    "cancel_decision": Described(
        "Cancel a decision", lines.recorded, open_world=False, read_only=False, destructive=True
    ),
    "get_decision": Described("Read a decision", lines.decision, open_world=False),
    "list_decisions": Described("List decisions", lines.decisions, open_world=False),
}


def tools(desk: Desk) -> dict[str, Bound]:
    """Make the tools of a desk ready to call."""
    return bind(Decisions(desk), TOOLS, problems=refusals.of)
