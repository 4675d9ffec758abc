"""Records that commands work on, read from their files."""

from pathlib import Path
from typing import Any

from openquality.sources import Unreadable
from openquality_validator.documents import parse_object
from openquality_validator.message import message


def attestation(path: Path) -> dict[str, Any]:
    """Read an attestation. Raises OSError, MalformedDocument, and Unreadable for another JSON."""
    record = parse_object(path.read_bytes()).value
    if not {"id", "issuer", "credentialSubject"} <= set(record):
        raise Unreadable(
            path, message("It is no attestation; `openquality init` writes one to start from.")
        )
    return record
