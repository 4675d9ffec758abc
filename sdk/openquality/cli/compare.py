"""`openquality compare`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from openquality import home
from openquality.cli.options import Registry
from openquality.cli.output import TableFormat, say, show_json
from openquality.cli.values import Shown, show_statements, show_values
from openquality.refused import RefusedInput


class NotVerified(RefusedInput):
    """A bundle did not pass, so that its values enter no comparison."""

    def __str__(self) -> str:
        path, outcome = self.args
        return (
            f"{path} does not verify ({outcome}), and only verified values are compared. "
            f"See why with: openquality verify {path}"
        )


def compare(
    records: Annotated[
        list[str], typer.Argument(help="Digests (asks the registry), or bundle files (offline).")
    ],
    *,
    registry: Registry = None,
    trust: Annotated[
        Path | None, typer.Option(help="Trust file for bundles; else your own.")
    ] = None,
    form: Annotated[TableFormat, typer.Option("--format", help="How values are shown.")] = (
        TableFormat.TABLE
    ),
) -> None:
    """Put records side by side: one unit for each metric, a grade for each value.

    Values are graded against the first record named. Bundle files are verified and compared
    without network.

    Example:
        openquality compare sha256:… sha256:…
        openquality compare one.bundle.json other.bundle.json --format json
    """
    paths = [Path(text) for text in records]
    if all(path.is_file() for path in paths):
        answer = _offline(paths, trust)
    else:
        from openquality.client import Client

        with Client(home.registry(registry)) as client:
            answer = client.compare(records)
    if form is TableFormat.JSON:
        show_json(answer)
        return
    places = {digest: str(n) for n, digest in enumerate(answer["statements"], 1)}
    shown = [
        Shown(places[value["statement"]], "", value)
        for metric in answer["metrics"]
        for value in metric["values"]
    ]
    show_values(shown, form)
    if shown and form is TableFormat.TABLE:
        show_statements(shown)
    for metric in answer["metrics"]:
        for value in metric["values"]:
            if value["reasons"]:
                row = places[value["statement"]]
                say(f"Row {row}, {metric['metric']}: {', '.join(value['reasons'])}")
        for digest in metric["notStated"]:
            say(f"Row {places[digest]}, {metric['metric']}: not stated")


def _offline(paths: list[Path], trust: Path | None) -> dict[str, Any]:
    from openquality.receipts import load_trust
    from openquality.verifying import compare as side_by_side
    from openquality.verifying import verify
    from openquality_validator.bundle import Outcome

    whom = load_trust(trust)
    verdicts = []
    for path in paths:
        verdict = verify(path.read_bytes(), trust=whom)
        if verdict.overall is not Outcome.PASS:
            raise NotVerified(path, verdict.overall.value)
        verdicts.append(verdict)
    return side_by_side(verdicts, accreditors=whom.accreditors)
