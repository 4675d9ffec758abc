"""`openquality init`."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer

from openquality import home
from openquality.checking import validate
from openquality.cli.keys import KEY_PATH
from openquality.cli.output import say, show
from openquality.refused import RefusedInput
from openquality_validator.errors import OpenQualityError

RECORD = "attestation.json"
EXAMPLE_NAME, EXAMPLE_PRODUCT = "Example Works Ltd", "Example product"
LOSS = (
    "Keep {key} safe and secret, and copy it to a second place now. The key is your identity: "
    "without it you cannot publish as this issuer again, and nobody can give it back. Whoever has "
    "a copy can sign in your name."
)


class Exists(OpenQualityError):
    """A file that init would write is there already."""

    def __str__(self) -> str:
        return f"{self.args[0]} exists and is not overwritten. Choose another folder, or move it."


class NotValid(RefusedInput):
    """The given values do not make a valid record."""

    def __str__(self) -> str:
        finding = self.args[0]
        return f"{finding.code} at {finding.pointer}: {finding.message} {finding.hint}"


def init(
    folder: Annotated[Path, typer.Argument(help="Where to make the files.")] = Path(),
    *,
    name: Annotated[str | None, typer.Option(help="Your organisation's name.")] = None,
    country: Annotated[str | None, typer.Option(help="Its country, two letters (DE).")] = None,
    product: Annotated[str | None, typer.Option(help="The product you speak about.")] = None,
    gtin: Annotated[str | None, typer.Option(help="The product's GTIN, if it has one.")] = None,
) -> None:
    """Make a signing key, an identity (did:key) and a starter record.

    Writes openquality.key, readable by you alone, and attestation.json, which validates and holds
    one example claim to replace. Overwrites nothing. Asks for names only on a terminal.

    Example:
        openquality init --name "Nordbolt Fasteners GmbH" --product "Hex bolt M8x40"
        openquality init supplier/ --gtin 09506000134352
    """
    from openquality import signing, starter

    key_path, record_path = folder / KEY_PATH, folder / RECORD
    for path in (key_path, record_path):
        if path.exists():
            raise Exists(path)
    key = signing.generate()
    value = starter.record(
        did=key.did,
        name=name or _ask("Your organisation's name", EXAMPLE_NAME),
        country=country,
        product=product or _ask("The product you speak about", EXAMPLE_PRODUCT),
        gtin=gtin,
        now=datetime.now(UTC),
    )
    data = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    for finding in validate(data).errors:
        raise NotValid(finding)
    folder.mkdir(parents=True, exist_ok=True)
    signing.write_key(key_path, key)
    home.write(record_path, data)
    show(f"key       {key_path}")
    show(f"identity  {key.did}")
    show(f"record    {record_path}")
    say(LOSS.format(key=key_path))


def _ask(question: str, example: str) -> str:
    if sys.stdin.isatty() and sys.stderr.isatty():
        return str(typer.prompt(question, default=example, err=True))
    return example
