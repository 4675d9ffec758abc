"""Cells of a workbook: their names, and the nearest one for a part of a record."""

import pytest

from openquality_validator.sheets.cells import Cell, Cells


@pytest.mark.parametrize(
    ("column", "row", "reference"),
    [
        (1, 1, "A1"),
        (4, 5, "D5"),
        (26, 9, "Z9"),
        (27, 10, "AA10"),
        (702, 1, "ZZ1"),
        # The last cell of a sheet in Excel 2007 and later.
        (16_384, 1_048_576, "XFD1048576"),
    ],
)
def test_a_cell_is_named_as_spreadsheets_name_it(column: int, row: int, reference: str) -> None:
    assert Cell(None, "Claims", row, column).reference == reference


def test_a_part_without_a_cell_of_its_own_is_found_where_it_belongs() -> None:
    whole, value = Cell(None, "Claims", 5, 1), Cell(None, "Claims", 5, 4)
    cells = Cells({"/claims/0": whole, "/claims/0/value": value})
    assert cells.find("/claims/0/value") == value
    assert cells.find("/claims/0/value/amount") == value
    assert cells.find("/claims/0/unit") == whole
    assert cells.find("/issuer") == Cell(None, "Claims", 1, 1)
    assert cells.find("") == Cell(None, "Claims", 1, 1)
