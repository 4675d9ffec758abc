"""What can be mended without a person: mechanical, safe, and each mend told.

A fix follows a finding, changes the characters of one value or one name, and is only safe if the
finding is gone when the record is checked again. Nothing that may mean two things is touched, and
nothing that was signed.
"""

from openquality_validator.fixes.fix import Fix, apply
from openquality_validator.fixes.mending import Mended, mend, safe

__all__ = ["Fix", "Mended", "apply", "mend", "safe"]
