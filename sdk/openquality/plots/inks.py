"""The colours of plots, by what they stand for, on light paper and on dark."""

from typing import Final

PAPER: Final = "#ffffff"
INK: Final = "#1b1f24"  # words, and what was measured of all
QUIET: Final = "#5b6470"  # scales
GRID: Final = "#dde1e6"
DATA: Final = "#2b6cb0"
BETWEEN: Final = "#6e7681"  # data that are neither good nor bad
LIMIT: Final = "#b3261e"  # limits, and what lies beyond them
BOUND: Final = "#8a5a00"

# Words keep 4.5 to 1 against the paper and marks 3 to 1 (WCAG 2.2, 1.4.3 and 1.4.11); a test holds
# both columns to it.
DARK: Final = {
    PAPER: "#14171b",
    INK: "#e8eaed",
    QUIET: "#a3acb8",
    GRID: "#353c45",
    DATA: "#6aaef0",
    BETWEEN: "#848e9b",
    LIMIT: "#ff8a80",
    BOUND: "#e0a93b",
}


def style() -> str:
    """Return the style sheet for readers who prefer dark paper; all others need none."""
    rules = "\n".join(
        f'  [{attribute}="{light}"] {{ {attribute}: {dark} }}'
        for light, dark in DARK.items()
        for attribute in ("fill", "stroke")
    )
    return f"\n@media (prefers-color-scheme: dark) {{\n{rules}\n}}\n"
