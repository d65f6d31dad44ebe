// The RFC 6962 Merkle tree, and where a broken log breaks.

const EMPTY_ROOT = sha256(new Uint8Array(0));

function leafHash(line) {
  return hasher.reset().addByte(0).add(line).digest(); // RFC 6962 2.1: leaf prefix 0x00
}

function nodeHash(left, right) {
  return hasher.reset().addByte(1).add(left).add(right).digest(); // RFC 6962 2.1: node prefix 0x01
}

// The right edge of a growing tree: enough to add leaves and know the root.
class CompactRange {
  constructor() {
    this.peaks = [];
    this.size = 0;
  }

  append(leaf) {
    let node = leaf;
    for (let size = this.size; size % 2 === 1; size = (size - 1) / 2) node = nodeHash(this.peaks.pop(), node);
    this.peaks.push(node);
    this.size += 1;
  }

  root() {
    if (this.peaks.length === 0) return EMPTY_ROOT;
    return this.peaks.reduceRight((right, left) => nodeHash(left, right));
  }
}

// The root that an inclusion proof leads to (RFC 9162 2.1.3.2), or a refusal.
function rootOfInclusion(leaf, index, size, path) {
  if (index >= size) throw new Refusal(`there is no leaf ${index} in a tree of ${size}`);
  let [place, last, node] = [BigInt(index), BigInt(size) - 1n, leaf];
  for (const sibling of path) {
    if (last === 0n) throw new Refusal("the path is too long");
    if (place % 2n === 1n || place === last) {
      node = nodeHash(sibling, node);
      while (place % 2n === 0n && place !== 0n) [place, last] = [place / 2n, last / 2n];
    } else node = nodeHash(node, sibling);
    [place, last] = [place / 2n, last / 2n];
  }
  if (last !== 0n) throw new Refusal("the path is too short");
  return node;
}

// Check that a newer tree extends an older one (RFC 9162 2.1.4.2), or refuse.
function verifyConsistency({ oldSize, size, path, oldRoot, root }) {
  if (path.some((hash) => hash.length !== 32)) throw new Refusal("a hash is not 32 bytes long");
  if (oldSize > size) throw new Refusal(`a tree of ${size} does not extend one of ${oldSize}`);
  if (oldSize === 0 || oldSize === size) {
    const isTrivial = path.length === 0 && sameBytes(oldRoot, oldSize === 0 ? EMPTY_ROOT : root);
    if (!isTrivial) throw new Refusal("the proof does not hold");
    return;
  }
  let [place, last] = [BigInt(oldSize) - 1n, BigInt(size) - 1n];
  const isPerfect = (BigInt(oldSize) & place) === 0n;
  const nodes = isPerfect ? [oldRoot, ...path] : path;
  if (path.length === 0) throw new Refusal("the path is too short");
  while (place & 1n) [place, last] = [place >> 1n, last >> 1n];
  let [old, fresh] = [nodes[0], nodes[0]];
  for (const sibling of nodes.slice(1)) {
    if (last === 0n) throw new Refusal("the path is too long");
    if (place & 1n || place === last) {
      [old, fresh] = [nodeHash(sibling, old), nodeHash(sibling, fresh)];
      while (!(place & 1n) && place !== 0n) [place, last] = [place >> 1n, last >> 1n];
    } else fresh = nodeHash(fresh, sibling);
    [place, last] = [place >> 1n, last >> 1n];
  }
  const isProven = last === 0n && sameBytes(old, oldRoot) && sameBytes(fresh, root);
  if (!isProven) throw new Refusal("the path leads to another root");
}

// Find the first entry that is not what the signed root covers. Entries below `intactUpTo` are known to be whole.
async function firstBrokenEntry(log, { size, root, intactUpTo }) {
  if (await onlyLineEndingsDiffer(log, size, root)) {
    return { entry: 0, reason: "line endings were converted (CR LF); the text itself is otherwise unchanged" };
  }
  const hashes = log.below("hashes");
  const tree = new CompactRange();
  for await (const leaf of allLeaves(hashes, size)) tree.append(leaf);
  const isProven = sameBytes(tree.root(), root);
  return isProven ? firstMismatch(log, hashes, size) : firstMalformed(log, size, intactUpTo);
}

async function* allLeaves(hashes, size) {
  for (let segment = 0; segment * SEGMENT_LINES < size; segment++) {
    const wanted = Math.min(SEGMENT_LINES, size - segment * SEGMENT_LINES) * 32;
    const leaves = (await storedLeaves(hashes, segment)).subarray(0, wanted);
    for (let at = 0; at < leaves.length; at += 32) yield leaves.subarray(at, at + 32);
    if (leaves.length < wanted) return;
  }
}

async function* allLines(log, size, reader) {
  for (let lines = await reader.take(size); lines.length > 0; lines = await reader.take(size)) yield* lines;
}

async function firstMismatch(log, hashes, size) {
  const reader = new EntryLines(log.below("entries"));
  const lines = allLines(log, size, reader);
  let seq = 0;
  for await (const leaf of allLeaves(hashes, size)) {
    const { value: line, done } = await lines.next();
    if (done) return { entry: seq, reason: reader.fault ?? "the entry is missing" };
    if (!sameBytes(leafHash(line), leaf)) return { entry: seq, reason: `it was changed: ${describeLine(line, seq)}` };
    seq += 1;
  }
  throw new Error("the hashes give the signed root and every entry matches its hash");
}

async function firstMalformed(log, size, intactUpTo) {
  const reader = new EntryLines(log.below("entries"));
  let seq = 0;
  for await (const line of allLines(log, size, reader)) {
    const fault = lineFault(line, seq);
    if (fault !== null) return { entry: seq, reason: fault };
    seq += 1;
  }
  if (seq < size) return { entry: seq, reason: reader.fault ?? "the entry is missing" };
  const reason = "this or a later entry was changed; without the stored hashes it cannot be told which";
  return { entry: intactUpTo, reason };
}

function lineFault(line, seq) {
  try {
    decodeEntry(line, seq);
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

function describeLine(line, seq) {
  return lineFault(line, seq) ?? "it reads well but is not the entry that was signed";
}

async function onlyLineEndingsDiffer(log, size, root) {
  const tree = new CompactRange();
  const reader = new EntryLines(log.below("entries"));
  for await (const line of allLines(log, size, reader)) {
    if (line.at(-1) !== 13) return false;
    tree.append(leafHash(line.subarray(0, -1)));
  }
  return tree.size === size && sameBytes(tree.root(), root);
}
