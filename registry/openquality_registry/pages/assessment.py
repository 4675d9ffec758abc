"""The page of one assessment: its state first, who assessed, each finding, a profile's result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from openquality_registry import assessing
from openquality_registry.bootstrap import Parts
from openquality_registry.pages import words
from openquality_registry.pages.gathering import read_credential
from openquality_registry.pages.profiles import STATES
from openquality_registry.pages.record import FORMS, history
from openquality_registry.pages.state import state_line
from openquality_registry.problems import Refused
from openquality_validator import envelope, evidence
from openquality_validator.entry import Entry
from openquality_validator.evidence import Independence
from openquality_validator.message import message
from openquality_validator.profiles import Profile, rounded
from openquality_validator.profiles.profile import AnswerAsked
from openquality_validator.status import State

Json = Mapping[str, Any]
NO_TURTLE: Final = [each for each in FORMS if each[0] != "record.ttl"]  # of attestations alone
SIGNS: Final[Mapping[str, str]] = {"fulfilled": "✓", "notFulfilled": "✕", "notApplicable": "–"}
CONCLUSIONS: Final[Mapping[str, str]] = {
    "fulfilled": message("fulfilled"),
    "notFulfilled": message("not fulfilled"),
    "notApplicable": message("does not apply"),
}
EVIDENCE: Final[Mapping[str, str]] = {
    "observation": message("seen as it happened"),
    "verification": message("found working, or found in records"),
    "document": message("a document that was read"),
}
DESIGNS: Final[Mapping[str, str]] = {
    "census": message("all of them"),
    "simpleRandom": message("drawn at random"),
    "systematic": message("every so many-th"),
    "stratified": message("drawn from each group"),
    "cluster": message("drawn in clusters"),
    "consecutive": message("one after the other"),
    "convenience": message("those that were at hand"),
}


@dataclass(frozen=True, slots=True)
class Answered:
    """Hold one finding: `title` is that of the indicator which asks for it, where one is known."""

    criterion: str
    title: str | None
    conclusion: str
    sign: str
    word: str
    texts: tuple[tuple[str, str], ...]
    evidence: tuple[tuple[str, str | None, str | None], ...]


@dataclass(frozen=True, slots=True)
class Result:
    """Hold what a profile said when it was signed, and where it is computed now.

    `again` is the address at which this registry computes it, None for bytes that are not here.
    """

    profile: str
    version: str
    title: str | None
    of: str | None
    again: str | None
    said: Json
    level: str | None
    indicators: tuple[tuple[str, str], ...]


def view(parts: Parts, digest: str, *, base: str) -> dict[str, Any]:
    """Make the model of an assessment's page; `base` is the address that the visitor used.

    Raises Refused for what is not in the published log.
    """
    store = parts.folder.store
    statement, logged = store.statement(digest), store.find(digest)
    assert statement is not None
    assert logged is not None
    size = parts.published_size()
    if logged.index >= size:
        raise Refused(
            "outcome-unknown", message("The checkpoint that covers it is being published.")
        )
    credential = read_credential(parts, digest)
    assert credential is not None
    subject = credential["credentialSubject"]
    digits = digest.removeprefix("sha256:")
    code = subject["scheme"]["code"]
    stands = evidence.standing_of(credential, under=code)
    independence = stands.independence_for(logged.issuer, parts.folder.accreditors)
    return {
        "title": subject["name"],
        "record": credential,
        "subject": subject,
        "digest": digest,
        "digits": digits,
        "index": logged.index,
        "admitted_at": Entry.from_bytes(logged.entry).admitted_at,
        "key": envelope.parse_envelope(statement).header.kid,
        "level": parts.issuers.level(logged.issuer),
        "log": {"origin": parts.folder.origin, "size": size},
        "state": state_line(
            State(parts.bundler.state(digest, logged.issuer)),
            valid_from=credential["validFrom"],
            valid_until=credential.get("validUntil"),
            now=parts.clock.now(),
        ),
        "events": history(parts.bundler.life(digest)),
        "independence": independence,
        "sign": words.SIGNS[independence.value],
        "listed": independence is Independence.ACCREDITED,
        "sampling": _sampling(subject.get("sampling")),
        "findings": _findings(subject.get("findings", ()), code),
        "result": _result(subject, subject.get("result")),
        "forms": [(f"/records/{digits}/{name}", name, said) for name, said in NO_TURTLE],
        "base": base,
    }


def _findings(findings: Sequence[Json], scheme: str) -> list[Answered]:
    titles = _titles(scheme)
    return [
        Answered(
            criterion=each["criterion"],
            title=titles.get(each["criterion"]),
            conclusion=each["conclusion"],
            sign=SIGNS[each["conclusion"]],
            word=CONCLUSIONS[each["conclusion"]],
            texts=tuple(
                (title, each[name])
                for name, title in (
                    ("question", message("Question")),
                    ("explanation", message("Explanation")),
                    ("reasoning", message("Reasoning")),
                )
                if name in each
            ),
            evidence=tuple(
                (
                    EVIDENCE.get(one["kind"], words.sentence(one["kind"])),
                    one.get("name"),
                    one.get("digest"),
                )
                for one in each.get("evidence", ())
            ),
        )
        for each in findings
    ]


def _titles(scheme: str) -> Mapping[str, str]:
    """Return the titles of the indicators that ask for criteria, those of the own scheme first."""
    found: dict[str, str] = {}
    profiles = sorted(assessing.shipped().values(), key=lambda each: each.scheme != scheme)
    for profile in profiles:
        for indicator in profile.indicators:
            if isinstance(indicator.asks, AnswerAsked):
                found.setdefault(indicator.asks.criterion, indicator.title)
    return found


def _result(subject: Json, said: Json | None) -> Result | None:
    if said is None:
        return None
    named = said["profile"]
    held = _held(named)
    titles = {} if held is None else {each.id: each.title for each in held.indicators}
    levels = {} if held is None else {each.id: each.title for each in held.levels}
    asked = {
        "subject": subject["id"],
        "asOf": said["asOf"],
        **{each["name"]: each["value"] for each in said.get("parameters", ())},
    }
    level = said.get("level")
    return Result(
        profile=named["id"],
        version=named["version"],
        title=None if held is None else held.title,
        of=None if held is None else rounded(held.points),
        again=None if held is None else f"/profiles/{held.id}?{urlencode(asked)}",
        said=said,
        level=None if level is None else levels.get(level, level),
        indicators=tuple(
            (titles.get(each["id"], each["id"]), STATES[each["state"]])
            for each in said["indicators"]
        ),
    )


def _held(named: Json) -> Profile | None:
    """Return a profile that this registry judges by, if it has exactly the bytes that are named."""
    found = assessing.shipped().get(named["id"])
    return found if found is not None and found.digest == named["digest"] else None


def _sampling(stated: Json | None) -> Json | None:
    if stated is None:
        return None
    design = stated.get("design")
    return {
        "n": stated["n"],
        "population": stated.get("population"),
        "design": None if design is None else DESIGNS[design],
    }
