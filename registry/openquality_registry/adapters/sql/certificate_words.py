"""Which words take the certificate of a row of `certificates` back, in SQL.

The rule is `certification.counts`: the word of whoever signed the claim, of the certifier that the
claim names, of those listed for the scheme. So does that of whoever speaks without having issued
the certificate in a record: nobody else than the operator and listed issuers could have said it.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, or_, true

from openquality_registry.adapters.sql.fact_tables import certificate_words
from openquality_registry.adapters.sql.index_tables import certificates
from openquality_validator.status import Voice

_WITHDRAW = (Voice.SUSPENDED.value, Voice.REVOKED.value)


def withdrawn(
    listed: Sequence[str], *, origin: str | None, size: int | None = None
) -> ColumnElement[bool]:
    """Ask whether a row's certificate is suspended or revoked by a voice that counts for it.

    `listed` are the DIDs of the reader's list for its scheme; `origin` is the log in which words
    count, None for any; `size` that of the log that is looked at.
    """
    c = certificates.c
    word, later, own = certificate_words.alias(), certificate_words.alias(), certificates.alias()
    w = word.c
    below = true() if size is None else w.log_index < size
    said_later = exists().where(
        later.c.key == w.key,
        later.c.issuer == w.issuer,
        later.c.log == w.log,
        later.c.log_index > w.log_index,
        true() if size is None else later.c.log_index < size,
    )
    has_issued = exists().where(
        own.c.key == w.key, own.c.issuer == w.issuer, own.c.log_index < w.log_index, own.c.assessor
    )
    return exists().where(
        w.key == c.key,
        true() if origin is None else w.log == origin,
        below,
        w.word.in_(_WITHDRAW),
        ~said_later,
        or_(w.issuer == c.issuer, w.issuer == c.certifier, w.issuer.in_(listed), ~has_issued),
    )
