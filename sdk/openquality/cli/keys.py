"""The signing key, as commands name it."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from openquality.cli.output import say

if TYPE_CHECKING:
    from openquality.signing import SigningKey

KEY_PATH = Path("openquality.key")


def load_key(path: Path) -> "SigningKey":
    """Load the key that signs statements; say so if others on this machine can read it."""
    from openquality import signing

    return _told(path, signing.load_key)


def load_next_key(path: Path) -> "SigningKey":
    """Load a key that signs changes of an identity, and no statements."""
    from openquality import signing

    return _told(path, signing.read_key)


def _told(path: Path, load: Callable[[Path], "SigningKey"]) -> "SigningKey":
    from openquality import signing

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", signing.LooseKeyPermissions)
        key = load(path)
    for warning in caught:
        say(f"warning: {warning.message}")
    return key
