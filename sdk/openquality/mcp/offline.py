"""The check of a statement against the user's own trust file, and where it is refused."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from openquality import remembering
from openquality.async_client import AsyncClient
from openquality.mcp import checked
from openquality.mcp.results import ClaimChecked, Step, Verification
from openquality.receipts import load_trust
from openquality_validator import explain
from openquality_validator.bundle import Outcome, Verdict
from openquality_validator.trust import Trust

PASSED = "Every required step passed under the user's trust file."
FAILED = "A step failed: do not rely on this statement."
UNKNOWN = "A required step could not be proved; unknown is not pass."
NO_LOG = "The user's trust file names no log, so nothing is proved."
OTHER = "The registry gave another statement than the one asked for."
NOT_HERE = (
    "Not verified: a registry that checks its own statements proves nothing. Run these where the "
    "user's trust file is, or use `openquality mcp` there."
)


class Offline:
    """Fetch bundles from a registry, and judge them by nothing but the trust file and the clock.

    The trust file is read again for each verdict, so that what the user changes counts at once.
    """

    def __init__(self, client: AsyncClient, trust: Path | None) -> None:
        self._client = client
        self._trust = trust

    async def __call__(self, digest: str) -> Verification:
        """Return the verdict."""
        about = await self._client.well_known()
        origin = checked.members(about.get("log")).get("origin")
        seen = remembering.last_seen(origin) if isinstance(origin, str) else None
        data = await self._client.bundle(digest, since=seen.size if seen else None)
        return await asyncio.to_thread(self._judge, digest, data)

    def _judge(self, digest: str, data: bytes) -> Verification:
        trust = load_trust(self._trust)
        return read(
            remembering.verify(data, trust=trust, now=datetime.now(UTC)), digest, trust=trust
        )


class NotHere:
    """Say that a registry cannot prove its own statements, and which commands do."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def __call__(self, digest: str) -> Verification:
        """Return the commands."""
        return Verification(
            verdict="notRun",
            meaning=NOT_HERE,
            statement=digest,
            issuer=None,
            index=None,
            admitted_at=None,
            identity=None,
            state=None,
            state_as_of=None,
            steps=[],
            claims=[],
            commands=[
                f"openquality trust add {self._address}",
                f"openquality get {digest} --registry {self._address} --bundle -o bundle.json",
                "openquality verify bundle.json",
            ],
        )


def read(verdict: Verdict, digest: str, *, trust: Trust) -> Verification:
    """Read a verdict: our sentence for each code, since messages repeat what a record says."""
    record, status = verdict.record, verdict.status
    is_other = record is not None and record.digest != digest
    outcome = Outcome.FAIL if is_other else verdict.overall
    meanings = {Outcome.PASS: PASSED, Outcome.FAIL: FAILED, Outcome.UNKNOWN: UNKNOWN}
    return Verification(
        verdict=outcome.value,
        meaning=OTHER if is_other else meanings[outcome] if trust.logs else NO_LOG,
        statement=digest,
        issuer=checked.issuer(record.issuer) if record else None,
        index=verdict.index,
        admitted_at=checked.moment(verdict.entry.admitted_at) if verdict.entry else None,
        identity=record.identity_level if record else None,
        state=status.state.value if status else None,
        state_as_of=checked.moment(status.time) if status else None,
        steps=[
            Step(
                number=step.number,
                name=step.name,
                outcome=step.outcome.value,
                code=step.code,
                meaning=explain.codes().get(step.code, {}).get("sentence", ""),
            )
            for step in verdict.steps
        ],
        claims=[
            ClaimChecked(claim=checked.claim(claim), verification=level.value)
            for claim, level in verdict.verification
        ],
        commands=[] if trust.logs else ["openquality trust add URL"],
    )
