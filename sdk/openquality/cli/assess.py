"""`openquality assess`."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openquality import home
from openquality.cli.keys import KEY_PATH, load_key
from openquality.cli.options import Registry
from openquality.cli.output import Format, say, show, show_json
from openquality_validator.message import message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openquality.published import Reference
    from openquality_validator.profiles import Held
    from openquality_validator.trust import Trust


def assess(  # noqa: PLR0913 - each is an option of the command
    targets: Annotated[
        list[str], typer.Argument(help="Bundles and signed records, or the id of one subject.")
    ],
    *,
    profile: Annotated[
        str,
        typer.Option(
            help="Id of a shipped profile; a profile's file; or a published one: NAME@DID, sha256:…"
        ),
    ],
    subject: Annotated[
        str | None, typer.Option(help="The subject; needed if the files are about several.")
    ] = None,
    producer: Annotated[
        str | None, typer.Option(help="Its producer's DID, if several call themselves so.")
    ] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="The day; else today.")] = None,
    parameters: Annotated[
        list[str] | None, typer.Option("--with", help="Parameter of the profile: NAME=VALUE.")
    ] = None,
    trust: Annotated[
        Path | None, typer.Option(help="Trust file; else the one `openquality trust` keeps.")
    ] = None,
    drafts: Annotated[
        bool, typer.Option("--drafts", help="Count unsigned records too: a preview, no result.")
    ] = False,
    sign: Annotated[
        Path | None, typer.Option(help="Sign the result, and write the statement to this file.")
    ] = None,
    name: Annotated[str, typer.Option(help="Your organisation's name, to sign.")] = "The assessor",
    key: Annotated[Path, typer.Option(help="The key that signs.")] = KEY_PATH,
    form: Annotated[Format, typer.Option("--format", help="For people or for programs.")] = (
        Format.TEXT
    ),
    registry: Registry = None,
) -> int:
    """Assess a subject under a profile: score, level, and what would close each gap.

    Takes files and works offline, or takes the id of a subject and asks a registry, whose records
    are verified here before they count. Whom you take for a certifier or an assessor is in your
    trust file.
    Exit code: 0 a level is reached, 1 none is or a record is refused, 2 could not run.

    Example:
        openquality assess nordbolt/*.bundle.json --profile quality-management
        openquality assess https://id.gs1.org/01/09506000134352 --profile quality-management
        openquality assess agent.jsonl --profile procurement-agent --with risk-tier=low --drafts
        openquality assess bolt.bundle.json --profile onboarding@did:web:buyer.example
    """
    from openquality import assessing
    from openquality.cli.assessment import exit_code, told
    from openquality.receipts import load_trust
    from openquality_validator import profiles

    whom = load_trust(trust)
    now = datetime.now(UTC)

    def fetch(reference: "Reference") -> bytes:
        return _published(registry, reference, whom, now)

    chosen = assessing.read_profile(profile, trust=whom, now=now, fetch=fetch)
    paths = [Path(each) for each in targets]
    day = _day(as_of, now)
    is_offline = all(path.exists() for path in paths)
    if is_offline:
        records = list(_read(paths, whom, now, drafts=drafts, as_of=day))
        about = subject or assessing.the_subject(records)
    else:
        about = subject or _one(targets)
        records = _ask(registry, about, whom, now, day)
    found = profiles.evaluate(
        chosen,
        records,
        subject=about,
        as_of=day,
        accreditors=whom.accreditors,
        parameters=_pairs(parameters or ()),
        producer=producer,
    )
    if form is Format.JSON:
        show_json(found.to_json())
    else:
        told(found, show)
    if sign is not None:
        statement = assessing.signed(found, records, name=name, key=load_key(key), now=now)
        home.write(sign, statement)
        say(message("Signed: {path}", path=sign))
    return exit_code(found)


def _read(
    paths: list[Path], trust: "Trust", now: datetime, *, drafts: bool, as_of: date
) -> "Iterator[Held]":
    from openquality import assessing
    from openquality.sources import expand, load

    for path in expand(paths):
        for document in load(path):
            yield assessing.held(document, trust=trust, now=now, drafts=drafts, as_of=as_of)


def _ask(
    registry: str | None, subject: str, trust: "Trust", now: datetime, as_of: date
) -> "list[Held]":
    from openquality import assessing
    from openquality.client import Client

    with Client(home.registry(registry)) as client:
        return list(assessing.fetched(client, subject, trust=trust, now=now, as_of=as_of))


def _published(
    registry: str | None, reference: "Reference", trust: "Trust", now: datetime
) -> bytes:
    from openquality import published
    from openquality.cli.schema_reading import tell_deprecated
    from openquality.client import Client

    with Client(home.registry(registry)) as client:
        found = published.fetch(client, reference, trust=trust, now=now)
        word = published.deprecation_of(client, found, trust=trust, now=now)
    if word is not None:
        tell_deprecated(word)
    return found.publication.content


def _one(targets: list[str]) -> str:
    if len(targets) == 1:
        return targets[0]
    gone = next(each for each in targets if not Path(each).exists())
    raise typer.BadParameter(message("There is no file {path}.", path=gone))


def _day(text: str | None, now: datetime) -> date:
    try:
        return now.date() if text is None else date.fromisoformat(text)
    except ValueError:
        said = message("--as-of {text!r} is no day; write it like 2026-11-20.", text=text)
        raise typer.BadParameter(said) from None


def _pairs(texts: list[str] | tuple[str, ...]) -> dict[str, str]:
    found = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign:
            said = message("--with {text!r} is no pair; write NAME=VALUE.", text=text)
            raise typer.BadParameter(said)
        found[name] = value
    return found
