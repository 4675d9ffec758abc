"""`openquality explain`."""

from typing import Annotated

import typer

from openquality.cli.output import show


def explain(
    term: Annotated[str, typer.Argument(help="A finding code, a metric, or a unit.")],
) -> None:
    """Explain a finding code, a metric or a unit.

    Example:
        openquality explain C001
        openquality explain on-time-delivery
        openquality explain "%"
    """
    from openquality_validator import catalogue
    from openquality_validator import explain as sentences

    show(sentences.explain(term, catalogue=catalogue.load()))
