// Ed25519 signatures (RFC 8032 section 5.1.7): by the browser where it can, else by whole numbers of any size.
// Only public values are handled, so nothing needs to take a constant time.

const FIELD = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

const modulo = (number) => ((number % FIELD) + FIELD) % FIELD;

function power(base, exponent) {
  let result = 1n;
  for (let square = modulo(base); exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * square) % FIELD;
    square = (square * square) % FIELD;
  }
  return result;
}

const inverse = (number) => power(number, FIELD - 2n);
const CURVE_D = modulo(-121665n * inverse(121666n));
const ROOT_OF_MINUS_ONE = power(2n, (FIELD - 1n) / 4n);

// Points are [X, Y, Z, T] with x = X/Z, y = Y/Z, xy = T/Z (RFC 8032 section 5.1.4).
const NEUTRAL = [0n, 1n, 1n, 0n];
const BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202n;
const BASE_Y = modulo(4n * inverse(5n));
const BASE = [BASE_X, BASE_Y, 1n, modulo(BASE_X * BASE_Y)];

function addPoints([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = modulo((y1 - x1) * (y2 - x2));
  const b = modulo((y1 + x1) * (y2 + x2));
  const c = modulo(2n * t1 * t2 * CURVE_D);
  const d = modulo(2n * z1 * z2);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [modulo(e * f), modulo(g * h), modulo(f * g), modulo(e * h)];
}

function doublePoint([x, y, z]) {
  const a = (x * x) % FIELD;
  const b = (y * y) % FIELD;
  const h = a + b;
  const e = h - (x + y) * (x + y);
  const g = a - b;
  const f = 2n * z * z + g;
  return [modulo(e * f), modulo(g * h), modulo(f * g), modulo(e * h)];
}

function numberOf(bytes) {
  return BigInt("0x" + hexOf(bytes.slice().reverse()));
}

// The point that 32 bytes write in the one proper way, or null (RFC 8032 section 5.1.3).
function decodedPoint(bytes) {
  const number = numberOf(bytes);
  const sign = number >> 255n;
  const y = number & (2n ** 255n - 1n);
  if (y >= FIELD) return null;
  const above = modulo(y * y - 1n);
  const below = modulo(CURVE_D * y * y + 1n);
  let x = modulo(above * below ** 3n * power(above * below ** 7n, (FIELD - 5n) / 8n));
  if (modulo(below * x * x) === modulo(-above)) x = modulo(x * ROOT_OF_MINUS_ONE);
  if (modulo(below * x * x) !== above || (x === 0n && sign === 1n)) return null;
  if ((x & 1n) !== sign) x = FIELD - x;
  return [x, y, 1n, modulo(x * y)];
}

function encodedPoint([x, y, z]) {
  const back = inverse(z);
  const number = modulo(y * back) | ((modulo(x * back) & 1n) << 255n);
  const hex = number.toString(16).padStart(64, "0");
  return Uint8Array.from(hex.match(/../g).reverse(), (byte) => parseInt(byte, 16));
}

function checkByNumbers(publicKey, text, signature) {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const key = decodedPoint(publicKey);
  const commitment = decodedPoint(signature.subarray(0, 32));
  const response = numberOf(signature.subarray(32));
  if (key === null || commitment === null || response >= ORDER) return false;
  const challenge = numberOf(sha512(joined(signature.subarray(0, 32), publicKey, text))) % ORDER;
  // response * base - challenge * key must be the commitment; both products bit by bit at once
  const [x, y, z, t] = key;
  const negative = [FIELD - x, y, z, FIELD - t];
  const addends = [NEUTRAL, BASE, negative, addPoints(BASE, negative)];
  let total = NEUTRAL;
  for (let bit = 253n; bit >= 0n; bit--) {
    total = doublePoint(total);
    const chosen = Number((response >> bit) & 1n) + 2 * Number((challenge >> bit) & 1n);
    if (chosen) total = addPoints(total, addends[chosen]);
  }
  return sameBytes(encodedPoint(total), signature.subarray(0, 32));
}

// Whether the browser checks Ed25519 itself; asked once. A page opened from a file may have no `crypto.subtle`.
let browserCan = null;

async function askBrowser() {
  if (browserCan === null) {
    try {
      await crypto.subtle.importKey("raw", encodedPoint(BASE), "Ed25519", false, ["verify"]);
      browserCan = true;
    } catch {
      browserCan = false;
    }
  }
  return browserCan;
}

async function checkEd25519(publicKey, text, signature) {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  if (!(await askBrowser())) return checkByNumbers(publicKey, text, signature);
  try {
    const key = await crypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", key, signature, text);
  } catch {
    return false;
  }
}
