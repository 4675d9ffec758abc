"""What the records of a log say, as W3C N-Quads that a triple store loads.

Each attestation is a graph of its own, named by the digest of its bytes (`ni:///sha-256;…`,
RFC 6920). The default graph says of each who stated it and when the log admitted it (PROV-O).
Records that were suspended, revoked or superseded are left out unless asked for. Needs the extra
`rdf`.
"""

import base64
import re
from collections.abc import Callable, Iterator, Mapping

from openquality_registry import heads
from openquality_registry.ports import Store
from openquality_registry.status import in_log, read_all
from openquality_validator import envelope, kinds, status
from openquality_validator.entry import Entry
from openquality_validator.semantics import to_nquads
from openquality_validator.status import State

CHUNK = 256
PROV = "http://www.w3.org/ns/prov#"
DATE_TIME = "http://www.w3.org/2001/XMLSchema#dateTime"
_LITERALS_APART = re.compile(r'("(?:[^"\\]|\\.)*")')
_BLANK = re.compile(r"_:b(\d+)")


def graph_name(digest: str) -> str:
    """Return the IRI of a statement's graph (RFC 6920, section 3)."""
    raw = bytes.fromhex(digest.removeprefix("sha256:"))
    return f"ni:///sha-256;{base64.urlsafe_b64encode(raw).rstrip(b'=').decode()}"


def nquads(
    store: Store,
    *,
    origin: str,
    operator: str,
    with_withdrawn: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> Iterator[str]:
    """Yield the quads of each attestation of a log, in its order, streaming.

    `operator` is the did:key of the registry, whose word on a record counts beside its issuer's.
    """
    size = store.state().size
    for start in range(0, size, CHUNK):
        stop = min(size, start + CHUNK)
        pairs = zip(store.entries(start, stop), store.statements(start, stop), strict=True)
        for index, (data, statement) in enumerate(pairs, start):
            entry = Entry.from_bytes(data)
            if entry.kind != kinds.ATTESTATION:
                continue
            if with_withdrawn or _is_active(store, entry, origin, operator):
                yield _quads(index, entry, statement)
        progress(stop - start)


def _quads(index: int, entry: Entry, statement: bytes) -> str:
    name = graph_name(entry.digest)
    value = envelope.credential(envelope.parse_envelope(statement).payload).value
    lines = [
        f"<{name}> <{PROV}wasAttributedTo> <{entry.issuer}> .\n",
        f'<{name}> <{PROV}generatedAtTime> "{entry.admitted_at}"^^<{DATE_TIME}> .\n',
    ]
    said = to_nquads(value).splitlines()
    lines += [f"{_of_record(line, index).removesuffix(' .')} <{name}> .\n" for line in said]
    return "".join(lines)


def _of_record(line: str, index: int) -> str:
    """Give the blank nodes of a record names that no other record has."""
    parts = _LITERALS_APART.split(line)
    parts[::2] = [_BLANK.sub(rf"_:r{index}b\1", part) for part in parts[::2]]
    return "".join(parts)


def _is_active(store: Store, entry: Entry, origin: str, operator: str) -> bool:
    target = status.statement_target(entry.digest)
    names = (heads.status(target), heads.successor(entry.digest))
    found: Mapping[str, str] = store.heads(names)
    if names[1] in found:
        return False
    if names[0] not in found:
        return True
    events = in_log(read_all(store.status_statements(target)), log=origin)
    states = status.derive(target, events, log=origin)
    return states.worst({entry.issuer, operator}.__contains__) is State.ACTIVE
