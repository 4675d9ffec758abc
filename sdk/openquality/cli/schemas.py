"""The work of `openquality schema`: files in, changes, findings and an exit code out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openquality.checking import payload
from openquality.cli.output import Format, progress, say, show, show_json
from openquality.sources import expand, load
from openquality_validator import metric_sets, structure
from openquality_validator.compatibility import (
    Change,
    Compared,
    Difference,
    Direction,
    Evidence,
    Mode,
    Reading,
    Schema,
    compare,
    governed,
    judge,
    lint,
    read,
    replay,
)
from openquality_validator.compatibility.difference import ANNOTATION, natures
from openquality_validator.compatibility.metric_set import compare_metrics
from openquality_validator.compatibility.reading import parsed
from openquality_validator.engines import Engine, compiled
from openquality_validator.errors import InvalidInput, OpenQualityError
from openquality_validator.findings import Report
from openquality_validator.message import message

OK, REFUSED = 0, 1
_CATALOGUE = "catalogue.schema.json"


@dataclass(eq=False)
class NotComparable(OpenQualityError):
    """Say which file holds no schema that can be compared, and why."""

    path: Path
    reason: str

    def __str__(self) -> str:
        return message("{path}: {reason}", path=self.path, reason=self.reason)


def diff(old: Path, new: Path, *, mode: Mode, reading: Reading, form: Format) -> int:
    """Show what changed between two files; return 0 if the mode allows it, else 1."""
    catalogues = _catalogues(old, new)
    if catalogues is not None:
        found = compare_metrics(*catalogues)
    else:
        found = compare(_schema(old, "old"), _schema(new, "new"), reading=reading)
    allowed = mode.asks(found)
    if form is Format.JSON:
        head = {"v": 1, "mode": mode.value, "reading": reading.value, "compatible": allowed}
        show_json({**head, **found.to_json()})
    else:
        for line in lines(found):
            show(line)
    say(_summary(found))
    say(_verdict(mode, reading, allowed=allowed))
    return OK if allowed else REFUSED


def check(
    new: Path,
    against: Sequence[Path],
    *,
    mode: Mode,
    reading: Reading,
    namespace: str | None,
    records: Sequence[Path],
    form: Format,
) -> int:
    """Show what stands against publishing a schema; return 0 if nothing does, else 1."""
    data = new.read_bytes()
    compared: tuple[Compared, ...] = ()
    evidence = None
    is_set = _is_set(new)
    if is_set:
        if records:
            raise NotComparable(new, message("Measurements are checked by validate --schema."))
        report, compared = _checked_set(new, against, mode=mode, namespace=namespace)
    else:
        report = lint(data, namespace=namespace)
    if report.valid and not is_set:
        released = {str(path): _schema(path, "old") for path in against}
        compared = judge(_schema(new, "new"), released, mode=mode, reading=reading)
        if records:
            evidence = _replayed(new, against, records)
    allowed = all(each.compatible for each in compared)
    # Lost records stand against a version only where the mode asks for them to be read.
    kept = evidence is None or evidence.holds or Direction.BACKWARD not in mode.directions
    passed = report.valid and allowed and kept
    if form is Format.JSON:
        show_json(
            {
                "v": 1,
                "mode": mode.value,
                "reading": reading.value,
                "passed": passed,
                "findings": [finding.to_json() for finding in report.findings],
                "comparisons": [
                    {"against": c.against, "compatible": c.compatible, **c.difference.to_json()}
                    for c in compared
                ],
                "records": None if evidence is None else evidence.to_json(),
            }
        )
    else:
        for line in (*findings(new, report), *_compared(compared), *_lost(evidence)):
            show(line)
    for each in compared:
        say(message("{name}: {summary}", name=each.against, summary=_summary(each.difference)))
    if evidence is not None:
        say(str(evidence))
    say(_verdict(mode, reading, allowed=passed))
    return OK if passed else REFUSED


def lines(found: Difference) -> Iterator[str]:
    """Write each change that is more than an annotation as a line."""
    for change in found.changes:
        if change.rule != ANNOTATION:
            yield message(
                "{nature:<8}  {place}: {sentence} ({rule})",
                nature=change.nature.value,
                place=_place(change),
                sentence=change.sentence,
                rule=change.rule,
            )


def _place(change: Change) -> str:
    if change.old is None or change.new is None:
        sign, at = ("+", change.new) if change.old is None else ("-", change.old)
        return f"{sign} {at or '/'}"
    if change.old == change.new:
        return f"  {change.new or '/'}"
    return f"  {change.old or '/'} -> {change.new or '/'}"


def _summary(found: Difference) -> str:
    counts = ", ".join(f"{count} {nature}" for nature, count in natures(found.changes))
    return message(
        "{counts}. The new schema reads old records: {backward}. The old schema reads new ones: "
        "{forward}.",
        counts=counts or message("no change"),
        backward=found.backward.value,
        forward=found.forward.value,
    )


def _verdict(mode: Mode, reading: Reading, *, allowed: bool) -> str:
    if allowed:
        return message("{mode}, {reading} reading: compatible.", mode=mode, reading=reading)
    return message(
        "{mode}, {reading} reading: NOT compatible. Mend what is marked, or publish it as a new "
        "major version.",
        mode=mode,
        reading=reading,
    )


def findings(path: Path, report: Report) -> Iterator[str]:
    """Write each finding as a line."""
    for finding in report.findings:
        yield message(
            "{path}{at}: {code} {text} {hint}",
            path=path,
            at=finding.pointer and f"#{finding.pointer}",
            code=finding.code,
            text=finding.message,
            hint=finding.hint,
        )


def _compared(compared: Iterable[Compared]) -> Iterator[str]:
    for each in compared:
        for line in lines(each.difference):
            yield message("{against}: {line}", against=each.against, line=line)


def _lost(evidence: Evidence | None) -> Iterator[str]:
    for each in evidence.lost if evidence is not None else ():
        what = ", ".join(f"{at or '/'} ({keyword})" for at, keyword in each.problems)
        yield message("{record}: valid no more: {what}", record=each.name, what=what)


def _replayed(new: Path, old: Sequence[Path], records: Sequence[Path]) -> Evidence:
    """Validate stored records by the new schema and those before; of no version before, by it."""
    engines = [_engine(path) for path in old]
    after = _engine(new)
    schema = str(parsed(new.read_bytes())["$id"])
    evidence = Evidence()
    with progress(None, "records") as bar:
        for each in replay(_values(records, schema), old=engines or [after], new=after):
            evidence.add(each)
            bar.advance()
    return evidence


def _engine(path: Path) -> Engine:
    try:
        return compiled(path.read_bytes())
    except ValueError as error:  # of a released one, which may hold what is refused today
        raise NotComparable(path, str(error).partition("\n")[0]) from None


def _values(paths: Iterable[Path], schema: str) -> Iterator[tuple[str, object]]:
    for path in expand(paths):
        for document in load(path):
            name = str(path) if document.line is None else f"{path}:{document.line}"
            try:
                record = payload(document).value
            except InvalidInput as error:
                raise NotComparable(Path(name), str(error)) from None
            yield from governed(name, record, schema)


def _schema(path: Path, side: str) -> Schema:
    try:
        return read(path.read_bytes(), side=side)
    except InvalidInput as error:
        raise NotComparable(path, str(error)) from None


def _is_set(path: Path) -> bool:
    try:
        return metric_sets.is_metric_set(parsed(path.read_bytes()))
    except InvalidInput:
        return False


def _checked_set(
    new: Path, against: Sequence[Path], *, mode: Mode, namespace: str | None
) -> tuple[Report, tuple[Compared, ...]]:
    """Lint a metric set, and compare it with the released versions that the mode looks at."""
    released = [path.read_bytes() for path in against]
    report = metric_sets.lint(new.read_bytes(), namespace=namespace)
    if not report.valid:
        return report, ()
    pairs = {str(path): _catalogues(path, new) for path in against}
    for name, pair in pairs.items():
        if pair is None:
            raise NotComparable(Path(name), message("This is no metric set."))
    report = metric_sets.lint(new.read_bytes(), namespace=namespace, earlier=released)
    differences = {
        name: compare_metrics(*pair)
        for name in mode.of([*pairs])
        if (pair := pairs[name]) is not None
    }
    return report, tuple(
        Compared(name, each, mode.asks(each)) for name, each in differences.items()
    )


def _catalogues(old: Path, new: Path) -> tuple[Any, Any] | None:
    """Return the values of two catalogues or sets of metrics; None if the files are none."""
    values = []
    for path in (old, new):
        try:
            value = parsed(path.read_bytes())
        except InvalidInput as error:
            raise NotComparable(path, str(error)) from None
        if not isinstance(value, dict) or "metrics" not in value or "$schema" in value:
            return None
        named = metric_sets.SCHEMA if "id" in value else _CATALOGUE
        found = structure.check_document(value, schema=named).errors
        if found:
            at = found[0].pointer or "/"
            raise NotComparable(path, f"{at}: {found[0].message} {found[0].hint}")
        values.append(value)
    return values[0], values[1]
