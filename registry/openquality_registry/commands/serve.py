"""`openquality serve`: run a registry."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from openquality.cli.output import say


class Wing(StrEnum):
    """Choose a part of the server that runs without the rest."""

    VALIDATE = "validate"


def serve(
    *,
    data: Annotated[
        Path | None, typer.Option(help="The data folder; made if it is not there.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="The port; 0 takes a free one.")] = None,
    token: Annotated[
        str | None,
        typer.Option(help="Admit statements only with this bearer token, or an operator's."),
    ] = None,
    origin: Annotated[
        str | None,
        typer.Option(help="The name of a new folder's log, for good: example.com/quality."),
    ] = None,
    public_url: Annotated[
        str | None,
        typer.Option(help="Where everybody reaches it, https://…; identities are hosted under it."),
    ] = None,
    admission: Annotated[
        str | None, typer.Option(help="Whose statements: open, invited, L1 or L2.")
    ] = None,
    only: Annotated[
        Wing | None,
        typer.Option(help="validate: serve the page that checks files, without a registry."),
    ] = None,
) -> None:
    """Run a registry on this machine, until Ctrl-C or SIGTERM.

    It listens on 127.0.0.1 port 8080 and keeps everything in the folder openquality-data, unless
    told otherwise. Each option, and more, can be set in the environment: OPENQUALITY_DATA,
    OPENQUALITY_TOKEN (where other users cannot see it), … (docs/guide/operate.md).

    Example:
        openquality serve --data ./registry --port 8080
        openquality serve --only validate
    """
    from openquality_registry import bootstrap, logs
    from openquality_registry.http import server
    from openquality_registry.http.app import create_app
    from openquality_registry.settings import load

    settings = load(
        data=data,
        host=host,
        port=port,
        token=token,
        origin=origin,
        public_url=public_url,
        admission=admission,
    )
    logs.configure()
    listening = server.listen(settings.host, settings.port)
    if only is Wing.VALIDATE:
        from openquality_registry.http.workbench import create_workbench

        where = f"{server.address(listening)}/validate"
        workbench = create_workbench(settings)
        server.run(workbench, listening, ready=lambda: say(f"Check files at {where}"))
        return
    parts = bootstrap.build(settings)

    def ready() -> None:
        say(f"Serving {settings.data} at {server.address(listening)}")
        say(f"The log's verifier key: {parts.folder.signer.vkey}")

    try:
        server.run(create_app(parts), listening, ready=ready, stopping=parts.bell.close)
    finally:
        parts.close()
