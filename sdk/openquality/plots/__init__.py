"""Plots of measurements as SVG: histograms, control charts, runs by month, columns."""

from openquality.plots.draw import draw, draw_refused

__all__ = ["draw", "draw_refused"]
