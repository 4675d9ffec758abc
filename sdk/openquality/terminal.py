"""Whether somebody sits at a terminal."""

import sys


def is_terminal() -> bool:
    """Tell whether somebody can be asked, and answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()
