"""Look-up: every statement about a subject or by an issuer, in log order."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import TextClause, select, text

from openquality_registry.adapters.sql.store import SqlStore
from openquality_registry.adapters.sql.tables import entries
from openquality_registry.problems import Refused
from openquality_validator import documents
from openquality_validator import subjects as subject_keys
from openquality_validator.errors import MalformedDocument
from openquality_validator.findings import Finding, Severity, escape
from openquality_validator.message import join, message

MAX_KEYS = 100
MAX_KEY = 2_048  # the longest identifier that a statement may hold
MAX_LIMIT = 1_000
DEFAULT_LIMIT = 100
MEMBERS = {"subjects", "issuers", "limit", "cursor", "atCheckpoint"}


@dataclass(frozen=True, slots=True)
class Lookup:
    """Hold a look-up: subject keys as in the log, issuers, and one page of the answer.

    The page starts behind the log index `after`; `size` is the log's size for all pages: that of
    the checkpoint asked at, else None for the first page, which takes the published one.
    """

    subjects: tuple[str, ...]
    issuers: tuple[str, ...]
    limit: int
    after: int = -1
    size: int | None = None

    @classmethod
    def from_json(cls, question: Mapping[str, Any]) -> "Lookup":
        """Read a look-up, or raise Refused with a finding for the first mistake."""
        for name in sorted(question.keys() - MEMBERS):
            raise _refused(
                f"/{escape(name)}", message("There is no such member."), message("Leave it out.")
            )
        limit = question.get("limit", DEFAULT_LIMIT)
        if type(limit) is not int or not 1 <= limit <= MAX_LIMIT:
            raise _refused(
                "/limit",
                message("The limit is no such number."),
                message("Give 1 to {max_limit}.", max_limit=MAX_LIMIT),
            )
        about = _texts(question, "subjects")
        issuers = _texts(question, "issuers")
        if not 1 <= len(about) + len(issuers) <= MAX_KEYS:
            raise _refused(
                "",
                message(
                    "The question names {count} subjects and issuers.",
                    count=len(about) + len(issuers),
                ),
                message("Name 1 to {max_keys}.", max_keys=MAX_KEYS),
            )
        keys = sorted({subject_key(text) for text in about})
        size = _size(question["atCheckpoint"]) if "atCheckpoint" in question else None
        first = cls(tuple(keys), tuple(sorted(set(issuers))), limit, size=size)
        return first._at(question["cursor"]) if "cursor" in question else first

    def cursor(self, after: int, size: int) -> str:
        """Write where the next page starts."""
        data = orjson.dumps([self._fingerprint(), after, size])
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    def _at(self, cursor: object) -> "Lookup":
        try:
            padded = str(cursor) + "=" * (-len(str(cursor)) % 4)
            found = documents.parse(base64.b64decode(padded, altchars=b"-_", validate=True))
            fingerprint, after, size = found
            right = fingerprint == self._fingerprint() and 0 <= after < size
            right = right and self.size in {None, size}
        except (binascii.Error, MalformedDocument, TypeError, ValueError):
            right = False
        if not right:
            raise _refused(
                "/cursor",
                message("The cursor does not continue this question."),
                message(
                    "Repeat the question of the first page with the `next` of the page before."
                ),
                code="Q009",
            )
        return replace(self, after=after, size=size)

    def _fingerprint(self) -> str:
        asked = documents.canonical([self.subjects, self.issuers])
        return sha256(asked).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Page:
    """Hold one page: (log index, entry bytes) in order, and whether more follow."""

    items: tuple[tuple[int, bytes], ...]
    more: bool


def subject_key(text: str) -> str:
    """Return the log's key that a subject's name stands for.

    A URL or DID gives its own key; of `scheme:value` the value is brought into its normal
    spelling. A Digital Link is asked for as the link itself, not also as its GTIN.
    """
    scheme, colon, value = text.partition(":")
    if text.startswith(("did:", "uri:")):
        return text
    if "://" in text or not colon:
        return next(iter(subject_keys.id_keys(text)))
    return subject_keys.identifier_key(scheme, value)


def page(store: SqlStore, lookup: Lookup, *, size: int) -> Page:
    """Read one page of the log of `size` entries."""
    bounds = {"after": lookup.after, "size": size, "wanted": lookup.limit + 1}
    keys = {f"key{n}": key for n, key in enumerate(lookup.subjects)}
    dids = {f"did{n}": did for n, did in enumerate(lookup.issuers)}
    with store.read.connect() as connection:
        found = connection.execute(_query(len(keys), len(dids)), bounds | keys | dids).scalars()
        unique = sorted(set(found))
        shown = unique[: lookup.limit]
        rows = connection.execute(
            select(entries.c.log_index, entries.c.entry)
            .where(entries.c.log_index.in_(shown))
            .order_by(entries.c.log_index)
        ).all()
    return Page(tuple((row.log_index, row.entry) for row in rows), len(unique) > len(shown))


@cache
def _query(keys: int, issuers: int) -> TextClause:
    """Ask for so many keys and issuers at once, of each no more than a page can hold.

    As text: SQLAlchemy's part of a hundred small queries takes longer than theirs.
    """
    parts = [_OF_KEY.format(n) for n in range(keys)] + [
        _OF_ISSUER.format(n) for n in range(issuers)
    ]
    return text(" UNION ALL ".join(parts))


# Numbers alone are written into these.
_OF_KEY = (
    "SELECT log_index FROM (SELECT log_index FROM subjects WHERE key = :key{}"
    " AND log_index > :after AND log_index < :size ORDER BY log_index LIMIT :wanted) AS found"
)
_OF_ISSUER = (
    "SELECT log_index FROM (SELECT log_index FROM entries WHERE issuer = :did{}"
    " AND log_index > :after AND log_index < :size ORDER BY log_index LIMIT :wanted) AS found"
)


def _size(asked: object) -> int:
    """Read `{"size": …}`, the checkpoint at which a look-up is asked."""
    match asked:
        case {"size": int(size), **more} if not more and size > 0 and not isinstance(size, bool):
            return size
    raise _refused(
        "/atCheckpoint", message("This names no checkpoint."), message('Write {"size": 7}.')
    )


def _texts(question: Mapping[str, Any], name: str) -> Sequence[str]:
    value = question.get(name, [])
    if not isinstance(value, list):
        raise _refused(
            f"/{name}", message("This is not a list."), message("Write a list of texts.")
        )
    for at, item in enumerate(value):
        if not isinstance(item, str) or not 1 <= len(item) <= MAX_KEY:
            raise _refused(
                f"/{name}/{at}",
                message("This is not an identifier."),
                message("Write 1 to {max_key} characters.", max_key=MAX_KEY),
            )
    return value


def _refused(pointer: str, message: str, hint: str, *, code: str = "Q011") -> Refused:
    finding = Finding(code, Severity.ERROR, pointer, message, hint)
    return Refused("invalid-question", join(" ", (message, hint)), (finding,))
