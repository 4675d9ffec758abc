"""`openquality certification respond` and `appeal`."""

from openquality.cli.certification import sending
from openquality.cli.certification.options import NAME, About, Evidence, Name, Reason, Target
from openquality.cli.keys import KEY_PATH
from openquality.cli.options import Key, Registry, Token
from openquality_validator.certification import Kind


def respond(
    target: Target,
    asked: About,
    *,
    reason: Reason,
    evidence: Evidence = None,
    name: Name = NAME,
    key: Key = KEY_PATH,
    registry: Registry = None,
    token: Token = None,
) -> int:
    r"""Answer a corrective-action request: what was done, with its evidence.

    Example:
        openquality certification respond ISO-9001/QM-26-1187 sha256:… \
            --reason "All gauges of line 2 were calibrated." --evidence calibration.pdf
    """
    said = {"about": sending.about(asked), "reason": reason, **sending.evidence(evidence)}
    return sending.measured(
        target, Kind.ACTION, said, name=name, key=key, registry=registry, token=token
    )


def appeal(
    target: Target,
    against: About,
    *,
    reason: Reason,
    evidence: Evidence = None,
    name: Name = NAME,
    key: Key = KEY_PATH,
    registry: Registry = None,
    token: Token = None,
) -> int:
    """Appeal against a warning, a request, a refused answer, a suspension or a revocation; once.

    Example:
        openquality certification appeal ISO-9001/QM-26-1187 sha256:… --reason "It is not our site."
    """
    said = {"about": sending.about(against), "reason": reason, **sending.evidence(evidence)}
    return sending.measured(
        target, Kind.APPEAL, said, name=name, key=key, registry=registry, token=token
    )
