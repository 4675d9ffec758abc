"""What this user's program remembers: a folder with the trust file, settings and state.

`$XDG_CONFIG_HOME/openquality`, normally `~/.config/openquality`:

    trust.json     the trust file (docs/spec/trust-file.md)
    config.json    {"registry": "https://…"}
    state.json     {"seen": {origin: checkpoint text}, "told": [notice, …]}
"""

import os
import tempfile
from pathlib import Path
from typing import Any

import orjson

from openquality.configuration import current
from openquality_validator.errors import MalformedDocument, OpenQualityError
from openquality_validator.message import message

MODE = 0o644  # nothing secret is written here; keys have a writer of their own
PUBLIC_AND_PERMANENT = "public-and-permanent"


class NoRegistry(OpenQualityError):
    """No registry was named anywhere."""

    def __str__(self) -> str:
        return message(
            "No registry is named. Give --registry URL, set OPENQUALITY_REGISTRY, or write "
            '{{"registry": "URL"}} into {folder}.',
            folder=folder() / "config.json",
        )


def folder() -> Path:
    """Return the folder; it need not exist."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(base) if base else Path.home() / ".config") / "openquality"


def trust_path() -> Path:
    """Return where the trust file stands unless a command is told otherwise."""
    return folder() / "trust.json"


def registry(given: str | None) -> str:
    """Return the registry's address.

    The given one, else the environment's, else that of the project (openquality.toml), else that of
    the user's own settings.
    """
    found = given or os.environ.get("OPENQUALITY_REGISTRY") or current().registry
    found = found or _read("config.json").get("registry")
    if not found:
        raise NoRegistry
    return str(found)


def seen(origin: str) -> str | None:
    """Return the text of the last checkpoint that was verified for a log, if any."""
    text = _read("state.json").get("seen", {}).get(origin)
    return text if isinstance(text, str) else None


def remember_seen(origin: str, text: str) -> None:
    """Remember a verified checkpoint's text as the last one seen of its log."""
    state = _read("state.json")
    state["seen"] = {**state.get("seen", {}), origin: text}
    write(folder() / "state.json", orjson.dumps(state))


def was_told(notice: str) -> bool:
    """Tell whether a notice that is given once has been given."""
    return notice in _read("state.json").get("told", [])


def remember_told(notice: str) -> None:
    """Remember that a notice was given."""
    state = _read("state.json")
    state["told"] = sorted({*state.get("told", []), notice})
    write(folder() / "state.json", orjson.dumps(state))


def write(path: Path, data: bytes) -> None:
    """Replace a file as a whole, durably: readers see the old content or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), MODE)
        Path(name).replace(path)
        sync(path.parent)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def sync(folder: Path) -> None:
    """Make the names in a folder durable: a rename is that only with its folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(name: str) -> dict[str, Any]:
    path = folder() / name
    try:
        value = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except orjson.JSONDecodeError as error:
        raise MalformedDocument(
            "D003",
            message("{path} is not JSON: {error}.", path=path, error=error),
            message("Mend it, or delete it to start afresh."),
        ) from None
    return value if isinstance(value, dict) else {}
