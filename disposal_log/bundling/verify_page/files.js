// The folder that is judged, and the entries in it, read piece by piece: a log may be larger than the memory.

const SEGMENT_LINES = 65536;
const CHUNK_BYTES = 1 << 20;
const MAX_SMALL_FILE_BYTES = 1000000;

// A folder as a map from path ("/" between parts) to a file: anything with `size` and `slice(start, stop)`, as a
// browser's File has it.
class Folder {
  constructor(files) {
    this.files = files;
  }

  has(path) {
    return this.files.has(path);
  }

  get(path) {
    return this.files.get(path);
  }

  // Everything below `place`, as a folder of its own.
  below(place) {
    const within = [...this.files].filter(([path]) => path.startsWith(`${place}/`));
    return new Folder(new Map(within.map(([path, file]) => [path.slice(place.length + 1), file])));
  }

  get paths() {
    return [...this.files.keys()].sort();
  }

  // The first parts of all paths: what lies directly here.
  get names() {
    return [...new Set(this.paths.map((path) => path.split("/", 1)[0]))];
  }

  async read(path, start = 0, stop = Infinity) {
    const file = this.files.get(path);
    return new Uint8Array(await file.slice(start, Math.min(stop, file.size)).arrayBuffer());
  }

  // A file that is small when it is ours; null when it is not there.
  async readSmall(path, most = MAX_SMALL_FILE_BYTES) {
    if (!this.has(path)) return null;
    if (this.get(path).size > most) throw new Refusal(`${path} is far too large`);
    return this.read(path);
  }
}

function segmentName(number) {
  return `${String(number).padStart(5, "0")}.jsonl`;
}

// Reads lines of one file in batches; the last batch may end in a line without its newline.
class FileLines {
  constructor(folder, path) {
    this.folder = folder;
    this.path = path;
    this.length = folder.has(path) ? folder.get(path).size : 0;
    this.at = 0;
    this.partial = new Uint8Array(0);
  }

  // The next lines without their newlines, or null at the end; what is left then stands in `partial`.
  async next() {
    while (this.at < this.length) {
      const chunk = await this.folder.read(this.path, this.at, this.at + CHUNK_BYTES);
      if (chunk.length === 0) break;
      this.at += chunk.length;
      const bytes = this.partial.length === 0 ? chunk : joined(this.partial, chunk);
      const lines = [];
      let start = 0;
      for (let end = bytes.indexOf(10, this.partial.length); end >= 0; end = bytes.indexOf(10, start)) {
        lines.push(bytes.subarray(start, end));
        start = end + 1;
      }
      this.partial = bytes.slice(start);
      if (lines.length > 0) return lines;
      if (this.partial.length > 2 * MAX_NOTE_BYTES) return null;
    }
    return null;
  }
}

// The entries in order across segments. `fault` says why no more can be read.
class EntryLines {
  constructor(entries) {
    this.entries = entries;
    this.position = 0;
    this.fault = null;
    this.segment = 0;
    this.linesInSegment = 0;
    this.at = 0;
    this.ready = [];
    this.taken = 0;
    this.partial = new Uint8Array(0);
  }

  // The next lines, none beyond entry `stop`; none at all when there are no more.
  async take(stop) {
    if (this.position >= stop || (this.taken === this.ready.length && !(await this.refill()))) return [];
    const lines = this.ready.slice(this.taken, this.taken + stop - this.position);
    this.taken += lines.length;
    this.position += lines.length;
    return lines;
  }

  // Bytes of this segment after the last entry taken.
  get unsignedBytes() {
    const file = this.entries.get(segmentName(this.segment));
    const rest = this.ready.slice(this.taken).reduce((sum, line) => sum + line.length + 1, this.partial.length);
    return rest + (file === undefined ? 0 : file.size - this.at);
  }

  get lastSegment() {
    return Math.floor(Math.max(0, this.position - 1) / SEGMENT_LINES);
  }

  async refill() {
    while (this.fault === null && this.isAtSegment()) {
      const name = segmentName(this.segment);
      const chunk = await this.entries.read(name, this.at, this.at + CHUNK_BYTES);
      if (chunk.length === 0) return this.stop(this.partial.length ? "the line does not end in a newline" : `${name} ends before it`);
      this.at += chunk.length;
      this.ready = [];
      this.taken = 0;
      this.split(chunk);
      if (this.ready.length > 0) return true;
      if (this.partial.length > MAX_LINE_BYTES) return this.stop(`the line is longer than ${MAX_LINE_BYTES} bytes`);
    }
    return false;
  }

  split(chunk) {
    const bytes = this.partial.length === 0 ? chunk : joined(this.partial, chunk);
    const room = SEGMENT_LINES - this.linesInSegment; // surplus lines stay unread: they belong to no entry
    let start = 0;
    for (let end = bytes.indexOf(10, this.partial.length); end >= 0 && this.ready.length < room; end = bytes.indexOf(10, start)) {
      this.ready.push(bytes.subarray(start, end));
      start = end + 1;
    }
    this.partial = bytes.slice(start);
    this.linesInSegment += this.ready.length;
  }

  isAtSegment() {
    if (this.linesInSegment === SEGMENT_LINES) {
      if (this.unsignedBytes > 0) return this.stop(`${segmentName(this.segment)} goes on after its last line`);
      this.segment += 1;
      this.linesInSegment = 0;
      this.at = 0;
    }
    const name = segmentName(this.segment);
    return this.entries.has(name) || this.stop(`the file ${name} is missing`);
  }

  stop(reason) {
    this.fault = reason;
    return false;
  }
}

// The leaf hashes kept beside the entries: derived, and believed only when together they give the signed root.
async function storedLeaves(hashes, segment) {
  const name = `${String(segment).padStart(5, "0")}.bin`;
  if (!hashes.has(name)) return new Uint8Array(0);
  const bytes = await hashes.read(name, 0, SEGMENT_LINES * 32);
  return bytes.subarray(0, bytes.length - (bytes.length % 32));
}
