"""A plot of lives shows what failed, and says how many still run."""

from pathlib import Path

from drawn_plots import drawn, said, titles, words

# NIST/SEMATECH e-Handbook 8.2.2.1: ten of twenty units failed within 500 hours.
FAILED = (54, 187, 216, 240, 244, 335, 361, 373, 375, 386)
ROWS = "Hours,State\n" + "".join(f"{t},failed\n" for t in FAILED) + "500,runs\n" * 10
ASKED = (
    *("--metric", "b10-life", "--value", "Hours", "--unit", "h", "--outcome", "State"),
    *("--counted", "failed", "--not-counted", "runs", "--from", "2026-01-01", "--to", "2026-06-30"),
    *("--qualifier", "operatingConditions=40 °C", "--qualifier", "dataSource=test"),
    *("--qualifier", "failureDefinition=operationStopping"),
)


def test_bars_stand_for_failures_alone(tmp_path: Path) -> None:
    root = drawn(tmp_path, ROWS, *ASKED)
    bars = [each for each in titles(root, "rect") if each]
    assert sum(int(each.rpartition(": ")[2]) for each in bars) == len(FAILED)
    assert "10 failed, 10 still running" in said(root)
    assert {"B10 164.022", "bound 65.7412"} <= set(words(root))
