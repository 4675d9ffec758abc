"""`openquality init`."""

import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import orjson
import typer

from openquality import home, starter
from openquality.checking import validate
from openquality.cli.keys import KEY_PATH
from openquality.cli.options import Token
from openquality.cli.output import say, show
from openquality.refused import RefusedInput
from openquality.starter import Subject
from openquality_validator.errors import OpenQualityError

RECORD = "attestation.json"
EXAMPLE_NAME = "Example Works Ltd"
LOSS = (
    "Keep {key} safe and secret, and copy it to a second place now. The key is your identity: "
    "without it you cannot publish as this issuer again, and nobody can give it back. Whoever has "
    "a copy can sign in your name."
)


class Method(StrEnum):
    """Choose what an identity is made of."""

    KEY = "key"
    WEBVH = "webvh"


class Exists(OpenQualityError):
    """A file that init would write is there already."""

    def __str__(self) -> str:
        return f"{self.args[0]} exists and is not overwritten. Choose another folder, or move it."


class NotValid(RefusedInput):
    """The given values do not make a valid record."""

    def __str__(self) -> str:
        finding = self.args[0]
        return f"{finding.code} at {finding.pointer}: {finding.message} {finding.hint}"


def init(  # noqa: PLR0913 - each is an option of the command
    folder: Annotated[Path, typer.Argument(help="Where to make the files.")] = Path(),
    *,
    name: Annotated[str | None, typer.Option(help="Your organisation's name.")] = None,
    country: Annotated[str | None, typer.Option(help="Its country, two letters (DE).")] = None,
    subject: Annotated[
        Subject, typer.Option(help="What you speak about; an organisation is yourself.")
    ] = Subject.PRODUCT,
    about: Annotated[
        str | None, typer.Option("--about", "--product", help="The name of what you speak about.")
    ] = None,
    gtin: Annotated[str | None, typer.Option(help="The product's GTIN, if it has one.")] = None,
    did: Annotated[
        Method, typer.Option(help="key: the key is the identity. webvh: its keys can change.")
    ] = Method.KEY,
    registry: Annotated[
        str | None, typer.Option(help="For webvh: the registry that hosts the identity.")
    ] = None,
    slug: Annotated[
        str | None, typer.Option(help="For webvh: its name there; else a random one.")
    ] = None,
    domain: Annotated[
        str | None, typer.Option(help="For webvh: your own domain instead, example.com/quality.")
    ] = None,
    token: Token = None,
) -> None:
    """Make a signing key, an identity and a starter record.

    Writes openquality.key, readable by you alone, and attestation.json, which validates and holds
    one example claim to replace. Overwrites nothing. Asks for names only on a terminal.
    With --did webvh also the folder identity/, and registers the identity: it outlives its keys.

    Example:
        openquality init --name "Nordbolt Fasteners GmbH" --product "Hex bolt M8x40"
        openquality init supplier/ --gtin 09506000134352
        openquality init --subject DataService --about "Price feed, EU" --name "Nordbolt Data GmbH"
        openquality init --did webvh --registry https://registry.example --slug nordbolt
    """
    from openquality import signing

    if gtin and subject is not Subject.PRODUCT:
        raise typer.BadParameter(f"--gtin is a product's, and this is of type {subject}.")
    if about and subject is Subject.ORGANIZATION:
        raise typer.BadParameter("An organisation speaks about itself: state --name alone.")
    key_path, record_path = folder / KEY_PATH, folder / RECORD
    for path in (key_path, record_path):
        if path.exists():
            raise Exists(path)
    key = signing.generate()
    name = name or _ask("Your organisation's name", EXAMPLE_NAME)
    if subject is Subject.ORGANIZATION:
        about = name
    about = about or _ask(f"The {subject.words} you speak about", f"Example {subject.words}")

    def record(issuer: str) -> bytes:
        value = starter.record(
            did=issuer,
            name=name,
            country=country,
            subject=subject,
            about=about,
            gtin=gtin,
            now=datetime.now(UTC),
        )
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    for finding in validate(record(key.did)).errors:
        raise NotValid(finding)
    folder.mkdir(parents=True, exist_ok=True)
    if did is Method.WEBVH:
        from openquality.cli import hosting

        place = hosting.place(registry, slug=slug, domain=domain, token=token)
        issuer = hosting.make(key_path, place, name=name)
    else:
        signing.write_key(key_path, key)
        issuer = key.did
    home.write(record_path, record(issuer))
    show(f"key       {key_path}")
    show(f"identity  {issuer}")
    show(f"record    {record_path}")
    if did is Method.WEBVH:
        hosting.register(key_path, place, token=token)
    else:
        say(LOSS.format(key=key_path))


def _ask(question: str, example: str) -> str:
    if sys.stdin.isatty() and sys.stderr.isatty():
        return str(typer.prompt(question, default=example, err=True))
    return example
