"""`openquality init`."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from openquality import configuration, home, starter
from openquality.checking import validate
from openquality.cli import questions
from openquality.cli.keys import KEY_PATH, load_key
from openquality.cli.options import Token
from openquality.cli.output import say, show
from openquality.keeping.protecting import Protection, make
from openquality.onboarding.identifier import check
from openquality.onboarding.identifier import guess as identify
from openquality.refused import RefusedInput
from openquality.starter import EXAMPLE_NAME, Subject
from openquality.typed import COUNTRY
from openquality_validator.errors import OpenQualityError
from openquality_validator.message import message

if TYPE_CHECKING:
    from openquality.signing import SigningKey

RECORD = "attestation.json"
# A DID of the right form: what is given is checked before a key is made, or asked a passphrase for.
ANYBODY = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"


class Method(StrEnum):
    """Choose what an identity is made of."""

    KEY = "key"
    WEBVH = "webvh"


class Exists(OpenQualityError):
    """A file that init would write is there already."""

    def __str__(self) -> str:
        return message(
            "{path} exists and is not overwritten. Choose another folder, or move it.",
            path=self.args[0],
        )


class NotCountry(RefusedInput):
    """A text is no code of a country."""

    def __str__(self) -> str:
        return message(
            "{text!r} is no code of a country. Write its two letters (ISO 3166-1), such as DE.",
            text=self.args[0],
        )


class NotValid(RefusedInput):
    """The given values do not make a valid record."""

    def __str__(self) -> str:
        finding = self.args[0]
        return message(
            "{code} at {pointer}: {message} {hint}",
            code=finding.code,
            pointer=finding.pointer,
            message=finding.message,
            hint=finding.hint,
        )


@dataclass(frozen=True, slots=True)
class Answers:
    """Hold what the record starts from."""

    name: str
    country: str | None
    subject: Subject
    about: str
    gtin: str | None
    identifiers: tuple[dict[str, str], ...]

    def record(self, issuer: str) -> bytes:
        """Write the starter record of an issuer."""
        value = starter.record(
            did=issuer,
            name=self.name,
            country=self.country,
            subject=self.subject,
            about=self.about,
            gtin=self.gtin,
            identifiers=self.identifiers,
            now=datetime.now(UTC),
        )
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def init(  # noqa: PLR0913 - each is an option of the command
    folder: Annotated[Path, typer.Argument(help="Where to make the files.")] = Path(),
    *,
    name: Annotated[str | None, typer.Option(help="Your organisation's name.")] = None,
    country: Annotated[str | None, typer.Option(help="Its country, two letters (DE).")] = None,
    identifier: Annotated[
        list[str] | None,
        typer.Option(help="A number it is known by: lei=…, gln=…, vat=…, register=…; repeatable."),
    ] = None,
    subject: Annotated[
        Subject, typer.Option(help="What you speak about; an organisation is yourself.")
    ] = Subject.PRODUCT,
    about: Annotated[
        str | None, typer.Option("--about", "--product", help="The name of what you speak about.")
    ] = None,
    gtin: Annotated[str | None, typer.Option(help="The product's GTIN, if it has one.")] = None,
    protect: Annotated[
        Protection | None, typer.Option(help="Protect the key; else it lies open in its file.")
    ] = None,
    keep_key: Annotated[
        bool, typer.Option("--keep-key", help="Use the openquality.key that is there already.")
    ] = False,
    did: Annotated[
        Method, typer.Option(help="key: the key is the identity. webvh: its keys can change.")
    ] = Method.KEY,
    registry: Annotated[
        str | None,
        typer.Option(help="Where you will publish; for webvh also who hosts the identity."),
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
    one example claim to replace; with --registry also openquality.toml, if there is none.
    Overwrites nothing. On a terminal it asks for what was not given; elsewhere it asks nothing, and
    takes examples. Numbers are checked as they are typed.
    With --did webvh also the folder identity/, and registers the identity: it outlives its keys.

    Example:
        openquality init --name "Nordbolt Fasteners GmbH" --product "Hex bolt M8x40"
        openquality init --identifier gln=9506000134352 --gtin 09506000134352 --country DE
        openquality init --protect passphrase
        openquality init --subject DataService --about "Price feed, EU" --name "Nordbolt Data GmbH"
        openquality init --did webvh --registry https://registry.example --slug nordbolt
    """
    from openquality import signing

    if gtin and subject is not Subject.PRODUCT:
        raise typer.BadParameter(f"--gtin is a product's, and this is of type {subject}.")
    if about and subject is Subject.ORGANIZATION:
        raise typer.BadParameter("An organisation speaks about itself: state --name alone.")
    key_path, record_path = folder / KEY_PATH, folder / RECORD
    for path in (record_path,) if keep_key else (key_path, record_path):
        if path.exists():
            raise Exists(path)
    answers = _answers(name, country, identifier, subject, about, gtin)
    for finding in validate(answers.record(ANYBODY)).errors:
        raise NotValid(finding)
    if did is Method.WEBVH:
        from openquality.cli import hosting

        place = hosting.place(registry, slug=slug, domain=domain, token=token)
    key = load_key(key_path) if keep_key else _new_key(key_path, protect)
    folder.mkdir(parents=True, exist_ok=True)
    issuer = key.did
    if did is Method.WEBVH:
        issuer = hosting.make(key_path, place, name=answers.name, key=key)
    elif not keep_key:
        signing.write_key(key_path, key)
    home.write(record_path, answers.record(issuer))
    show(f"key       {key_path}")
    show(f"identity  {issuer}")
    show(f"record    {record_path}")
    _keep_registry(folder / configuration.NAME, registry)
    if did is Method.WEBVH:
        hosting.register(key_path, place, token=token)
    else:
        say(
            message(
                "Keep {key} safe and secret, and copy it to a second place now. The key is your "
                "identity: without it you cannot publish as this issuer again, and nobody can give "
                "it back. Whoever has a copy can sign in your name.",
                key=key_path,
            )
        )
    say(message("What is missing for onboarding: openquality doctor {folder}", folder=folder))


def _keep_registry(path: Path, registry: str | None) -> None:
    """Write the settings of the folder, unless there are some."""
    if registry is not None and not path.exists():
        # A JSON text is a TOML one too.
        home.write(path, b"registry = " + orjson.dumps(registry) + b"\n")
        show(f"settings  {path}")


def _answers(
    name: str | None,
    country: str | None,
    identifiers: list[str] | None,
    subject: Subject,
    about: str | None,
    gtin: str | None,
) -> Answers:
    """Ask for what was not given; check numbers as they are typed. Raises RefusedInput."""
    known = [identify(each) for each in identifiers or ()]
    if gtin:
        gtin = check("gtin", gtin)["value"]
    name = name or questions.ask(message("Your organisation's name"), EXAMPLE_NAME)
    country = country or questions.ask_again(
        message("Its country, two letters such as DE (Enter: not stated)"), _country
    )
    if not known:
        asked = questions.ask_again(message("Its LEI, GLN or VAT number (Enter: none)"), identify)
        known = [asked] if asked else []
    if subject is Subject.ORGANIZATION:
        about = name
    if about is None:
        what = message("The {words} you speak about", words=subject.words)
        about = questions.ask(what, starter.example_name(subject))
        if subject is Subject.PRODUCT and gtin is None:
            typed = questions.ask_again(
                message("Its GTIN, the number under its barcode (Enter: none)"),
                lambda text: check("gtin", text),
            )
            gtin = typed["value"] if typed else None
    return Answers(name, country, subject, about, gtin, tuple(known))


def _new_key(path: Path, protection: Protection | None) -> "SigningKey":
    from openquality.signing import SigningKey

    if protection is None:
        agreed = questions.agrees(message("Protect the key by a passphrase?"))
        protection = Protection.PASSPHRASE if agreed else Protection.NONE
    return SigningKey.of(make(protection, where=str(path)))


def _country(text: str) -> str:
    code = text.strip().upper()
    if COUNTRY.fullmatch(code) is None:
        raise NotCountry(text)
    return code
