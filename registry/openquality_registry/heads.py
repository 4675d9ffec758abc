"""The heads that statements move, by name: where several may write, only one comes first.

    status:<target key>     digest of the newest status statement for the target, also if it was
                            said in a former log whose entries this one goes on with
    successor:<digest>      digest of the attestation that supersedes this one
    did:<did>               version of the newest key event of the issuer
    hosted:<name>           the issuer that this registry hosts under the name
    place:<list>/<index>    who reserved a place in a status list, then what took it (`places.py`)
    schema:<uri>            digest of the newest publication of a schema
    schema-name:<did>/<name>   the URI of the schema that an owner published under a name
    case:<target key>       digest of the newest measure about a target that answers another one
    policy                  the admission policy, as JSON; set by an operator

Whoever prepares a statement reads a head and expects it; the sequencer, which alone writes,
compares at the commit. So the order of the log and the order of each chain agree.
"""

NONE = ""

POLICY = "policy"


def status(target: str) -> str:
    """Name the head of a target's status chain; `target` is a key such as `statement:sha256:…`."""
    return f"status:{target}"


def successor(digest: str) -> str:
    """Name the head that holds the one successor of a statement."""
    return f"successor:{digest}"


def issuer(did: str) -> str:
    """Name the head of an issuer's key events."""
    return f"did:{did}"


def case(target: str) -> str:
    """Name the head of what was answered in the case of a certificate or a record."""
    return f"case:{target}"


def schema(identifier: str) -> str:
    """Name the head of the chain of a schema's publications."""
    return f"schema:{identifier}"


def schema_name(owner: str, name: str) -> str:
    """Name the head that holds the URI of an owner's schema."""
    return f"schema-name:{owner}/{name}"


def hosted(name: str) -> str:
    """Name the head that holds the issuer hosted under a name."""
    return f"hosted:{name}"
