"""Values and one-sided 95 % confidence limits, one module per family of forms.

Every function is pure, over plain numbers, and documented with a worked number in
docs/spec/statistics.md. `claims.estimate` chooses the function by the metric's form.
"""

from openquality_validator.statistics.estimates import LEVEL, Estimate, Z, ranking_bound

__all__ = ["LEVEL", "Estimate", "Z", "ranking_bound"]
