"""A share from month to month, beside the share of all."""

import math
from collections.abc import Mapping
from datetime import date
from typing import Final

from openquality.plots import svg

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MOST_TICKS: Final = 10
_RADIUS: Final = (2.5, 7.0)  # of the smallest and the largest month, in pixels


def run_by_month(
    months: Mapping[date, tuple[int, int]], *, title: str, whole: float, bound: float | None
) -> svg.Panel:
    """Draw the share of each month in percent, as a point whose area grows with what it is out of.

    Months without a row have no point, and no line leads over them.
    """
    first, last = _number(min(months)), _number(max(months))
    shares = {month: 100 * part / out_of for month, (part, out_of) in months.items()}
    seen = [*shares.values(), whole, *([] if bound is None else [bound])]
    ticks = [each for each in svg.nice(min(seen), max(seen)) if 0 <= each <= 100]  # noqa: PLR2004 - percent
    low, high = min(ticks[0], *seen), max(ticks[-1], *seen)
    if low == high:
        low, high = max(low - 1, 0), min(high + 1, 100)
    panel = svg.Panel(
        f"{title}: {whole:.4g} % in all, by month",
        x=(first - 0.6, last + 0.6),
        y=(low, high),
        below="month",
        beside="percent; larger points stand for more rows",
    )
    panel.ticks_beside(svg.words(ticks) if len(ticks) > 1 else [(ticks[0], f"{ticks[0]:g}")])
    every = math.ceil((last - first + 1) / _MOST_TICKS)
    panel.ticks_below([(number, _name(number)) for number in range(first, last + 1, every)])
    panel.across(whole, f"all {whole:.4g} %", ink=svg.INK)
    if bound is not None:
        panel.across(bound, f"bound {bound:.4g} %", ink=svg.BOUND, dashes="6 4")
    stretch: list[tuple[float, float]] = []
    for month, share in sorted(shares.items()):
        if stretch and _number(month) != stretch[-1][0] + 1:
            panel.path(stretch, ink=svg.DATA)
            stretch = []
        stretch.append((_number(month), share))
    panel.path(stretch, ink=svg.DATA)
    most = max(out_of for _, out_of in months.values())
    for month, (part, out_of) in sorted(months.items()):
        radius = _RADIUS[0] + (_RADIUS[1] - _RADIUS[0]) * math.sqrt(out_of / most)
        share = shares[month]
        words = f"{_name(_number(month))}: {share:.4g} %, {part} of {out_of}"
        panel.point(_number(month), share, ink=svg.DATA, radius=radius, words=words)
    return panel


def _number(month: date) -> int:
    return 12 * month.year + month.month - 1


def _name(number: int) -> str:
    return f"{MONTHS[number % 12]} {number // 12}"
