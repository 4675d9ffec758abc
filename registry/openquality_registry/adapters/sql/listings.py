"""Listings in SQL."""

import orjson
from sqlalchemy import Engine, Row, and_, delete, insert, intersect, select

from openquality_registry.adapters.sql.names_tables import listing_names, listings
from openquality_registry.listings import Listing, from_content, to_bytes

_LAST = "\U0010ffff"  # after every character that a token can hold
_l, _n = listings.c, listing_names.c


class SqlListings:
    """Keep listings and the words by which they are found. Safe from any thread."""

    def __init__(self, *, write: Engine, read: Engine) -> None:
        self._write = write
        self._read = read

    def add(self, listing: Listing) -> None:
        """Keep a new listing, durably."""
        row = {
            "id": listing.id,
            "entered_by": listing.entered_by,
            "entered_at": listing.entered_at,
            "content": to_bytes(listing).decode(),
        }
        tokens = [{"token": token, "listing": listing.id} for token in listing.tokens()]
        with self._write.begin() as connection:
            connection.execute(insert(listings), row)
            if tokens:
                connection.execute(insert(listing_names), tokens)

    def remove(self, identifier: str) -> Listing | None:
        """Remove a listing for good; return it, or None if there is none of this id."""
        with self._write.begin() as connection:
            row = connection.execute(select(listings).where(_l.id == identifier)).first()
            if row is None:
                return None
            connection.execute(delete(listing_names).where(_n.listing == identifier))
            connection.execute(delete(listings).where(_l.id == identifier))
        return _listing(row)

    def find(self, tokens: tuple[str, ...], *, limit: int) -> tuple[Listing, ...]:
        """Return listings that have all these beginnings of words, the newest first."""
        found = select(listings).order_by(_l.entered_at.desc(), _l.id).limit(limit)
        if tokens:
            each = [
                select(_n.listing).where(and_(_n.token >= token, _n.token < token + _LAST))
                for token in tokens
            ]
            found = found.where(_l.id.in_(each[0] if len(each) == 1 else intersect(*each)))
        with self._read.connect() as connection:
            return tuple(_listing(row) for row in connection.execute(found))


def _listing(row: Row[str, str, str, str]) -> Listing:
    return from_content(orjson.loads(row.content), row.id, row.entered_by, row.entered_at)
