"""The modules and programs that this user lets key files load and run.

    ~/.config/openquality/signers.json    {"v": 1, "agreed": [["/usr/bin/kms-sign", "--key", "4"]]}

A key file may come with somebody's folder. Without this list, signing in that folder would run
whatever its author wrote into the file.
"""

from pathlib import Path

import orjson

from openquality import home
from openquality_validator.errors import IdentityError, MalformedDocument
from openquality_validator.message import message

NAME = "signers.json"


def path() -> Path:
    """Return where the list stands."""
    return home.folder() / NAME


def agree(*command: str) -> None:
    """Remember that this user agreed to a module, or to a program with its arguments."""
    known = _known()
    if list(command) not in known:
        value = {"v": 1, "agreed": [*known, list(command)]}
        home.write(path(), orjson.dumps(value, option=orjson.OPT_INDENT_2))


def require(*command: str) -> None:
    """Raise IdentityError (K019) unless this user agreed to it."""
    if list(command) not in _known():
        raise IdentityError(
            "K019",
            message(
                "The key file wants to run or load {command}, and nobody agreed to that on this "
                "machine.",
                command=" ".join(command),
            ),
            message("If you know it and want that: openquality key agree. Else do not sign here."),
        )


def _known() -> list[list[str]]:
    try:
        value = orjson.loads(path().read_bytes())
    except FileNotFoundError:
        return []
    except orjson.JSONDecodeError:
        value = None
    found = value.get("agreed") if isinstance(value, dict) else None
    if not isinstance(found, list):
        raise MalformedDocument(
            "D003",
            message("{path} is not a list of what was agreed to.", path=path()),
            message("Mend it, or delete it and agree again: openquality key agree."),
        )
    return found
