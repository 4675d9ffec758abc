"""`openquality serve`: run a registry."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from openquality_validator.errors import OpenQualityError

COULD_NOT_RUN = 2


def serve(
    *,
    data: Annotated[
        Path | None, typer.Option(help="The data folder; made if it is not there.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="The port; 0 takes a free one.")] = None,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="OPENQUALITY_TOKEN", help="Admit statements only with this bearer token."
        ),
    ] = None,
    origin: Annotated[
        str | None,
        typer.Option(help="The name of a new folder's log, for good: example.com/quality."),
    ] = None,
) -> None:
    """Run a registry on this machine.

    Example: openquality serve --data ./registry --port 8080

    It listens on 127.0.0.1 unless told otherwise, and keeps everything in one data folder. Back up
    that folder, and its keys/log.key apart from it. Stop it with Ctrl-C. Every option also comes
    from the environment, as OPENQUALITY_DATA, OPENQUALITY_HOST and so on.
    """
    from pydantic import SecretStr, ValidationError

    from openquality_registry import bootstrap, logs
    from openquality_registry.http import server
    from openquality_registry.settings import Settings

    given = {"data": data, "host": host, "port": port, "origin": origin}
    chosen = {name: value for name, value in given.items() if value is not None}
    if token:
        chosen["token"] = SecretStr(token)
    try:
        settings = Settings(**chosen)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        first = error.errors()[0]
        _give_up(f"The setting {first['loc'][0]} is not valid: {first['msg']}.")
    logs.configure()
    try:
        listening = server.listen(settings.host, settings.port)
        parts = bootstrap.build(settings)
    except (OpenQualityError, OSError) as error:
        _give_up(str(error))
    typer.echo(f"Serving {settings.data} at {server.address(listening)}")
    typer.echo(f"The log's verifier key: {parts.folder.signer.vkey}")
    try:
        server.run(parts, listening)
    finally:
        parts.close()


def _give_up(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(COULD_NOT_RUN)
