"""Rows of raw data to claims, the same for whoever computes and whoever recomputes.

`measure` and `measure_groups` take a `Table` and a `Mapping` that says what its columns mean;
docs/guide/measure.md shows them at work.
"""

from openquality_validator.measure.mapping import Condition, Mapping, Unusable
from openquality_validator.measure.run import Measured, measure, measure_groups
from openquality_validator.measure.table import Dialect, Table, parse_csv, read_csv, table_of
from openquality_validator.measure.usage import LeftOut, Usage

__all__ = [
    "Condition",
    "Dialect",
    "LeftOut",
    "Mapping",
    "Measured",
    "Table",
    "Unusable",
    "Usage",
    "measure",
    "measure_groups",
    "parse_csv",
    "read_csv",
    "table_of",
]
