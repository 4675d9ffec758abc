// The check in the visitor's browser: a record against its bundle, with WebCrypto alone.
//
// docs/spec/bundle.md has the whole verdict in twelve steps; this module repeats those that need
// nothing but the bundle and the log's key: digest, key, signature, entry, proof, checkpoint.
// What it does not check, it says. Nothing is trusted from the page but the digest in its address.

const MAX_BYTES = 16_777_216; // the longest bundle
const MAX_HASHES = 64; // in a proof: a log has fewer than 2^64 entries
const ED25519 = 0x01; // signature type of C2SP signed-note
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const MEMBERS = [
  "anchors", "catalogue", "entry", "keys", "log", "schemas", "statement", "supporting", "v",
];
const OPTIONAL = ["consistency", "status"];

class Failed extends Error {}
class Unknown extends Error {}

const utf8 = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true });

function fail(words) {
  throw new Failed(words);
}

function bytesOfBase64(text, { url = false } = {}) {
  const alphabet = url ? /^[A-Za-z0-9_-]*$/ : /^[A-Za-z0-9+/]*={0,2}$/;
  if (typeof text !== "string" || !alphabet.test(text)) fail("A value is not base64.");
  const plain = url ? text.replaceAll("-", "+").replaceAll("_", "/") : text;
  let found;
  try {
    found = Uint8Array.from(atob(plain), (character) => character.charCodeAt(0));
  } catch {
    fail("A value is not base64.");
  }
  // Spare bits could be written in several ways, and only one is the form.
  let again = btoa(String.fromCharCode(...found));
  if (url) again = again.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  if (found.length < 4096 && again !== text) fail("A value is base64 in another spelling.");
  return found;
}

function joined(...parts) {
  const found = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    found.set(part, at);
    at += part.length;
  }
  return found;
}

// RFC 8785: what ECMAScript writes, with the members sorted by UTF-16 code units, as sort() does.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join()}}`;
}

async function sha256(data) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data));
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function same(a, b) {
  return a.length === b.length && a.every((byte, place) => byte === b[place]);
}

// -- keys: did:key (multibase base58btc, multicodec), Ed25519 and P-256 ---------------------------

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

function bytesOfMultibase(text) {
  if (!/^z[1-9A-HJ-NP-Za-km-z]{1,63}$/.test(text)) fail("The key is not written as did:key says.");
  let number = 0n;
  for (const letter of text.slice(1)) number = number * 58n + BigInt(BASE58.indexOf(letter));
  const digits = number.toString(16);
  const even = digits.length % 2 ? `0${digits}` : digits;
  return Uint8Array.from(even.match(/../g), (pair) => parseInt(pair, 16));
}

function power(base, exponent, modulus) {
  let found = 1n;
  for (let b = base % modulus, e = exponent; e > 0n; e >>= 1n, b = (b * b) % modulus) {
    if (e & 1n) found = (found * b) % modulus;
  }
  return found;
}

// SEC 1, section 2.3.4: WebCrypto takes P-256 points whole only.
function wholePoint(compressed) {
  const p = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
  const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
  const x = BigInt(`0x${hex(compressed.slice(1))}`);
  const square = (x * x * x - 3n * x + b) % p;
  let y = power(((square % p) + p) % p, (p + 1n) / 4n, p);
  if ((y * y - square) % p !== 0n) fail("The key is no point of the curve P-256.");
  if ((y & 1n) !== BigInt(compressed[0] & 1)) y = p - y;
  const digits = y.toString(16).padStart(64, "0");
  const high = Uint8Array.from(digits.match(/../g), (pair) => parseInt(pair, 16));
  return joined(Uint8Array.of(4), compressed.slice(1), high);
}

async function publicKey(multibase) {
  const data = bytesOfMultibase(multibase);
  const raw = data.slice(2);
  if (data[0] === 0xed && data[1] === 0x01 && raw.length === 32) {
    return { name: "Ed25519", key: await ed25519(raw) };
  }
  if (data[0] === 0x80 && data[1] === 0x24 && raw.length === 33 && (raw[0] === 2 || raw[0] === 3)) {
    const kind = { name: "ECDSA", namedCurve: "P-256" };
    const key = await crypto.subtle.importKey("raw", wholePoint(raw), kind, false, ["verify"]);
    return { name: "ECDSA", key };
  }
  throw new Unknown("The key is of a kind that this check does not know.");
}

async function ed25519(raw) {
  try {
    return await crypto.subtle.importKey("raw", raw, { name: "Ed25519" }, false, ["verify"]);
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotSupportedError") {
      throw new Unknown("This browser has no Ed25519. Use the command, or a newer browser.");
    }
    fail("The key is no Ed25519 key.");
  }
}

// Keys of small order make signatures that fit any message; OpenSSL and some browsers take them.
const P25519 = 2n ** 255n - 19n;
const ORDER_8 = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
const SMALL = new Set([0n, 1n, P25519 - 1n, P25519, P25519 + 1n, ORDER_8, P25519 - ORDER_8]);

function refuseSmallOrder(raw) {
  const y = BigInt(`0x${hex(Uint8Array.from(raw).reverse())}`) & (2n ** 255n - 1n);
  if (SMALL.has(y)) fail("The key is of small order: anybody could sign with it.");
}

// A signature of ECDSA has a twin; only the one with the lower s is the form.
function refuseHighS(signature) {
  if (signature.length !== 64) fail("The signature has another length than one of P-256.");
  if (BigInt(`0x${hex(signature.slice(32))}`) > P256_ORDER / 2n) {
    fail("The signature is the twin of the one that was made.");
  }
}

// -- the steps -------------------------------------------------------------------------------------

function readBundle(data) {
  if (data.byteLength > MAX_BYTES) fail("The bundle is too long.");
  let text;
  let bundle;
  try {
    text = strict.decode(data);
    bundle = JSON.parse(text);
  } catch {
    fail("The bundle is no JSON.");
  }
  if (canonical(bundle) !== text) fail("The bundle is not in RFC 8785 form.");
  const right =
    bundle !== null &&
    typeof bundle === "object" &&
    bundle.v === 1 &&
    MEMBERS.every((name) => name in bundle) &&
    Object.keys(bundle).every((name) => MEMBERS.includes(name) || OPTIONAL.includes(name)) &&
    Array.isArray(bundle.schemas) &&
    bundle.schemas.every(
      (each) => typeof each?.content === "string" && Object.keys(each).length === 1,
    ) &&
    typeof bundle.statement === "string" &&
    typeof bundle.entry === "string" &&
    typeof bundle.log?.checkpoint === "string" &&
    Number.isSafeInteger(bundle.log.index) &&
    bundle.log.index >= 0 &&
    Array.isArray(bundle.log.inclusionProof) &&
    bundle.log.inclusionProof.length <= MAX_HASHES;
  if (!right) fail("The bundle has not the form of version 1.");
  return bundle;
}

async function checkDigest(state) {
  const found = hex(await sha256(utf8.encode(state.bundle.statement)));
  if (found !== state.digest) {
    fail(`The statement’s SHA-256 is ${found.slice(0, 16)}…, not that of this page.`);
  }
  return "The statement has exactly the SHA-256 that this page is named after.";
}

function takeApart(state) {
  const { statement } = state.bundle;
  if (statement.startsWith("{")) {
    throw new Unknown("The proof stands inside the credential; only the command checks such.");
  }
  const parts = statement.split(".");
  if (parts.length !== 3) fail("The statement is no compact JWS.");
  try {
    state.header = JSON.parse(strict.decode(bytesOfBase64(parts[0], { url: true })));
    state.payload = JSON.parse(strict.decode(bytesOfBase64(parts[1], { url: true })));
  } catch (error) {
    if (error instanceof Failed) throw error;
    fail("The statement does not decode.");
  }
  state.signed = utf8.encode(`${parts[0]}.${parts[1]}`);
  state.signature = bytesOfBase64(parts[2], { url: true });
  const { alg, kid, typ, cty, ...others } = state.header ?? {};
  const issuer = state.payload?.issuer?.id;
  if (typeof issuer !== "string" || typeof kid !== "string") fail("It names no issuer or no key.");
  const known = ["EdDSA", "Ed25519", "ES256"].includes(alg) && typ === "vc+jwt";
  if (!known || (cty !== undefined && cty !== "vc") || Object.keys(others).length > 0) {
    fail("The header is none that this format allows.");
  }
  if (kid.split("#")[0] !== issuer) fail("The key is not the issuer’s own.");
  state.issuer = issuer;
}

// A did:key says its key itself. Of other identities the bundle brings the key events.
function keyOf(state) {
  const name = state.header.kid.split("#")[1] ?? "";
  if (state.issuer.startsWith("did:key:")) {
    const multibase = state.issuer.slice("did:key:".length);
    if (name !== multibase) fail("The header names another key than the issuer’s did:key.");
    return { multibase, proved: true };
  }
  for (const event of [...(state.bundle.keys ?? [])].reverse()) {
    const found = methodOf(event.statement, state.header.kid, name);
    if (found) return { multibase: found, proved: false };
  }
  throw new Unknown("The bundle’s key events do not name the key; only the command follows them.");
}

function methodOf(statement, kid, name) {
  if (typeof statement !== "string" || !statement.startsWith("{")) return null;
  const event = JSON.parse(statement);
  const methods = (event.state ?? event.document ?? {}).verificationMethod ?? [];
  const own = methods.find((method) => method.id === kid || method.id === `#${name}`);
  return own?.publicKeyMultibase ?? null;
}

async function checkSignature(state) {
  takeApart(state);
  const { multibase, proved } = keyOf(state);
  if (multibase.startsWith("z6Mk")) refuseSmallOrder(bytesOfMultibase(multibase).slice(2));
  const { name, key } = await publicKey(multibase);
  if ((state.header.alg === "ES256") !== (name === "ECDSA")) fail("Key and algorithm do not fit.");
  const how = name === "ECDSA" ? { name, hash: "SHA-256" } : { name };
  if (name === "ECDSA") refuseHighS(state.signature);
  if (!(await crypto.subtle.verify(how, key, state.signature, state.signed))) {
    fail("The signature does not fit the statement: it was changed, or another key signed it.");
  }
  if (!proved) {
    throw new Unknown(
      "The signature fits a key that the bundle names for the issuer; that the key was the " +
        "issuer’s at that time, only the command checks.",
    );
  }
  return `The issuer’s key (${name === "ECDSA" ? "P-256" : "Ed25519"}) signed exactly this statement.`;
}

function checkEntry(state) {
  let entry;
  try {
    entry = JSON.parse(state.bundle.entry);
  } catch {
    fail("The log entry is no JSON.");
  }
  const names = Object.keys(entry ?? {}).sort().join();
  if (names !== "admittedAt,digest,issuer,kind,subjects,v" || entry.v !== 1) {
    fail("The log entry has not the form of version 1.");
  }
  if (canonical(entry) !== state.bundle.entry) fail("The log entry is not in RFC 8785 form.");
  const attests = state.payload?.type?.includes?.("QualityAttestation");
  if (attests && entry.kind !== "attestation") fail("The log entry says another kind.");
  if (entry.digest !== `sha256:${state.digest}`) fail("The log entry is of another statement.");
  if (state.issuer !== undefined && entry.issuer !== state.issuer) {
    fail("The log entry names another issuer.");
  }
  state.entry = entry;
  return `The log entry names this statement, admitted at ${entry.admittedAt} by the log’s word.`;
}

function readCheckpoint(state) {
  const note = state.bundle.log.checkpoint;
  const gap = note.lastIndexOf("\n\n");
  if (gap < 0 || !note.endsWith("\n")) fail("The checkpoint is no signed note.");
  state.text = note.slice(0, gap + 1);
  state.lines = note.slice(gap + 2, -1).split("\n");
  const [origin, size, root] = state.text.split("\n");
  if (!/^(0|[1-9][0-9]{0,15})$/.test(size ?? "")) fail("The checkpoint has no size.");
  state.origin = origin;
  state.size = Number(size);
  state.root = bytesOfBase64(root);
  if (state.root.length !== 32) fail("The checkpoint’s root is no SHA-256.");
}

// RFC 9162, section 2.1.3.2.
async function checkInclusion(state) {
  readCheckpoint(state);
  const { index, inclusionProof } = state.bundle.log;
  if (index >= state.size) fail("The checkpoint’s tree has no such entry.");
  let hash = await sha256(joined(Uint8Array.of(0), utf8.encode(state.bundle.entry)));
  let first = BigInt(index);
  let last = BigInt(state.size - 1);
  for (const text of inclusionProof) {
    const beside = bytesOfBase64(text);
    if (beside.length !== 32) fail("A hash of the proof is no SHA-256.");
    if (last === 0n) fail("The proof has too many hashes.");
    if (first & 1n || first === last) {
      hash = await sha256(joined(Uint8Array.of(1), beside, hash));
      while (!(first & 1n) && first !== 0n) {
        first >>= 1n;
        last >>= 1n;
      }
    } else {
      hash = await sha256(joined(Uint8Array.of(1), hash, beside));
    }
    first >>= 1n;
    last >>= 1n;
  }
  if (last !== 0n) fail("The proof has too few hashes.");
  if (!same(hash, state.root)) {
    fail("The proof leads to another root: the log does not hold this entry.");
  }
  return `The entry stands at place ${index} of the tree of ${state.size} entries: its root follows.`;
}

async function checkCheckpoint(state) {
  const vkey = /^(.+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(state.vkey ?? "");
  if (!vkey) fail("The registry names no verifier key that can be read.");
  const [, name, id, encoded] = vkey;
  const material = bytesOfBase64(encoded);
  if (material.length !== 33 || material[0] !== ED25519) fail("The log’s key is of another kind.");
  const own = (await sha256(joined(utf8.encode(`${name}\n`), material))).slice(0, 4);
  if (hex(own) !== id) fail("The id of the log’s key is not its own.");
  if (name !== state.origin) fail("The checkpoint is of another log.");
  refuseSmallOrder(material.slice(1));
  const key = await ed25519(material.slice(1));
  let signed = false;
  for (const line of state.lines) {
    const found = /^— (\S+) (\S+)$/u.exec(line);
    if (!found) fail("The checkpoint has a line that is no signature.");
    const data = bytesOfBase64(found[2]);
    if (found[1] !== name || !same(data.slice(0, 4), own)) continue;
    const good = await crypto.subtle.verify(
      { name: "Ed25519" }, key, data.slice(4), utf8.encode(state.text),
    );
    if (!good) fail("The log’s signature does not fit the checkpoint.");
    signed = true;
  }
  if (!signed) fail("The log’s key did not sign the checkpoint.");
  return `The log ${name} signed the checkpoint of ${state.size} entries.`;
}

const STEPS = [
  ["Statement", checkDigest],
  ["Signature", checkSignature],
  ["Entry", checkEntry],
  ["Inclusion", checkInclusion],
  ["Checkpoint", checkCheckpoint],
];
const NOT_CHECKED = [
  "whether the record was suspended, revoked or superseded since: how it stands is the " +
    "registry’s word here",
  "whether witnesses saw the same log, and whether it only grew since you last looked",
  "that the log’s key is the one that you should trust, and was in use then: it came from this " +
    "registry; pin it with openquality trust",
  "the rules of the format, the subjects that the log entry lists, who vouches for the issuer, " +
    "and whether what the record says is true",
];

/** Run the steps; each gives {name, outcome: pass|fail|unknown, words}. */
export async function check({ digest, data, vkey }) {
  const results = [];
  const state = { digest, vkey };
  try {
    state.bundle = readBundle(data);
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    return [{ name: "Bundle", outcome: "fail", words: error.message }];
  }
  for (const [name, step] of STEPS) {
    try {
      results.push({ name, outcome: "pass", words: await step(state) });
    } catch (error) {
      if (error instanceof Failed) {
        results.push({ name, outcome: "fail", words: error.message });
        break; // what follows would prove nothing
      }
      if (error instanceof Unknown) {
        results.push({ name, outcome: "unknown", words: error.message });
      } else {
        results.push({ name, outcome: "fail", words: `It cannot be read (${error.message}).` });
        break;
      }
    }
  }
  return results;
}

/** Join outcomes: fail if one fails; pass if all pass; otherwise unknown. */
export function overall(results) {
  const outcomes = results.map((result) => result.outcome);
  if (outcomes.includes("fail")) return "fail";
  return outcomes.length === STEPS.length && outcomes.every((each) => each === "pass")
    ? "pass"
    : "unknown";
}

// -- the page --------------------------------------------------------------------------------------

const WORDS = { pass: "✓ pass", fail: "✕ fail", unknown: "? unknown" };
const VERDICTS = {
  pass: "✓ Checked in this browser: the issuer signed exactly this record, and the log holds it.",
  fail: "✕ This record does not hold: do not rely on it.",
  unknown: "? Not everything could be checked in this browser. Nothing that was checked failed.",
};

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

async function fetched(address, accept) {
  const answer = await fetch(address, { headers: { accept }, credentials: "omit" });
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  return answer;
}

async function run(digest) {
  const bundle = await fetched(
    `/v1/statements/${digest}`, "application/vnd.openquality.bundle+json",
  );
  const data = await bundle.arrayBuffer();
  const about = await (await fetched("/.well-known/openquality", "application/json")).json();
  return check({ digest, data, vkey: about.log?.vkey });
}

function show(place, results) {
  const verdict = overall(results);
  const steps = results.map(({ name, outcome, words }) =>
    element(
      "li",
      {},
      element("span", { className: `outcome outcome-${outcome}`, textContent: WORDS[outcome] }),
      element("span", { textContent: `${name}: ${words}` }),
    ),
  );
  const unchecked = NOT_CHECKED.map((words) => element("li", { textContent: words }));
  const line = element("p", {
    className: `verdict verdict-${verdict}`, textContent: VERDICTS[verdict],
  });
  line.dataset.outcome = verdict;
  place.replaceChildren(
    line,
    element("ol", { className: "steps" }, ...steps),
    element("p", { textContent: "Not checked here, and part of the command’s verdict:" }),
    element("ul", {}, ...unchecked),
  );
}

function begin(place) {
  const digest = place.dataset.digest;
  if (!globalThis.isSecureContext || !globalThis.crypto?.subtle) {
    place.replaceChildren(
      element("p", {
        textContent:
          "This browser checks only pages that came over HTTPS or from this machine. Use the command.",
      }),
    );
    return;
  }
  const button = element("button", { type: "button", textContent: "Check in this browser" });
  const answer = element("div", {});
  answer.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    button.disabled = true;
    answer.replaceChildren(element("p", { textContent: "Checking…" }));
    try {
      show(answer, await run(digest));
    } catch (error) {
      const words = `The check could not run (${error.message}). Nothing is proved.`;
      const line = element("p", { className: "verdict verdict-unknown", textContent: words });
      line.dataset.outcome = "unknown";
      answer.replaceChildren(line);
    }
    button.disabled = false;
    button.textContent = "Check again";
  });
  place.replaceChildren(button, answer);
}

const place = document.getElementById("check");
if (place) begin(place);
