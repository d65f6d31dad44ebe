// Bytes, text and their spellings. Whatever is not spelled in the one proper way gives null, never a guess.

// A refusal is a finding about somebody's bytes; any other exception is a fault of this page.
class Refusal extends Error {}

const strictText = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const utf8Encoder = new TextEncoder();

function utf8(text) {
  return utf8Encoder.encode(text);
}

// Text of UTF-8 bytes, or null when they are none.
function textOf(bytes) {
  try {
    return strictText.decode(bytes);
  } catch {
    return null;
  }
}

function hexOf(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function sameBytes(one, other) {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

const STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const FOR_ADDRESSES = STANDARD.slice(0, 62) + "-_";

function valuesOf(alphabet) {
  const values = new Int16Array(128).fill(-1);
  for (let at = 0; at < 64; at++) values[alphabet.charCodeAt(at)] = at;
  return values;
}

const STANDARD_VALUES = valuesOf(STANDARD);
const ADDRESS_VALUES = valuesOf(FOR_ADDRESSES);

// The bytes of unpadded base64, or null. `isStrict`: the bits left over must be zero, so that one value has one spelling.
function unpadded(text, values, isStrict) {
  if (text.length % 4 === 1) return null;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const value = code < 128 ? values[code] : -1;
    if (value < 0) return null;
    held = ((held << 6) | value) & 0xfff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (held >> bits) & 0xff;
    }
  }
  return isStrict && (held & ((1 << bits) - 1)) !== 0 ? null : bytes;
}

// Standard base64 in its one proper spelling (padded, no stray bits), or null.
function fromBase64(text) {
  if (text.length % 4 !== 0) return null;
  return unpadded(text.replace(/={1,2}$/, ""), STANDARD_VALUES, true);
}

// Standard base64 as loosely as a disclosed value may be spelled: its commitment already pins the very characters.
function fromLooseBase64(text) {
  const parts = /^([A-Za-z0-9+/]*)(={0,2})$/.exec(text);
  if (parts === null) return null;
  const short = parts[1].length % 4;
  if (short !== 0 && parts[2].length < 4 - short) return null;
  return unpadded(parts[1], STANDARD_VALUES, false);
}

// base64url without padding in its one proper spelling, or null.
function fromBase64url(text) {
  return unpadded(text, ADDRESS_VALUES, true);
}

function toBase64(bytes) {
  const text = toBase64url(bytes).replaceAll("-", "+").replaceAll("_", "/");
  return text + "=".repeat((4 - (text.length % 4)) % 4);
}

function toBase64url(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const three = (bytes[at] << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const used = Math.min(3, bytes.length - at) + 1;
    for (let place = 0; place < used; place++) text += FOR_ADDRESSES[(three >> (18 - 6 * place)) & 63];
  }
  return text;
}
