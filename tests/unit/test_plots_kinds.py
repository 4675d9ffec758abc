"""Every kind of measurement has its plot, and the plot shows what was counted."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from drawn_plots import NAMESPACE, drawn, lines, said, titles, words

from openquality.cli.main import main
from openquality.plots import inks, outages

DAYS = ("--from", "2026-01-01", "--to", "2026-03-31")
DATE = ("--column", "date=day")


def stated(*qualifiers: str) -> list[str]:
    return [each for one in qualifiers for each in ("--qualifier", one)]


SCRAP = (
    *("--metric", "scrap-rate", "--column", "numerator=bad", "--column", "denominator=all"),
    *(*DATE, *stated("setupPieces=excluded", "countUnit=piece")),
)
COMPLAINTS = (
    *("--metric", "complaint-rate", "--events", "events", "--exposure", "units", "--unit", "1"),
    *stated("basis=delivery", "complaintStatus=received"),
)
OUTAGES = (
    *("--metric", "availability", "--start", "down", "--end", "up", *DAYS),
    *("--date-format", "%Y-%m-%dT%H:%M"),
    *stated("measurementPoint=customer", "plannedMaintenance=countsAsDown"),
)
SCORE = ("--metric", "net-promoter-score", *stated("occasion=transaction", "channel=all"))
SCORE = (*SCORE, *stated("invited=900 1"))
ENERGY = (
    *("--metric", "renewable-energy-share", "--value", "green", "--unit", "1"),
    *stated("energyScope=electricity", "proof=directContract"),
)


def limits(root: ET.Element, first: int = 0, other: int = 1) -> list[list[float]]:
    """Return the values that the lines of limits lie at, by the scale of two points."""
    (low, low_y), (high, high_y) = (
        (float(title.split(": ")[1].split()[0].strip(",")), float(circle.get("cy", "")))
        for place in (first, other)
        for title, circle in [(titles(root, "circle")[place], circles(root)[place])]
    )
    return [
        [
            low + (float(point.split(",")[1]) - low_y) * (high - low) / (high_y - low_y)
            for point in line
        ]
        for line in lines(root, inks.LIMIT)
    ]


def is_red(mark: ET.Element) -> bool:
    return mark.get("fill") == inks.LIMIT


def circles(root: ET.Element) -> list[ET.Element]:
    return list(root.iter(NAMESPACE + "circle"))


# NIST/SEMATECH e-Handbook, 6.3.3.2: chips with a defect in 30 samples of 50.
WAFERS = [
    *(12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22),
    *(8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6),
]


def test_a_run_of_shares_has_the_limits_of_the_handbook(tmp_path: Path) -> None:
    rows = [
        f"{bad},50,{2024 + month // 12}-{month % 12 + 1:02}-01" for month, bad in enumerate(WAFERS)
    ]
    root = drawn(tmp_path, "bad,all,day\n" + "\n".join(rows) + "\n", *SCRAP)
    upper, lower = limits(root)
    assert upper == pytest.approx([41.03] * 60, abs=0.03)
    assert lower == pytest.approx([5.24] * 60, abs=0.03)
    beyond = [each for each in titles(root, "circle") if each.endswith("beyond its limits")]
    assert [each.split(":")[0] for each in beyond] == ["Mar 2025", "Nov 2025"]  # the 15th, 23rd
    red = [each.findtext(NAMESPACE + "title") for each in circles(root) if is_red(each)]
    assert red == beyond


def test_limits_are_wider_for_a_month_of_few(tmp_path: Path) -> None:
    text = "bad,all,day\n10,100,2026-01-01\n40,400,2026-02-01\n1,10,2026-03-01\n30,90,2026-04-01\n"
    root = drawn(tmp_path, text, *SCRAP)
    circles = titles(root, "circle")
    assert circles[3].startswith("Apr 2026: 33.33 %, 30 of 90, beyond")
    # p = 81/600 = 0.135; 3·√(.135·.865/n) is 10.25 % of 100, 5.126 % of 400, 32.42 % of 10.
    upper, *lower = limits(root, 0, 3)
    assert upper[::2] == pytest.approx([23.752, 18.626, 45.92, 24.306], abs=0.05)
    # Of ten rows no share is too small: there is no lower limit.
    assert [len(each) for each in lower] == [4, 2]
    assert lower[0][::2] == pytest.approx([3.248, 8.374], abs=0.05)


def test_a_share_of_all_or_nothing_is_drawn(tmp_path: Path) -> None:
    root = drawn(tmp_path, "bad,all,day\n0,100,2026-01-01\n0,400,2026-02-01\n", *SCRAP)
    assert titles(root, "circle") == ["Jan 2026: 0 %, 0 of 100", "Feb 2026: 0 %, 0 of 400"]
    assert not lines(root, inks.LIMIT)


RATES = "events,units,day\n1,100,2026-01-05\n0,60,2026-02-05\n1,40,2026-02-06\n13,100,2026-03-05\n"


def test_a_rate_runs_by_what_it_is_counted_against(tmp_path: Path) -> None:
    root = drawn(tmp_path, RATES, *COMPLAINTS, *DATE)
    assert titles(root, "circle") == [
        "Jan 2026: 10, 1 in 100",
        "Feb 2026: 10, 1 in 100",
        "Mar 2026: 130, 13 in 100, beyond its limits",
    ]
    # u = 15/300 = 50 in a thousand; 50 + 3·√(.05/100)·1000 = 117.08, and below it is nothing.
    (upper,) = limits(root, 0, 2)
    assert upper == pytest.approx([117.08] * 6, abs=0.2)
    assert "over 3 months; in all 50 [ppth], 15 in 300." in said(root)


def test_a_month_without_exposure_has_no_rate(tmp_path: Path) -> None:
    root = drawn(tmp_path, RATES + "0,0,2026-04-01\n", *COMPLAINTS, *DATE)
    assert len(titles(root, "circle")) == 3


def test_a_mean_time_between_failures_runs_by_failures(tmp_path: Path) -> None:
    text = "f,h,day\n2,1000,2026-01-01\n0,500,2026-02-01\n1,1500,2026-03-01\n"
    conditions = ("operatingConditions=at 40 °C", "dataSource=field")
    root = drawn(
        tmp_path,
        text,
        *("--metric", "mtbf", "--events", "f", "--exposure", "h", "--unit", "h", *DATE),
        *stated(*conditions, "failureDefinition=operationStopping"),
    )
    assert titles(root, "circle") == [
        "Jan 2026: 0.002, 2 in 1000 h",
        "Feb 2026: 0, 0 in 500 h",
        "Mar 2026: 0.0006667, 1 in 1500 h",
    ]
    assert words(root)[0] == "Failures: 0.001 in 1 h in all, by month"


LOG = "down,up\n2026-01-31T22:00,2026-02-01T03:00\n2026-02-01T02:00,2026-02-01T04:00\n"


def test_outages_give_the_share_of_time_up_of_each_month_and_a_line_of_time(
    tmp_path: Path,
) -> None:
    root = drawn(tmp_path, LOG, *OUTAGES)
    # Two of the 744 hours of January, four of the 672 of February, none of March's.
    assert titles(root, "circle") == [
        "Jan 2026: 99.7312 %",
        "Feb 2026: 99.4048 %",
        "Mar 2026: 100 %",
    ]
    bars = [each for each in titles(root, "rect") if each]
    assert bars == ["2026-01-31 22:00 to 2026-02-01 04:00: 6 h"]
    assert "with 1 outages; the longest lasted 6 h from 2026-01-31 22:00." in said(root)


def test_of_many_outages_the_line_of_time_shows_the_longest_of_each_stretch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outages, "MOST_OUTAGES", 3)  # of the 90 days, so thirty days each
    text = LOG + "2026-01-02T00:00,2026-01-02T00:20\n2026-01-03T00:00,2026-01-03T00:30\n"
    text += "2026-03-30T00:00,2026-03-30T02:00\n"
    root = drawn(tmp_path, text, *OUTAGES)
    bars = [each.rpartition(": ")[2] for each in titles(root, "rect") if each]
    assert bars == ["0.5 h", "6 h", "2 h"]
    assert "Outages: 4" in words(root)
    assert "when; where many are close, the longest" in words(root)
    assert "with 4 outages; the longest lasted 6 h" in said(root)


def test_the_last_month_of_the_calendar_is_one(tmp_path: Path) -> None:
    text = "down,up\n9999-12-01T00:00,9999-12-02T00:00\n"
    root = drawn(tmp_path, text, *OUTAGES, "--from", "9999-12-01", "--to", "9999-12-30")
    assert titles(root, "circle") == ["Dec 9999: 96.6667 %"]  # one day of thirty


def test_columns_of_time_up_and_down_run_by_month(tmp_path: Path) -> None:
    text = "up,down,day\n90,10,2026-01-01\n98,2,2026-01-02\n50,0,2026-03-01\n"
    columns = ("--column", "up=up", "--column", "down=down", "--unit", "h", *DATE)
    qualifiers = stated("measurementPoint=customer", "plannedMaintenance=countsAsDown")
    root = drawn(
        tmp_path,
        text,
        *("--metric", "availability", *columns, *qualifiers, *stated("serviceHours=always")),
    )
    assert titles(root, "circle") == ["Jan 2026: 94 %", "Mar 2026: 100 %"]
    assert list(map(len, lines(root, inks.DATA))) == [1, 1]


def test_a_score_shows_its_three_groups_by_month(tmp_path: Path) -> None:
    answers = "a,day\n10,2026-01-05\n9,2026-01-06\n8,2026-01-07\n0,2026-01-08\n6,2026-03-01\n"
    root = drawn(tmp_path, answers, *SCORE, "--value", "a", *DATE)
    bars = [each for each in titles(root, "rect") if each]
    assert bars[:3] == [
        "all: 2 detractors of 5",
        "all: 1 passives of 5",
        "all: 2 promoters of 5",
    ]
    assert "Jan 2026: 2 promoters of 4" in bars
    assert "Mar 2026: 1 detractors of 1" in bars
    assert not any(each.startswith("Feb 2026") for each in bars)
    assert {"0", "+25", "−100", "promoters", "passives", "detractors"} <= set(words(root))
    assert "2 promoters, 1 passives, 2 detractors" in said(root)


def test_the_parts_of_a_score_stand_on_one_another(tmp_path: Path) -> None:
    root = drawn(tmp_path, "a\n10\n10\n8\n0\n", *SCORE, "--value", "a", *DAYS)
    parts = [each for each in root.iter(NAMESPACE + "rect") if len(each)]
    heights = [float(each.get("height", "")) for each in parts]
    assert heights[2] == pytest.approx(2 * heights[0], abs=0.02)
    assert heights[0] == pytest.approx(heights[1], abs=0.02)
    for above, below in zip(parts[1:], parts, strict=False):
        foot = float(above.get("y", "")) + float(above.get("height", ""))
        assert foot == pytest.approx(float(below.get("y", "")), abs=0.02)
    assert [each.get("fill") for each in parts] == [inks.LIMIT, inks.BETWEEN, inks.DATA]


def test_a_quotient_stands_beside_that_of_all_months(tmp_path: Path) -> None:
    text = "green,all,day\n30,100,2026-01-01\n10,100,2026-01-02\n90,100,2026-03-01\n"
    root = drawn(tmp_path, text, *ENERGY, "--column", "per=all", *DATE)
    assert [each for each in titles(root, "rect") if each] == ["Jan 2026: 20 %", "Mar 2026: 90 %"]
    assert "all 43.3333 %" in words(root)
    assert "Feb 2026" in words(root)  # an empty place, since it was no month of zero


def test_counts_stand_by_month(tmp_path: Path) -> None:
    text = "state,day\nopen,2026-01-01\nopen,2026-01-09\nclosed,2026-02-01\nopen,2026-03-01\n"
    root = drawn(
        tmp_path,
        text,
        *("--metric", "open-major-nonconformities", "--outcome", "state", *DATE),
        *("--counted", "open", "--not-counted", "closed"),
        *stated("audit=certification", "standard=ISO 9001"),
    )
    bars = [each for each in titles(root, "rect") if each]
    assert bars == ["Jan 2026: 2", "Feb 2026: 0", "Mar 2026: 1"]
    assert not any("." in each for each in words(root)[1:] if each[0].isdigit())  # no half ones
    assert words(root)[0].endswith(": 3 in all, by month")


@pytest.mark.parametrize(("bad", "ink"), [(1, inks.DATA), (2, inks.LIMIT)])
def test_a_sample_stands_against_what_accepts_and_rejects(
    tmp_path: Path, bad: int, ink: str
) -> None:
    plan = ("level=II", "severity=normal", "planType=single", "aql=4.0", "lotSize=100")
    plan = (*plan, "codeLetter=F", "n=20", "ac=1", "re=2")
    root = drawn(
        tmp_path,
        "r\n" + "bad\n" * bad + "ok\n" * (20 - bad),
        *("--metric", "acceptance-sampling", "--outcome", "r", "--counted", "bad"),
        *("--not-counted", "ok", *DAYS, *(x for each in plan for x in ("--plan", each))),
    )
    (bar,) = (each for each in root.iter(NAMESPACE + "rect") if len(each))
    assert bar.findtext(NAMESPACE + "title") == f"found: {bad} found in 20"
    assert bar.get("fill") == ink
    assert {"Ac 1", "Re 2"} <= set(words(root))


TRIALS = "p,o,mm\n" + "".join(
    f"{part},{by},{value}\n" for by in "AB" for part, value in ((1, 1), (1, 3), (2, 11), (2, 13))
)


@pytest.mark.parametrize(
    ("basis", "expected"),
    [
        # Variances 1.6, 0 and 49.6 of 51.2, as the guide works them; the width 6·√51.2 has all.
        (("basis=totalVariation",), [17.6777, 17.6777, 0, 98.4251]),
        (("basis=tolerance", "tolerance=60"), [12.6491, 12.6491, 0, 70.4273]),
    ],
)
def test_a_gauge_study_shows_where_variation_comes_from(
    tmp_path: Path, basis: tuple[str, ...], expected: list[float]
) -> None:
    study = [x for each in (*basis, "sigmaMultiplier=6") for x in ("--study", each)]
    root = drawn(
        tmp_path,
        TRIALS,
        *("--metric", "gauge-rr", "--value", "mm", *DAYS, *study),
        *("--column", "part=p", "--column", "operator=o"),
    )
    bars = [each for each in titles(root, "rect") if each]
    names = [each.split(":")[0] for each in bars]
    assert names == ["gauge R&R", "repeatability", "reproducibility", "parts"]
    found = [float(each.split(": ")[1].rstrip(" %")) for each in bars]
    assert found == pytest.approx(expected, abs=0.01)


def test_the_steps_of_a_yield_stand_side_by_side(tmp_path: Path) -> None:
    text = "s,good,all\nprint,195,200\nplace,490,500\ntest,148,150\n"
    root = drawn(
        tmp_path,
        text,
        *("--metric", "rolled-throughput-yield", "--column", "step=s", *DAYS),
        *("--column", "numerator=good", "--column", "denominator=all"),
        *stated("stepScope=complete", "retest=notCounted"),
    )
    assert sorted(each for each in titles(root, "rect") if each) == [
        "place: 98 %, 490 of 500",
        "print: 97.5 %, 195 of 200",
        "test: 98.67 %, 148 of 150",
    ]
    assert "all 94.28 %" in words(root)  # .975 · .98 · .986667


@pytest.mark.parametrize(
    ("hours", "scale"), [((), "calendar time"), (("--hours", "08:00-17:00"), "working time")]
)
def test_durations_say_by_which_time_they_are(
    tmp_path: Path, hours: tuple[str, ...], scale: str
) -> None:
    root = drawn(
        tmp_path,
        "s,e\n" + "2026-01-05T08:00,2026-01-05T19:00\n2026-01-05T08:00,2026-01-05T10:00\n" * 30,
        *("--metric", "mttr", "--start", "s", "--end", "e", "--date-format", "%Y-%m-%dT%H:%M"),
        *stated("startEvent=failure", "endEvent=repaired", "cohort=closed"),
        *hours,
    )
    assert f"h, {scale}" in words(root)
    assert f"60 durations in h, {scale} with mean {6.5 if not hours else 5.5}" in said(root)


@pytest.mark.parametrize(
    ("text", "arguments", "why"),
    [
        (RATES, (*COMPLAINTS, *DAYS), "No column tells in which month"),
        (
            "green\n1\n2\n",
            (*ENERGY, *DAYS),
            "Map one (`--column date=COLUMN`)",
        ),
        (
            "bad,all,day\n1,9,0026-01-01\n1,9,2026-01-01\n",
            SCRAP,
            "From Jan 26 to Jan 2026 there are more than 600 months",
        ),
        (LOG, (*OUTAGES, "--from", "1900-01-01"), "The period has more than 600 months"),
    ],
)
def test_what_cannot_be_drawn_says_why(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    text: str,
    arguments: tuple[str, ...],
    why: str,
) -> None:
    data, plot = tmp_path / "data.csv", tmp_path / "plot.svg"
    data.write_text(text)
    assert main(["measure", str(data), *arguments, "--plot", str(plot)]) == 1
    captured = capsys.readouterr()
    assert "M013" in captured.err
    assert why in captured.err
    assert not plot.exists()
