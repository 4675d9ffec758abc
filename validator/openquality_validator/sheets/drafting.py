"""One record from its rows: the supplier's, its own, and those of its claims and evidence."""

from typing import Any, Final

from openquality_schemas import ATTESTATION_ID
from openquality_validator.findings import Finding
from openquality_validator.sheets import astray
from openquality_validator.sheets.deriving import UNKNOWN, URN, record_id, subject_id, with_id
from openquality_validator.sheets.layout import CLAIM, Row
from openquality_validator.sheets.marker import Marker
from openquality_validator.sheets.row_reading import Line, Reader, Span

_CONTEXT: Final = ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/openquality/v1"]
_TYPES: Final = ["VerifiableCredential", "QualityAttestation"]
_SUBJECT: Final = "/credentialSubject"


class Draft:
    """Build one record from its rows."""

    def __init__(self, reader: Reader, pins: Marker) -> None:
        self._reader = reader
        self.record: dict[str, Any] = {
            "@context": _CONTEXT,
            "id": UNKNOWN,
            "type": _TYPES,
            "issuer": {},
            "credentialSchema": {
                "id": ATTESTATION_ID,
                "type": "JsonSchema",
                "digestSRI": pins.digest,
            },
            "catalogueVersion": pins.catalogue,
            "credentialSubject": {},
        }
        self.spans: list[Span] = []
        self.found = list[Finding]()

    def apply(self, line: Line, target: dict[str, Any], prefix: str) -> None:
        """Put a row into a part of the record."""
        span, found = self._reader.apply(line, target, prefix, self._named)
        self.spans.append(span)
        self.found += found

    def _named(self, name: str) -> str:
        return f"{self.record['id']}#{name}"

    def add(self, lines: list[Line]) -> None:
        """Put the rows of claims, then of what belongs to them, then of evidence."""
        claims: list[dict[str, Any]] = []
        by_name: dict[str, int] = {}
        for line in (each for each in lines if each.sheet.table.row is Row.CLAIM):
            self._claim(line, claims, by_name)
        for line in (each for each in lines if each.sheet.table.row is Row.PART):
            self._part(line, claims, by_name)
        if claims:
            self.record["credentialSubject"]["claims"] = claims
        evidence: list[dict[str, Any]] = []
        for line in (each for each in lines if each.sheet.table.row is Row.EVIDENCE):
            evidence.append({})
            self.apply(line, evidence[-1], f"/evidence/{len(evidence) - 1}")
        if evidence:
            self.record["evidence"] = evidence

    def _claim(self, line: Line, claims: list[dict[str, Any]], by_name: dict[str, int]) -> None:
        name = line.text(CLAIM)
        if name and name in by_name:
            self.found.append(astray.same_claim(line, name))
        by_name.setdefault(name, len(claims))
        is_whole = name.startswith(URN)
        identifier = name if is_whole else self._named(name) if name else ""
        claim: dict[str, Any] = {"id": identifier, "type": line.sheet.table.type}
        prefix = f"{_SUBJECT}/claims/{len(claims)}"
        claims.append(claim)
        self.apply(line, claim, prefix)
        if (at := line.sheet.places.get(CLAIM.pointer)) is not None:
            self.spans[-1].columns["/id"] = at

    def _part(self, line: Line, claims: list[dict[str, Any]], by_name: dict[str, int]) -> None:
        table = line.sheet.table
        holder, prefix = self.record, ""
        if not table.of_record:
            name = line.text(CLAIM)
            at = by_name.get(name) if name or len(claims) > 1 else 0 if claims else None
            if at is None or (not name and len(claims) > 1):
                self.found.append(astray.no_claim(line, name, by_name))
                return
            holder, prefix = claims[at], f"{_SUBJECT}/claims/{at}"
        for token in table.place[:-1]:
            holder = holder.setdefault(token, {})
        prefix += "".join(f"/{token}" for token in table.place)
        items: list[dict[str, Any]] = holder.setdefault(table.place[-1], [])
        items.append({})
        self.apply(line, items[-1], f"{prefix}/{len(items) - 1}")

    def finished(self) -> dict[str, Any]:
        """Return the record with the ids that its rows left open."""
        subject = self.record["credentialSubject"]
        if "id" not in subject and (derived := subject_id(self.record)) is not None:
            subject["id"] = derived
        claims = subject.get("claims", ())
        taken = {each["id"] for each in claims}
        names = (
            name
            for n in range(1, 2 + 2 * len(claims))
            if (name := self._named(f"c{n}")) not in taken
        )
        for each in claims:
            each["id"] = each["id"] or next(names)
        if not self.record["issuer"]:
            del self.record["issuer"]
        # As people expect to read it: what the subject is, then the claims.
        if claims:
            subject["claims"] = subject.pop("claims")
        known = self.record["id"]
        identifier = known if known != UNKNOWN else record_id(self.record)
        whole: dict[str, Any] = with_id(self.record, identifier)
        return whole
