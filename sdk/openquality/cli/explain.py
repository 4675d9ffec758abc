"""`openquality explain`."""

from typing import Annotated

import typer

from openquality.cli.output import show


def explain(
    term: Annotated[
        str | None, typer.Argument(help="A finding code, a metric, or a unit; else all are listed.")
    ] = None,
) -> None:
    """Explain a finding code, a metric or a unit; without one, list the metrics and units.

    Example:
        openquality explain
        openquality explain C001
        openquality explain on-time-delivery
        openquality explain "%"
    """
    from openquality_validator import catalogue
    from openquality_validator import explain as sentences

    held = catalogue.load()
    show(sentences.overview(held) if term is None else sentences.explain(term, catalogue=held))
