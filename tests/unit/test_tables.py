"""Data files open as tables, whatever program wrote them, or say what must be stated."""

import hashlib
from pathlib import Path

import pytest
from workbooks import text, workbook

from openquality.tables import open_table, read_table, tell_dialect
from openquality_validator.errors import UnusableData
from openquality_validator.measure import Dialect

ROWS = (
    f'<row r="1">{text("A1", "Due")}{text("B1", "Count")}{text("C1", "Part")}</row>'
    # 46023 days after the epoch of spreadsheets is the first of January 2026.
    f'<row r="2"><c r="A2" s="1"><v>46023</v></c><c r="B2"><v>12</v></c>{text("C2", "0042")}</row>'
    f'<row r="4"><c r="B4"><v>99.800000000000011</v></c>{text("C4", "Möller")}</row>'
)


def test_a_workbook_gives_its_cells_as_text(tmp_path: Path) -> None:
    path = tmp_path / "data.xlsx"
    path.write_bytes(workbook({"Deliveries": ROWS}))
    dialect = tell_dialect(path)
    assert dialect == Dialect(sheet="Deliveries")
    with open_table(path, dialect) as file:
        assert file.table.columns == ("Due", "Count", "Part")
        # Row 3 is blank and is none; the last row keeps its number.
        assert list(file.table) == [(2, ["2026-01-01", "12", "0042"]), (4, ["", "99.8", "Möller"])]
    assert file.digest == f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
    again = read_table(path.read_bytes(), dialect)
    assert next(row for _, row in again) == ["2026-01-01", "12", "0042"]


def test_a_sheet_is_asked_for_when_there_are_several(tmp_path: Path) -> None:
    path = tmp_path / "data.xlsx"
    path.write_bytes(workbook({"One": ROWS, "Two": ROWS}))
    with pytest.raises(UnusableData, match=r"M007.*One, Two"):
        tell_dialect(path)
    with pytest.raises(UnusableData, match=r"M007.*'Three'.*One, Two"):
        tell_dialect(path, sheet="Three")
    assert tell_dialect(path, sheet="Two").sheet == "Two"


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.xlsx"
    path.write_bytes(b"Due,Count\n")
    with pytest.raises(UnusableData, match="M007"):
        tell_dialect(path)
    with pytest.raises(UnusableData, match="M007"):
        read_table(b"PK\x03\x04 cut", Dialect(sheet="One"))


@pytest.mark.parametrize(
    ("data", "dialect"),
    [
        (b"\xef\xbb\xbfa,b\n1,2\n", Dialect()),
        (b'a;b, "x"\n1;2\n', Dialect(delimiter=";")),
        ("a\tß\n1\t2\n".encode("utf-16"), Dialect("utf-16", "\t")),
        (b"a|b\n1|2\n", Dialect(delimiter="|")),
        (b"alone\n1\n2\n", Dialect()),
        (b'"x, y"\n1\n', Dialect()),
        ("ä,b\n".encode() + b"1,2\n" * 40_000, Dialect()),
    ],
)
def test_the_dialect_is_told_where_there_is_one_answer(
    tmp_path: Path, data: bytes, dialect: Dialect
) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(data)
    assert tell_dialect(path) == dialect


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("a,ö\n1,2\n".encode("cp1252"), "State its encoding"),
        (b"a;b,c;d\n1;2,3;4\n", "State the delimiter"),
        (b"a,b\n1,2,3\n", "No delimiter"),
    ],
)
def test_what_the_bytes_leave_open_is_asked_for(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(data)
    with pytest.raises(UnusableData, match="M007") as caught:
        tell_dialect(path)
    assert words in str(caught.value)


def test_what_is_stated_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes("ö;b\n1;2,5\n".encode("cp1252"))
    stated = tell_dialect(path, encoding="cp1252", decimal=",")
    assert stated == Dialect("cp1252", ";", ",")
    with pytest.raises(UnusableData, match="M002"):
        tell_dialect(path, encoding="cp1252", delimiter="~")


def test_a_digest_is_of_the_bytes_that_were_read(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"\xef\xbb\xbfa,b\r\n" + b"1,2\r\n" * 30_000)
    with open_table(path, Dialect()) as file:
        assert sum(1 for _ in file.table) == 30_000
    assert file.digest == f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def test_other_files_are_refused_by_their_name(tmp_path: Path) -> None:
    with pytest.raises(UnusableData, match=r"M007.*data\.pdf"):
        tell_dialect(tmp_path / "data.pdf")
