"""Bars side by side, each with its name below, made of one part or several."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from openquality.plots import inks, svg
from openquality.plots.drawing import Mark

_READABLE: Final = 8  # characters of a name; where they do not fit, not every column has one
_CHARACTER: Final = 6.2  # pixels of a character, on average
_HEADROOM: Final = 1.12  # for what stands above a column
_SHARE: Final = 0.72  # of its place that a column takes
_WIDEST: Final = 96  # pixels of a column


@dataclass(frozen=True, slots=True)
class Part:
    """Hold one part of a column, in words as well."""

    height: float
    words: str
    ink: str = inks.DATA


@dataclass(frozen=True, slots=True)
class Column:
    """Hold a column: its name, its parts from the foot up, and what stands above it."""

    name: str
    parts: tuple[Part, ...] = ()
    above: str = ""


def columns(
    shown: Sequence[Column],
    *,
    title: str,
    below: str,
    beside: str,
    marks: Sequence[Mark] = (),
    most: float = -math.inf,
) -> svg.Panel:
    """Draw columns in their order; a month without rows is a column without parts.

    `marks` lie across at their values; the scale reaches from 0 to `most` at least.
    """
    heights = [sum(part.height for part in column.parts) for column in shown]
    seen = [0.0, most, *heights, *(mark.value for mark in marks)]
    low, high = min(each for each in seen if each > -math.inf), max(seen)
    ticks = svg.nice(low, high if high > low else low + 1)
    top = ticks[-1] * _HEADROOM if any(column.above for column in shown) else ticks[-1]
    panel = svg.Panel(
        title, x=(-0.5, len(shown) - 0.5), y=(ticks[0], top), below=below, beside=beside
    )
    panel.ticks_beside(svg.words(ticks))
    half = min(_SHARE, _WIDEST * len(shown) / (panel.x.end - panel.x.start)) / 2
    width = (panel.x.end - panel.x.start) / len(shown) / _CHARACTER
    wanted = min(max(len(column.name) for column in shown), _READABLE) + 1
    every = math.ceil(wanted / width)
    room = int(every * width) - 1
    panel.ticks_below([(at, _short(shown[at].name, room)) for at in range(0, len(shown), every)])
    for at, column in enumerate(shown):
        foot = 0.0
        for part in column.parts:
            panel.bar(
                at - half,
                at + half,
                foot + part.height,
                words=f"{column.name}: {part.words}",
                foot=foot,
                ink=part.ink,
            )
            foot += part.height
        if column.above and at % every == 0:
            panel.text(panel.x(at), panel.y(foot) - 5, column.above, anchor="middle", size=11)
    for mark in sorted(marks, key=lambda each: -each.value):
        panel.across(mark.value, mark.words, ink=mark.ink, dashes=mark.dashes)
    return panel


def _short(name: str, room: int) -> str:
    return name if len(name) <= max(room, 2) else f"{name[: max(room, 2) - 1]}…"
