"""Records to documents in other formats, and documents of others to draft claims.

Every projection is a pure function. What it cannot carry over is listed as a loss, by pointer and
reason; docs/spec/projections.md has a table for each.
"""

from openquality_validator.projections.loss import Draft, Loss, Projected

__all__ = ["Draft", "Loss", "Projected"]
