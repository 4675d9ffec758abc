"""Decisions of a buyer, kept in a log of its own: `DecisionLog` (docs/guide/decide.md).

from openquality.decisions import DecisionLog, ask

log = DecisionLog.create(Path("decisions"), policy=policy, key=owner)
inputs = ask(client, query, trust=trust)
log.propose("PO-4711", {**draft, "inputs": inputs.to_json()}, key=agent, files=inputs.files())
log.approve("PO-4711", actor={"kind": "person", "role": "buyer"}, key=reviewer)
log.execute("PO-4711", key=agent)
"""

from openquality.decisions.auditing import Audit, audit
from openquality.decisions.exporting import export
from openquality.decisions.folder import Damaged, InTheWay, NoLog
from openquality.decisions.inputs import Inputs, ask, filled
from openquality.decisions.log import (
    DecisionLog,
    FileMissing,
    InvalidEvent,
    Recorded,
    UnknownTransaction,
)

__all__ = [
    "Audit",
    "Damaged",
    "DecisionLog",
    "FileMissing",
    "InTheWay",
    "Inputs",
    "InvalidEvent",
    "NoLog",
    "Recorded",
    "UnknownTransaction",
    "ask",
    "audit",
    "export",
    "filled",
]
