"""Data files made to break their reader end in a result or in none, and never take the server."""

import io
import time
import zipfile
from collections.abc import Callable

import pyarrow as pa
import pytest
from brought_data import CSV, ROWS, record
from pyarrow import parquet
from workbooks import text, workbook

from openquality_registry.recomputing import Recomputer
from openquality_validator.measure import Dialect
from openquality_validator.recompute import Outcome

SHEET, PARQUET = Dialect(sheet="S"), Dialect(format="parquet")
HEADINGS = f'<row r="1">{text("A1", "Due")}{text("B1", "Done")}</row>'
CELLS = HEADINGS + "".join(
    f'<row r="{at}">{text(f"A{at}", due)}{text(f"B{at}", done)}</row>'
    for at, (due, done) in enumerate(ROWS, start=2)
)
MEGABYTE = 1 << 20


def bomb(fill: bytes, times: int) -> bytes:
    """Write the workbook with more in its sheet, which packs to next to nothing."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook({"S": CELLS}))) as plain,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book,
    ):
        for name in plain.namelist():
            before, end, after = plain.read(name).partition(b"</sheetData>")
            with book.open(name, "w", force_zip64=True) as file:
                file.write(before)
                for _ in range(times if end else 0):
                    file.write(fill)
                file.write(end + after)
    return packed.getvalue()


def table(due: pa.Array, done: pa.Array) -> bytes:
    file = io.BytesIO()
    parquet.write_table(pa.table({"Due": due, "Done": done}), file, compression="zstd")
    return file.getvalue()


FITTING = {
    "csv": (CSV, Dialect()),
    "workbook": (workbook({"S": CELLS}), SHEET),
    "parquet": (table(pa.array([a for a, _ in ROWS]), pa.array([b for _, b in ROWS])), PARQUET),
}
CORNER = {"S": f'{CELLS}<row r="1048576">{text("XFD1048576", "x")}</row>'}
BEYOND: dict[str, Callable[[], bytes]] = {
    "many cells that pack well": lambda: bomb(
        b"<row>" + b"<c><v>1</v></c>" * 5_000 + b"</row>", 4_000
    ),
}
WRONG = {
    "no workbook": (b"PK\x03\x04" + b"\xff" * 1_000, SHEET),
    "a workbook cut off": (workbook({"S": CELLS})[:-40], SHEET),
    "another sheet": (workbook({"T": CELLS}), SHEET),
    "no Parquet": (b"PAR1" + b"\xff" * 1_000 + b"PAR1", PARQUET),
    "a workbook called Parquet": (workbook({"S": CELLS}), PARQUET),
    "nothing": (b"", Dialect()),
    "zeros": (b"\0" * MEGABYTE, Dialect()),
    "one cell without an end": (b'Due,Done\n"' + b"x" * MEGABYTE, Dialect()),
    "nothing but delimiters": (b"," * MEGABYTE, Dialect()),
    "another encoding": (CSV.decode().encode("utf-16"), Dialect()),
}


@pytest.mark.parametrize("name", FITTING)
def test_each_kind_of_file_is_recomputed_in_a_process_of_its_own(name: str) -> None:
    data, how = FITTING[name]
    found = Recomputer().recompute(record(data=data, table=how), data)
    assert found is not None
    assert [outcome for outcome, _ in found.values()] == [Outcome.RECOMPUTED]


@pytest.mark.parametrize("name", WRONG)
def test_data_that_do_not_read_do_not_give_the_claim(name: str) -> None:
    data, how = WRONG[name]
    found = Recomputer().recompute(record(data=data, table=how), data)
    assert found is not None
    assert list(found.values()) == [(Outcome.DIFFERS, (("E006", "/evidence/0/mapping"),))]


@pytest.mark.parametrize("name", BEYOND)
def test_data_beyond_the_memory_give_nothing(name: str) -> None:
    data = BEYOND[name]()
    assert len(data) < MEGABYTE
    # Time enough for all of it, so that nothing but the memory can end it.
    limited = Recomputer(memory=600 * MEGABYTE, seconds=3_600)
    assert limited.recompute(record(data=data, table=SHEET), data) is None


@pytest.mark.parametrize(
    "data",
    [workbook(CORNER), bomb(b" " * MEGABYTE, 600)],
    ids=["a cell in the last corner of a sheet", "more than is unpacked"],
)
def test_a_workbook_larger_than_what_is_read_does_not_differ(data: bytes) -> None:
    found = Recomputer().recompute(record(data=data, table=SHEET), data)
    assert found is not None
    assert [outcome for outcome, _ in found.values()] == [Outcome.NOT_RECOMPUTABLE]
    assert [codes for _, ((codes, _),) in found.values()] == ["E007"]


def test_a_parquet_file_beyond_the_memory_gives_nothing_and_does_not_differ() -> None:
    wide = pa.array(["x" * 200_000]).take(pa.array([0] * 2_000))
    data = table(wide, wide)
    assert len(data) < MEGABYTE
    assert (
        Recomputer(memory=500 * MEGABYTE).recompute(record(data=data, table=PARQUET), data) is None
    )


def test_a_computation_without_end_is_ended() -> None:
    head, rows = CSV.split(b"\n", 1)
    data = head + b"\n" + rows * 60_000
    before = time.monotonic()
    assert Recomputer(seconds=1).recompute(record(data=data), data) is None
    assert time.monotonic() - before < 30  # it would take minutes


def test_a_registry_that_stops_ends_what_is_at_work() -> None:
    stopped = Recomputer()
    stopped.close()
    with pytest.raises(OSError, match="stopping"):
        stopped.recompute(record(), CSV)
