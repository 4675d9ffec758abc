"""Parquet gives the same cells and claims as the same table in CSV, a part at a time."""

import hashlib
import io
import sys
import tracemalloc
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pytest
from pyarrow import parquet

from openquality.cli.main import main
from openquality.parquet import read_parquet
from openquality.tables import open_table, read_table, tell_dialect
from openquality_validator.catalogue import load
from openquality_validator.errors import UnusableData
from openquality_validator.measure import Dialect
from openquality_validator.recompute import Outcome, recompute


def written(columns: dict[str, Any], **options: Any) -> bytes:  # noqa: ANN401 - pyarrow's
    file = io.BytesIO()
    parquet.write_table(pa.table(columns), file, **options)
    return file.getvalue()


def cells(columns: dict[str, Any]) -> list[Sequence[str]]:
    return [row for _, row in read_parquet(io.BytesIO(written(columns)))]


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        (pa.array([1, -7, None]), ["1", "-7", ""]),
        (pa.array([0.1, 1e-7, 2.0, 1e21]), ["0.1", "0.0000001", "2", "1" + "0" * 21]),
        (pa.array([0.1, 12.5], pa.float32()), ["0.1", "12.5"]),
        (pa.array([-0.0, 99.80000000000001]), ["-0", "99.80000000000001"]),
        (pa.array([Decimal("1.50"), Decimal("-3.25")]), ["1.50", "-3.25"]),
        (pa.array([True, False]), ["TRUE", "FALSE"]),
        (pa.array(["0042", " x ", "Möller"]), ["0042", " x ", "Möller"]),
        (pa.array(["a", "b", "a"]).dictionary_encode(), ["a", "b", "a"]),
        (pa.array([date(2026, 3, 2)]), ["2026-03-02"]),
        (pa.array([datetime(2026, 3, 2, 8, 5)]), ["2026-03-02T08:05:00"]),  # noqa: DTZ001
        (
            pa.array([datetime(2026, 3, 2, 8, 5, tzinfo=UTC)], pa.timestamp("ms", "UTC")),
            ["2026-03-02T08:05:00+00:00"],
        ),
        (pa.array([1772438700 * 10**9], pa.timestamp("ns")), ["2026-03-02T08:05:00"]),
        (pa.array([time(8, 5)]), ["08:05:00"]),
    ],
)
def test_each_kind_of_column_gives_its_plain_text(column: pa.Array, texts: list[str]) -> None:
    rows = cells({"value": column, "row": [str(n) for n in range(len(column))]})
    assert [row[0] for row in rows] == texts


@pytest.mark.parametrize(
    "column",
    [
        pa.array([[1, 2]]),
        pa.array([{"a": 1}]),
        pa.array([b"bytes"]),
        pa.array([1], pa.timestamp("ns")),  # a nanosecond, which would be cut off
    ],
)
def test_what_is_no_plain_cell_is_refused(column: pa.Array) -> None:
    with pytest.raises(UnusableData, match="M007"):
        cells({"value": column})


def test_what_is_no_parquet_is_refused(tmp_path: Path) -> None:
    whole = written({"a": list(range(1000))})
    middle = len(whole) // 3
    for data in (b"", b"a,b\n1,2\n", whole[:-5], whole[:middle] + bytes(40) + whole[middle + 40 :]):
        path = tmp_path / "data.parquet"
        path.write_bytes(data)
        with (
            pytest.raises(UnusableData, match="M007"),
            open_table(path, tell_dialect(path)) as file,
        ):
            list(file.table)


def test_a_file_that_claims_endless_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openquality.parquet.MOST_ROWS", 2)
    with pytest.raises(UnusableData, match=r"M007.*3 rows"):
        cells({"a": [1, 2, 3]})


def test_without_pyarrow_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    data = written({"a": [1]})
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UnusableData, match=r"pip install 'openquality\[parquet\]'"):
        read_parquet(io.BytesIO(data))


DELIVERIES = {
    "Promised": [date(2026, 3, 2), date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 5)],
    "Delivered": [date(2026, 3, 2), date(2026, 3, 4), date(2026, 3, 2), None],
}


def test_a_claim_from_parquet_is_that_from_csv_and_recomputes(tmp_path: Path) -> None:
    path, out = tmp_path / "deliveries.parquet", tmp_path / "claims.json"
    path.write_bytes(written(DELIVERIES))
    arguments = (
        *("--metric", "on-time-delivery", "--due", "Promised", "--event", "Delivered"),
        *("--anchor", "requested", "--level", "line", "--qualifier", "event=receipt"),
        *("--qualifier", "denominatorBasis=deliveredInPeriod"),
    )
    assert main(["measure", str(path), *arguments, "-o", str(out)]) == 0
    made = orjson.loads(out.read_bytes())
    (claim,), (evidence,) = made["claims"], made["evidence"]
    assert claim["counts"] == {"numerator": 2, "denominator": 3}
    assert evidence["mapping"]["table"] == {"format": "parquet"}
    assert evidence["mediaType"] == "application/vnd.apache.parquet"
    assert evidence["digest"] == f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
    data = path.read_bytes()
    assert recompute(claim, evidence, data, load()).outcome is Outcome.NOT_RECOMPUTABLE
    again = recompute(claim, evidence, data, load(), read_table=read_table)
    assert (again.outcome, again.findings) == (Outcome.RECOMPUTED, ())
    text = tmp_path / "deliveries.csv"
    text.write_text(
        "Promised,Delivered\n2026-03-02,2026-03-02\n2026-03-02,2026-03-04\n"
        "2026-03-03,2026-03-02\n2026-03-05,\n"
    )
    assert main(["measure", str(text), *arguments, "-o", str(out)]) == 0
    assert orjson.loads(out.read_bytes())["claims"] == [claim]


def test_row_groups_are_read_one_after_another() -> None:
    rows = 200_000
    data = written({"a": [f"{n:020}" for n in range(rows)]}, row_group_size=20_000)
    tracemalloc.start()
    try:
        table = read_table(data, Dialect(format="parquet"))
        assert sum(1 for _ in table) == rows
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 12 * 2**20  # all of them at once, as text, are 25 MiB and more
