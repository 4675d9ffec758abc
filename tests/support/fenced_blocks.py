"""The fenced blocks of a page of the documentation."""

import re


def blocks(text: str, language: str) -> list[str]:
    """Return what stands in the blocks of a language, in the order of the page."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
