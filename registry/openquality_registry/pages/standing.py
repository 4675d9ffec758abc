"""How a certificate stands, in one line: what a visitor of its page reads first."""

from collections.abc import Mapping
from urllib.parse import quote

from openquality_registry.pages import words
from openquality_registry.pages.state import StateLine, expires
from openquality_validator.certification.standing import CertificateState, Standing
from openquality_validator.message import message
from openquality_validator.status import certificate_of

_LINES: Mapping[CertificateState, tuple[str, str, str, str | None]] = {
    CertificateState.REVOKED: (
        "revoked",
        "✕",
        message("Revoked"),
        message("It was withdrawn for good."),
    ),
    CertificateState.SUPERSEDED: (
        "superseded",
        "→",
        message("Superseded"),
        message("Its issuer replaced it by a newer record."),
    ),
    CertificateState.SUSPENDED: (
        "suspended",
        "‖",
        message("Suspended"),
        message("It does not count until it is reinstated."),
    ),
    CertificateState.EXPIRED: ("expired", "⊗", message("Expired"), None),
    CertificateState.NOT_YET_VALID: ("ahead", "…", message("Not valid yet"), None),
    CertificateState.VALID: ("valid", "✓", message("Valid"), None),
}
"""What is shown of a state: kind, sign, word, and a sentence where its last day does not say it."""


def certificate_line(standing: Standing) -> StateLine:
    """Write the state of a certificate with a sign, a word and what follows from its last day."""
    until = _until(standing)
    if standing.state is CertificateState.EXPIRING:
        days = standing.expires_in
        assert days is not None
        return StateLine("expiring", "◷", expires(days), until)
    kind, sign, word, sentence = _LINES[standing.state]
    return StateLine(kind, sign, word, sentence or until)


def certificate_path(key: str) -> str:
    """Return the address of a certificate's page, by its key."""
    named = certificate_of(key)
    assert named is not None, key
    return "/".join(("/certificates", *(quote(part, safe="") for part in named)))


def _until(standing: Standing) -> str:
    if standing.ends is None:
        return message("It names no end of its validity.")
    if standing.ends < standing.day:
        return message("It ended on {day}.", day=words.day(standing.ends))
    return message("Until {day}.", day=words.day(standing.ends))
