"""`openquality certification show`."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer

from openquality import home, outbox
from openquality.cli.certification.options import Target
from openquality.cli.options import Registry
from openquality.cli.output import Format, show_json
from openquality.cli.output import show as tell
from openquality_validator.certification import Case, Event, Measure
from openquality_validator.message import message


def show(
    target: Target,
    *,
    as_of: Annotated[str | None, typer.Option("--as-of", help="The day; else today.")] = None,
    form: Annotated[Format, typer.Option("--format", help="For people or for programs.")] = (
        Format.TEXT
    ),
    registry: Registry = None,
) -> int:
    """Show all that was said about a certificate or a record, and what is open.

    It is the registry's word, of which the statements are checked; whose word counts is yours to
    say. Exit code: 0, also where something is open.

    Example:
        openquality certification show ISO-9001/QM-26-1187
    """
    from openquality import certifying
    from openquality.client import Client

    day = _day(as_of)
    with Client(home.registry(registry)) as client:
        found = certifying.case(client, certifying.target_of(outbox.named(target))).as_of(day)
    if form is Format.JSON:
        show_json(_json(found, day))
        return 0
    for line in _lines(found, day):
        tell(line)
    return 0


def _lines(case: Case, day: date) -> Iterator[str]:
    yield message("{target}, as of {day}", target=case.target, day=day)
    if not case.events:
        yield message("Nothing was said about it by then.")
        return
    for voice, state in sorted(case.states.by_voice.items()):
        yield message("{voice} says: {state}", voice=voice, state=state.value)
    for event in case.events:
        yield _line(event)
    for request in case.open:
        values = {"day": request.deadline, "digest": request.asked.digest}
        yield (
            message("Open, and overdue since {day}: {digest}", **values)
            if request.is_overdue(day)
            else message("Open until {day}: {digest}", **values)
        )
        yield (
            message("    The holder answers.")
            if request.awaits_answer
            else message("    Whoever asked looks at the answer.")
        )
    if not case.open:
        yield message("No request is open.")


def _line(event: Event) -> str:
    said = event.said
    if isinstance(said, Measure):
        outcome = f" {said.outcome.value}" if said.outcome else ""
        about = f" ({said.about[:15]}…)" if said.about else ""
        what = f"{said.kind.value}{outcome}{about}"
    else:
        what = said.voice.value
    return f"{event.admitted}  {what}  {said.digest}  {said.issuer}: {said.reason}"


def _json(case: Case, day: date) -> dict[str, Any]:
    return {
        "v": 1,
        "target": case.target,
        "asOf": day.isoformat(),
        "states": {did: state.value for did, state in sorted(case.states.by_voice.items())},
        "events": [_event(each) for each in case.events],
        "open": [
            {
                "request": each.asked.digest,
                "deadline": each.deadline.isoformat(),
                "overdue": each.is_overdue(day),
                "awaitsAnswer": each.awaits_answer,
            }
            for each in case.open
        ],
        "appeals": [
            {
                "appeal": each.said.digest,
                "against": each.against.digest,
                "outcome": each.decision.outcome if each.decision else None,
            }
            for each in case.appeals
        ],
    }


def _event(event: Event) -> dict[str, Any]:
    said = event.said
    if isinstance(said, Measure):
        what = {"said": said.kind.value, "about": said.about, "outcome": said.outcome}
    else:
        what = {"said": said.voice.value, "about": None, "outcome": None}
    return {
        "index": event.index,
        "digest": said.digest,
        "admittedAt": event.admitted.isoformat(),
        "issuer": said.issuer,
        **what,
        "reason": said.reason,
    }


def _day(text: str | None) -> date:
    try:
        return datetime.now(UTC).date() if text is None else date.fromisoformat(text)
    except ValueError:
        said = message("--as-of {text!r} is no day; write it like 2026-11-20.", text=text)
        raise typer.BadParameter(said) from None
