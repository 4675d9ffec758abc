"""`openquality compare`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openquality import home
from openquality.cli.options import Registry
from openquality.cli.output import TableFormat, say, show_json
from openquality.cli.values import Shown, show_statements, show_values
from openquality.refused import RefusedInput
from openquality_validator.message import message

if TYPE_CHECKING:
    from openquality_validator.trust import Trust


class NotVerified(RefusedInput):
    """A bundle did not pass, so that its values enter no comparison."""

    def __str__(self) -> str:
        name, outcome = self.args
        see = f"get {name} --bundle > it.bundle.json; openquality verify it.bundle.json"
        if not name.startswith(_DIGEST):
            see = f"verify {name}"
        return message(
            "{name} does not verify ({outcome}), and only verified values are compared. See "
            "why with: openquality {see}",
            name=name,
            outcome=outcome,
            see=see,
        )


def compare(
    records: Annotated[
        list[str], typer.Argument(help="Digests (fetched), or bundle files (offline).")
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

    Values are graded against the first record named. Bundles are verified before their values are
    compared, those of files without network.

    Example:
        openquality compare sha256:… sha256:…
        openquality compare one.bundle.json other.bundle.json --format json
    """
    paths = [Path(text) for text in records]
    if all(path.is_file() for path in paths):
        answer = _verified([(str(path), path.read_bytes()) for path in paths], _trust(trust))
    else:
        answer = _asked(records, home.registry(registry), _trust(trust))
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
                say(
                    message(
                        "Row {row}, {metric}: {reasons}",
                        row=row,
                        metric=metric["metric"],
                        reasons=", ".join(value["reasons"]),
                    )
                )
        for digest in metric["notStated"]:
            say(f"Row {places[digest]}, {metric['metric']}: not stated")


_DIGEST = "sha256:"


def _trust(path: Path | None) -> "Trust":
    from openquality.receipts import load_trust

    return load_trust(path)


def _asked(digests: list[str], address: str, trust: "Trust") -> dict[str, Any]:
    """Fetch the bundles of records, and compare what verifies; without trust the registry does."""
    from openquality.client import Client

    with Client(address) as client:
        if not trust.logs:
            say(
                message(
                    "Not verified: your trust file names no log, so this is the registry's word."
                )
            )
            return client.compare(digests)
        names = [f"{_DIGEST}{each.removeprefix(_DIGEST)}" for each in digests]
        bundles = [(name, client.bundle(name)) for name in names]
    return _verified(bundles, trust)


def _verified(bundles: list[tuple[str, bytes]], trust: "Trust") -> dict[str, Any]:
    from openquality.verifying import compare as side_by_side
    from openquality.verifying import verify
    from openquality_validator.bundle import Outcome

    verdicts = []
    for name, data in bundles:
        verdict = verify(data, trust=trust)
        if verdict.overall is not Outcome.PASS or verdict.record is None:
            raise NotVerified(name, verdict.overall.value)
        if name.startswith(_DIGEST) and verdict.record.digest != name:
            raise NotVerified(
                name,
                message("the registry gave the bundle of {digest}", digest=verdict.record.digest),
            )
        verdicts.append(verdict)
    return side_by_side(verdicts, accreditors=trust.accreditors)
