"""The report on a decision log as rows of text, for the terminal and the page."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

UNKNOWN: Final = "not known"
Lines = list[tuple[str, str]]


def rows(measured: Mapping[str, Any]) -> Iterator[tuple[str, Lines]]:
    """Yield each part of the report: its title, and names with values."""
    executed = measured["executed"]
    yield (
        "Decisions",
        [
            ("proposed", str(measured["decisions"])),
            *_counts("now", measured["byStatus"]),
            ("executed", str(executed["count"])),
            *_counts("executed", executed["byCompliance"]),
            ("attempts refused", str(measured["refusedAttempts"])),
        ],
    )
    review = measured["humanReview"]
    yield (
        "Human review",
        [
            ("offered", _share(review["offered"])),
            ("used", _share(review["used"])),
            ("used where offered", _share(review["usedWhereOffered"])),
        ],
    )
    yield "Suppliers of executed decisions", list(_suppliers(measured))
    incidents = measured["incidents"]
    yield (
        "Incidents",
        [
            ("all", str(incidents["count"])),
            ("stated in time", str(incidents["statedInTime"])),
            ("statement overdue", str(incidents["overdue"])),
            ("resolved", str(incidents["resolved"])),
            ("median hours to resolution", incidents["medianHoursToResolution"] or "—"),
        ],
    )
    again = measured["reconstruction"]
    yield (
        "Reconstruction of decisions",
        [
            *_counts("ranking", again["byResult"]),
            ("median seconds", again["medianSeconds"] or "—"),
            ("greatest seconds", again["greatestSeconds"] or "—"),
        ],
    )
    tests = measured["overrideTests"]
    yield (
        "Override tests",
        [
            ("passed of all", f"{tests['passed']} of {tests['count']}"),
            ("last", tests["last"] or "never"),
        ],
    )


def _suppliers(measured: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    named = {"small": "small", "local": "local", "smallOrLocal": "small or local"}
    for name, title in named.items():
        shares = measured["suppliers"][name]
        yield f"{title}, by count", _share(shares["byCount"])
        for currency, share in shares["byValue"].items():
            yield f"{title}, by value in {currency}", _percent(share)
    for currency, found in measured["diversity"].items():
        index = found["index"] or "—"
        yield f"diversity index in {currency}", f"{index} over {found['suppliers']} supplier(s)"


def _counts(prefix: str, counts: Mapping[str, int]) -> Lines:
    return [(f"{prefix}: {name}", str(count)) for name, count in counts.items()]


def _share(share: Mapping[str, Any]) -> str:
    unknown = f", {share['unknown']} {UNKNOWN}" if share["unknown"] else ""
    return f"{share['part']} of {share['whole']} ({_percent(share['share'])}){unknown}"


def _percent(share: str | None) -> str:
    return "—" if share is None else f"{float(share) * 100:.1f} %"
