"""Findings for people, editors and other programs: places, excerpts, and one module for a format.

`of` says everything about one document; the command, the validation page and the annotated workbook
all show these same values.
"""

from openquality.diagnostics.diagnosing import diagnose, of
from openquality.diagnostics.diagnostic import Diagnostic
from openquality.diagnostics.excerpt import Excerpt
from openquality.diagnostics.place import Place

__all__ = ["Diagnostic", "Excerpt", "Place", "diagnose", "of"]
