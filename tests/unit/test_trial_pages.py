"""What a trial page says of ourselves stays what the tests prove."""

import re
from pathlib import Path

import seeded_errors

PAGE = Path(__file__).parents[2] / "docs" / "trials" / "2026-11-seeded-errors.md"


def test_the_page_of_seeded_errors_counts_the_corpus_as_it_is() -> None:
    corpus = seeded_errors.corpus()
    files, errors = len(corpus), sum(len(each.found) for each in corpus)
    rows = re.findall(
        r"^\| ([\w-]+) \| (\d+) of (\d+) \| (\d+) of (\d+) \| (\d+) of (\d+) \|$",
        PAGE.read_text(),
        re.MULTILINE,
    )
    totals = {
        tuple(map(int, (refused, placed, valid))) for _, _, refused, _, placed, _, valid in rows
    }

    assert [row[0] for row in rows] == ["openquality", "check-jsonschema", "frictionless"]
    assert totals == {(files, errors, files)}
    # test_seeded_errors.py holds our command to exactly this.
    assert rows[0][1:] == (str(files), str(files), str(errors), str(errors), "0", str(files))
