"""`openquality operator`."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openquality.cli.output import say, show

if TYPE_CHECKING:
    from openquality_registry.access.tokens import Scope

app = typer.Typer(
    help="Look after a registry's access.", no_args_is_help=True, add_completion=False
)
token = typer.Typer(help="Make access tokens.", no_args_is_help=True, add_completion=False)
app.add_typer(token, name="token")


@app.callback()
def operator() -> None:
    """Look after a registry's access."""


@token.command()
def create(
    *,
    data: Annotated[Path, typer.Option(help="The registry's data folder.")],
    scope: Annotated[
        list[str],
        typer.Option(
            help="publish, invite, status, policy, tokens, evidence, listings, watch, subscribe or "
            "read-operator; repeatable."
        ),
    ],
    name: Annotated[str, typer.Option(help="What it is for; it stands in the log.")] = "operator",
    issuer: Annotated[
        str | None, typer.Option(help="Publish for this issuer alone, did:….")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, help="End after so many days.")] = None,
) -> None:
    """Make a token, and print it: the one time that anybody sees it.

    Whoever may write the data folder may do this, so it needs no token; the server may be running.
    It is entered into the log at the next request of an operator, or when the server starts.

    Example:
        openquality operator token create --data registry-data --scope tokens --scope policy
    """
    from openquality_registry.access.operator import make_token
    from openquality_registry.adapters.sql.access import SqlAccess
    from openquality_registry.bootstrap import open_folder

    now = datetime.now(UTC)
    scopes = frozenset(map(_scope, scope))
    with closing(open_folder(data)) as folder:
        made, secret = make_token(
            SqlAccess(write=folder.store.write, read=folder.store.read),
            name=name,
            scopes=scopes,
            issuer=issuer,
            expires_at=None if days is None else now + timedelta(days=days),
            now=now,
        )
    say(f"Token {made.id}, for {', '.join(sorted(scopes))}. It is shown this once:")
    show(secret)


def _scope(text: str) -> "Scope":
    from openquality_registry.access.tokens import Scope

    try:
        return Scope(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is none of {', '.join(Scope)}.") from None
