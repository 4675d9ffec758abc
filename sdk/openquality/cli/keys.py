"""The signing key, as commands name it."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from openquality.cli.output import say

if TYPE_CHECKING:
    from openquality.signing import SigningKey

KEY_PATH = Path("openquality.key")
KEY_HELP = "The key file that `openquality init` made."


def load_key(path: Path) -> "SigningKey":
    """Load a key file; say so if others on this machine can read it."""
    from openquality import signing

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", signing.LooseKeyPermissions)
        key = signing.load_key(path)
    for warning in caught:
        say(f"warning: {warning.message}")
    return key
