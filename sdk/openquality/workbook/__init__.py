"""Workbooks and folders of CSV files: the template, and records read from what people filled in."""

from openquality.workbook.annotating import annotate, annotated
from openquality.workbook.limits import MAX_FILE
from openquality.workbook.reading import load, read

__all__ = ["MAX_FILE", "annotate", "annotated", "load", "read"]
