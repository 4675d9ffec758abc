"""The page of the log: its size, its signature, its witnesses, and how to watch it."""

from typing import Any

from openquality_registry.bootstrap import Parts
from openquality_registry.http.routes.operations import about
from openquality_registry.problems import Refused
from openquality_validator.message import message
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog.note import Note


def view(parts: Parts, *, base: str) -> dict[str, Any]:
    """Make the model of the log's page. Raises Refused before the first checkpoint."""
    note = parts.folder.tiles.checkpoint()
    if note is None:
        raise Refused(
            "log-stopped", message("The log has no checkpoint yet. Try again in a moment.")
        )
    if parts.witnesses is not None:
        note = parts.anchoring.head(note)
    checkpoint, _ = checkpoints.parse(note)
    known = about(parts)
    signers = [signature.name for signature in Note.from_bytes(note).signatures]
    return {
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "note": note.decode(),
        "vkey": known["log"]["vkey"],
        "retired": known["log"]["retiredKeys"],
        "witnesses": [name for name in signers if name != checkpoint.origin],
        "status_keys": known["statusKeys"],
        "accreditors": known["accreditors"],
        "registrars": known["registrars"],
        "time_authorities": known["timeAuthorities"],
        "software": parts.version,
        "catalogue": known["catalogue"],
        "base": base,
    }
