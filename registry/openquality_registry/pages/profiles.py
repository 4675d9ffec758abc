"""The pages of profiles: what is required, and how a subject does by what the log shows."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openquality_registry import assessing
from openquality_registry.bootstrap import Parts
from openquality_registry.pages import rendering
from openquality_registry.pages.days import asked_day
from openquality_registry.problems import Refused
from openquality_registry.schemagroups import requirements
from openquality_registry.schemagroups.reading import Groups
from openquality_registry.schemagroups.version import BUILT_IN
from openquality_validator.message import message
from openquality_validator.profiles import Profile, State, rounded

PAGE: Final = 50
LONGEST: Final = 2_048  # the longest identifier that a statement may hold
STATES: Final[Mapping[str, str]] = {
    State.PASSED: message("passed"),
    State.FAILED: message("failed"),
    State.MISSING: message("missing"),
    State.STALE: message("too old"),
    State.NOT_APPLICABLE: message("does not apply"),
}


def routes(parts: Parts) -> list[Route]:
    """Make the routes of the pages of profiles."""
    groups = Groups(parts.schemas, parts.published_size)

    async def every(request: Request) -> Response:
        return await run_in_threadpool(_every, groups, request)

    async def one(request: Request) -> Response:
        return await run_in_threadpool(_one, parts, groups, request)

    return [Route("/profiles", every), Route("/profiles/{id}", one)]


def _every(groups: Groups, request: Request) -> Response:
    """List the profiles, those of others a page at a time."""
    group, name = request.query_params.get("group"), request.query_params.get("after")
    after = (group, name) if group and name else None
    found = requirements.page(groups, limit=PAGE + 1, after=after)
    shown = found[:PAGE]
    more = None
    if len(found) > PAGE:
        group, name = requirements.place(shown[-1])
        more = "/profiles?" + urlencode({"group": group, "after": name})
    return rendering.page("profiles.html", {"profiles": shown, "next": more})


def _one(parts: Parts, groups: Groups, request: Request) -> Response:
    """Show one profile, and with a subject in the address what the log shows under it."""
    named = requirements.of(groups, request.path_params["id"])
    profile = named.profile
    asked = request.query_params
    subject = asked.get("subject", "").strip()
    day = asked_day(asked.get("asOf", ""), parts.clock.now().date())
    given = {name: asked.get(name) or profile.defaults[name] for name in profile.parameters}
    if len(subject) > LONGEST:
        raise Refused(
            "invalid-parameter",
            message("A name has at most {longest_name} characters.", longest_name=LONGEST),
        )
    found = None
    if subject:
        found = assessing.assess(parts, profile, subject, as_of=day, parameters=given).to_json()
    return rendering.page(
        "profile.html",
        {
            "profile": profile,
            "name": named.name,
            "version": named.version,
            "is_built_in": named.version.group == BUILT_IN,
            "of": rounded(profile.points),
            "subject": subject,
            "as_of": day.isoformat(),
            "given": given,
            "sections": _sections(profile),
            "found": found,
            "states": STATES,
            "program": request.url.path.replace("/profiles/", "/v1/profiles/", 1),
        },
    )


def _sections(profile: Profile) -> list[Mapping[str, Any]]:
    return [
        {
            "title": section.title,
            "points": rounded(section.points),
            "indicators": [
                {
                    "title": each.title,
                    "points": rounded(each.points),
                    "critical": each.critical,
                    "assumed": bool(each.assumed),
                }
                for each in section.indicators
            ],
        }
        for section in profile.sections
    ]
