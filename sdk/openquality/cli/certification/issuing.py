"""`openquality certification issue`."""

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from openquality import home, outbox
from openquality.cli.certification.options import Name
from openquality.cli.keys import KEY_PATH, load_key
from openquality.cli.options import Key, Registry, Token
from openquality.cli.output import say, show
from openquality_validator.message import message


class Stage(StrEnum):
    """Say which audit was passed last."""

    INITIAL = "initial"
    SURVEILLANCE = "surveillance"
    RECERTIFICATION = "recertification"


def issue(  # noqa: PLR0913 - each is an option of the command
    assessment: Annotated[Path, typer.Argument(help="The signed assessment, a .jwt file.")],
    *,
    profile: Annotated[str, typer.Option(help="The profile that it is under: its id or file.")],
    number: Annotated[str, typer.Option(help="The number of the certificate.")],
    scope: Annotated[str, typer.Option(help="What it covers, in words.")],
    edition: Annotated[str, typer.Option(help="The edition of the scheme that was audited.")],
    start: Annotated[
        str | None, typer.Option("--from", help="The first day; else the day of the assessment.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--until", help="The last day; else as the profile's cycle says.")
    ] = None,
    level: Annotated[
        str | None, typer.Option(help="The least level of the profile; else any that is reached.")
    ] = None,
    stage: Annotated[Stage, typer.Option(help="The audit that was passed.")] = Stage.INITIAL,
    name: Name = "The certifier",
    key: Key = KEY_PATH,
    registry: Registry = None,
    token: Token = None,
) -> int:
    r"""Issue a certificate: your attestation, with a signed assessment as its evidence.

    The assessment must reach the level, by somebody else's key than the subject's. The certificate
    is under the profile's scheme and is your own word: it repeats what the profile says that a
    result is not. The signed bytes are written to a file before they are sent.

    Example:
        openquality certification issue nordbolt.assessment.jwt --profile quality-management \
            --edition 2015 --number QM-26-1187 --scope "Manufacture of screws and bolts."
    """
    from openquality import assessing, issuing, signing
    from openquality.client import Client
    from openquality.receipts import load_trust

    signer = load_key(key)
    now = datetime.now(UTC)
    chosen = assessing.read_profile(profile, trust=load_trust(None), now=now)
    found = issuing.assessment(assessment.read_bytes())
    issuing.check(found, chosen, issuer=signer.did, level=level)
    audited = date.fromisoformat(found.value["credentialSubject"]["result"]["asOf"])
    first = audited if start is None else _day("--from", start)
    last = first + timedelta(days=chosen.cycle.valid - 1) if end is None else _day("--until", end)
    certificate = issuing.Certificate(number, edition, scope, first, last, stage.value)
    kept = assessment.with_suffix(".certificate.jwt")
    if kept.exists():
        say(
            message(
                "{kept} was made before and is sent again; move it away to say it anew.", kept=kept
            )
        )
        statement = kept.read_bytes()
    else:
        value = issuing.attestation(
            found, chosen, certificate, issuer=signer.did, name=name, now=now
        )
        statement = signing.sign(value, signer)
        home.write(kept, statement)
    with Client(home.registry(registry), token=token) as client:
        home.write(kept.with_suffix(outbox.BUNDLE_SUFFIX), client.publish(statement))
    show(
        message(
            "Issued: {scheme} {number}, {start} to {end}; the signed record is in {kept}",
            scheme=chosen.scheme,
            number=number,
            start=first,
            end=last,
            kept=kept,
        )
    )
    return 0


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        said = message(
            "{option} {text!r} is no day; write it like 2026-11-20.", option=option, text=text
        )
        raise typer.BadParameter(said) from None
