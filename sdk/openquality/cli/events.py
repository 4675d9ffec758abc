"""`openquality events`."""

import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from openquality import home
from openquality.cli.options import Registry
from openquality.cli.output import Format, printable, say, show, show_bytes
from openquality_validator.message import message


def events(
    *,
    follow: Annotated[bool, typer.Option("--follow", help="Go on, and wait for more.")] = False,
    after: Annotated[
        str, typer.Option(help="The sequence behind which to begin, or latest.")
    ] = "0",
    types: Annotated[
        list[str] | None, typer.Option("--type", help="Such as certificate.expired; repeatable.")
    ] = None,
    subject: Annotated[
        str | None, typer.Option(help="What they are about: gtin:…, a URL, a DID, a target.")
    ] = None,
    issuer: Annotated[str | None, typer.Option(help="Whose word they follow from: did:….")] = None,
    form: Annotated[Format, typer.Option("--format", help="For people or for programs.")] = (
        Format.TEXT
    ),
    registry: Registry = None,
) -> None:
    """Tell what happened in a registry's log, and what follows from it, in its order.

    With --format json each line is a CloudEvent. The last line on standard error says with which
    --after the next call goes on.

    Example:
        openquality events --type certificate.suspended --type certificate.revoked
        openquality events --follow --after latest --subject gtin:09506000134352
    """
    from openquality import feed
    from openquality.client import Client

    where = feed.address(after, types=types or (), subject=subject, issuer=issuer)
    try:
        with Client(home.registry(registry)) as client:
            for batch in feed.everything(client, where, follow=follow):
                for event in batch.events:
                    _tell(event, form)
                sys.stdout.flush()  # whoever follows through a pipe hears them now
                where = batch.next
    finally:
        if (place := _place(where)) is not None:
            say(message("Go on with --after {place}.", place=place))


def _tell(event: Mapping[str, Any], form: Format) -> None:
    import orjson

    if form is Format.JSON:
        show_bytes(orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE))
        return
    data = event.get("data")
    reason = data.get("reason") if isinstance(data, dict) else None
    kind = str(event.get("type", "")).removeprefix("org.openquality.").removesuffix(".v1")
    cells = (
        f"{int(event['sequence']):>8}",
        str(event.get("time", "")),
        f"{kind:<22}",
        str(event.get("subject", "")),
        *((str(reason),) if reason else ()),
    )
    show("  ".join(printable(cell) for cell in cells))


def _place(where: str) -> str | None:
    from urllib.parse import parse_qs, urlsplit

    found = parse_qs(urlsplit(where).query).get("after", [""])[0]
    return found if found.isdigit() else None
