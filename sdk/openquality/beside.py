"""What an identity shows beside a signing key: its DID log, or the document of a did:web.

Read only; `identities.py` makes and changes the folder.
"""

from pathlib import Path

from openquality_validator import documents
from openquality_validator.errors import IdentityError
from openquality_validator.identity import PublicKey, didlog
from openquality_validator.identity.document import assertion_keys
from openquality_validator.message import message

FOLDER = "identity"
LOG = "did.jsonl"
DOCUMENT = "did.json"


def folder(key_path: Path) -> Path:
    """Return where the identity of a key file stands, if it has one."""
    return key_path.parent / FOLDER


def split(data: bytes) -> tuple[bytes, ...]:
    """Part a did.jsonl into its lines."""
    return tuple(line for line in data.replace(b"\r", b"").split(b"\n") if line)


def method(key_path: Path, key: PublicKey) -> str | None:
    """Return the DID URL of a key in the identity beside its file, None if there is none.

    Raises IdentityError: K009 if the identity does not list the key, others for a broken log.
    """
    if (where := folder(key_path) / LOG).exists():
        document = didlog.read(split(where.read_bytes()))[-1].document
    elif (where := folder(key_path) / DOCUMENT).exists():
        document = documents.parse_object(where.read_bytes()).value
    else:
        return None
    for name, listed in assertion_keys(document).items():
        if listed == key:
            return name
    raise IdentityError(
        "K009",
        message(
            "{key_path} is not among the keys that {where} lets sign.",
            key_path=key_path,
            where=where,
        ),
        message(
            "Finish a change that was broken off: openquality key rotate. Else take the key's "
            "backup."
        ),
    )


def document(key_path: Path) -> bytes:
    """Return the bytes of the DID log beside a key file, else of the DID document."""
    log = folder(key_path) / LOG
    return (log if log.exists() else folder(key_path) / DOCUMENT).read_bytes()
