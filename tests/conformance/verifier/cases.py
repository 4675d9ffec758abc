"""The cases: one defect each, beside what passes. The names and outcomes are the specification's.

docs/spec/bundle.md says what each step asks for.
"""

import base64
import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import make_cases as t
import rfc8785
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from make_cases import Case, World, logged_record, m

SIGNED = t.signed(t.record())
NAME = m.digest(SIGNED.encode())


def cases() -> Iterator[Case]:
    """Yield every case."""
    yield from form()
    yield from statements()
    yield from extensions()
    yield from signatures()
    yield from entries()
    yield from checkpoints()
    yield from views()
    yield from witnesses()
    yield from clocks()
    yield from standings()
    yield from identities()


def altered(path: str, value: Any, world: World | None = None) -> dict[str, Any]:
    """Change one member of the untouched bundle."""
    bundle = (world or logged_record()).bundle(4)
    *parents, last = path.split("/")
    place: Any = bundle
    for name in parents:
        place = place[int(name) if name.isdigit() else name]
    if value is ...:
        del place[last]
    else:
        place[int(last) if last.isdigit() else last] = value
    return bundle


def form() -> Iterator[Case]:
    """Break the form of the file (step 1)."""
    world = logged_record()
    bundle = world.bundle(4)
    data = rfc8785.dumps(bundle)
    proof = bundle["log"]["inclusionProof"]
    yield Case("untouched", "A record, its entry, a proof and a signed checkpoint.", bundle)
    for name, says, value in (
        ("malformed-json_fail", "The last brace is missing.", data[:-1]),
        ("not-utf8_fail", "A byte that is no UTF-8.", data.replace(b'"v":1', b'"v\xff":1')),
        (
            "not-canonical_fail",
            "A space after a colon: the file has one spelling.",
            data.replace(b'"v":1', b'"v": 1'),
        ),
        ("duplicate-member_fail", "A member stands twice.", data.replace(b'"v":1', b'"v":1,"v":1')),
        ("trailing-newline_fail", "A newline after the last brace.", data + b"\n"),
    ):
        yield Case(name, says, value, step="read")
    for name, says, path, value in (
        ("unknown-version_fail", "The version is 2.", "v", 2),
        ("unknown-member_fail", "A member that no version knows.", "note", "trust me"),
        ("missing-entry_fail", "The entry is left out.", "entry", ...),
        ("negative-index_fail", "The index is -1.", "log/index", -1),
        ("fractional-index_fail", "The index is a text.", "log/index", "4"),
        ("bad-base64_fail", "A hash of the proof is not base64.", "log/inclusionProof/0", "?" * 44),
        ("spare-bits_fail", "A hash in a second spelling: its spare bits are set.", "log/inclusionProof/0", proof[0][:42] + chr(ord(proof[0][42]) + 1) + "="),
        ("short-hash_fail", "A hash of 31 bytes.", "log/inclusionProof/0", base64.b64encode(bytes(31)).decode()),
        ("schemas-of-its-own_fail", "The bundle brings a schema that nobody judged.", "schemas", ["{}"]),
        ("checkpoint-without-signature_fail", "The checkpoint's signature line is cut off.", "log/checkpoint", bundle["log"]["checkpoint"].partition("\n—")[0]),
        ("checkpoint-size-with-zero_fail", "The size is written 07.", "log/checkpoint", bundle["log"]["checkpoint"].replace("\n7\n", "\n07\n")),
        ("entry-not-canonical_fail", "The entry has a space.", "entry", bundle["entry"].replace('"v":1', '"v": 1')),
        ("anchor-without-checkpoint_fail", "An anchor lacks its checkpoint.", "anchors", [{"inclusionProof": []}]),
    ):  # fmt: skip
        yield Case(name, says, altered(path, value), step="read")


def statements() -> Iterator[Case]:
    """Put another statement, or one that breaks the profile, in its place (steps 2, 3, 6)."""
    other = t.renamed(t.record(), 1)
    yield Case(
        "changed-statement_fail",
        "The statement is of the same issuer and another than the entry names.",
        altered("statement", t.signed(other)),
        step="digest",
    )
    yield Case(
        "entry-of-another-record_fail",
        "The entry beside the statement is the log's next one.",
        altered("entry", logged_record().data[5].decode()),
        step="digest",
    )
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": m.b64url(m.public(t.ISSUER))}
    for name, says, header in (
        ("wrong-typ_fail", "typ is JWT.", {"typ": "JWT"}),
        ("wrong-cty_fail", "cty is JSON.", {"cty": "json"}),
        ("critical-header_fail", "crit names an extension.", {"crit": ["b64"], "b64": False}),
        ("key-in-header_fail", "The header brings its own key.", {"jwk": jwk}),
        ("key-address-in-header_fail", "The header points to a key.", {"jku": "https://a.example"}),
        ("algorithm-none_fail", "alg is none.", {"alg": "none"}),
        ("algorithm-hmac_fail", "alg is HS256.", {"alg": "HS256"}),
        ("kid-without-fragment_fail", "kid is a DID, not a DID URL.", {"kid": t.DID}),
        ("kid-no-did_fail", "kid is an address.", {"kid": "https://a.example#key"}),
    ):
        made = t.signed(t.record(), **header)
        yield Case(name, says, logged_record(made).bundle(4), step="header")
    yield Case(
        "wrapped-in-vc_fail",
        "The credential stands in a vc claim, as data model 1.1 had it.",
        logged_record(t.signed({"vc": t.record(), "issuer": {"id": t.DID}})).bundle(4),
        step="key",
    )
    yield Case(
        "claim-that-disagrees_fail",
        "The JWT claim sub is not the credential's subject.",
        logged_record(t.signed(t.record(sub="did:example:other"))).bundle(4),
        step="key",
    )
    twice = json.dumps(t.record()).replace('"name": "Deliv', '"name": "A", "name": "Deliv').encode()
    yield Case(
        "duplicate-key-in-payload_fail",
        "A member of the signed credential stands twice.",
        logged_record(m.jws(twice)).bundle(4),
        step="key",
    )
    broken = t.record()
    del broken["credentialSubject"]["claims"]
    yield Case(
        "schema-broken_fail",
        "The record has no claims.",
        logged_record(t.signed(broken)).bundle(4),
        step="schema",
    )
    dated = t.record(validUntil="2026-10-01T00:00:00Z")
    yield Case(
        "rule-broken_fail",
        "The record is valid until a day before it begins.",
        logged_record(t.signed(dated)).bundle(4),
        step="schema",
    )
    yield Case(
        "another-catalogue_fail",
        "The bundle names another catalogue than the record's.",
        altered("catalogue/digest", m.digest(b"another catalogue")),
        step="schema",
    )


EXTENSION = "https://buyer.example/coating"


def extensions() -> Iterator[Case]:
    """Pin schemas of others for extensions, and bring them or not (step 6)."""

    def document(**changed: Any) -> str:
        value = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": EXTENSION,
            "type": "object",
            "properties": {"microns": {"type": "integer", "minimum": 1}},
            "required": ["microns"],
        }
        return json.dumps(value | changed, indent=1)

    def bundle(pinned: str, value: Any, *brought: str, uses: bool = True) -> dict[str, Any]:
        sri = "sha256-" + base64.b64encode(m.sha256(pinned.encode())).decode()
        record = t.record(extensionSchemas=[{"id": EXTENSION, "digestSRI": sri}])
        if uses:
            record["credentialSubject"]["extensions"] = {EXTENSION: value}
        made = logged_record(t.signed(record)).bundle(4)
        return made | {"schemas": [{"content": each} for each in brought]}

    own, fits = document(), {"microns": 12}
    slow = document(properties={"microns": {"pattern": "^(a+)+$"}})
    for name, says, value in (
        ("extension", "An extension that fits the schema it pins.", bundle(own, fits, own)),
        (
            "extension-not-fitting_fail",
            "The extension lacks a member that its schema requires.",
            bundle(own, {"grade": "fine"}, own),
        ),
        (
            "extension-schema-absent_unknown",
            "The bundle does not bring the schema, so nobody can check the extension.",
            bundle(own, fits),
        ),
        (
            "extension-schema-of-another-name_fail",
            "What is pinned names itself otherwise than the pin does.",
            bundle(other := document(**{"$id": f"{EXTENSION}2"}), fits, other),
        ),
        (
            "extension-schema-too-slow_fail",
            "The pinned schema has a pattern that takes some engines for ever.",
            bundle(slow, fits, slow),
        ),
        (
            "extension-pin-unused_fail",
            "The record pins a schema, and has no extension of it.",
            bundle(own, fits, own, uses=False),
        ),
        (
            "schema-brought-twice_fail",
            "The bundle brings the same schema twice.",
            bundle(own, fits, own, own),
        ),
        (
            "schema-nobody-pins_fail",
            "The bundle brings a schema that its record does not pin.",
            bundle(own, fits, own, document(title="Other")),
        ),
    ):
        step = "schema" if "_" in name else ""
        yield Case(name, says, value, step=step)


def signatures() -> Iterator[Case]:
    """Break keys and signatures (steps 4 and 5), in both envelopes."""
    head, body, signature = SIGNED.split(".")
    flipped = ("A" if signature[9] != "A" else "B").join((signature[:9], signature[10:]))
    yield Case(
        "signature-changed_fail",
        "One character of the signature is another.",
        logged_record(f"{head}.{body}.{flipped}").bundle(4),
        step="signature",
    )
    stranger = m.did_key(t.STRANGER)
    yield Case(
        "key-of-another_fail",
        "Signed by another issuer's key, which kid names.",
        logged_record(t.signed(t.record(), t.STRANGER)).bundle(4),
        step="key",
    )
    yield Case(
        "signed-by-another_fail",
        "kid names the issuer's key, and another key signed.",
        logged_record(t.signed(t.record(), t.STRANGER, kid=f"{t.DID}#{t.DID[8:]}")).bundle(4),
        step="signature",
    )
    yield Case(
        "fragment-of-another_fail",
        "kid is the issuer's DID with another key's fragment.",
        logged_record(t.signed(t.record(), kid=f"{t.DID}#{stranger[8:]}")).bundle(4),
        step="key",
    )
    yield Case(
        "algorithm-confusion_fail",
        "alg is ES256 and the key is Ed25519.",
        logged_record(t.signed(t.record(), alg="ES256")).bundle(4),
        step="key",
    )
    yield from p256()
    yield from small_order()
    yield from embedded()


def p256() -> Iterator[Case]:
    """ES256, where each signature has a twin."""
    key = ec.derive_private_key(int.from_bytes(t.seed("p256")) % t.NIST_ORDER, ec.SECP256R1())
    raw = key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    did = "did:key:z" + t.base58(b"\x80\x24" + raw)
    fields = {"alg": "ES256", "cty": "vc", "kid": f"{did}#{did[8:]}", "typ": "vc+jwt"}
    payload = json.dumps(t.record(did)).encode()
    signing_input = f"{m.b64url(rfc8785.dumps(fields))}.{m.b64url(payload)}"
    made = key.sign(signing_input.encode(), ec.ECDSA(SHA256(), deterministic_signing=True))
    r, s = decode_dss_signature(made)
    low = min(s, t.NIST_ORDER - s)
    for name, says, value in (
        ("es256", "A P-256 key signed, with the low s.", low),
        ("high-s_fail", "The same signature with n - s: a twin with another digest.", t.NIST_ORDER - low),
    ):  # fmt: skip
        statement = f"{signing_input}.{m.b64url(r.to_bytes(32) + value.to_bytes(32))}"
        world = logged_record(statement, issuer=did, subjects=t.subjects_of(did))
        yield Case(name, says, world.bundle(4), step="signature" if "fail" in name else "")


def small_order() -> Iterator[Case]:
    """A key with which anyone can sign anything: the neutral element, y = 1."""
    did = "did:key:z" + t.base58(b"\xed\x01" + (1).to_bytes(32, "little"))
    fields = {"alg": "EdDSA", "cty": "vc", "kid": f"{did}#{did[8:]}", "typ": "vc+jwt"}
    payload = json.dumps(t.record(did)).encode()
    # R = the neutral element, S = 0: valid for every message in a verifier that does not look.
    signature = (1).to_bytes(32, "little") + bytes(32)
    made = f"{m.b64url(rfc8785.dumps(fields))}.{m.b64url(payload)}.{m.b64url(signature)}"
    yield Case(
        "small-order-key_fail",
        "The issuer's key is a point of small order.",
        logged_record(made, issuer=did, subjects=t.subjects_of(did)).bundle(4),
        step="key",
    )


def embedded() -> Iterator[Case]:
    """A Data Integrity proof inside the credential."""
    method = f"{t.DID}#{t.DID[8:]}"
    value = t.record()
    whole = value | {"proof": t.proof(value, t.ISSUER, method)}

    def case(name: str, says: str, made: dict[str, Any], step: str = "") -> Case:
        text = json.dumps(made, ensure_ascii=False)
        return Case(name, says, logged_record(text).bundle(4), step=step)

    yield case("embedded-proof", "eddsa-jcs-2022 instead of a JWS.", whole)
    yield case(
        "embedded-proof-changed-text_fail",
        "The name was changed after signing.",
        whole | {"name": "Delivery performance of another"},
        "signature",
    )
    for name, says, change in (
        ("embedded-proof-other-suite_fail", "A suite that is not read.", {"cryptosuite": "eddsa-rdfc-2022"}),
        ("embedded-proof-other-purpose_fail", "The purpose is authentication.", {"proofPurpose": "authentication"}),
    ):  # fmt: skip
        made = value | {"proof": t.proof(value, t.ISSUER, method, **change)}
        yield case(name, says, made, "header")
    yield case(
        "embedded-two-proofs_fail", "Two proofs.", value | {"proof": [whole["proof"]] * 2}, "header"
    )
    yield case(
        "embedded-context-dropped_fail",
        "The proof covers only the first context.",
        value | {"proof": t.proof(value | {"@context": value["@context"][:1]}, t.ISSUER, method)},
        "header",
    )


def entries() -> Iterator[Case]:
    """Put the record wrongly into the log (step 7)."""
    for name, says, change in (
        ("entry-without-subjects_fail", "The entry lacks the keys by which look-up finds the record.", {"subjects": []}),
        ("entry-of-another-issuer_fail", "The entry names another issuer.", {"issuer": m.did_key(t.STRANGER)}),
        ("entry-of-another-kind_fail", "The entry says that the record is a status.", {"kind": "status"}),
    ):  # fmt: skip
        yield Case(name, says, logged_record(**change).bundle(4), step="entry")
    world = logged_record()
    proof = world.path(4)
    for name, says, path, value in (
        ("corrupted-proof_fail", "The first hash of the audit path is another.", "log/inclusionProof/0", m.b64(m.sha256(b"x"))),
        ("proof-of-another-index_fail", "The audit path is that of index 5.", "log/inclusionProof", world.path(5)),
        ("proof-too-long_fail", "The audit path has one hash too many.", "log/inclusionProof", [*proof, proof[0]]),
        ("proof-too-short_fail", "The audit path lacks its last hash.", "log/inclusionProof", proof[:-1]),
        ("other-index_fail", "The index is 5.", "log/index", 5),
        ("index-too-large_fail", "The index is the size of the tree.", "log/index", 7),
        ("index-beyond-integers_fail", "The index is 2^53 - 1.", "log/index", 2**53 - 1),
    ):  # fmt: skip
        yield Case(name, says, altered(path, value), step="entry")
    other = logged_record()
    other.entries[0] = ("x", other.entries[1][1])
    yield Case(
        "wrong-root_fail",
        "The checkpoint is signed over the root of another tree.",
        altered("log/checkpoint", other.note()),
        step="entry",
    )


def checkpoints() -> Iterator[Case]:
    """Judge who signed the checkpoint, and when (step 8)."""
    world = logged_record()
    other = world.note(None, (t.ORIGIN, t.STRANGER))
    text = world.text()
    elsewhere = m.note(text.replace(t.ORIGIN, "log.example/other"), ("log.example/other", t.LOG))
    bad = m.b64(m.key_id(t.ORIGIN, t.LOG) + bytes(64))
    unknown = m.note(text, (t.ORIGIN, t.LOG), ("someone.example", t.STRANGER))
    for name, says, checkpoint in (
        ("log-key-unknown_fail", "The checkpoint is signed by another key of the same name.", other),
        ("another-log_fail", "The checkpoint is of another log, signed with the same key.", elsewhere),
        ("log-signature-wrong_fail", "The known key's signature is all zeros.", f"{text}\n— {t.ORIGIN} {bad}\n"),
    ):  # fmt: skip
        yield Case(name, says, altered("log/checkpoint", checkpoint), step="checkpoint")
    yield Case(
        "unknown-signature-beside",
        "A signature of a key that nobody knows stands beside the log's: it is ignored.",
        altered("log/checkpoint", unknown),
    )
    no_log = t.trust()
    no_log["logs"] = []
    yield Case(
        "log-not-trusted_fail",
        "The trust file names no log.",
        world.bundle(4),
        no_log,
        step="checkpoint",
    )

    def window(**bounds: str) -> Any:
        return t.trust(log={"keys": [{"vkey": m.vkey(t.ORIGIN, t.LOG)} | bounds]})

    for name, says, bounds in (
        ("key-in-window", "The log's key is within its window.", {"validFrom": "2026-01-01T00:00:00Z", "validUntil": "2027-01-01T00:00:00Z"}),
        ("key-before-window_fail", "The window of the log's key has not begun.", {"validFrom": "2027-01-01T00:00:00Z"}),
        ("key-after-window_fail", "The entry was admitted after the log's key was retired.", {"validUntil": "2026-11-20T11:59:59Z"}),
        ("key-retired_unknown", "The log's key is retired by now, and nothing says that the checkpoint is older.", {"validUntil": "2026-11-25T00:00:00Z"}),
    ):  # fmt: skip
        yield Case(
            name,
            says,
            world.bundle(4),
            window(**bounds),
            step="" if name == "key-in-window" else "checkpoint",
        )
    authority = t.tsa.TimeAuthority()
    token = authority.token(m.sha256(text.encode()), t.tsa.MOMENT)
    pinned = [{"name": "stamp.example", "roots": [m.b64(authority.root)]}]
    yield Case(
        "key-retired-but-stamped",
        "The log's key is retired by now; a time authority saw the checkpoint before.",
        world.bundle(4, anchors=[world.anchor(4, 7, token=t.tsa.response(token))]),
        window(validUntil="2026-11-25T00:00:00Z") | {"timeAuthorities": pinned},
    )
    longer = copy.deepcopy(world)
    longer.add("statement 7")
    stamped = longer.bundle(4, anchors=[longer.anchor(4, 7, token=token)])
    yield Case(
        "key-retired-earlier-checkpoint-stamped",
        "The log's key is retired by now; an earlier checkpoint that holds the record is stamped.",
        stamped,
        window(validUntil="2026-11-25T00:00:00Z") | {"timeAuthorities": pinned},
    )
    late = authority.token(m.sha256(text.encode()), datetime(2026, 11, 26, tzinfo=UTC))
    yield Case(
        "key-retired-before-the-stamp_unknown",
        "An earlier checkpoint is stamped, and only after the log's key was retired.",
        longer.bundle(4, anchors=[longer.anchor(4, 7, token=late)]),
        window(validUntil="2026-11-25T00:00:00Z") | {"timeAuthorities": pinned},
        step="checkpoint",
    )


def views() -> Iterator[Case]:
    """Compare with a checkpoint seen before (step 9)."""
    world = logged_record()
    plain = world.bundle(4)
    consistent = {"from": 3, "proof": [m.b64(s) for s in m.subproof(3, world.data)]}
    asking = t.trust(required=["consistency"])
    fork = copy.deepcopy(world)
    fork.entries[6] = ("fork", fork.entries[5][1])
    earlier_fork = copy.deepcopy(world)
    earlier_fork.entries[1] = ("fork", earlier_fork.entries[2][1])
    longer = copy.deepcopy(world)
    longer.add("statement 7")
    wrong = consistent | {"proof": consistent["proof"][::-1]}
    proved = plain | {"consistency": consistent}
    for name, says, bundle, seen in (
        ("seen-the-same", "The verifier saw this checkpoint before.", plain, world.note()),
        ("seen-earlier", "The log continues the three entries seen before.", proved, world.note(3)),
        ("seen-nothing_unknown", "No earlier checkpoint, and consistency is required.", plain, ""),
        ("seen-larger_unknown", "The verifier saw a longer log.", plain, longer.note()),
        ("no-consistency-proof_unknown", "A shorter log was seen, and nothing proves that this one continues it.", plain, world.note(3)),
        ("consistency-from-another-size_unknown", "The proof begins at another size than was seen.", proved, world.note(2)),
        ("split-view_fail", "The verifier saw another tree of the same size.", plain, fork.note()),
        ("forked-before_fail", "The three entries seen before were others.", proved, earlier_fork.note(3)),
        ("consistency-proof-wrong_fail", "The consistency proof has its hashes in another order.", plain | {"consistency": wrong}, world.note(3)),
    ):  # fmt: skip
        step = "" if "_" not in name else "consistency"
        yield Case(name, says, bundle, asking, seen=seen, step=step)


def witnesses() -> Iterator[Case]:
    """Ask for a quorum of witnesses, and for their time (steps 8 and 10)."""
    world = logged_record()
    strict = t.trust(log={"policy": t.POLICY}, required=["anchors"])
    at = "2026-11-20T12:05:00Z"
    one = t.cosignature(world, None, "w.example/1", t.W1, at)
    two = t.cosignature(world, None, "w.example/2", t.W2, at)
    stranger = t.cosignature(world, None, "w.example/9", t.STRANGER, at)
    posing = t.cosignature(world, None, "w.example/2", t.STRANGER, at)
    future = t.cosignature(world, None, "w.example/2", t.W2, "2027-12-01T00:00:00Z")
    of_other = t.cosignature(world, 6, "w.example/2", t.W2, at)
    for name, says, lines, step in (
        ("quorum", "Two of three witnesses signed the checkpoint.", [one, two], ""),
        ("quorum-missed_unknown", "One of three witnesses signed.", [one], "checkpoint"),
        ("quorum-by-one-twice_unknown", "One witness signed twice.", [one, one], "checkpoint"),
        ("quorum-with-a-stranger_unknown", "The second witness is not in the policy.", [one, stranger], "checkpoint"),
        ("quorum-with-an-impostor_unknown", "The second line has a known name and another key.", [one, posing], "checkpoint"),
        ("cosignature-of-another-checkpoint_fail", "A known witness's line belongs to another checkpoint.", [one, of_other], "anchors"),
        ("cosignature-of-the-future_fail", "A witness signed a year from now.", [one, future], "anchors"),
    ):  # fmt: skip
        bundle = altered("log/checkpoint", world.note() + "".join(lines))
        yield Case(name, says, bundle, strict, step=step)
    # An anchor: the quorum signed an earlier checkpoint that holds the entry.
    lines = [t.cosignature(world, 6, f"w.example/{n}", w, at) for n, w in ((1, t.W1), (3, t.W3))]
    yield Case(
        "quorum-in-an-anchor",
        "Two witnesses signed a smaller tree that holds the entry already.",
        world.bundle(4, anchors=[world.anchor(4, 6, *lines)]),
        strict,
    )
    good = world.anchor(4, 6, *lines)
    other = copy.deepcopy(world)
    other.entries[0] = ("x", other.entries[1][1])
    smaller = world.anchor(3, 4)
    for name, says, anchor in (
        ("anchor-without-the-entry_fail", "The anchor's tree ends before the entry.", smaller),
        ("anchor-of-another-tree_fail", "The anchor's audit path is of another tree.", good | {"inclusionProof": other.path(4, 6)}),
        ("anchor-with-a-wrong-log-signature_fail", "The log's line in the anchor's checkpoint does not verify.", good | {"checkpoint": f"{world.text(6)}\n— {t.ORIGIN} {m.b64(m.key_id(t.ORIGIN, t.LOG) + bytes(64))}\n"}),
    ):  # fmt: skip
        yield Case(name, says, world.bundle(4, anchors=[anchor]), strict, step="anchors")
    yield Case(
        "anchor-by-an-unknown-log-key_unknown",
        "The anchor's checkpoint is signed by a log key that the verifier does not know: it counts for nothing.",
        world.bundle(
            4,
            anchors=[good | {"checkpoint": world.note(6, (t.ORIGIN, t.STRANGER)) + "".join(lines)}],
        ),
        strict,
        step="checkpoint",
    )
    yield from stamps(world)


def stamps(world: World) -> Iterator[Case]:
    """RFC 3161 tokens over a checkpoint."""
    authority, other = t.tsa.TimeAuthority(), t.tsa.TimeAuthority(name="Another clock")
    impostor = t.tsa.TimeAuthority()  # the same names over other keys
    ended = t.tsa.TimeAuthority(end=datetime(2026, 6, 1, tzinfo=UTC))
    pinned = t.trust(
        required=["anchors"],
        timeAuthorities=[{"name": "stamp.example", "roots": [m.b64(authority.root)]}],
    )
    digest = m.sha256(world.text().encode())
    good = t.tsa.response(authority.token(digest))
    wrong = t.tsa.response(authority.token(m.sha256(b"another text")))
    foreign = t.tsa.response(other.token(digest))
    posing = t.tsa.response(impostor.token(digest))
    expired = t.tsa.response(ended.token(digest))
    for name, says, token, step in (
        ("token", "A pinned time authority stamped the checkpoint.", good, ""),
        ("token-of-another-text_fail", "The pinned authority stamped something else.", wrong, "anchors"),
        ("token-of-a-stranger_unknown", "An authority that is not pinned stamped the checkpoint.", foreign, "anchors"),
        ("token-of-an-impostor_fail", "An authority with the pinned one's name and other keys stamped it.", posing, "anchors"),
        ("token-cut-short_fail", "The token lacks its last bytes.", good[:-20], "anchors"),
    ):  # fmt: skip
        bundle = world.bundle(4, anchors=[world.anchor(4, 7, token=token)])
        yield Case(name, says, bundle, pinned, step=step)
    yield Case(
        "token-by-an-expired-certificate_fail",
        "The pinned authority's certificate had ended before the token's time.",
        world.bundle(4, anchors=[world.anchor(4, 7, token=expired)]),
        pinned | {"timeAuthorities": [{"name": "stamp.example", "roots": [m.b64(ended.root)]}]},
        step="anchors",
    )


def clocks() -> Iterator[Case]:
    """Judge the record's own window, and times that cannot be (step 11)."""
    world = logged_record()
    for name, says, at in (
        ("expired_fail", "Judged after the record's end.", "2027-05-01T00:00:00Z"),
        ("admitted-in-the-future_fail", "Judged an hour before the admission.", "2026-11-20T11:00:00Z"),
    ):  # fmt: skip
        yield Case(name, says, world.bundle(4), at=at, step="status")
    later = t.signed(t.record(validFrom="2026-12-15T00:00:00Z"))
    yield Case(
        "not-valid-yet_fail",
        "Published before the record begins, and judged before it.",
        logged_record(later).bundle(4),
        step="status",
    )
    yield Case(
        "clock-a-little-behind",
        "Judged four minutes before the admission: a clock may be that wrong.",
        world.bundle(4),
        at="2026-11-20T11:56:00Z",
    )
    yield Case(
        "no-status_unknown",
        "Status is required, and the bundle has none.",
        world.bundle(4),
        t.with_status(),
        step="status",
    )


def life(*states: str, previous: list[int] | None = None, times: str = m.ADMITTED) -> Any:
    """Log a record and status statements about it; return the world and their statements."""
    world = logged_record(SIGNED)
    made: list[str] = []
    for number, state in enumerate(states):
        at = (previous or list(range(-1, len(states))))[number]
        statement = t.status(NAME, state, number, made[at] if at >= 0 else "")
        made.append(statement)
        world.add(statement, subjects=[f"statement:{NAME}"], kind="status", admitted=times)
    return world


def standing(world: World, state: str, events: list[int], **answer: Any) -> dict[str, Any]:
    part = {
        "answer": world.answer(**({"target": NAME, "state": state} | answer)),
        "events": [world.logged(index) for index in events],
    }
    return world.bundle(4, status=part)


def standings() -> Iterator[Case]:
    """Judge what the status answer and its events prove (step 11)."""
    asking = t.with_status()
    plain = life()
    suspended, back = life("suspended"), life("suspended", "reinstated")
    revoked = life("suspended", "reinstated", "revoked")
    yield Case("active", "The status says active.", standing(plain, "active", []), asking)
    yield Case(
        "reinstated",
        "Suspended, then reinstated.",
        standing(back, "active", [7, 8]),
        asking,
    )
    # The same reinstatement again, after a second suspension.
    replay = life("suspended", "reinstated", "suspended")
    again = replay.entries[8][0]
    replay.add(again, subjects=[f"statement:{NAME}"], kind="status")
    after = life("revoked", "reinstated")
    for name, says, bundle in (
        ("suspended_fail", "The issuer suspended the record.", standing(suspended, "suspended", [7])),
        ("revoked_fail", "The issuer revoked the record.", standing(revoked, "revoked", [7, 8, 9])),
        ("replayed-reinstatement_fail", "An old reinstatement is logged again after a new suspension.", standing(replay, "active", [7, 8, 9, 10])),
        ("reinstated-after-revocation_fail", "Revoked is final, and a reinstatement follows.", standing(after, "active", [7, 8])),
        ("status-hides-an-event_fail", "The answer says active, and its events say suspended.", standing(suspended, "active", [7])),
        ("status-without-its-events_fail", "The answer says suspended, and shows no event.", standing(suspended, "suspended", [])),
        ("status-of-another-record_fail", "The answer is about another record.", standing(plain, "active", [], target=m.digest(b"x"))),
        ("status-of-another-log_fail", "The answer is about another log.", standing(plain, "active", [], log="log.example/other")),
        ("status-of-another-tree_fail", "The answer is about a smaller tree.", standing(plain, "active", [], asOf={"root": m.b64(m.mth(plain.data[:6])), "size": 6, "time": "2026-11-30T00:00:00.000Z"})),
        ("status-of-the-future_fail", "The answer is of next year.", standing(plain, "active", [], asOf={"root": m.b64(m.mth(plain.data)), "size": 7, "time": "2027-06-01T00:00:00.000Z"})),
        ("status-event-not-in-the-log_fail", "An event's audit path leads nowhere.", _loose(suspended)),
        ("backdated_fail", "A later entry was admitted before the record.", standing(life("suspended", "reinstated", times="2026-11-19T00:00:00.000Z"), "active", [7, 8])),
    ):  # fmt: skip
        yield Case(name, says, bundle, asking, step="status")
    yield Case(
        "status-by-an-unknown-key_unknown",
        "The answer is signed by a key that is not in the trust file.",
        standing(plain, "active", [], secret=t.STRANGER),
        asking,
        step="status",
    )
    yield Case(
        "stale-status_unknown",
        "The status is of the day before, and an hour is the limit.",
        standing(plain, "active", []),
        asking | {"staleness": {"statusSeconds": 3600}},
        step="status",
    )
    unknown_key = {"secret": t.STRANGER}
    yield Case(
        "revoked-under-an-unknown-status-key_fail",
        "The status is signed by a stranger, and the issuer's own revocation stands in the log.",
        standing(life("revoked"), "revoked", [7], **unknown_key),
        step="status",
    )
    said = t.status(NAME, "revoked", 0)
    word = logged_record(said, subjects=[f"statement:{NAME}"], kind="status")
    yield Case("status-statement", "The bundle of a status statement itself.", word.bundle(4))
    yield from successors(asking)
    yield from voices(asking)


def _loose(world: World) -> dict[str, Any]:
    bundle = standing(world, "suspended", [7])
    bundle["status"]["events"][0]["inclusionProof"][0] = m.b64(m.sha256(b"x"))
    return bundle


def successors(asking: Any) -> Iterator[Case]:
    """Supersession."""

    def successor(number: int, secret: bytes = t.ISSUER) -> str:
        did = m.did_key(secret)
        value = t.renamed(t.record(did, supersedes=NAME), number)
        return t.signed(value, secret)

    def after(*statements: str, issuer: str = t.DID) -> World:
        world = logged_record(SIGNED)
        for statement in statements:
            world.add(statement, issuer=issuer, subjects=t.subjects_of(issuer))
        return world

    one, two = successor(1), successor(2)
    name = m.digest(one.encode())
    yield Case(
        "superseded_fail",
        "A later record of the issuer takes the place of this one.",
        standing(after(one), "superseded", [7], successor=name),
        asking,
        step="status",
    )
    yield Case(
        "successor",
        "The record that took the place of another one.",
        after(one).bundle(
            7, status={"answer": after(one).answer(target=name, state="active"), "events": []}
        ),
        asking,
    )
    yield Case(
        "second-successor_fail",
        "Two records say that they take the place of this one.",
        standing(after(one, two), "superseded", [7, 8], successor=name),
        asking,
        step="status",
    )
    stranger = successor(3, t.STRANGER)
    yield Case(
        "successor-by-another_fail",
        "The record that says it takes the place is another issuer's.",
        standing(
            after(stranger, issuer=m.did_key(t.STRANGER)),
            "superseded",
            [7],
            successor=m.digest(stranger.encode()),
        ),
        asking,
        step="status",
    )


def voices(asking: Any) -> Iterator[Case]:
    """Whose word counts, the trust file says."""
    world = logged_record(SIGNED)
    did = m.did_key(t.STATUS)
    world.add(
        t.status(NAME, "suspended", 1, secret=t.STATUS),
        issuer=did,
        subjects=[f"statement:{NAME}"],
        kind="status",
    )
    bundle = standing(world, "active", [7], others={did: "suspended"})
    yield Case(
        "suspended-by-the-operator",
        "The operator suspended the record; the trust file does not count its word.",
        bundle,
        asking,
    )
    yield Case(
        "suspended-by-a-believed-voice_fail",
        "The same, and the trust file counts the operator's word.",
        bundle,
        asking | {"statusIssuers": [{"did": did, "schemes": []}]},
        step="status",
    )
    yield Case(
        "suspended-by-a-voice-on-other-schemes",
        "The trust file counts the operator's word only on records under another scheme.",
        bundle,
        asking | {"statusIssuers": [{"did": did, "schemes": ["IATF 16949"]}]},
    )


def webvh(
    secret: bytes = t.A1, *, lines: tuple[Any, ...] = (t.LINE1,), after: tuple[Any, ...] = ()
) -> tuple[World, list[int]]:
    """Log DID lines, a record at the next index, and DID lines after it."""
    world, events = World(), []

    def event(line: Any) -> None:
        text = line if isinstance(line, str) else rfc8785.dumps(line).decode()
        events.append(world.add(text, issuer=t.WEBVH, subjects=[t.WEBVH], kind="key"))

    for line in lines:
        event(line)
    kid = f"{t.WEBVH}#{t.multikey(secret)}"
    statement = t.signed(t.record(t.WEBVH), secret, kid=kid)
    world.add(statement, issuer=t.WEBVH, subjects=t.subjects_of(t.WEBVH))
    for line in after:
        event(line)
    return world, events


def with_keys(world: World, index: int, events: list[int], **parts: Any) -> dict[str, Any]:
    return world.bundle(index, keys=[world.logged(event) for event in events], **parts)


def identities() -> Iterator[Case]:
    """Keys with a history (step 4)."""
    world, events = webvh()
    yield Case("webvh", "A did:webvh with one key.", with_keys(world, 1, events))
    rotated, all_events = webvh(after=(t.LINE2,))
    yield Case(
        "webvh-rotated-since",
        "The key was rotated after the record: it still verifies.",
        with_keys(rotated, 1, all_events),
    )
    new, both = webvh(t.A2, lines=(t.LINE1, t.LINE2))
    yield Case("webvh-new-key", "Signed with the key after a rotation.", with_keys(new, 2, both))
    old, both_old = webvh(t.A1, lines=(t.LINE1, t.LINE2))
    forged = copy.deepcopy(t.LINE2)
    forged["state"]["verificationMethod"][0]["publicKeyMultibase"] = t.multikey(t.STRANGER)
    thief = t.did_line(2, before=t.LINE1, update=t.STRANGER, follows=t.U3, asserts=t.STRANGER)
    by_thief, thief_events = webvh(t.STRANGER, lines=(t.LINE1, thief))
    by_host, host_events = webvh(t.STRANGER, lines=(t.LINE1, forged))
    swapped = with_keys(world, 1, events)
    swapped["keys"][0]["index"] = 1
    for name, says, bundle in (
        ("webvh-old-key_fail", "Signed with a key that was rotated away before.", with_keys(old, 2, both_old)),
        ("webvh-without-keys_fail", "The bundle has no key events.", world.bundle(1)),
        ("webvh-keys-only-after_fail", "The issuer's keys came into the log after the record.", _late()),
        ("webvh-line-forged-by-the-host_fail", "The host put its own key into a line.", with_keys(by_host, 2, host_events)),
        ("webvh-line-by-a-thief_fail", "A line is signed by a key that nobody committed to.", with_keys(by_thief, 2, thief_events)),
        ("webvh-first-line-missing_fail", "The log of the identifier begins with its second line.", with_keys(new, 2, both[1:])),
        ("key-event-not-in-the-log_fail", "A key event's place in the log is not proved.", swapped),
    ):  # fmt: skip
        yield Case(name, says, bundle, step="key")
    yield from webs()
    yield from compromises()
    yield from registrations()


def _late() -> dict[str, Any]:
    world = World()
    kid = f"{t.WEBVH}#{t.multikey(t.A1)}"
    statement = t.signed(t.record(t.WEBVH), t.A1, kid=kid)
    world.add(statement, issuer=t.WEBVH, subjects=t.subjects_of(t.WEBVH))
    line = rfc8785.dumps(t.LINE1).decode()
    event = world.add(line, issuer=t.WEBVH, subjects=[t.WEBVH], kind="key")
    return with_keys(world, 0, [event])


def webs() -> Iterator[Case]:
    """did:web, which has no history but what the registry archived."""

    def log(*documents: str, secret: bytes = t.A1) -> dict[str, Any]:
        world = World()
        events = [world.add(text, issuer=t.WEB, subjects=[t.WEB], kind="key") for text in documents]
        kid = f"{t.WEB}#{t.multikey(secret)}"
        statement = t.signed(t.record(t.WEB), secret, kid=kid)
        index = world.add(statement, issuer=t.WEB, subjects=t.subjects_of(t.WEB))
        return with_keys(world, index, events)

    first = t.archived(t.web_document(t.A1))
    vouched = t.archived(t.web_document(t.A2, vouched_by=t.A1))
    replaced = t.archived(t.web_document(t.A2), discontinuous=True)
    hidden = t.archived(t.web_document(t.A2))
    yield Case("web", "A did:web whose document was archived.", log(first))
    yield Case(
        "web-continued",
        "A new document, vouched for by the old key.",
        log(first, vouched, secret=t.A2),
    )
    yield Case(
        "web-discontinuous_unknown",
        "A new document that no earlier key vouches for, and marked so.",
        log(first, replaced, secret=t.A2),
        step="key",
    )
    yield Case(
        "web-discontinuous-pinned",
        "The same, and the verifier knows the key.",
        log(first, replaced, secret=t.A2),
        t.trust(issuers=[{"did": t.WEB, "name": "Nordbolt", "keys": [t.multikey(t.A2)]}]),
    )
    yield Case(
        "web-discontinuous-named_unknown",
        "The same, and the verifier knows the issuer by name only.",
        log(first, replaced, secret=t.A2),
        t.trust(issuers=[{"did": t.WEB, "name": "Nordbolt"}]),
        step="key",
    )
    yield Case(
        "key-not-the-pinned-one_unknown",
        "The verifier knows another key of the issuer.",
        log(first),
        t.trust(issuers=[{"did": t.WEB, "name": "Nordbolt", "keys": [t.multikey(t.A2)]}]),
        step="key",
    )
    yield Case(
        "web-discontinuity-hidden_fail",
        "A new document that no earlier key vouches for, and not marked.",
        log(first, hidden, secret=t.A2),
        step="key",
    )


def compromises() -> Iterator[Case]:
    """A key that was in other hands."""

    def lost(since: str) -> str:
        subject = {"id": t.WEBVH, "key": f"{t.WEBVH}#{t.multikey(t.A1)}", "since": since}
        value = t.small("KeyCompromise", subject, 1, t.A2, t.WEBVH)
        return t.signed(value, t.A2, kid=f"{t.WEBVH}#{t.multikey(t.A2)}")

    world, events = webvh(after=(t.LINE2, lost("2026-11-15T00:00:00Z")))
    yield Case(
        "compromised_unknown",
        "The record was signed with a key that was in other hands by then.",
        with_keys(world, 1, events),
        step="key",
    )
    told = {"secret": t.STATUS, "target": m.digest(world.entries[1][0].encode()), "keyEvents": 3}
    status = {"answer": world.answer(state="active", **told), "events": []}
    yield Case(
        "compromise-left-out_fail",
        "The word that the key was lost is left out; the status tells how many key events there are.",
        with_keys(world, 1, events[:2], status=status),
        t.with_status(),
        step="status",
    )
    rotated, rotations = webvh(after=(t.LINE2,))
    told = told | {"target": m.digest(rotated.entries[1][0].encode()), "keyEvents": 2}
    status = {"answer": rotated.answer(state="active", **told), "events": []}
    yield Case(
        "webvh-active",
        "A did:webvh whose key was rotated since, with a status that counts its key events.",
        with_keys(rotated, 1, rotations, status=status),
        t.with_status(),
    )
    later, later_events = webvh(after=(t.LINE2, lost("2026-11-25T00:00:00Z")))
    yield Case(
        "compromised-later",
        "The key was lost after the record was admitted.",
        with_keys(later, 1, later_events),
    )
    at = "2026-11-14T00:00:00Z"
    lines = [t.cosignature(world, 2, f"w.example/{n}", w, at) for n, w in ((1, t.W1), (2, t.W2))]
    yield Case(
        "compromised-but-witnessed",
        "A quorum of witnesses saw the record before the key was lost.",
        with_keys(world, 1, events, anchors=[world.anchor(1, 2, *lines)]),
        t.trust(log={"policy": t.POLICY}),
    )


def registrations() -> Iterator[Case]:
    """A registrar binds an issuer to its identifiers."""
    subject = {
        "id": t.DID,
        "name": "Velanto Logistik AG",
        "identifiers": [{"scheme": "lei", "value": "529900VELANTO0000139"}],
    }
    since = {"validFrom": "2026-01-01T00:00:00Z"}
    value = t.small("IssuerRegistration", subject, 1, t.REGISTRAR, **since)
    statement = t.signed(value, t.REGISTRAR)
    world = logged_record()
    bundle = world.bundle(4, supporting=[{"statement": statement}])
    trusted = t.trust(registrars=[{"did": m.did_key(t.REGISTRAR), "schemes": ["lei"]}])
    yield Case(
        "registered", "A registrar of the trust file binds the issuer to an LEI.", bundle, trusted
    )
    shapeless = {"type": ["VerifiableCredential", "IssuerRegistration"]}
    yield Case(
        "registration-without-issuer_fail",
        "A supporting statement calls itself a registration and names no issuer.",
        world.bundle(4, supporting=[{"statement": t.signed(shapeless, t.REGISTRAR)}]),
        trusted,
        step="key",
    )
    forged = t.signed(
        t.small("IssuerRegistration", subject, 1, t.REGISTRAR),
        t.STRANGER,
        kid=f"{m.did_key(t.REGISTRAR)}#{t.multikey(t.REGISTRAR)}",
    )
    yield Case(
        "registration-forged_fail",
        "The registration was signed by somebody else in the registrar's name.",
        world.bundle(4, supporting=[{"statement": forged}]),
        trusted,
        step="key",
    )
