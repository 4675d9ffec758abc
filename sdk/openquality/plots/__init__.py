"""Plots of measurements as SVG: a histogram, a control chart, a run by month."""

from openquality.plots.draw import draw

__all__ = ["draw"]
