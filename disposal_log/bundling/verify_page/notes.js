// Keys, signed notes and checkpoints (C2SP signed-note and tlog-checkpoint).

const MAX_NOTE_BYTES = 1000000;
const MAX_SIGNATURES = 100;
const MAX_SIZE = 2 ** 53;
const ED25519 = 0x01;
const ML_DSA_44 = 0x06;
const SIGNATURE_PREFIX = "\u2014 ";

// A well-formed note that none of the known keys has signed.
class Unsigned extends Refusal {}

const WHITE_SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

function isKeyName(name) {
  return name !== "" && !name.includes("+") && !WHITE_SPACE.test(name) && !hasControl(name) && name.isWellFormed();
}

function hasControl(text) {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) < 32) return true;
  return false;
}

// A public key of the log out of `name+hash+key`.
function parseKey(text) {
  return parseKeyOf(text, { [ED25519]: 32, [ML_DSA_44]: PUBLIC_BYTES });
}

// A public key of one of the types of which `lengths` gives the length.
function parseKeyOf(text, lengths) {
  const [name, hash, ...rest] = text.split("+");
  const body = fromBase64(rest.join("+"));
  if (rest.length === 0 || !isKeyName(name) || !/^[0-9a-f]{8}$/.test(hash)) {
    throw new Refusal("a key has three parts: name+hash+key");
  }
  if (body === null || body.length === 0) throw new Refusal("the key is not base64");
  if (lengths[body[0]] === undefined) throw new Refusal(`signature type ${body[0]} is not known here`);
  if (body.length !== 1 + lengths[body[0]]) throw new Refusal(`the key of ${name} has a wrong length`);
  const key = keyOf(name, body[0], body.slice(1));
  if (key.hash !== hash) throw new Refusal(`the hash ${hash} is not that of the key of ${name}`);
  return key;
}

function keyOf(name, algorithm, bytes) {
  const body = joined(Uint8Array.of(algorithm), bytes);
  const hash = hexOf(sha256(joined(utf8(`${name}\n`), body)).subarray(0, 4));
  const id = `${name}+${hash}`;
  return { name, hash, id, algorithm, bytes, text: `${id}+${toBase64(body)}` };
}

// Keys as people paste them, of the log or its witnesses: one a line, or a policy file.
function keysIn(text) {
  const lines = text.split(/\r?\n/).map((line) => line.trim().replace(/^log /, ""));
  return lines
    .filter((line) => line && !line.startsWith("#") && !/^(quorum|witness|group) /.test(line))
    .map((line) => parseKeyOf(line, KEY_BYTES));
}

// Twelve words for keys that sign together, in their order.
function fingerprintWords(keys) {
  return wordsOf(utf8(keys.map((key) => key.text).join("\n")));
}

function wordsOf(bytes) {
  return Array.from(sha256(bytes).subarray(0, 12), (byte) => WORDS[byte]).join(" ");
}

// A note in its parts; no signature is checked.
function splitNote(bytes) {
  if (bytes.length > MAX_NOTE_BYTES) throw new Refusal(`it is longer than ${MAX_NOTE_BYTES} bytes`);
  const whole = textOf(bytes);
  if (whole === null) throw new Refusal("it is not UTF-8");
  if (hasControl(whole.replaceAll("\n", ""))) throw new Refusal("it holds a control character");
  const at = whole.lastIndexOf("\n\n");
  if (at < 0 || !whole.endsWith("\n") || at + 2 === whole.length) throw new Refusal("it has no block of signatures");
  const lines = whole.slice(at + 2, -1).split("\n");
  if (lines.length > MAX_SIGNATURES) throw new Refusal(`it has more than ${MAX_SIGNATURES} signatures`);
  return { text: whole.slice(0, at + 1), signatures: lines.map(parseSignature) };
}

function parseSignature(line) {
  if (!line.startsWith(SIGNATURE_PREFIX)) throw new Refusal("a signature line does not begin with a dash");
  const rest = line.slice(SIGNATURE_PREFIX.length);
  const space = rest.indexOf(" ");
  const name = space < 0 ? rest : rest.slice(0, space);
  const body = fromBase64(space < 0 ? "" : rest.slice(space + 1));
  if (body === null || body.length <= 4) throw new Refusal("a signature is not base64");
  if (!isKeyName(name)) throw new Refusal("a signature has no usable key name");
  return { name, hash: hexOf(body.subarray(0, 4)), bytes: body.slice(4) };
}

// A note of which at least one known key's signature holds. One bad signature of a known key condemns it whole.
async function openNote(bytes, known) {
  const { text, signatures } = splitNote(bytes);
  const signedBy = new Map();
  for (const signature of signatures) {
    const keys = known.filter((key) => key.name === signature.name && key.hash === signature.hash);
    const different = new Map(keys.map((key) => [key.text, key]));
    if (different.size > 1) throw new Refusal(`two known keys share the name and hash of ${signature.name}`);
    for (const key of different.values()) {
      if (!(await checkSignature(key, text, signature.bytes))) {
        throw new Refusal(`the signature of ${key.id} is wrong`);
      }
      signedBy.set(key.id, key);
    }
  }
  if (signedBy.size === 0) throw new Unsigned("none of the known keys has signed it");
  return { text, signedBy: [...signedBy.values()] };
}

async function checkSignature(key, text, signature) {
  if (key.algorithm === ML_DSA_44) return checkCheckpointByMlDsa(key, text, signature);
  return checkEd25519(key.bytes, utf8(text), signature);
}

function parseCheckpoint(text) {
  if (!text.endsWith("\n")) throw new Refusal("its text does not end in a newline");
  const lines = text.slice(0, -1).split("\n");
  const [origin, size = "", root = "", ...extensions] = lines;
  if (origin === "") throw new Refusal("the origin line is empty");
  if (extensions.includes("")) throw new Refusal("an extension line is empty");
  if (!/^(0|[1-9][0-9]{0,15})$/.test(size) || Number(size) >= MAX_SIZE) throw new Refusal("it has no size");
  const hash = fromBase64(root);
  if (hash === null || hash.length !== 32) throw new Refusal("the root is not 32 bytes of base64");
  return { origin, size: Number(size), root: hash };
}

async function openCheckpoint(note, known) {
  const opened = await openNote(note, known);
  return { ...parseCheckpoint(opened.text), note, signedBy: opened.signedBy };
}

function claimedCheckpoint(note) {
  return parseCheckpoint(splitNote(note).text);
}

// The note on one line of the list of checkpoints, which has no newline.
function noteOnLine(line) {
  const found = parseCanonical(line);
  if (kindOf(found) !== "object" || Object.keys(found).length !== 1 || kindOf(member(found, "note")) !== "text") {
    throw new Refusal("the line holds something else than a note");
  }
  return utf8(found.note);
}
