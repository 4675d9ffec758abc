"""What is read of a file at most, so that no file can take the memory or the time of the reader."""

from typing import Final

MAX_FILE: Final = 100 * 2**20
"""Bytes of a workbook or CSV file; 50,000 rows of the template have about 10 MB."""

MAX_INSIDE: Final = 512 * 2**20
"""Bytes of everything in a workbook, unpacked: a small file can unpack to any size."""

MAX_CELLS: Final = 10_000_000
"""Cells of a workbook, counted as rows times columns: a far cell makes room for all between."""

MAX_TEXT: Final = 2**20
"""Bytes of one shared text with its formatting; a cell of Excel holds 32,767 characters."""

MAX_LINE: Final = 2**20
"""Characters of one row of a CSV file."""
