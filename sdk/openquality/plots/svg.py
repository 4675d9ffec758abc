"""SVG, as much of it as a plot needs: panels with axes, lines, bars, points and words.

SVG 1.1, with a title and a description for those who do not see it (WAI-ARIA `img`). Nothing is
fetched: no script, no font but the reader's own; the one style sheet, for dark paper, is inside.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from unicodedata import category
from xml.etree import ElementTree as ET

from openquality.plots.inks import DATA, GRID, INK, PAPER, QUIET, style

WIDTH: Final = 760
HEIGHT: Final = 330  # of one panel
LEFT, RIGHT, TOP, BOTTOM = 66, 96, 58, 52  # of a panel, around its data
_TICKS: Final = 6
_STEPS: Final = (1.0, 2.0, 5.0, 10.0)
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})  # by Unicode category
_SMALL: Final = 1e-9  # of a step: what floats may be off


@dataclass(frozen=True, slots=True)
class Scale:
    """Map numbers from `low` to `high` to pixels from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the pixel of a number."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


class Panel:
    """Draw on one panel: its elements lie in `group`, `x` and `y` are its scales."""

    def __init__(
        self,
        title: str,
        *,
        x: tuple[float, float],
        y: tuple[float, float],
        below: str,
        beside: str,
        size: tuple[int, int] = (WIDTH, HEIGHT),
    ) -> None:
        width, height = self.size = size
        self.group = ET.Element("g")
        self.x = Scale(*x, LEFT, width - RIGHT)
        self.y = Scale(*y, height - BOTTOM, TOP)
        self._taken: list[float] = []
        self.text(LEFT, 24, title, size=15, weight="600")
        self.text((LEFT + width - RIGHT) / 2, height - 10, below, anchor="middle", ink=QUIET)
        self.text(LEFT, TOP - 12, beside, ink=QUIET)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        anchor: str = "start",
        ink: str = INK,
        size: int = 12,
        weight: str = "400",
    ) -> None:
        """Write words at a place in pixels."""
        looks = {"font-size": str(size), "font-weight": weight, "text-anchor": anchor, "fill": ink}
        element = ET.SubElement(self.group, "text", {"x": _px(x), "y": _px(y), **looks})
        element.text = printable(words)

    def line(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        *,
        ink: str = GRID,
        width: float = 1,
        dashes: str = "",
    ) -> None:
        """Draw a line between two places in pixels."""
        ends = {"x1": _px(x1), "y1": _px(y1), "x2": _px(x2), "y2": _px(y2)}
        looks = {"stroke": ink, "stroke-width": _px(width)}
        ET.SubElement(
            self.group,
            "line",
            {**ends, **looks, **({"stroke-dasharray": dashes} if dashes else {})},
        )

    def path(
        self,
        points: Sequence[tuple[float, float]],
        *,
        ink: str,
        width: float = 1.5,
        dashes: str = "",
    ) -> None:
        """Draw a line through points of the data."""
        placed = " ".join(f"{_px(self.x(x))},{_px(self.y(y))}" for x, y in points)
        looks = {"fill": "none", "stroke": ink, "stroke-width": _px(width)}
        looks |= {"stroke-dasharray": dashes} if dashes else {}
        ET.SubElement(self.group, "polyline", {"points": placed, **looks})

    def point(self, x: float, y: float, *, ink: str, radius: float, words: str = "") -> None:
        """Draw a point of the data; `words` show when the pointer rests on it."""
        place = {"cx": _px(self.x(x)), "cy": _px(self.y(y)), "r": _px(radius)}
        element = ET.SubElement(self.group, "circle", {**place, "fill": ink})
        if words:
            ET.SubElement(element, "title").text = printable(words)

    def bar(
        self,
        left: float,
        right: float,
        top: float,
        *,
        words: str,
        foot: float | None = None,
        ink: str = DATA,
    ) -> None:
        """Draw a bar of the data, from the foot of the panel up unless `foot` is stated."""
        x, ends = self.x(left), (self.y(top), self.y.start if foot is None else self.y(foot))
        place = {"x": _px(x), "y": _px(min(ends)), "width": _px(max(self.x(right) - x - 1, 0.5))}
        height = {"height": _px(abs(ends[1] - ends[0])), "fill": ink}
        element = ET.SubElement(self.group, "rect", {**place, **height})
        ET.SubElement(element, "title").text = printable(words)

    def ticks_below(self, ticks: Sequence[tuple[float, str]]) -> None:
        """Write the scale below the panel."""
        self.line(self.x.start, self.y.start, self.x.end, self.y.start, ink=QUIET)
        for value, words in ticks:
            x = self.x(value)
            self.line(x, self.y.start, x, self.y.start + 4, ink=QUIET)
            self.text(x, self.y.start + 18, words, anchor="middle", ink=QUIET, size=11)

    def ticks_beside(self, ticks: Sequence[tuple[float, str]]) -> None:
        """Write the scale beside the panel, with a line across for each."""
        for value, words in ticks:
            y = self.y(value)
            self.line(self.x.start, y, self.x.end, y)
            self.text(self.x.start - 8, y + 4, words, anchor="end", ink=QUIET, size=11)

    def upright(self, value: float, words: str, *, ink: str, dashes: str = "") -> None:
        """Draw a line up at a value of the x scale, named above it."""
        x = self.x(value)
        row = sum(abs(x - each) < 100 for each in self._taken)  # noqa: PLR2004 - pixels of a name
        self._taken.append(x)
        # From its own name down, so that it crosses out no other.
        self.line(x, TOP + 14 * row, x, self.y.start, ink=ink, width=1.5, dashes=dashes)
        end = x > self.x.end - 90
        self.text(
            x + (-4 if end else 4),
            TOP + 10 + 14 * row,
            words,
            ink=ink,
            size=11,
            anchor="end" if end else "start",
        )

    def across(self, value: float, words: str, *, ink: str, dashes: str = "") -> None:
        """Draw a line across at a value of the y scale, named to its right."""
        y = self.y(value)
        self.line(self.x.start, y, self.x.end, y, ink=ink, width=1.5, dashes=dashes)
        self.aside(value, words, ink=ink)

    def aside(self, value: float, words: str, *, ink: str) -> None:
        """Write words to the right, at a value of the y scale, or below what stands there."""
        place = self.y(value) + 4
        while any(abs(place - each) < 12 for each in self._taken):  # noqa: PLR2004 - pixels of a name
            place += 12
        self._taken.append(place)
        self.text(self.x.end + 6, place, words, ink=ink, size=11)


def document(title: str, description: str, panels: Sequence[Panel]) -> str:
    """Put panels below one another into a document."""
    height = HEIGHT * len(panels)
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {WIDTH} {height}",
            "width": str(WIDTH),
            "height": str(height),
            "role": "img",
            "aria-labelledby": "title description",
            "font-family": "system-ui, sans-serif",
        },
    )
    ET.SubElement(root, "title", {"id": "title"}).text = printable(title)
    ET.SubElement(root, "desc", {"id": "description"}).text = printable(description)
    ET.SubElement(root, "style").text = style()
    ET.SubElement(root, "rect", {"width": "100%", "height": "100%", "fill": PAPER})
    for place, panel in enumerate(panels):
        panel.group.set("transform", f"translate(0 {HEIGHT * place})")
        root.append(panel.group)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def nice(low: float, high: float, *, ticks: int = _TICKS) -> tuple[float, ...]:
    """Return round numbers at even steps, from at most `low` to at least `high`."""
    if low == high:
        low, high = low - 0.5, high + 0.5
    step = nice_step((high - low) / ticks)
    first, last = math.floor(low / step + _SMALL), math.ceil(high / step - _SMALL)
    return tuple(number * step for number in range(first, last + 1))


def nice_step(least: float) -> float:
    """Return the smallest round number that is not below a step."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in _STEPS if factor * power >= least * (1 - _SMALL))


def words(ticks: Sequence[float]) -> list[tuple[float, str]]:
    """Write numbers at even steps with as many decimals as tell them apart."""
    step = ticks[1] - ticks[0]
    for decimals in range(12):
        if abs(round(step, decimals) - step) <= step * 1e-6:
            break
    return [(tick, f"{tick + 0.0:,.{decimals}f}".replace(",", "\u202f")) for tick in ticks]


def printable(text: str) -> str:
    """Replace characters that XML 1.0 does not allow, or that change how a line reads."""
    return "".join("\ufffd" if category(each) in _UNSEEN else each for each in text)


def _px(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
