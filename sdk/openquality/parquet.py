"""Parquet files to tables: a part of the rows at a time, each cell as the text it stands for.

A column says what its cells are, so nothing is asked for: dates and times become ISO 8601, numbers
the shortest plain decimal that gives them back, booleans TRUE and FALSE, and null an empty cell.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, BinaryIO, Final

from openquality_validator.errors import UnusableData
from openquality_validator.measure import Table, table_of
from openquality_validator.message import message

BATCH: Final = 16_384  # rows held as text at once
BUFFER: Final = 1 << 20  # bytes read ahead in each column
MOST_ROWS: Final = 10**8  # a small file may claim any number; reading them all would never end


def read_parquet(file: BinaryIO) -> Table:
    """Read the rows of a Parquet file, one batch after another.

    Raises UnusableData M007 for what is none, for a column of nested or binary cells, for times
    finer than a microsecond, and where pyarrow is not installed.
    """
    try:
        import pyarrow as pa  # type: ignore[import-untyped]
        from pyarrow import parquet
    except ImportError:
        raise UnusableData(
            "M007",
            message("Reading Parquet needs pyarrow, which is not installed."),
            message("Run: pip install 'openquality[parquet]'; or save the data as CSV."),
        ) from None
    try:
        # A buffer, or pyarrow reads whole columns of a row group ahead.
        source = parquet.ParquetFile(file, buffer_size=BUFFER, pre_buffer=False)
    except MemoryError:
        raise  # pyarrow's is an ArrowException too, and says nothing about the file
    except (pa.ArrowException, OSError) as error:
        raise _malformed(error) from None
    if source.metadata.num_rows > MOST_ROWS:
        raise UnusableData(
            "M007",
            message(
                "The file says that it has {num_rows} rows.", num_rows=source.metadata.num_rows
            ),
            message(
                "Files of up to {most_rows} rows are read here; part it by year or site.",
                most_rows=MOST_ROWS,
            ),
        )
    schema = source.schema_arrow
    return table_of(_rows(source, [_writer(pa, field) for field in schema], tuple(schema.names)))


Writer = Callable[[Any], str]


def _rows(
    source: Any,  # noqa: ANN401 - a ParquetFile: pyarrow has no types
    writers: list[Writer],
    names: tuple[str, ...],
) -> Iterator[tuple[str, ...]]:
    import pyarrow as pa

    yield names
    try:
        for batch in source.iter_batches(batch_size=BATCH, use_threads=False):
            columns = [
                ["" if value is None else write(value) for value in _plain(column).to_pylist()]
                for write, column in zip(writers, batch.columns, strict=True)
            ]
            yield from zip(*columns, strict=True)
    except MemoryError:
        raise
    except (pa.ArrowException, OSError, OverflowError, ValueError) as error:
        raise _malformed(error) from None


def _plain(column: Any) -> Any:  # noqa: ANN401 - an array of pyarrow
    """Cut nothing off: a time finer than a microsecond does not convert, and that is an error."""
    import pyarrow as pa

    if pa.types.is_timestamp(column.type):
        return column.cast(pa.timestamp("us", column.type.tz))
    return column


def _writer(pa: Any, field: Any) -> Writer:  # noqa: ANN401 - pyarrow, and a field of it
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    types = pa.types
    for holds, write in (
        (types.is_boolean, _boolean),
        (types.is_integer, str),
        (types.is_decimal, _decimal),
        (types.is_float64, _float),
        (types.is_float32, _float32),
        (types.is_float16, _float32),
        (types.is_string, str),
        (types.is_large_string, str),
        (types.is_string_view, str),
        (types.is_date, _moment),
        (types.is_timestamp, _moment),
        (types.is_time, _moment),
        (types.is_null, str),
    ):
        if holds(kind):
            return write
    raise UnusableData(
        "M007",
        message(
            "The column {name!r} holds {type}, which is no text, number or date.",
            name=field.name,
            type=field.type,
        ),
        message("Take such columns out of the file."),
    )


def _boolean(value: bool) -> str:  # noqa: FBT001 - a cell
    return str(value).upper()


def _decimal(value: Decimal) -> str:
    return f"{value:f}"


def _float(value: float) -> str:
    import numpy as np

    return np.format_float_positional(value, trim="-")


def _float32(value: float) -> str:
    import numpy as np

    return np.format_float_positional(np.float32(value), trim="-")


def _moment(value: date | datetime | time) -> str:
    return value.isoformat()


def _malformed(error: Exception) -> UnusableData:
    reason = str(error).partition("\n")[0].rstrip(".")
    return UnusableData(
        "M007",
        message("The Parquet file cannot be read: {reason}.", reason=reason),
        message("Write it again, or save it as CSV."),
    )
