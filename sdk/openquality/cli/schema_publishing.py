"""`openquality schema publish` and `deprecate`."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openquality import home, outbox
from openquality.cli.keys import KEY_PATH, load_key
from openquality.cli.options import Key, Registry, Token
from openquality.cli.output import say, show
from openquality.cli.schema_reading import fetched
from openquality_validator.errors import OpenQualityError
from openquality_validator.message import message
from openquality_validator.records import InvalidRecord

if TYPE_CHECKING:
    from openquality.client import Client
    from openquality.receipts import Judge

Organisation = Annotated[str, typer.Option("--name", help="Your organisation's name.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check and show; sign and send nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Agree: public and permanent.")]
Trusting = Annotated[
    Path | None, typer.Option(help="Trust file; else the one `openquality trust` keeps.")
]


class NotTheOwner(OpenQualityError):
    """Only who published something can say that it should be used no more."""

    def __str__(self) -> str:
        return message(
            "{what} belongs to {owner}, and this key signs for {did}. Take the owner's key.",
            what=self.args[0],
            owner=self.args[1],
            did=self.args[2],
        )


def publish(  # noqa: PLR0913 - each is an option of the command
    file: Annotated[Path, typer.Argument(help="A JSON Schema, a metric set, or a profile.")],
    *,
    version: Annotated[
        str | None, typer.Option(help="MAJOR.MINOR, where the document does not say it.")
    ] = None,
    slug: Annotated[
        str | None, typer.Option(help="Its name in your group; else that of the file.")
    ] = None,
    uri: Annotated[
        str | None, typer.Option(help="Its URI in your namespace, if the document has none.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="Else the document's.")] = None,
    description: Annotated[str | None, typer.Option(help="Else the document's.")] = None,
    sector: Annotated[
        list[str] | None, typer.Option(help="Whom it concerns, such as nace:25.61; repeatable.")
    ] = None,
    compatibility: Annotated[
        str | None,
        typer.Option(help="What later versions must keep to; else BACKWARD_TRANSITIVE."),
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    name: Organisation = "The owner",
    key: Key = KEY_PATH,
    trust: Trusting = None,
    registry: Registry = None,
    token: Token = None,
) -> int:
    """Publish a version of a schema, a metric set or a profile: signed, logged, never changed.

    NAME.VERSION.jwt (the signed bytes, written before they are sent) and NAME.VERSION.bundle.json
    (the receipt) are kept beside the file, so that a repeated command sends the same bytes. What
    breaks records of the same major version is refused. Exit code: 0 published, 1 refused, 2 could
    not run.

    Example:
        openquality schema publish coating.json --version 1.0 --dry-run
        openquality schema publish coating.json --version 1.1 --sector nace:25.61 --yes
        openquality schema publish profile.json --yes
    """
    from openquality import governing
    from openquality.client import Client
    from openquality.receipts import Judge, load_trust, shown_log

    signer = load_key(key)
    wish = governing.Wish(
        name=slug,
        version=version,
        uri=uri,
        title=title,
        description=description,
        sectors=tuple(sector or ()),
        mode=_mode(compatibility),
    )
    said = governing.subject(file, wish, owner=signer.did)
    with Client(home.registry(registry), token=token) as client:
        judge = Judge.of(load_trust(trust), shown_log(client.well_known()))
        released = governing.released(client, signer.did, said["name"])
        place = file.with_name(f"{said['name']}.{said['version']}.json")
        kept = outbox.statement_path(place)
        if kept.exists():
            statement = governing.kept(kept, said)
            say(message("{kept} was signed before; the same bytes are sent.", kept=kept))
        else:
            if released:
                said["ancestor"] = released[-1]["statement"]
            try:
                governing.check(client, said, released, owner=signer.did)
                statement = governing.sign(said, name=name, key=signer, now=datetime.now(UTC))
            except InvalidRecord as error:
                return _refused(file, error)
        say(_summary(said, signer.did, len(released)))
        if dry_run:
            say(message("It may be published; nothing was kept or sent (--dry-run)."))
            return 0
        _agreed(yes=yes)
        home.write(kept, statement)
        index = _send(client, judge, statement, place)
    show(
        message(
            "{name}:{version}@{owner}: entry {index}, document {digest}",
            name=said["name"],
            version=said["version"],
            owner=signer.did,
            index=index,
            digest=outbox.digest(said["content"].encode()),
        )
    )
    return 0


def deprecate(  # noqa: PLR0913 - each is an option of the command
    reference: Annotated[
        str, typer.Argument(help="NAME@DID, NAME:1.2@DID, or sha256:… of the document.")
    ],
    *,
    reason: Annotated[
        str, typer.Option(help="Why, in one sentence, without names of persons: it is public.")
    ],
    effective: Annotated[
        str | None, typer.Option(help="The day from which it should be used no more; else today.")
    ] = None,
    removal: Annotated[
        str | None, typer.Option(help="The day from which readers are advised to refuse it.")
    ] = None,
    alternative: Annotated[
        str | None,
        typer.Option(help="What to use instead: its URI, or the digest of its publication."),
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    name: Organisation = "The owner",
    key: Key = KEY_PATH,
    trust: Trusting = None,
    registry: Registry = None,
    token: Token = None,
) -> int:
    """Say of a version of yours that it should be used no more: signed, public and permanent.

    Nothing is removed, and records under it stay valid and say so. The statement is written to a
    file before it is sent, so that a repeated command sends the same bytes.

    Example:
        openquality schema deprecate coating:1.0@did:web:buyer.example --reason "Layers missing."
    """
    from openquality import governing, published
    from openquality.client import Client
    from openquality.receipts import Judge, load_trust, shown_log

    asked = published.Reference.parse(reference)
    if asked is None:
        raise typer.BadParameter(
            message("{reference!r} names no publication.", reference=reference)
        )
    signer = load_key(key)
    first = _day("--effective", effective) or datetime.now(UTC).date()
    last = _day("--removal", removal)
    with Client(home.registry(registry), token=token) as client:
        target = fetched(client, asked, trust).publication
        if target.owner != signer.did:
            raise NotTheOwner(reference, target.owner, signer.did)
        place = Path(f"{target.name}.{target.version}.deprecation.json")
        kept = outbox.statement_path(place)
        if kept.exists():
            statement = kept.read_bytes().strip()
            say(message("{kept} was signed before; the same bytes are sent.", kept=kept))
        else:
            statement = governing.deprecated(
                target,
                reason=reason,
                effective=first,
                removal=last,
                alternative=alternative,
                name=name,
                key=signer,
                now=datetime.now(UTC),
            )
        if dry_run:
            say(message("It may be said; nothing was kept or sent (--dry-run)."))
            return 0
        _agreed(yes=yes)
        home.write(kept, statement)
        judge = Judge.of(load_trust(trust), shown_log(client.well_known()))
        index = _send(client, judge, statement, place)
    show(
        message(
            "{name}:{version}@{owner} should be used no more from {day} on: entry {index}",
            name=target.name,
            version=target.version,
            owner=target.owner,
            day=first,
            index=index,
        )
    )
    return 0


def _refused(file: Path, error: InvalidRecord) -> int:
    """Tell everything for which a document is not published; return the exit code."""
    from openquality.cli.schemas import REFUSED, findings

    for line in findings(file, error.report):
        say(line)
    say(message("Nothing was signed or sent."))
    return REFUSED


def _send(client: "Client", judge: "Judge", statement: bytes, place: Path) -> int:
    """Send a statement whose bytes are kept, check its receipt, and keep that too."""
    receipt = client.publish(statement)
    found = judge.check(receipt, statement)
    home.write(outbox.receipt_path(place), receipt)
    if not judge.is_trusted:
        say(
            message(
                "The receipt holds under the key that the registry shows itself; it is not in your "
                "trust file. To pin it: openquality trust add {address}",
                address=client.url,
            )
        )
    return found.index


def _agreed(*, yes: bool) -> None:
    from openquality.cli.publish import confirm

    confirm(yes=yes)


def _summary(said: dict[str, Any], owner: str, released: int) -> str:
    return message(
        "{kind} {name}:{version}@{owner}, {size:,} bytes, {uri}; versions published before: "
        "{released}.",
        kind=said["kind"],
        name=said["name"],
        version=said["version"],
        owner=owner,
        size=len(said["content"].encode()),
        uri=said["id"],
        released=released,
    )


def _mode(text: str | None) -> Any:  # noqa: ANN401 - Mode, imported when it is needed
    if text is None:
        return None
    from openquality_validator.compatibility import Mode

    try:
        return Mode(text.upper())
    except ValueError:
        known = ", ".join(Mode)
        raise typer.BadParameter(
            message("--compatibility {text!r} is none of {known}.", text=text, known=known)
        ) from None


def _day(option: str, text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        said = message(
            "{option} {text!r} is no day; write it like 2026-11-20.", option=option, text=text
        )
        raise typer.BadParameter(said) from None
