// Verifying a whole bundle: the log, and beside it the manifest, the chosen values, certificates and proofs.

const BUNDLE_SIGNS = ["MANIFEST.txt", "disclosures.jsonl", "VERIFY.html"];
const MAX_DISCLOSURE_LINE = 1000000;
const MAX_ENVELOPE_BYTES = 16000000;
const MAX_PROBLEMS = 100;
const PAYLOAD_TYPE = "application/vnd.in-toto+json";
const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
const MISSING =
  "committed values are missing unexplained: they are not in the bundle, nobody says that they were left out, and no " +
  "entry redacts them";
const NO_VALUES = "the disclosed values: none were given";
const NO_CERTIFICATES = "the certificates and proofs: the log itself does not hold";

// The chosen values, read side by side with the entries.
class DisclosedValues {
  constructor(folder) {
    this.lines = new FileLines(folder, "disclosures.jsonl");
    this.ready = [];
    this.number = 0;
    this.values = new Map();
    this.lastPlace = null;
    this.leftOut = [];
    this.faults = [];
    this.hasEnded = false;
  }

  // Read on until everything about entries below `stop` is known.
  async load(stop) {
    while (!this.hasEnded && (this.lastPlace === null || this.lastPlace.seq < stop)) {
      if (this.ready.length === 0) this.ready = (await this.lines.next()) ?? [];
      if (this.ready.length === 0) {
        this.hasEnded = true;
        if (this.lines.partial.length > 0) this.fault("it does not end in a newline", 1);
        return;
      }
      this.number += 1;
      try {
        this.take(this.ready.shift());
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        this.fault(error.message);
      }
    }
  }

  fault(words, further = 0) {
    this.faults.push(`disclosures.jsonl, line ${this.number + further}: ${words}`);
    this.hasEnded = true;
  }

  take(line) {
    if (line.length > MAX_DISCLOSURE_LINE) throw new Refusal(`it is longer than ${MAX_DISCLOSURE_LINE} bytes`);
    const found = parseCanonical(line);
    if (kindOf(found) !== "object") throw new Refusal("it is not an object");
    const fields = Object.keys(found).sort().join(" ");
    if (fields === "name seq text") this.takeValue(found);
    else if (fields === "first last names") this.takeSpan(found);
    else throw new Refusal("it neither discloses a value nor says what was left out");
  }

  takeValue({ seq, name, text }) {
    if (!isWhole(seq) || seq < 0 || !isAscii(name) || !isAscii(text)) throw new Refusal("it is malformed");
    const last = this.lastPlace;
    if (last !== null && (seq < last.seq || (seq === last.seq && name <= last.name))) throw new Refusal("it is out of order");
    this.lastPlace = { seq, name };
    if (!this.values.has(seq)) this.values.set(seq, new Map());
    this.values.get(seq).set(name, text);
  }

  takeSpan({ first, last, names }) {
    const isSpan = isWhole(first) && isWhole(last) && 0 <= first && first <= last;
    if (!isSpan || !Array.isArray(names) || names.length === 0 || !names.every(isAscii)) throw new Refusal("it is malformed");
    this.leftOut.push({ first, last, names });
  }

  // The values of an entry; each may be asked for once.
  of(seq) {
    const found = this.values.get(seq) ?? new Map();
    this.values.delete(seq);
    return found;
  }

  async finish(size) {
    await this.load(Infinity);
    if (this.lastPlace !== null && this.lastPlace.seq >= size) {
      this.faults.push(`disclosures.jsonl tells of entry ${this.lastPlace.seq}, and the log has ${size}`);
    }
    return this.faults;
  }
}

function isAscii(value) {
  return kindOf(value) === "text" && [...value].every((character) => character < "\x80");
}

async function digestOfFile(folder, path) {
  const digest = new Sha256();
  const { size } = folder.get(path);
  for (let at = 0; at < size; at += CHUNK_BYTES) digest.add(await folder.read(path, at, at + CHUNK_BYTES));
  return hexOf(digest.digest());
}

// Compare every file that is not the log with MANIFEST.txt.
async function checkManifest(folder, report) {
  if (!folder.has("MANIFEST.txt")) {
    report.problem("MANIFEST.txt is missing");
    return;
  }
  const listed = new Set();
  let before = "";
  const lines = new FileLines(folder, "MANIFEST.txt");
  let number = 0;
  for (let batch = await lines.next(); batch !== null; batch = await lines.next()) {
    for (const line of batch) {
      number += 1;
      const found = /^([0-9a-f]{64}) {2}([^\\]+)$/.exec(textOf(line) ?? "");
      if (found === null || found[2] <= before || !isPlainPath(found[2])) {
        report.problem(`MANIFEST.txt, line ${number}: it is malformed`);
        return;
      }
      before = found[2];
      listed.add(before);
      if (!folder.has(before)) report.problem(`${before} is missing, which MANIFEST.txt lists`);
      else if ((await digestOfFile(folder, before)) !== found[1]) report.problem(`${before} is not the file that MANIFEST.txt lists`);
    }
  }
  if (lines.partial.length > 0) report.problem(`MANIFEST.txt, line ${number + 1}: it does not end in a newline`);
  const strangers = folder.paths.filter((path) => !path.startsWith("log/") && path !== "MANIFEST.txt" && !listed.has(path));
  if (strangers.length > 0) {
    report.warnings.push(`${strangers.length} files are not listed in MANIFEST.txt, so nothing was said of them: ${strangers[0]}`);
  }
}

function isPlainPath(path) {
  return path.split("/").every((part) => part !== "" && part !== "." && part !== "..") && !path.startsWith("log/");
}

// A signed certificate in its parts (DSSE); no signature is checked.
function openEnvelope(bytes) {
  const found = jsonObject(bytes);
  if (member(found, "payloadType") !== PAYLOAD_TYPE) throw new Refusal(`its payload is not ${PAYLOAD_TYPE}`);
  const payload = kindOf(member(found, "payload")) === "text" ? fromBase64(found.payload) : null;
  const signatures = member(found, "signatures");
  if (payload === null || !Array.isArray(signatures)) throw new Refusal("its payload or its signatures are malformed");
  const opened = signatures.map((each) => {
    const text = kindOf(each) === "object" ? member(each, "sig") : undefined;
    const bytes = kindOf(text) === "text" ? fromBase64(text) : null;
    if (bytes === null) throw new Refusal("a signature is not base64");
    return bytes;
  });
  return { payload, statement: () => jsonObject(payload), signatures: opened };
}

function jsonObject(bytes) {
  if (bytes.length > MAX_ENVELOPE_BYTES) throw new Refusal(`it is longer than ${MAX_ENVELOPE_BYTES} bytes`);
  let found = null;
  try {
    found = JSON.parse(textOf(bytes) ?? "");
  } catch {
    throw new Refusal("it is not JSON");
  }
  if (kindOf(found) !== "object") throw new Refusal("it is not an object");
  return found;
}

// The note in a certificate, or the note itself.
function noteIn(bytes) {
  if (!(textOf(bytes) ?? "").trimStart().startsWith("{")) return bytes;
  const predicate = member(openEnvelope(bytes).statement(), "predicate");
  const note = kindOf(predicate) === "object" ? member(predicate, "checkpoint") : undefined;
  if (kindOf(note) !== "text") throw new Refusal("the certificate carries no checkpoint");
  return utf8(note);
}

// The statement of a certificate that one of the keys has signed.
async function verifiedStatement(bytes, keys) {
  const { payload, statement, signatures } = openEnvelope(bytes);
  const framed = joined(utf8(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `), payload);
  let isSigned = false;
  for (const signature of signatures) {
    for (const key of keys) isSigned ||= key.algorithm === ED25519 && (await checkEd25519(key.bytes, framed, signature));
  }
  if (!isSigned) throw new Refusal("none of the known keys has signed it");
  const found = statement();
  if (member(found, "_type") !== STATEMENT_TYPE) throw new Refusal("it holds no in-toto statement");
  return found;
}

// A proof that one entry is in the log (C2SP tlog-proof).
function parseProof(bytes) {
  const text = textOf(bytes) ?? "";
  const end = text.indexOf("\n\n");
  const lines = text.slice(0, Math.max(0, end)).split("\n");
  if (end < 0 || !text.endsWith("\n") || lines.shift() !== "c2sp.org/tlog-proof@v1") throw new Refusal("it is no proof");
  const extra = lines[0]?.startsWith("extra ") ? fromBase64(lines.shift().slice(6)) : undefined;
  if (extra === null) throw new Refusal("its extra line is not base64");
  const index = /^index (0|[1-9][0-9]{0,15})$/.exec(lines.shift() ?? "");
  if (index === null || Number(index[1]) >= MAX_SIZE) throw new Refusal("it has no index");
  const path = lines.map((line) => fromBase64(line));
  if (path.length > 63 || path.some((hash) => hash === null || hash.length !== 32)) throw new Refusal("its path is malformed");
  return { index: Number(index[1]), path, extra, note: utf8(text.slice(end + 2)) };
}

// The certificates and proofs of a bundle, read before the log so that it can be asked for what they name.
class Papers {
  constructor(folder) {
    this.folder = folder;
    this.certificates = new Map();
    this.proofs = new Map();
    this.roots = new Set();
    this.entries = new Set();
  }

  async load(report) {
    for (const path of this.folder.paths.filter((each) => /^certificates\/[^/]+$/.test(each))) {
      if (!path.endsWith(".dsse.json") && !path.endsWith(".tlog-proof")) continue;
      await report.tryOn(path, async () => {
        const bytes = await this.folder.readSmall(path, MAX_ENVELOPE_BYTES);
        const isProof = path.endsWith(".tlog-proof");
        const found = isProof ? parseProof(bytes) : { bytes, note: noteIn(bytes) };
        const claimed = claimedCheckpoint(found.note);
        this.roots.add(claimed.size);
        if (isProof) this.entries.add(found.index);
        (isProof ? this.proofs : this.certificates).set(path, { ...found, claimed });
      });
    }
  }

  isWanted(seq, { type }) {
    return this.entries.has(seq) || (this.certificates.size > 0 && PAPER_TYPES.has(type));
  }

  async check(log, report) {
    const kept = [...log.kept.values()].map(({ entry }) => entry);
    const issued = kept.filter((entry) => entry.type === "certificate.issued");
    for (const [path, paper] of this.certificates) {
      await report.tryOn(path, async () => {
        const statement = await verifiedStatement(paper.bytes, log.epochs.keysSince(paper.claimed.size));
        await this.checkRoot(paper, log);
        checkNumbers(statement, hexOf(sha256(paper.bytes)), kept);
      });
    }
    for (const [path, paper] of this.proofs) {
      await report.tryOn(path, async () => {
        await this.checkRoot(paper, log);
        const { leaf } = log.kept.get(paper.index) ?? {};
        if (leaf === undefined) throw new Refusal(`there is no entry ${paper.index}`);
        if (paper.extra !== undefined && !sameBytes(leafHash(paper.extra), leaf)) {
          throw new Refusal(`its extra line is not entry ${paper.index}`);
        }
        const root = rootOfInclusion(leaf, paper.index, paper.claimed.size, paper.path);
        if (!sameBytes(root, paper.claimed.root)) throw new Refusal("the path leads to another root");
      });
    }
    const here = new Set([...this.certificates.values()].map(({ bytes }) => hexOf(sha256(bytes))));
    const absent = issued.filter((entry) => !here.has(entry.digest)).length;
    if (this.certificates.size > 0 && absent > 0) {
      report.warnings.push(`${absent} of ${issued.length} certificates that the log says were issued are not here`);
    }
  }

  async checkRoot({ note, claimed }, log) {
    await log.epochs.confirm(note);
    const root = log.roots.get(claimed.size);
    if (root === undefined) throw new Refusal(`its checkpoint has ${claimed.size} entries, this log fewer`);
    if (!sameBytes(root, claimed.root)) throw new Refusal(`its checkpoint has another root at ${claimed.size} entries than this log`);
  }
}

const PAPER_TYPES = new Set(["certificate.issued", "batch.proposed", "batch.closed"]);

// Whether a certificate was issued, and says what the entries of its batch say.
function checkNumbers(statement, digest, entries) {
  const predicate = kindOf(member(statement, "predicate")) === "object" ? statement.predicate : {};
  const isAboutIt = (entry) => kindOf(entry.batch) === "text" && entry.batch === member(predicate, "batch");
  const issued = entries.find((entry) => entry.type === "certificate.issued" && entry.digest === digest);
  if (issued === undefined) throw new Refusal("no entry of the log says that it was issued");
  if (!isAboutIt(issued) || issued.certificate !== member(predicate, "certificate")) {
    throw new Refusal(`entry ${issued.seq} says that it was issued for something else`);
  }
  const proposal = entries.find((entry) => entry.type === "batch.proposed" && isAboutIt(entry));
  const closing = entries.filter((entry) => entry.type === "batch.closed" && isAboutIt(entry) && entry.seq < issued.seq).at(-1);
  const compared = [
    ["manifest", proposal?.manifest],
    ["items_proposed", proposal?.items],
    ["bytes_proposed", proposal?.bytes],
    ["status", issued.status],
  ];
  for (const [name, told] of compared) {
    if (Object.hasOwn(predicate, name) && predicate[name] !== told) throw new Refusal(`its '${name}' is not what the log says`);
  }
  for (const [name, told] of [["results", member(issued, "counts")], ["bytes_of_results", closing?.bytes]]) {
    if (told !== undefined && Object.hasOwn(predicate, name) && !sameTable(predicate[name], told)) {
      throw new Refusal(`its '${name}' are not what the log says`);
    }
  }
}

function sameTable(one, other) {
  if (kindOf(one) !== "object" || kindOf(other) !== "object") return false;
  const at = (table, name) => (Object.hasOwn(table, name) ? table[name] : 0);
  return [...Object.keys(one), ...Object.keys(other)].every((name) => at(one, name) === at(other, name));
}

class Report {
  constructor() {
    this.problems = [];
    this.warnings = [];
    this.notChecked = [];
    this.log = null;
    this.values = null;
    this.cannotSay = null;
  }

  problem(text, entry = null) {
    this.problems.push({ text, entry });
  }

  async tryOn(path, work) {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.problem(`${path}: ${error.message}`);
    }
  }

  get verdict() {
    if (this.cannotSay !== null) return "CANNOT_SAY";
    if (this.problems.length > 0) return "FAILED";
    return this.warnings.length > 0 ? "VERIFIED_WITH_WARNINGS" : "VERIFIED";
  }

  get firstBrokenEntry() {
    const numbered = this.problems.map(({ entry }) => entry).filter((entry) => entry !== null);
    return numbered.length === 0 ? null : numbered.reduce((one, other) => Math.min(one, other));
  }

  get headline() {
    const first = this.firstBrokenEntry;
    return this.verdict.replaceAll("_", " ") + (this.verdict === "FAILED" && first !== null ? ` at entry ${first}` : "");
  }
}

// Judge a folder: a bundle, a workspace with a log in it, or a log. `seen` is a note or certificate kept outside.
async function verifyFolder(folder, { keys = "", seen = null, progress = () => {} } = {}) {
  const report = new Report();
  const isBundle = folder.names.includes("log") && BUNDLE_SIGNS.some((name) => folder.has(name));
  const hasInner = !folder.names.includes("entries") && folder.has("log/checkpoint");
  const place = isBundle || hasInner ? folder.below("log") : folder;
  try {
    const parts = ["checkpoint", "checkpoints.jsonl", "entries"];
    if (!parts.some((name) => place.names.includes(name))) throw new Refusal("there is no disposal log in this folder");
    const kept = seen === null ? null : keptOtherwise(seen);
    const note = seen === null || kept !== null ? null : noteIn(seen);
    const noted = note === null ? null : { note, claimed: claimedCheckpoint(note), envelope: note === seen ? null : seen };
    await judge(isBundle ? folder : null, place, { keys: keysIn(keys), seen: noted, kept, progress }, report);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    report.cannotSay = error.message;
    report.notChecked = ["anything"];
  }
  return report;
}

async function judge(bundle, place, { keys, seen, kept, progress }, report) {
  const source = bundle?.has("disclosures.jsonl") ? new DisclosedValues(bundle) : null;
  const papers = new Papers(bundle ?? new Folder(new Map()));
  const early = new Report();
  await papers.load(early);
  const wanted = { roots: new Set(papers.roots), entries: (seq, entry) => papers.isWanted(seq, entry) };
  const log = new LogVerification(place, { keys, seen, kept, source, wanted, progress });
  await log.run();
  const { problems, warnings } = log.findings;
  report.problems.push(...problems);
  report.warnings.push(...warnings);
  report.log = log;
  report.values = log.commitments.visibility();
  report.notChecked = [...(source === null ? [NO_VALUES] : []), ...log.anchors.notChecked, ...NOT_CHECKED];
  if (bundle === null) return;
  const isLogWhole = problems.length === 0;
  await checkManifest(bundle, report);
  for (const fault of (await source?.finish(log.target?.size ?? 0)) ?? []) report.problem(fault);
  const { missing } = log.commitments.visibility();
  if (missing > 0) report.warnings.push(`${missing} ${MISSING}`);
  await checkPolicyCopy(bundle, report);
  if (isLogWhole) {
    report.problems.push(...early.problems);
    await papers.check(log, report);
  } else report.notChecked.unshift(NO_CERTIFICATES);
}

async function checkPolicyCopy(bundle, report) {
  await report.tryOn("policy.txt", async () => {
    const [copy, own] = [await bundle.readSmall("policy.txt"), await bundle.readSmall("log/policy.txt")];
    if (copy !== null && own !== null && !sameBytes(copy, own)) throw new Refusal("it is not that of the log");
  });
}
