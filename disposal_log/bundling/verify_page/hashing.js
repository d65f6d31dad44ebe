// SHA-256 and SHA-512 (FIPS 180-4), synchronous: the browser's own hash answers through a promise, which for millions
// of short lines takes far longer than the hashing.

const SHA256_CONSTANTS = new Int32Array(64);
const SHA256_START = new Int32Array(8);
const SHA512_CONSTANTS = new BigInt64Array(80);
const SHA512_START = new BigInt64Array(8);

// The constants are the first bits of square and cube roots of primes: made here, so that nobody need compare tables.
(function makeConstants() {
  const primes = [];
  for (let number = 2; primes.length < 80; number++) {
    if (primes.every((prime) => number % prime !== 0)) primes.push(number);
  }
  const root = (power, prime) => {
    // the largest r with r^power <= prime * 2^(64 * power): its low 64 bits are the fraction
    const wanted = BigInt(prime) << BigInt(64 * power);
    let low = 0n;
    let high = 1n << 72n;
    while (high - low > 1n) {
      const middle = (low + high) / 2n;
      if (middle ** BigInt(power) <= wanted) low = middle;
      else high = middle;
    }
    return BigInt.asIntN(64, low);
  };
  primes.forEach((prime, at) => {
    const cube = root(3, prime);
    SHA512_CONSTANTS[at] = cube;
    if (at < 64) SHA256_CONSTANTS[at] = Number(BigInt.asIntN(32, cube >> 32n));
    if (at < 8) {
      const square = root(2, prime);
      SHA512_START[at] = square;
      SHA256_START[at] = Number(BigInt.asIntN(32, square >> 32n));
    }
  });
})();

class Sha256 {
  constructor() {
    this.state = SHA256_START.slice();
    this.block = new Uint8Array(64);
    this.used = 0;
    this.length = 0;
    this.words = new Int32Array(64);
  }

  // Start again, to hash something else with the same object.
  reset() {
    this.state.set(SHA256_START);
    this.used = 0;
    this.length = 0;
    return this;
  }

  addByte(byte) {
    this.length += 1;
    this.block[this.used++] = byte;
    if (this.used === 64) {
      this.mix(this.block, 0);
      this.used = 0;
    }
    return this;
  }

  add(bytes, start = 0, stop = bytes.length) {
    this.length += stop - start;
    let at = start;
    while (at < stop) {
      if (this.used === 0 && stop - at >= 64) {
        this.mix(bytes, at);
        at += 64;
        continue;
      }
      const taken = Math.min(64 - this.used, stop - at);
      for (let index = 0; index < taken; index++) this.block[this.used + index] = bytes[at + index];
      this.used += taken;
      at += taken;
      if (this.used === 64) {
        this.mix(this.block, 0);
        this.used = 0;
      }
    }
    return this;
  }

  digest() {
    const bits = this.length * 8;
    this.block[this.used++] = 0x80;
    if (this.used > 56) {
      this.block.fill(0, this.used);
      this.mix(this.block, 0);
      this.used = 0;
    }
    this.block.fill(0, this.used);
    const end = new DataView(this.block.buffer);
    end.setUint32(56, Math.floor(bits / 0x100000000));
    end.setUint32(60, bits >>> 0);
    this.mix(this.block, 0);
    const out = new Uint8Array(32);
    const view = new DataView(out.buffer);
    for (let at = 0; at < 8; at++) view.setInt32(4 * at, this.state[at]);
    return out;
  }

  mix(bytes, offset) {
    const w = this.words;
    for (let t = 0, at = offset; t < 16; t++, at += 4) {
      w[t] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    }
    for (let t = 16; t < 64; t++) {
      const x = w[t - 15];
      const y = w[t - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[t] = (w[t - 16] + s0 + w[t - 7] + s1) | 0;
    }
    const state = this.state;
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < 64; t++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const one = (h + s1 + ((e & f) ^ (~e & g)) + SHA256_CONSTANTS[t] + w[t]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + one) | 0;
      d = c;
      c = b;
      b = a;
      a = (one + two) | 0;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  }
}

const hasher = new Sha256();

function sha256(bytes) {
  return hasher.reset().add(bytes).digest();
}

// SHA-512 is needed for signatures only, so it may be slow and plain.
function sha512(bytes) {
  const padded = new Uint8Array((Math.floor((bytes.length + 16) / 128) + 1) * 128);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n);
  const turned = (x, n) => BigInt.asIntN(64, (BigInt.asUintN(64, x) >> BigInt(n)) | (x << BigInt(64 - n)));
  const shifted = (x, n) => BigInt.asUintN(64, x) >> BigInt(n);
  const state = SHA512_START.slice();
  const w = new BigInt64Array(80);
  for (let block = 0; block < padded.length; block += 128) {
    for (let t = 0; t < 16; t++) w[t] = view.getBigInt64(block + 8 * t);
    for (let t = 16; t < 80; t++) {
      const s0 = turned(w[t - 15], 1) ^ turned(w[t - 15], 8) ^ BigInt.asIntN(64, shifted(w[t - 15], 7));
      const s1 = turned(w[t - 2], 19) ^ turned(w[t - 2], 61) ^ BigInt.asIntN(64, shifted(w[t - 2], 6));
      w[t] = w[t - 16] + s0 + w[t - 7] + s1;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < 80; t++) {
      const s1 = turned(e, 14) ^ turned(e, 18) ^ turned(e, 41);
      const one = BigInt.asIntN(64, h + s1 + ((e & f) ^ (~e & g)) + SHA512_CONSTANTS[t] + w[t]);
      const s0 = turned(a, 28) ^ turned(a, 34) ^ turned(a, 39);
      const two = BigInt.asIntN(64, s0 + ((a & b) ^ (a & c) ^ (b & c)));
      h = g;
      g = f;
      f = e;
      e = BigInt.asIntN(64, d + one);
      d = c;
      c = b;
      b = a;
      a = BigInt.asIntN(64, one + two);
    }
    [a, b, c, d, e, f, g, h].forEach((value, at) => {
      state[at] += value;
    });
  }
  const out = new Uint8Array(64);
  const end = new DataView(out.buffer);
  state.forEach((value, at) => end.setBigInt64(8 * at, value));
  return out;
}
