"""Whether a terminal wants colour, and what it can show."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TextIO

from openquality.fitting import fit

# Select Graphic Rendition: ECMA-48, 8.3.117.
_CODES: Final = {"error": "1;31", "warning": "1;33", "mark": "31", "dim": "2", "fixed": "32"}


@dataclass(frozen=True, slots=True)
class Style:
    """Paint text or leave it, and write it in the characters of an encoding."""

    colour: bool = False
    encoding: str = "utf-8"

    @classmethod
    def of(cls, stream: TextIO, environment: Mapping[str, str] | None = None) -> "Style":
        """Ask a stream and the environment what they want: NO_COLOR, FORCE_COLOR, TERM."""
        said = os.environ if environment is None else environment
        return cls(_wants_colour(stream, said), stream.encoding or "ascii")

    def paint(self, role: str, text: str) -> str:
        """Put a text into the colour of its role, if colour is wanted."""
        return f"\x1b[{_CODES[role]}m{text}\x1b[0m" if self.colour and text else text

    def fit(self, text: str) -> str:
        """Return the text in characters that can be written."""
        return fit(text, self.encoding)


def _wants_colour(stream: TextIO, environment: Mapping[str, str]) -> bool:
    if environment.get("NO_COLOR"):  # https://no-color.org: any text but the empty one
        return False
    forced = environment.get("FORCE_COLOR")
    if forced is not None:
        return forced not in {"", "0", "false"}
    if not stream.isatty() or environment.get("TERM") == "dumb":
        return False
    # The old console of Windows shows the codes as they are; others say who they are.
    return sys.platform != "win32" or bool(environment.keys() & {"WT_SESSION", "TERM", "ANSICON"})
