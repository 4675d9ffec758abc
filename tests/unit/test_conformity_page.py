"""The worked year of the specification is what following its log gives."""

import doctest
import json
from pathlib import Path

from conforming import Log, deviations, on_time, promise
from fenced_blocks import blocks

PAGE = Path(__file__).parents[2] / "docs/spec/conformity.md"


def test_the_worked_year_gives_the_deviations_that_the_page_lists() -> None:
    text = PAGE.read_text(encoding="utf-8")
    (steps,), (expected,) = (
        map(json.loads, blocks(text, f"json {name}")) for name in ("steps", "deviations")
    )
    log = Log()
    for step in steps:
        if "promise" in step:
            start, end, objective, days = step["promise"]
            window = {"amount": days, "unit": "d"}
            log.attest(step["on"], promise(start, end, objective, window=window))
        else:
            log.attest(step["on"], on_time(*step["measured"]))
    found = [
        {
            "kind": each.kind.value,
            **({"from": each.found.detail["from"]} if each.kind == "gap" else {}),
            "opened": each.opened.day.isoformat(),
            "closed": None if each.closed is None else each.closed.day.isoformat(),
            "why": None if each.why is None else each.why.value,
        }
        for each in deviations(log, "2026-08-31")
    ]
    assert found == expected


def test_every_figure_of_the_page_comes_out() -> None:
    text = "\n".join(blocks(PAGE.read_text(encoding="utf-8"), "python"))
    page = doctest.DocTestParser().get_doctest(text, {}, "conformity.md", None, 0)
    said: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(page, out=said.append)
    assert not said
    assert result.attempted > 5
