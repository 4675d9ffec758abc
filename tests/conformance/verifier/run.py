"""Run the conformance cases against any verifier.

    python tests/conformance/verifier/run.py openquality verify --no-state

The words after run.py are a command. For each case it is called as

    COMMAND bundle.json --trust trust.json --at TIME [--seen seen.txt]

and must end with 0 (pass), 1 (fail) or 3 (unknown). Ends with 1 if any case came out differently.
"""

import json
import subprocess
import sys
from pathlib import Path

CASES = Path(__file__).parent / "cases"
EXIT_CODES = {"pass": 0, "fail": 1, "unknown": 3}
SECONDS = 60


def arguments(case: Path) -> list[str]:
    """Return the arguments of a case, and nothing of what it expects."""
    given = json.loads((case / "case.json").read_text())
    words = [str(case / "bundle.json"), "--trust", str(case / "trust.json"), "--at", given["at"]]
    if (case / "seen.txt").exists():
        words += ["--seen", str(case / "seen.txt")]
    return words


def expected(case: Path) -> int:
    """Return the exit code that a case expects."""
    return EXIT_CODES[json.loads((case / "case.json").read_text())["expect"]]


def main(command: list[str]) -> int:
    """Run all cases and print the ones that differ."""
    cases = sorted(path for path in CASES.iterdir() if path.is_dir())
    wrong = 0
    for case in cases:
        done = subprocess.run(
            [*command, *arguments(case)], capture_output=True, check=False, timeout=SECONDS
        )
        if done.returncode != expected(case):
            wrong += 1
            print(f"{case.name}: ended with {done.returncode}, expected {expected(case)}")
    print(f"{len(cases) - wrong} of {len(cases)} cases as expected")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
