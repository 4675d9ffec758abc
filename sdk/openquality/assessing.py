"""Assess a subject under a profile: from files, or over a registry whose word is not taken for it.

Every record is verified here first, under the reader's own trust file; `profiles.evaluate` then
judges what is left.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import openquality_schemas
from openquality import credentials, published
from openquality.refused import RefusedInput
from openquality.sources import Document, Form
from openquality_validator import bundle as bundles
from openquality_validator import documents, envelope, kinds, profiles, validate
from openquality_validator.bundle import Outcome, standing
from openquality_validator.errors import OpenQualityError, UnknownTerm
from openquality_validator.message import message
from openquality_validator.nearest import nearest
from openquality_validator.profiles import Assessment, Held, Profile, Proof
from openquality_validator.trust import Trust

if TYPE_CHECKING:
    from openquality.client import Client
    from openquality.signing import SigningKey

Fetch: TypeAlias = Callable[[published.Reference], bytes]
_WITHDRAWN = {"V118", "V119"}  # how the record stands, its events say
_DATED = {"V111", "V112"}  # not valid today: an assessment asks how it stood on its own day
MAX_RECORDS = 500  # of a registry; as many as a signed result can name


@dataclass(eq=False)
class NotProved(RefusedInput):
    """A record cannot count, for it is not proved."""

    where: str
    why: str

    def __str__(self) -> str:
        return message(
            "{where} does not count: {why} Leave it out, or see `openquality verify`.",
            where=self.where,
            why=self.why,
        )


@dataclass(eq=False)
class Unsigned(RefusedInput):
    """A record is not signed, and nobody asked for a preview."""

    where: str

    def __str__(self) -> str:
        return message(
            "{where} is not signed. Sign it, or look at a preview with --drafts.", where=self.where
        )


@dataclass(eq=False)
class Published(OpenQualityError):
    """A published profile was named where no network is asked."""

    name: str

    def __str__(self) -> str:
        return message(
            "{name} is published, and this command asks no network. Fetch it with `openquality "
            "schema get {name} --bundle -o profile.bundle.json`, and name that file.",
            name=self.name,
        )


@dataclass(eq=False)
class WhichSubject(OpenQualityError):
    """Records are about several subjects, and none was named."""

    subjects: tuple[str, ...]

    def __str__(self) -> str:
        return message(
            "The records are about {subjects}. Name one with --subject.",
            subjects=", ".join(self.subjects) or message("nothing that can be assessed"),
        )


@dataclass(eq=False)
class TooManyRecords(OpenQualityError):
    """A registry holds more about a subject than is assessed at once."""

    subject: str

    def __str__(self) -> str:
        return message(
            "The registry holds more than {most} statements about {subject}. Fetch the bundles "
            "that matter, and assess those.",
            most=MAX_RECORDS,
            subject=self.subject,
        )


def read_profile(
    name: str, *, trust: Trust, now: dt.datetime, fetch: Fetch | None = None
) -> Profile:
    """Read a profile: a shipped one by `ID` or `ID@VERSION`, a file, or a published one.

    A file may hold the profile, or a publication of it (.jwt, .bundle.json), which is verified.
    `fetch` gives the document that a reference names (`published`); without it nobody is asked.
    Raises UnknownTerm, Published, NotProved, InvalidProfile, MalformedDocument or OSError.
    """
    if name.endswith((".json", ".jwt")):
        return profiles.parse(published.read(Path(name), trust=trust, now=now))
    shipped = (each for each in _shipped() if openquality_schemas.digest(each) == name)
    if name.startswith("sha256:") and (data := next(shipped, None)) is not None:
        return profiles.parse(data)
    reference = published.Reference.parse(name)
    if reference is not None:
        if fetch is None:
            raise Published(name)
        return profiles.parse(fetch(reference))
    wanted, _, version = name.partition("@")
    try:
        data = openquality_schemas.profile(wanted, version=version or None)
    except FileNotFoundError:
        near = nearest(wanted, openquality_schemas.profiles())
        raise UnknownTerm("profile", name, near) from None
    return profiles.parse(data)


def _shipped() -> Iterator[bytes]:
    for name, versions in openquality_schemas.profiles().items():
        for version in versions:
            yield openquality_schemas.profile(name, version=version)


def held(
    document: Document,
    *,
    trust: Trust,
    now: dt.datetime,
    drafts: bool = False,
    as_of: dt.date | None = None,
) -> Held:
    """Verify one document, and say how it stood at the end of a day.

    A bundle is verified as a whole, a statement by its signature alone; a draft counts only if
    `drafts` are asked for. Raises NotProved, Unsigned or InvalidInput.
    """
    where = f"{document.path}:{document.line}" if document.line else str(document.path)
    if document.form is Form.BUNDLE:
        return of_bundle(document.data, trust=trust, now=now, where=where, as_of=as_of)
    if document.form is Form.STATEMENT:
        return Held(envelope.verify_statement(document.data.strip()), proof=Proof.SIGNED)
    if not drafts:
        raise Unsigned(where)
    digest = openquality_schemas.digest(document.data)
    return profiles.draft(documents.parse_object(document.data), digest=digest)


def of_bundle(
    data: bytes, *, trust: Trust, now: dt.datetime, where: str, as_of: dt.date | None = None
) -> Held:
    """Verify a bundle, and say how its record stood at the end of a day; raises NotProved.

    Without a day it stands as the bundle says last. One that is withdrawn or expired is held as
    such; one whose standing is unknown counts as signed.
    """
    verdict = bundles.verify(data, trust=trust, now=now)
    failed = [step for step in verdict.steps if step.outcome is Outcome.FAIL]
    wrong = [step for step in failed if step.code not in _WITHDRAWN | _DATED]
    if verdict.record is None or wrong:
        first = (wrong or failed or list(verdict.steps))[0]
        raise NotProved(where, first.message)
    is_logged = verdict.overall is not Outcome.UNKNOWN
    found = Held(
        verdict.record,
        proof=Proof.LOGGED if is_logged else Proof.SIGNED,
        verification=dict(verdict.verification),
    )
    if verdict.events is None:
        return found
    proved = verdict.events if as_of is None else verdict.events.as_of(as_of)
    certificates = standing.certificates_of(verdict.record, proved, trust)
    return replace(
        found,
        state=standing.state_of(verdict.record, proved, trust).value,
        certificates={claim: state.value for claim, state in certificates.items()},
    )


def fetched(
    client: "Client",
    subject: str,
    *,
    trust: Trust,
    now: dt.datetime,
    as_of: dt.date | None = None,
) -> Iterator[Held]:
    """Yield what a registry holds about a subject and about who makes it, each verified here.

    They stand as they stood at the end of a day. Raises TooManyRecords, NotProved, RegistryError or
    NetworkError.
    """
    found = dict(_listed(client, subject, (subject,)))
    own = {digest: _bundle(client, digest, trust, now, as_of) for digest in found}
    makers = {
        str(party["id"])
        for each in own.values()
        if each.subject["id"] == subject
        and "id" in (party := each.subject.get("producer", {}).get("party", {}))
    } - {subject}
    yield from own.values()
    if makers:
        for digest in dict(_listed(client, subject, sorted(makers))):
            if digest not in own:
                yield _bundle(client, digest, trust, now, as_of)


def the_subject(records: Iterable[Held]) -> str:
    """Return the one subject of the records, or raise WhichSubject."""
    found = subjects(records)
    if len(found) != 1:
        raise WhichSubject(found)
    return found[0]


def subjects(records: Iterable[Held]) -> tuple[str, ...]:
    """List the subjects of attestations and assessments, sorted."""
    return tuple(sorted({str(each.subject["id"]) for each in records if each.speaks}))


def signed(
    found: Assessment, records: Iterable[Held], *, name: str, key: "SigningKey", now: dt.datetime
) -> bytes:
    """Sign the result of an assessment as a statement; raises RefusedInput for a preview.

    `records` are those that were assessed; `name` is that of the organisation that signs.
    """
    from openquality import signing

    if found.is_preview:
        raise Unsigned(found.subject)
    value = credentials.make(
        "QualityAssessment",
        _subject(found, records, issuer=key.did),
        issuer=key.did,
        name=name,
        now=now,
    )
    validate.require_valid(documents.parse_object(documents.canonical(value)))
    return signing.sign(value, key)


def _subject(found: Assessment, records: Iterable[Held], *, issuer: str) -> dict[str, Any]:
    own = [each.subject for each in records if each.subject["id"] == found.subject]
    if not own:
        raise WhichSubject(())
    said: Mapping[str, Any] = min(own, key=sorted)
    producer = said.get("producer", {}).get("party", {}).get("id", found.subject)
    kept = {name: said[name] for name in ("id", "type", "name", "producer") if name in said}
    day = found.as_of.isoformat()
    return {
        **kept,
        "issuerRole": "producer" if issuer == producer else "assessor",
        "scheme": {"code": found.profile.scheme, "edition": found.profile.version},
        "period": {"start": day, "end": day},
        "result": found.result(),
    }


def _listed(
    client: "Client", subject: str, keys: Sequence[str]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    question: dict[str, Any] = {"subjects": list(keys), "limit": MAX_RECORDS}
    answer = client.lookup(question)
    if answer.get("next"):
        raise TooManyRecords(subject)
    for item in answer["items"]:
        if item["kind"] in {kinds.ATTESTATION, kinds.ASSESSMENT}:
            yield item["digest"], item


def _bundle(
    client: "Client", digest: str, trust: Trust, now: dt.datetime, as_of: dt.date | None
) -> Held:
    found = of_bundle(client.bundle(digest), trust=trust, now=now, where=digest, as_of=as_of)
    if found.record.digest != digest:
        raise NotProved(digest, message("The registry sent another record."))
    return found
