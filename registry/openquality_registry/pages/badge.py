"""The badge of a record: how it stands and until when, as one small SVG."""

import datetime as dt
from typing import Final
from xml.etree import ElementTree as ET

from openquality_registry.pages.state import StateLine

HEIGHT: Final = 24
LONGEST: Final = 300  # seconds for which a badge may be kept: it says how the record stands now
_LEFT: Final = "OpenQuality"
_LETTER: Final = 7  # pixels that a letter of 12 px takes at the most, on average
_PADDING: Final = 10
_INKS: Final = {
    "valid": "#17663a",
    "expiring": "#7a4d00",
    "ahead": "#7a4d00",
    "suspended": "#7a4d00",
    "superseded": "#555e69",
    "expired": "#9d1c15",
    "revoked": "#9d1c15",
}


def badge(line: StateLine) -> bytes:
    """Draw a badge; its words say everything, the colour repeats it."""
    until = "" if line.until is None else f" until {line.until:%Y-%m-%d}"
    word = line.word.partition(",")[0].lower()
    said = f"{line.sign} {word}{until if word == 'valid' else ''}"
    left = len(_LEFT) * _LETTER + 2 * _PADDING
    right = len(said) * _LETTER + 2 * _PADDING
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": str(left + right),
            "height": str(HEIGHT),
            "viewBox": f"0 0 {left + right} {HEIGHT}",
            "role": "img",
            "aria-label": f"{_LEFT}: {said}",
            "font-family": "system-ui, sans-serif",
            "font-size": "12",
        },
    )
    ET.SubElement(root, "title").text = f"{_LEFT}: {said}"
    _box(root, 0, left, "#343b44", _LEFT)
    _box(root, left, right, _INKS[line.kind], said)
    return ET.tostring(root, encoding="unicode").encode()


def keep(line: StateLine, now: dt.datetime) -> int:
    """Return for how many seconds a badge may be kept: never beyond the end of the record."""
    if line.until is None or line.until <= now:
        return LONGEST
    return min(LONGEST, int((line.until - now).total_seconds()))


def _box(root: ET.Element, x: int, width: int, ink: str, words: str) -> None:
    size = {"width": str(width), "height": str(HEIGHT)}
    ET.SubElement(root, "rect", {"x": str(x), **size, "fill": ink})
    place = {"x": str(x + width // 2), "y": "16", "text-anchor": "middle", "fill": "#ffffff"}
    ET.SubElement(root, "text", place).text = words
