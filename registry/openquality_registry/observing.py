"""The observations on a record, with their figures, and with what its issuer says to them."""

from typing import Any, Final

from openquality_registry import replies
from openquality_registry.bootstrap import Parts
from openquality_registry.problems import Refused
from openquality_validator import kinds
from openquality_validator.message import message
from openquality_validator.observations import CODES, observe

MOST_REPLIES: Final = 10  # to one observation, the newest ones; look-up finds the others


def of_record(parts: Parts, digest: str) -> dict[str, Any]:
    """Compute the observations on a record of the published log, as it is now.

    Texts of replies are the issuer's: whoever shows them says so, and no model gets them. Raises
    Refused for what is no attestation in the published log.
    """
    logged = parts.folder.store.find(digest)
    if logged is None or logged.kind != kinds.ATTESTATION:
        raise Refused(
            "unknown-statement",
            message("{digest} is not an attestation in this log.", digest=digest),
        )
    size, origin = parts.published_size(), parts.folder.origin
    seen = parts.surroundings.of(logged.index)
    if logged.index >= size or seen is None:
        raise Refused(
            "outcome-unknown", message("The checkpoint that covers it is being published.")
        )
    found = observe(seen)
    named = parts.surroundings.digests({at for each in found for at in each.entries})
    said = replies.by_code(parts.surroundings.replies(digest), log=origin) if found else {}
    return {
        "digest": digest,
        "index": logged.index,
        "log": {"origin": origin, "size": size},
        "observations": [
            {
                "code": each.code,
                "sentence": CODES[each.code],
                "message": each.message,
                "claim": each.claim,
                "entries": [{"index": at, "digest": named[at]} for at in each.entries],
                "replies": said.get(each.code, [])[:MOST_REPLIES],
            }
            for each in found
        ],
    }
