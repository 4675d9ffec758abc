"""Plots show what was measured, to eyes and to those who have the words read to them."""

import re
from pathlib import Path

import pytest
from drawn_plots import NAMESPACE, contrast, drawn, lines, said, titles, words

from openquality.cli.main import main
from openquality.plots import inks, svg

DAYS = ("--from", "2026-03-02", "--to", "2026-03-06")
STUDY = (
    *("--metric", "ppk", "--value", "mm", "--unit", "mm", "--characteristic", "bore <Ø> & more"),
    *("--lsl", "11.95", "--usl", "12.05", *DAYS),
)
READINGS = [12 + 0.004 * (place * 7 % 11 - 5) for place in range(125)]


def rows(values: list[float]) -> str:
    return "mm,n\n" + "".join(f"{each:.4f},x\n" for each in values)


def test_readings_give_a_histogram_with_their_limits(tmp_path: Path) -> None:
    root = drawn(tmp_path, rows(READINGS), *STUDY)
    bars = [each for each in titles(root, "rect") if each]
    assert sum(int(each.rpartition(": ")[2]) for each in bars) == 125
    assert {"LSL 11.95", "USL 12.05"} <= set(words(root))
    assert "bore <Ø> & more" in words(root)[0]
    assert "with LSL 11.95, USL 12.05, mean 12" in said(root)
    assert "125 readings of bore <Ø> & more" in said(root)


def test_a_bar_stands_over_the_values_that_it_counts(tmp_path: Path) -> None:
    root = drawn(tmp_path, rows(READINGS), *STUDY)
    for each in titles(root, "rect"):
        if each:
            start, end, count = map(float, re.split(" to |: ", each))
            exact = [round(value, 4) for value in READINGS]
            assert count == sum(start - 1e-9 <= value < end - 1e-9 for value in exact)


def test_a_control_chart_marks_what_is_not_stable(tmp_path: Path) -> None:
    shifted = [*READINGS[:60], 12.3, *READINGS[61:]]
    root = drawn(tmp_path, rows(shifted), *STUDY, "--estimator", "movingRange")
    points = list(root.iter(NAMESPACE + "circle"))
    assert len(points) == 125
    red = [each.findtext(f"{NAMESPACE}title") for each in points if each.get("fill") == inks.LIMIT]
    assert "61: 12.3, rule 1" in red
    assert "not stable" in said(root)
    assert any(each.startswith("+3σ") for each in words(root))


def test_means_of_subgroups_stand_on_the_chart(tmp_path: Path) -> None:
    group = ("--subgroup-size", "5", "--estimator", "pooled")
    root = drawn(tmp_path, rows(READINGS), *STUDY, *group)
    assert len(list(root.iter(NAMESPACE + "circle"))) == 25
    mean = sum(round(value, 4) for value in READINGS[:5]) / 5
    assert titles(root, "circle")[0] == f"1: {mean:.6g}"
    assert "Control chart of 25 means of subgroups: " in " ".join(words(root))


def test_many_readings_keep_their_extremes(tmp_path: Path) -> None:
    many = READINGS * 40
    many[1234], many[4321] = 12.9, 11.1
    root = drawn(tmp_path, rows(many), *STUDY)
    shown = titles(root, "circle")
    assert len(shown) <= 1000
    assert any(each.startswith("1235: 12.9, rule 1") for each in shown)
    assert any(each.startswith("4322: 11.1, rule 1") for each in shown)
    assert "of 5000 readings" in said(root)


def test_readings_that_are_not_normal_have_no_normal_curve(tmp_path: Path) -> None:
    study = ("--distribution", "other")
    root = drawn(tmp_path, rows([12 + 0.00004 * n for n in range(800)]), *STUDY, *study)
    assert not lines(root, inks.INK)
    assert len(lines(root, inks.DATA)) == 1  # the run of the control chart alone


def test_durations_give_a_histogram_with_value_and_bound(tmp_path: Path) -> None:
    text = "h,n\n" + "".join(f"{1 + place % 20},x\n" for place in range(100))
    qualifiers = [
        f"--qualifier={each}"
        for each in ("measurementPoint=customer", "failedRequests=excluded", "requestKind=GET")
    ]
    latency = ("--metric", "latency-p95", "--value", "h", "--unit", "s", *DAYS, *qualifiers)
    root = drawn(tmp_path, text, *latency)
    bars = [each for each in titles(root, "rect") if each]
    assert sum(int(each.rpartition(": ")[2]) for each in bars) == 100
    assert {"p95 19000", "p95 bound 20000"} <= set(words(root))
    assert "100 durations in ms" in said(root)


ON_TIME = (
    *("--metric", "on-time-delivery", "--due", "due", "--event", "done", "--level", "line"),
    *("--anchor", "requested", "--qualifier", "event=receipt"),
    *("--qualifier", "denominatorBasis=deliveredInPeriod"),
)
DELIVERIES = (
    "due,done\n"
    + "2025-12-10,2025-12-10\n" * 3
    + "2025-12-10,2025-12-11\n"
    + "2026-02-01,2026-01-31\n" * 2  # by the day of receipt, as the basis says
    + "2026-03-10,2026-03-12\n"
)


def test_on_time_runs_from_month_to_month(tmp_path: Path) -> None:
    root = drawn(tmp_path, DELIVERIES, *ON_TIME)
    assert titles(root, "circle") == [
        "Dec 2025: 75 %, 3 of 4",
        "Jan 2026: 100 %, 2 of 2",
        "Mar 2026: 0 %, 0 of 1",
    ]
    # No line leads over February, in which there was nothing.
    assert list(map(len, lines(root, inks.DATA))) == [2, 1]
    assert "over 3 months; in all 71.43 %, 5 of 7." in said(root)
    assert "all 71.43 %" in words(root)


def test_a_share_of_lots_runs_by_what_they_hold(tmp_path: Path) -> None:
    text = "bad,all,day\n1,40,2026-01-10\n2,10,2026-01-20\n0,50,2026-02-01\n"
    arguments = (
        *("--metric", "scrap-rate", "--column", "numerator=bad", "--column", "denominator=all"),
        *("--column", "date=day", "--qualifier", "setupPieces=excluded"),
        *("--qualifier", "countUnit=piece"),
    )
    root = drawn(tmp_path, text, *arguments)
    assert titles(root, "circle") == ["Jan 2026: 6 %, 3 of 50", "Feb 2026: 0 %, 0 of 50"]


def test_a_single_month_is_drawn_as_well(tmp_path: Path) -> None:
    for done in ("2026-01-10", "2026-01-11"):
        root = drawn(tmp_path, f"due,done\n2026-01-10,{done}\n", *ON_TIME)
        assert len(titles(root, "circle")) == 1


def test_what_no_line_may_hold_is_replaced(tmp_path: Path) -> None:
    name = "gap\u202e\x07\u200b"
    root = drawn(tmp_path, rows(READINGS), *STUDY, "--characteristic", name)
    assert words(root)[0].startswith("gap\ufffd\ufffd\ufffd:")


@pytest.mark.parametrize(
    ("arguments", "plot"),
    [
        ((*STUDY,), "plot.png"),
        (
            (
                *("--metric", "renewable-energy-share", "--value", "mm", "--unit", "%", *DAYS),
                *("--qualifier", "energyScope=all", "--qualifier", "proof=gridMix"),
            ),
            "plot.svg",
        ),
        (
            (
                *("--metric", "scrap-rate", "--outcome", "n", "--counted", "x", *DAYS),
                *("--qualifier", "setupPieces=excluded", "--qualifier", "countUnit=piece"),
            ),
            "plot.svg",
        ),
    ],
)
def test_what_has_no_plot_says_so_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], plot: str
) -> None:
    data, path = tmp_path / "data.csv", tmp_path / plot
    data.write_text(rows(READINGS))
    assert main(["measure", str(data), *arguments, "--plot", str(path)]) == 1
    captured = capsys.readouterr()
    assert "M013" in captured.err
    assert captured.out == ""
    assert not path.exists()


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 100, (0, 20, 40, 60, 80, 100)),
        (11.96, 12.04, (11.96, 11.98, 12, 12.02, 12.04)),
        (5, 5, (4.4, 4.6, 4.8, 5, 5.2, 5.4, 5.6)),
        (-1e-7, 1e-7, (-1e-7, -5e-8, 0, 5e-8, 1e-7)),
    ],
)
def test_scales_have_round_numbers(low: float, high: float, expected: tuple[float, ...]) -> None:
    found = svg.nice(low, high)
    assert found == pytest.approx(expected)
    assert len({name for _, name in svg.words(found)}) == len(found)


@pytest.mark.parametrize(
    ("ink", "least"),
    [
        (inks.INK, 4.5),
        (inks.QUIET, 4.5),
        (inks.DATA, 4.5),
        (inks.BETWEEN, 4.5),
        (inks.LIMIT, 4.5),
        (inks.BOUND, 4.5),
    ],
)
def test_words_can_be_read_on_light_paper_and_on_dark(ink: str, least: float) -> None:
    assert contrast(ink, inks.PAPER) >= least
    assert contrast(inks.DARK[ink], inks.DARK[inks.PAPER]) >= least


def test_dark_paper_changes_every_colour_that_is_used(tmp_path: Path) -> None:
    root = drawn(tmp_path, rows(READINGS), *STUDY, "--estimator", "movingRange")
    used = {each.get(name) for each in root.iter() for name in ("fill", "stroke")}
    assert used - {None, "none"} <= set(inks.DARK)


REFUSED = ("--metric", "cpk", *STUDY[2:], "--estimator", "movingRange")


def test_an_index_that_is_refused_leaves_the_chart_that_shows_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shifted = [*READINGS[:60], 12.3, *READINGS[61:]]
    root = drawn(tmp_path, rows(shifted), *REFUSED, code=1)
    captured = capsys.readouterr()
    assert "M011" in captured.err
    assert "plot.svg shows the readings" in captured.err
    assert captured.out == ""  # no claim
    assert "61: 12.3, rule 1" in titles(root, "circle")
    assert {"LSL 11.95", "USL 12.05"} <= set(words(root))
    assert "no cpk (M011)" in words(root)[0]
    assert "refused, 2026-03-02 to 2026-03-06" in root.findtext(f"{NAMESPACE}title", "")
    assert not lines(root, inks.INK)  # no sigma describes them, so there is no curve


def test_an_index_that_lacks_a_limit_leaves_the_chart_as_well(tmp_path: Path) -> None:
    arguments = ("--metric", "pp", *STUDY[2:8], *STUDY[10:])
    root = drawn(tmp_path, rows(READINGS), *arguments, code=1)
    assert "no pp (M008)" in words(root)[0]
    assert "LSL 11.95" not in words(root)


def test_a_refused_index_without_a_plot_writes_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data.csv"
    data.write_text(rows([*READINGS[:60], 12.3, *READINGS[61:]]))
    assert main(["measure", str(data), *REFUSED]) == 1
    assert "shows the readings" not in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["data.csv"]
