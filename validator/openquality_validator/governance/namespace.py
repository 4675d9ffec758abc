"""The names that an identity may give: below its DID, and below the address where it stands.

    did:key:z6Mk…                  did:key:z6Mk…/
    did:web:buyer.example          did:web:buyer.example/ and https://buyer.example/
    did:webvh:<SCID>:a.example:b   did:webvh:<SCID>:a.example:b/ and https://a.example/b/

A name with a fragment, a percent sign, a backslash, or a segment `.` or `..` is in no namespace:
programs read such names differently, and what follows `#` names a metric of a set.
"""

from openquality_validator.compatibility.linting import is_inside
from openquality_validator.errors import IdentityError
from openquality_validator.identity import address

_FILE = "x"  # of the address of some file beside the identity's own, which is cut off again


def of(did: str) -> tuple[str, ...]:
    """Return the namespaces of an identity; each ends with a slash."""
    own = f"{did}/"
    try:
        found = address.parse(did)
    except IdentityError:
        return (own,)  # a did:key, which stands nowhere
    beside = found.url(_FILE).removesuffix(_FILE)
    return own, beside if found.path else beside.removesuffix(".well-known/")


def holds(did: str, name: str) -> bool:
    """Tell whether an absolute name is one that this identity may give."""
    return "#" not in name and any(is_inside(name, each) for each in of(did))
