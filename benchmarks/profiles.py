"""Assessments per second: the example of each shipped profile, its records verified before.

The floor parses the same records with orjson and hashes them, which whoever has them read has done.
"""

import datetime as dt
from functools import partial
from hashlib import sha256
from pathlib import Path

import orjson

import openquality_schemas
from benchmarks import harness
from openquality_validator import documents, profiles
from openquality_validator.trust import Trust

AS_OF = dt.date(2026, 11, 20)
ROUNDS, TIMES = 3, 200
EXAMPLES = Path(openquality_schemas.__file__).parent / "profiles"


def run() -> None:
    """Print assessments a second under each profile, and the floor."""
    harness.heading("Profiles: assessments of one subject, result as JSON included")
    harness.machine("orjson")
    for name in openquality_schemas.profiles():
        lines = (EXAMPLES / name / "example" / "records.jsonl").read_bytes().splitlines()
        profile = profiles.parse(openquality_schemas.profile(name))
        found = harness.alternate(
            ROUNDS,
            {
                "assess": partial(_assess, name, profile, [_held(line) for line in lines], lines),
                "floor": partial(_read, lines),
            },
        )
        count = len(list(profile.indicators))
        rates = {kind: TIMES / seconds for kind, seconds in found.items()}
        print(
            f"  {name:28} {count:3} indicators {rates['assess']:8,.0f} /s"
            f"   records read and hashed {rates['floor']:8,.0f} /s"
        )


def _held(line: bytes) -> profiles.Held:
    return profiles.draft(documents.parse_object(line), digest=openquality_schemas.digest(line))


def _assess(
    name: str, profile: profiles.Profile, held: list[profiles.Held], lines: list[bytes]
) -> None:
    trust = Trust.from_bytes((EXAMPLES / name / "example" / "trust.json").read_bytes())
    subject = orjson.loads(lines[-1])["credentialSubject"]["id"]
    for _ in range(TIMES):
        found = profiles.evaluate(
            profile, held, subject=subject, as_of=AS_OF, accreditors=trust.accreditors
        )
        orjson.dumps(found.to_json())


def _read(lines: list[bytes]) -> None:
    for _ in range(TIMES):
        for line in lines:
            sha256(line).hexdigest()
            orjson.loads(line)
