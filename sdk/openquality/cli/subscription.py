"""`openquality subscription`."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from openquality import home
from openquality.cli.options import Registry
from openquality.cli.output import Format, show, show_json
from openquality_validator.message import join, message

app = typer.Typer(
    help="Have events brought to an address of yours.", no_args_is_help=True, add_completion=False
)
SubscribeToken = Annotated[
    str,
    typer.Option(envvar="OPENQUALITY_TOKEN", help="A token with the scope subscribe."),
]
Id = Annotated[str, typer.Argument(help="Its id, as `subscription list` shows it.")]
As = Annotated[Format, typer.Option("--format", help="For people or for programs.")]


@app.callback()
def subscription() -> None:
    """Have events brought to an address of yours: signed webhooks."""


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="Where events go: https://…; it has to agree.")],
    *,
    types: Annotated[
        list[str] | None, typer.Option("--type", help="Such as certificate.expired; repeatable.")
    ] = None,
    subject: Annotated[
        str | None, typer.Option(help="What they are about: gtin:…, a URL, a DID, a target.")
    ] = None,
    issuer: Annotated[str | None, typer.Option(help="Whose word they follow from: did:….")] = None,
    after: Annotated[
        int | None, typer.Option(min=0, help="The sequence to begin behind; else the newest.")
    ] = None,
    token: SubscribeToken,
    form: As = Format.TEXT,
    registry: Registry = None,
) -> None:
    """Make a subscription. The registry first asks the address whether it agrees.

    Example:
        openquality subscription add https://buyer.example/openquality --type deviation.opened
    """
    wanted = {"url": url, "types": types, "subject": subject, "issuer": issuer, "after": after}
    given = {name: value for name, value in wanted.items() if value is not None}
    _show(_ask("POST", "", token, registry, given), form)


@app.command("list")
def every(*, token: SubscribeToken, form: As = Format.TEXT, registry: Registry = None) -> None:
    """List the subscriptions of a token, and how they stand.

    Example:
        openquality subscription list
    """
    found = _ask("GET", "", token, registry)
    if form is Format.JSON:
        show_json(found)
        return
    for each in found["items"]:
        _show(each, form)


@app.command()
def remove(
    identifier: Id, *, token: SubscribeToken, form: As = Format.TEXT, registry: Registry = None
) -> None:
    """End a subscription, for good.

    Example:
        openquality subscription remove 3f9c21d07be41a66
    """
    gone = _ask("DELETE", f"/{identifier}", token, registry)
    if form is Format.JSON:
        show_json(gone)
    else:
        show(message("{id} is ended.", id=gone["id"]))


@app.command()
def enable(
    identifier: Id,
    *,
    after: Annotated[
        int | None, typer.Option(min=0, help="The sequence to go on behind; else where it stopped.")
    ] = None,
    token: SubscribeToken,
    form: As = Format.TEXT,
    registry: Registry = None,
) -> None:
    """Let a disabled subscription go on, when its receiver is mended.

    Example:
        openquality subscription enable 3f9c21d07be41a66
    """
    body = {} if after is None else {"after": after}
    _show(_ask("POST", f"/{identifier}/enable", token, registry, body), form)


def _ask(
    method: str,
    path: str,
    token: str,
    registry: str | None,
    document: Mapping[str, object] | None = None,
) -> dict[str, Any]:
    from openquality import wire
    from openquality.client import Client

    with Client(home.registry(registry), token=token) as client:
        return wire.read_json(client.send(wire.subscriptions(method, path, document)))


def _show(found: Mapping[str, Any], form: Format) -> None:
    if form is Format.JSON:
        show_json(found)
        return
    show(f"{found['id']}  {found['state']}  {found['url']}")
    chosen = [*found["types"], found["subject"], found["issuer"]]
    named = ", ".join(each for each in chosen if each)
    show(join("", ("    ", named or message("every event"))))
    show(join("", ("    ", message("all has arrived up to {after}", after=found["after"]))))
    if found["problem"]:
        said = message(
            "{count} failures: {problem}", count=found["failures"], problem=found["problem"]
        )
        show(join("", ("    ", said)))
