"""Profiles by the names under which they can be asked for: shipped ones, and published ones.

quality-management       a shipped profile, its newest version
onboarding@did:web:…     a published one, its newest version
onboarding:1.0@did:web:… that version
sha256:…                 the profile of this digest, whoever published it
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from openquality.published import Reference
from openquality_registry import assessing
from openquality_registry.problems import Refused
from openquality_registry.schemagroups.reading import Asked, Groups, Place
from openquality_registry.schemagroups.version import BUILT_IN, PROFILE, Version
from openquality_validator import profiles
from openquality_validator.message import message
from openquality_validator.profiles import Profile

NAME: Final = (
    r"^(sha256:[0-9a-f]{64}|[a-z0-9][a-z0-9-]*"
    r"((:[0-9]{1,4}\.[0-9]{1,4})?@did:[a-z0-9]{1,32}:[A-Za-z0-9._:%-]{1,1000})?)$"
)
LONGEST: Final = 1_200  # characters of a name


@dataclass(frozen=True, slots=True)
class Named:
    """Hold a profile, the exact bytes of its document, and where these were found.

    `name` is that under which it is asked for again: of a published one it holds the owner.
    """

    name: str
    profile: Profile
    content: bytes
    version: Version


def of(groups: Groups, name: str) -> Named:
    """Return the profile of a name; raises Refused for one that is not here."""
    version = _version(groups, name)
    if version is None or version.kind != PROFILE:
        raise Refused(
            "unknown-profile",
            message(
                "Known are: {profiles}; and those that GET /v1/profiles lists.",
                profiles=", ".join(assessing.shipped()),
            ),
        )
    return _named(groups, version)


def page(groups: Groups, *, limit: int, after: Place | None = None) -> Sequence[Named]:
    """Return profiles by their newest versions: the shipped by id, then by owner and name."""
    is_first = after is None or after[0] == BUILT_IN
    behind = after[1] if after is not None and is_first else ""
    names = [name for name in assessing.shipped() if name > behind] if is_first else []
    found = [of(groups, name) for name in names[:limit]]
    rows = groups.find(Asked(kind=PROFILE), limit=limit, after=None if is_first else after)
    own = [_named(groups, each) for each in rows if each.group != BUILT_IN]
    return [*found, *own][:limit]


def place(named: Named) -> Place:
    """Return where a page that ends with this profile ends."""
    return named.version.group, named.version.name


def name_of(version: Version) -> str:
    """Return the name under which a profile is asked for."""
    return version.name if version.group == BUILT_IN else version.reference


def _named(groups: Groups, version: Version) -> Named:
    content = groups.content(version)
    return Named(name_of(version), _parsed(content), content, version)


def _version(groups: Groups, name: str) -> Version | None:
    reference = Reference.parse(name)
    if reference is None:
        group, wanted, number = BUILT_IN, name, None
    elif reference.digest is not None:
        return groups.by_digest(reference.digest)
    else:
        group, wanted, number = reference.owner, reference.name, reference.version
    schema = groups.schema(group, wanted)
    if schema is None:
        return None
    return schema.default if number is None else schema.find(number)


@lru_cache(maxsize=64)
def _parsed(content: bytes) -> Profile:
    return profiles.parse(content)
