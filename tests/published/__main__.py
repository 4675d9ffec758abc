"""Check this software against suites that others published.

    python -m tests.published SUITE FOLDER        suites: see docs/spec/vectors.md

FOLDER is a checkout of the suite. One line for each file: pass, FAIL, or excluded with the reason.
Ends with 1 if any file in scope fails, or if none is in scope.
"""

import sys
from collections import Counter
from pathlib import Path

from tests.published import (
    didwebvh,
    integrity,
    jcs,
    jose,
    notes,
    projections,
    reports,
    stamps,
    tessera,
)
from tests.published.result import Outcome

SUITES = {
    "rfc8785": jcs.check,
    "data-integrity": integrity.check,
    "vc-jose-cose": jose.check,
    "rfc3161": stamps.check,
    "c2sp": notes.check,
    "tessera": tessera.check,
    "didwebvh": didwebvh.check,
    "untp": projections.untp,
    "schema-org": projections.schema_org,
    "gs1": projections.gs1,
    "pact": projections.pact,
    "odcs": projections.odcs,
    "material": projections.material,
    "sarif": reports.sarif,
    "junit": reports.junit,
}


def main(arguments: list[str]) -> int:
    """Run one suite."""
    if len(arguments) != 2 or arguments[0] not in SUITES or not Path(arguments[1]).is_dir():
        print(__doc__)
        print("Suites:", ", ".join(SUITES))
        return 2
    counted: Counter[Outcome] = Counter()
    for result in SUITES[arguments[0]](Path(arguments[1])):
        counted[result.outcome] += 1
        print(f"{result.outcome:<9} {result.file}" + (f": {result.why}" if result.why else ""))
    print(", ".join(f"{counted[outcome]} {outcome}" for outcome in Outcome))
    return 0 if counted[Outcome.PASS] and not counted[Outcome.FAIL] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
