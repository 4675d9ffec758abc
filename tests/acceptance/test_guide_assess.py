"""The pages on profiles: every shown run is made, and the worked profile judged."""

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from profiles_at_work import AS_OF, FOLDER, held, reasons, records, states

import openquality_schemas
from openquality_validator import profiles

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/guide/assess.md").read_text("utf-8")
SPEC = (ROOT / "docs/spec/profile.md").read_text("utf-8")
SHOWN = re.findall(r"```console\n\$ (.*?)\n(.*?)```", GUIDE, re.DOTALL)
EXAMPLES = "quality-management"


@pytest.mark.parametrize(("command", "output"), SHOWN, ids=["in-time", "a-year-later"])
def test_what_the_guide_shows_is_what_is_said(
    run: Callable[..., Any], machine: Path, command: str, output: str
) -> None:
    shutil.copytree(FOLDER / EXAMPLES, machine / EXAMPLES)
    program, *arguments = shlex.split(command)

    assert program == "openquality"
    assert run(*arguments).out == output


def test_every_command_of_the_guide_has_options_that_exist(run: Callable[..., Any]) -> None:
    known = run("assess", "--help").out
    for option in re.findall(r"(?<!`)--[a-z-]+", GUIDE):
        assert option in known


def test_the_worked_profile_blocks_at_enough_points() -> None:
    (text,) = re.findall(r"```json profile\n(.*?)```", SPEC, re.DOTALL)
    profile = profiles.parse(text.encode())
    given = records("supplier-onboarding-basic")
    subject = given[0]["credentialSubject"]["id"]

    whole = profiles.evaluate(profile, map(held, given), subject=subject, as_of=AS_OF)
    assert (whole.points, whole.blocked_by) == (100, ())

    found = profiles.evaluate(profile, map(held, given[:1]), subject=subject, as_of=AS_OF)
    assert (found.points, found.level, found.blocked_by) == (70, None, ("recall",))
    assert states(found) == {"delivery": "passed", "recall": "missing"}
    assert reasons(found, "recall") == ("nothing",)


def test_the_page_lists_the_shipped_profiles_with_their_schemes() -> None:
    rows = dict(re.findall(r"^\| `([a-z0-9-]+)` \| .* \| `([A-Z0-9-]+)` \|$", SPEC, re.MULTILINE))

    assert rows == {
        name: profiles.parse(openquality_schemas.profile(name)).scheme
        for name in openquality_schemas.profiles()
    }


def test_the_page_explains_every_reason_and_member() -> None:
    source = ROOT / "validator/openquality_validator/profiles"
    said = set(re.findall(r"`([A-Za-z]+)(?::[A-Z]+)?`", SPEC))
    judges = ("metrics", "certificates", "claims", "answers", "judged", "evaluate")
    written: set[str] = set()
    for name in judges:
        code = (source / f"{name}.py").read_text("utf-8")
        found = re.findall(r'(?:missing|failed|stale|yield|WITHDRAWN =)\(?\s*f?"([A-Za-z]+)', code)
        written.update(found)

    assert written
    assert written <= said
    schema = openquality_schemas.read("profile.schema.json", version="1.1-draft.1")
    for member in re.findall(rb'^    "([a-zA-Z]+)": \{$', schema, re.MULTILINE):
        name = member.decode()
        assert name in said or name[0].isupper()
