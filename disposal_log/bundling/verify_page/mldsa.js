// ML-DSA-44 signatures (FIPS 204), checked with plain numbers: no browser does it yet. Only public values are handled.

const Q = 8380417;
const DROPPED = 13;
const GAMMA1 = 1 << 17;
const GAMMA2 = (Q - 1) / 88;
const BETA = 78;
const OMEGA = 80;
const TAU = 39;
const RANKS = 4; // both k and l
const PUBLIC_BYTES = 1312;
const MLDSA_BYTES = 2420;

// The remainder of a number below 2^53 by Q. The operator % takes five times as long for products of this size.
function reduced(number) {
  const rest = number - Math.floor(number / Q) * Q;
  return rest < 0 ? rest + Q : rest >= Q ? rest - Q : rest;
}

const ROUND_CONSTANTS = [];
const ROTATIONS = new Uint8Array(25);
const LANE_TARGETS = new Uint8Array(25);

// FIPS 202, sections 3.2.2 to 3.2.5: the constants by the rules that make them.
(function makeKeccak() {
  let bits = 1;
  for (let round = 0; round < 24; round++) {
    let constant = 0n;
    for (let j = 0; j < 7; j++) {
      if (bits & 1) constant |= 1n << BigInt((1 << j) - 1);
      bits = (bits << 1) ^ (bits & 0x80 ? 0x171 : 0);
    }
    ROUND_CONSTANTS.push([Number(constant & 0xffffffffn) | 0, Number(constant >> 32n) | 0]);
  }
  let [x, y] = [1, 0];
  for (let t = 0; t < 24; t++) {
    ROTATIONS[x + 5 * y] = (((t + 1) * (t + 2)) / 2) % 64;
    [x, y] = [y, (2 * x + 3 * y) % 5];
  }
  for (y = 0; y < 5; y++) for (x = 0; x < 5; x++) LANE_TARGETS[x + 5 * y] = y + 5 * ((2 * x + 3 * y) % 5);
})();

// One permutation of the state: 25 lanes of 64 bits, as pairs of 32 (low, high).
function keccak(state) {
  const column = new Int32Array(10);
  const turned = new Int32Array(50);
  for (const [low, high] of ROUND_CONSTANTS) {
    for (let x = 0; x < 10; x++) column[x] = state[x] ^ state[x + 10] ^ state[x + 20] ^ state[x + 30] ^ state[x + 40];
    for (let x = 0; x < 5; x++) {
      const before = 2 * ((x + 4) % 5);
      const after = 2 * ((x + 1) % 5);
      const one = column[before] ^ ((column[after] << 1) | (column[after + 1] >>> 31));
      const other = column[before + 1] ^ ((column[after + 1] << 1) | (column[after] >>> 31));
      for (let at = 2 * x; at < 50; at += 10) {
        state[at] ^= one;
        state[at + 1] ^= other;
      }
    }
    for (let lane = 0; lane < 25; lane++) {
      const places = ROTATIONS[lane] % 32;
      const isSwapped = ROTATIONS[lane] >= 32 ? 1 : 0;
      const one = state[2 * lane + isSwapped];
      const other = state[2 * lane + 1 - isSwapped];
      const target = 2 * LANE_TARGETS[lane];
      turned[target] = places ? (one << places) | (other >>> (32 - places)) : one;
      turned[target + 1] = places ? (other << places) | (one >>> (32 - places)) : other;
    }
    for (let row = 0; row < 50; row += 10) {
      for (let at = 0; at < 10; at++) {
        state[row + at] = turned[row + at] ^ (~turned[row + ((at + 2) % 10)] & turned[row + ((at + 4) % 10)]);
      }
    }
    state[0] ^= low;
    state[1] ^= high;
  }
}

// SHAKE128 (rate 168) or SHAKE256 (rate 136): takes in bytes, then gives out as many as are asked for.
class Shake {
  constructor(rate, bytes) {
    this.rate = rate;
    this.state = new Int32Array(50);
    this.bytes = new Uint8Array(this.state.buffer);
    const padded = new Uint8Array((Math.floor(bytes.length / rate) + 1) * rate);
    padded.set(bytes);
    padded[bytes.length] ^= 0x1f;
    padded[padded.length - 1] ^= 0x80;
    for (let block = 0; block < padded.length; block += rate) {
      for (let at = 0; at < rate; at++) this.bytes[at] ^= padded[block + at];
      keccak(this.state);
    }
    this.at = 0;
  }

  next() {
    if (this.at === this.rate) {
      keccak(this.state);
      this.at = 0;
    }
    return this.bytes[this.at++];
  }

  take(count) {
    return Uint8Array.from({ length: count }, () => this.next());
  }
}

const shake256 = (count, ...parts) => new Shake(136, joined(...parts)).take(count);

const ZETAS = new Int32Array(256);
(function makeZetas() {
  const powers = [1];
  for (let at = 1; at < 256; at++) powers.push((powers[at - 1] * 1753) % Q);
  for (let at = 0; at < 256; at++) {
    const reversed = parseInt(at.toString(2).padStart(8, "0").split("").reverse().join(""), 2);
    ZETAS[at] = powers[reversed];
  }
})();

// FIPS 204, algorithm 41: into the domain where polynomials are multiplied number by number.
function toProducts(polynomial) {
  const w = Float64Array.from(polynomial);
  for (let length = 128, m = 0; length >= 1; length >>= 1) {
    for (let start = 0; start < 256; start += 2 * length) {
      const zeta = ZETAS[++m];
      for (let j = start; j < start + length; j++) {
        const t = reduced(zeta * w[j + length]);
        w[j + length] = w[j] < t ? w[j] - t + Q : w[j] - t;
        w[j] = w[j] + t < Q ? w[j] + t : w[j] + t - Q;
      }
    }
  }
  return w;
}

// FIPS 204, algorithm 42: back again.
function fromProducts(products) {
  const w = Float64Array.from(products);
  for (let length = 1, m = 256; length < 256; length <<= 1) {
    for (let start = 0; start < 256; start += 2 * length) {
      const zeta = Q - ZETAS[--m];
      for (let j = start; j < start + length; j++) {
        const t = w[j];
        const u = w[j + length];
        w[j] = t + u < Q ? t + u : t + u - Q;
        w[j + length] = reduced(zeta * (t - u + Q));
      }
    }
  }
  return w.map((number) => reduced(number * 8347681));
}

// Numbers of `width` bits each, least significant bit first.
function unpacked(bytes, width) {
  const numbers = new Int32Array((bytes.length * 8) / width);
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const byte of bytes) {
    held += byte * 2 ** bits;
    bits += 8;
    while (bits >= width) {
      numbers[at++] = held % 2 ** width;
      held = Math.floor(held / 2 ** width);
      bits -= width;
    }
  }
  return numbers;
}

// FIPS 204, algorithm 30: one polynomial of the public matrix.
function matrixPart(seed, row, column) {
  const stream = new Shake(168, joined(seed, Uint8Array.of(column, row)));
  const found = new Float64Array(256);
  for (let at = 0; at < 256; ) {
    const number = stream.next() + 256 * stream.next() + 65536 * (stream.next() & 0x7f);
    if (number < Q) found[at++] = number;
  }
  return found;
}

// FIPS 204, algorithm 29: the polynomial with 39 ones and minus ones that the challenge writes.
function ball(challenge) {
  const stream = new Shake(136, challenge);
  const signs = stream.take(8);
  const found = new Float64Array(256);
  for (let at = 256 - TAU, sign = 0; at < 256; at++, sign++) {
    let place = stream.next();
    while (place > at) place = stream.next();
    found[at] = found[place];
    found[place] = (signs[sign >> 3] >> (sign & 7)) & 1 ? Q - 1 : 1;
  }
  return found;
}

// FIPS 204, algorithm 21: which numbers carry a hint, or null when it is not written in the one proper way.
function unpackHints(bytes) {
  const hints = Array.from({ length: RANKS }, () => new Uint8Array(256));
  let at = 0;
  for (let row = 0; row < RANKS; row++) {
    const end = bytes[OMEGA + row];
    if (end < at || end > OMEGA) return null;
    for (const first = at; at < end; at++) {
      if (at > first && bytes[at - 1] >= bytes[at]) return null;
      hints[row][bytes[at]] = 1;
    }
  }
  return bytes.subarray(at, OMEGA).every((byte) => byte === 0) ? hints : null;
}

// FIPS 204, algorithms 36 and 40: the high bits of a number, set right by its hint.
function useHint(hint, number) {
  let low = number % (2 * GAMMA2);
  if (low > GAMMA2) low -= 2 * GAMMA2;
  const isTop = number - low === Q - 1;
  const high = isTop ? 0 : (number - low) / (2 * GAMMA2);
  if (!hint) return high;
  return (high + ((isTop ? low - 1 : low) > 0 ? 1 : 43)) % 44;
}

const openedKeys = new Map();

function openedKey(publicKey) {
  const name = hexOf(sha256(publicKey));
  if (!openedKeys.has(name)) {
    const seed = publicKey.subarray(0, 32);
    const high = Array.from({ length: RANKS }, (_, row) =>
      unpacked(publicKey.subarray(32 + 320 * row, 352 + 320 * row), 10),
    );
    openedKeys.set(name, {
      matrix: Array.from({ length: RANKS * RANKS }, (_, at) => matrixPart(seed, Math.floor(at / RANKS), at % RANKS)),
      high: high.map((each) => toProducts(Float64Array.from(each, (number) => (number * 2 ** DROPPED) % Q))),
      digest: shake256(64, publicKey),
    });
  }
  return openedKeys.get(name);
}

// FIPS 204, algorithms 3 and 8, with an empty context.
function checkMlDsa44(publicKey, text, signature) {
  if (publicKey.length !== PUBLIC_BYTES || signature.length !== MLDSA_BYTES) return false;
  const { matrix, high, digest } = openedKey(publicKey);
  const challenge = signature.subarray(0, 32);
  const hints = unpackHints(signature.subarray(32 + 576 * RANKS));
  if (hints === null) return false;
  const response = [];
  for (let column = 0; column < RANKS; column++) {
    const numbers = unpacked(signature.subarray(32 + 576 * column, 608 + 576 * column), 18);
    if (numbers.some((number) => Math.abs(GAMMA1 - number) >= GAMMA1 - BETA)) return false;
    response.push(toProducts(Float64Array.from(numbers, (number) => (GAMMA1 - number + Q) % Q)));
  }
  const message = shake256(64, digest, Uint8Array.of(0, 0), text);
  const ones = toProducts(ball(challenge));
  const words = [message];
  for (let row = 0; row < RANKS; row++) {
    const sum = high[row].map((number, at) => {
      let total = Q - reduced(ones[at] * number);
      for (let column = 0; column < RANKS; column++) total += reduced(matrix[row * RANKS + column][at] * response[column][at]);
      return reduced(total);
    });
    const numbers = fromProducts(sum);
    words.push(packedSixes(Array.from(numbers, (number, at) => useHint(hints[row][at], number))));
  }
  return sameBytes(shake256(32, ...words), challenge);
}

// Numbers of six bits each as bytes, least significant bit first.
function packedSixes(numbers) {
  const bytes = new Uint8Array((numbers.length * 6) / 8);
  numbers.forEach((number, at) => {
    const place = at * 6;
    bytes[place >> 3] |= (number << (place & 7)) & 0xff;
    if ((place & 7) > 2) bytes[(place >> 3) + 1] |= number >> (8 - (place & 7));
  });
  return bytes;
}

// What such a signature under a checkpoint is over (C2SP tlog-cosignature), or null when the text holds none.
function cosignedMessage(name, text, time) {
  const lines = text.split("\n");
  if (lines.length < 4 || lines.at(-1) !== "" || !/^(0|[1-9][0-9]{0,15})$/.test(lines[1])) return null;
  const root = fromBase64(lines[2]);
  const [signer, origin] = [utf8(name), utf8(lines[0])];
  const isNamed = [signer, origin].every((each) => each.length >= 1 && each.length <= 255);
  if (root === null || root.length !== 32 || !isNamed || time[0] > 0x7f) return null;
  const size = new Uint8Array(8);
  new DataView(size.buffer).setBigUint64(0, BigInt(lines[1]));
  const parts = [Uint8Array.of(signer.length), signer, time, Uint8Array.of(origin.length), origin];
  return joined(utf8("subtree/v1\n\0"), ...parts, new Uint8Array(8), size, root);
}

function checkCheckpointByMlDsa(key, text, signature) {
  if (signature.length !== 8 + MLDSA_BYTES) return false;
  const message = cosignedMessage(key.name, text, signature.subarray(0, 8));
  return message !== null && checkMlDsa44(key.bytes, message, signature.subarray(8));
}
