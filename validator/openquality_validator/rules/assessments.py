"""What an assessment can have wrong beyond its shape: a finding for each."""

from collections.abc import Iterator, Mapping
from typing import Any

from openquality_validator.findings import Finding, Severity
from openquality_validator.message import message


def check(credential: Mapping[str, Any]) -> Iterator[Finding]:
    """Find what is wrong with a structurally valid `QualityAssessment`."""
    subject = credential["credentialSubject"]
    start, end = subject["period"]["start"], subject["period"]["end"]
    if not start <= end <= credential["validFrom"][: len(end)]:
        yield Finding(
            "Z220",
            Severity.ERROR,
            "/credentialSubject/period",
            message(
                "The days {start} to {end} do not come before the signing.", start=start, end=end
            ),
            message("State the days on which was assessed, in their order."),
        )
    seen = set()
    for at, each in enumerate(subject.get("findings", ())):
        if each["criterion"] in seen:
            yield Finding(
                "Z221",
                Severity.ERROR,
                f"/credentialSubject/findings/{at}/criterion",
                message("{criterion} is answered twice.", criterion=each["criterion"]),
                message("Answer each criterion once: of two answers nobody knows which counts."),
            )
        seen.add(each["criterion"])
    sampling = subject.get("sampling", {})
    if sampling.get("n", 0) > sampling.get("population", sampling.get("n", 0)):
        yield Finding(
            "Z222",
            Severity.ERROR,
            "/credentialSubject/sampling/n",
            message("More were looked at than there are."),
            message("State how many there are in all as `population`."),
        )
