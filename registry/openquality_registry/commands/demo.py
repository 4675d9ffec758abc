"""`openquality demo`: the whole main job, on sample suppliers, with an embedded registry."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer


def demo(
    *,
    data: Annotated[
        Path | None, typer.Option(help="Keep the registry's data here; else it is thrown away.")
    ] = None,
    serve: Annotated[
        bool, typer.Option("--serve", help="Leave the registry up at the end, until Ctrl-C.")
    ] = False,
    port: Annotated[int, typer.Option(help="The port; 0 takes a free one.")] = 0,
) -> None:
    """Tell the whole main job on sample suppliers: measure, sign, publish, query, verify.

    Example:
        openquality demo
        openquality demo --serve --port 8080
    """
    with tempfile.TemporaryDirectory(prefix="openquality-demo-") as scratch:
        _run(data or Path(scratch), serve=serve, port=port)


def _run(data: Path, *, serve: bool, port: int) -> None:
    from openquality import Client
    from openquality_registry import bootstrap
    from openquality_registry.demo.story import Story
    from openquality_registry.http import server
    from openquality_registry.http.app import create_app
    from openquality_registry.settings import load

    listening = server.listen("127.0.0.1", port)
    parts = bootstrap.build(load(data=data))
    try:
        with server.background(create_app(parts), listening) as url, Client(url) as client:
            print(f"A registry of your own runs at {url}, its data in {data}.")
            Story(client).tell()
            print("\nAll of it happened on this machine. Go on with README.md.")
            if serve:
                _wait(url)
    finally:
        parts.close()


def _wait(url: str) -> None:
    import threading

    print(f"The registry stays up until Ctrl-C: open {url} in a browser.", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        print("Stopped.")
