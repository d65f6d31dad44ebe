// What outside eyes have seen of the log: rules for anchors, receipts of them, and what somebody kept elsewhere.

const MAX_ANCHORS = 100000;
const REQUIREMENTS = ["none", "certificate", "timestamp", "witness"]; // each asks for more than those before it
const ANCHOR_KINDS = ["certificate", "timestamp", "witness"];
const ANCHOR_TYPES = new Set(["witness.set", "anchor.receipt"]);
const LATEST_SECONDS = 253402300799n;
const MAX_PRINTED_BYTES = 4096;
const KEYS_ONLY_INSIDE =
  "whether the witnesses are who they are said to be: their keys were found only inside the log. Paste those you know";
const KEPT_BY_WORD =
  "whether the people who said that they keep a copy of a checkpoint do: only their word is in the log";
const NO_TIMESTAMPS = "the timestamps: this page cannot check them; other software can, with the files in log/anchors";
const NO_KEPT_TIMESTAMP = "the timestamp kept outside: this page cannot read it; other software can";

// Text of any value, as it stands where text was expected.
const loose = (value) => (kindOf(value) === "text" ? value : "");

// A cosignature by a witness under the text of a checkpoint (cosignature/v1): when it was made, or null.
async function cosignedAt(text, body, key) {
  if (key.algorithm !== COSIGNATURE || body.length !== 76 || hexOf(body.subarray(0, 4)) !== key.hash) return null;
  const seconds = new DataView(body.buffer, body.byteOffset).getBigUint64(4);
  if (seconds > LATEST_SECONDS) return null;
  const message = utf8(`cosignature/v1\ntime ${seconds}\n${text}`);
  return (await checkEd25519(key.bytes, message, body.subarray(12))) ? seconds * 1000000n : null;
}

// The cosignatures in a note by known witnesses; none when one of them is wrong.
async function cosignaturesIn(note, witnesses) {
  const { text, signatures } = splitNote(note);
  const found = new Map();
  for (const { name, hash, bytes } of signatures) {
    const key = witnesses.find((each) => each.name === name && each.hash === hash);
    if (key === undefined) continue;
    const body = joined(Uint8Array.from(hash.match(/../g), (two) => parseInt(two, 16)), bytes);
    const at = await cosignedAt(text, body, key);
    if (at === null) return [];
    if (!found.has(key.text)) found.set(key.text, { key, at });
  }
  return [...found.values()];
}

function readRule(entry, seq) {
  const requirement = member(entry, "require");
  if (!REQUIREMENTS.includes(requirement) || kindOf(member(entry, "policy")) !== "text") throw new Refusal("malformed");
  const policy = Policy.parse(entry.policy);
  if (policy.witnesses.some(({ key }) => key.algorithm !== COSIGNATURE)) throw new Refusal("naming a key of another type");
  if (requirement === "witness" && policy.quorum === "none") throw new Refusal("asking for witnesses, and its quorum is none");
  const authorities = Object.hasOwn(entry, "authorities") ? entry.authorities : "";
  if (kindOf(authorities) !== "text" || (requirement === "timestamp" && authorities === "")) {
    throw new Refusal("asking for timestamps, and it does not say by which certificates");
  }
  return { requirement, policy, seq, authorities };
}

function readAnchor(entry, seq) {
  const [kind, size, by, at, root] = ["kind", "size", "by", "at", "root"].map((name) => member(entry, name));
  if (!ANCHOR_KINDS.includes(kind) || !isWhole(size) || kindOf(by) !== "text") return null;
  if (!/^\s*([0-9a-fA-F]{2}\s*){32}$/.test(loose(root))) return null;
  try {
    const bytes = Uint8Array.from(root.replace(/\s/g, "").match(/../g), (two) => parseInt(two, 16));
    const digests = { digest: loose(member(entry, "digest")), roots: loose(member(entry, "roots")) };
    return { seq, kind, size, by, at: momentOf(loose(at)), root: bytes, ...digests };
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

function wordsOfRule({ requirement, policy }) {
  const words = {
    none: "nobody outside",
    certificate: "somebody who keeps a copy of a checkpoint or certificate",
    timestamp: "a timestamping authority",
    witness: `the witnesses of the quorum '${policy.quorum}'`,
  };
  return words[requirement];
}

// Whose word a rule asks for, to be compared with another rule; an address may change.
function askedBy({ requirement, policy, authorities }) {
  const witnesses = policy.witnesses.map(({ name, key }) => [name, key.text]);
  const groups = policy.groups.map(({ name, threshold, members }) => [name, threshold, members]);
  const words = { witness: [witnesses, groups, policy.quorum], timestamp: authorities };
  return JSON.stringify([requirement, words[requirement] ?? null]);
}

// What somebody kept in another form than a note or certificate: a printed line, or a timestamp; else null.
function keptOtherwise(bytes) {
  if (bytes.length > 1 && bytes[0] === 0x30 && bytes[1] >= 0x80) return { isTimestamp: true };
  if (bytes.length > MAX_PRINTED_BYTES) return null;
  for (const line of new TextDecoder().decode(bytes).toLowerCase().split(/[\n\r]/)) {
    const [size, ...words] = line.trim().split(/\s+/);
    if (/^[0-9]{1,16}$/.test(size) && words.length === 12 && words.every((word) => WORDS.includes(word))) {
      return { isTimestamp: false, size: Number(size), words: words.join(" ") };
    }
  }
  return null;
}

class AnchorCheck {
  constructor(log, witnesses, kept) {
    this.log = log;
    this.trusted = witnesses;
    this.kept = kept;
    this.origin = "";
    this.rules = [];
    this.anchors = [];
    this.seenBy = new Map();
    this.places = new Map();
    this.problems = [];
    this.warnings = [];
    this.notChecked = [];
    this.anchored = [];
  }

  get rule() {
    return this.rules.at(-1) ?? null;
  }

  get witnesses() {
    return [...this.rules.flatMap(({ policy }) => policy.witnesses.map(({ key }) => key)), ...this.trusted];
  }

  place(entry) {
    const batch = loose(member(entry, "batch"));
    if (!this.places.has(batch)) this.places.set(batch, { last: -1, proposer: "" });
    return this.places.get(batch);
  }

  // Take in an entry that carries no signature; say what is wrong with it, or give null.
  observe(seq, entry) {
    switch (entry.type) {
      case "log.open":
        this.origin = loose(member(entry, "origin"));
        break;
      case "batch.proposed":
        this.place(entry).proposer = loose(member(entry, "proposer"));
        break;
      case "batch.decision":
        if (member(entry, "decision") === "approve") this.place(entry).last = seq;
        break;
      case "item.outcome":
        if (member(entry, "result") === "quarantined") this.place(entry).last = seq;
        break;
      case "batch.intent":
        return member(entry, "phase") === "purge" ? this.waitingFault(entry) : null;
    }
    return null;
  }

  // Take in a rule or a receipt.
  async observeSlowly(seq, entry) {
    return entry.type === "witness.set" ? this.takeRule(seq, entry) : this.takeReceipt(seq, entry);
  }

  takeRule(seq, entry) {
    try {
      this.rules.push(readRule(entry, seq));
      this.seenBy.clear(); // what counts from here on must have seen this entry
      return null;
    } catch (error) {
      if (error instanceof Refusal) return `the rule for anchors is ${error.message}`;
      throw error;
    }
  }

  async takeReceipt(seq, entry) {
    const anchor = readAnchor(entry, seq);
    if (anchor === null) return "the receipt of an anchor is malformed";
    if (anchor.size < 1 || anchor.size > seq) return `the receipt says that ${anchor.size} entries were seen when there were ${seq}`;
    const fault = await this.receiptFault(anchor, entry);
    if (fault !== null) return fault;
    if (this.anchors.length < MAX_ANCHORS) this.anchors.push(anchor);
    const name = `${anchor.kind} ${anchor.by}`;
    const before = this.seenBy.get(name)?.size ?? 0;
    this.seenBy.set(name, { kind: anchor.kind, by: anchor.by, size: Math.max(anchor.size, before) });
    return null;
  }

  async receiptFault(anchor, entry) {
    switch (anchor.kind) {
      case "witness":
        return this.cosignatureFault(anchor, entry);
      case "timestamp": {
        const isOfRule = this.rule !== null && anchor.roots === this.rule.authorities;
        return isOfRule ? null : "the receipt of a timestamp names other certificates than the rule in force";
      }
      default: {
        const says = loose(member(entry.actor, "ref"));
        return says === anchor.by ? null : `somebody else than ${anchor.by} says that ${anchor.by} keeps a copy`;
      }
    }
  }

  async cosignatureFault(anchor, entry) {
    const key = this.rule?.policy.witnesses.map((each) => each.key).findLast(({ id }) => id === anchor.by);
    if (key === undefined) return `the receipt names ${anchor.by}, which is no witness of this log`;
    const body = fromBase64(loose(member(entry, "cosignature")));
    const text = `${this.origin}\n${anchor.size}\n${toBase64(anchor.root)}\n`;
    const at = body === null ? null : await cosignedAt(text, body, key);
    if (at === null) return `the cosignature of ${anchor.by} in the receipt is wrong`;
    return at === anchor.at ? null : `the receipt dates the cosignature of ${anchor.by} otherwise than it`;
  }

  // What a purge did not wait for: somebody outside must have seen the approval, the quarantine and the rule itself.
  waitingFault(entry) {
    const { rule } = this;
    if (rule === null || rule.requirement === "none") return null;
    const { last, proposer } = this.place(entry);
    const needed = Math.max(last, rule.seq);
    const seen = [...this.seenBy.values()].filter(({ kind, size }) => kind === rule.requirement && size > needed);
    const by = seen.map((each) => each.by);
    if (this.isEnough(rule, by, [loose(member(entry.actor, "ref")), proposer])) return null;
    const words = `${wordsOfRule(rule)}, to have seen the log up to entry ${needed}`;
    return `an intent to purge items of batch ${member(entry, "batch")} that did not wait for ${words}`;
  }

  isEnough({ requirement, policy }, by, actors) {
    if (requirement === "timestamp") return by.length > 0;
    if (requirement === "certificate") return by.some((each) => !actors.includes(each));
    const keys = policy.witnesses.filter(({ key }) => by.includes(key.id)).map(({ key }) => key.text);
    return policy.isSatisfiedBy(new Set(keys));
  }

  // Compare everything with the log, once its entries are known to be those that were signed.
  async finish(target) {
    const sizes = new Set(this.anchors.map(({ size }) => size));
    const isPrinted = this.kept !== null && !this.kept.isTimestamp;
    if (isPrinted) sizes.add(this.kept.size);
    const roots = sizes.size > 0 ? await recordedRoots(this.log, sizes) : new Map();
    roots.set(target.size, target.root);
    for (const anchor of this.anchors) await this.compare(anchor, roots);
    this.judgeRules();
    await this.judgePolicy();
    if (isPrinted) this.judgePrinted(target, roots.get(this.kept.size));
    else if (this.kept !== null) this.skip(NO_KEPT_TIMESTAMP);
  }

  async compare(anchor, roots) {
    const { seq, kind, size, by, at } = anchor;
    const root = roots.get(size);
    if (root === undefined) this.problem(`the receipt is for ${size} entries, at which this log has no checkpoint`, seq);
    else if (!sameBytes(root, anchor.root)) {
      const text =
        `two histories were signed: ${by} has seen ${size} entries with root ${hexOf(anchor.root)}, this log has ${hexOf(root)}`;
      this.problem(text, seq);
    } else if (kind === "certificate") this.skip(KEPT_BY_WORD);
    else if (kind === "timestamp") await this.checkToken(anchor);
    else {
      if (!this.trusted.some(({ id }) => id === by)) this.skip(KEYS_ONLY_INSIDE);
      this.anchored.push({ size, at });
    }
  }

  // A timestamp's token is compared with its digest in the log; its signature needs other software.
  async checkToken({ seq, size, digest, roots }) {
    const isThere =
      (await this.isKept(`${size}.${digest.slice(0, 16)}.tsr`, digest)) && (await this.isKept(`tsa-${roots.slice(0, 16)}.pem`, roots));
    const words = `the timestamp of ${size} entries is not in anchors/ as it was kept`;
    if (isThere) this.skip(NO_TIMESTAMPS);
    else if (this.rules.some(({ requirement }) => requirement === "timestamp")) {
      this.problem(`${words}, and a purge may rest on it`, seq);
    } else this.warnings.push(`${words} (entry ${seq})`);
  }

  async isKept(name, digest) {
    const path = `anchors/${name}`;
    if (!/^[0-9a-f]{64}$/.test(digest) || !this.log.has(path) || this.log.get(path).size > MAX_SMALL_FILE_BYTES) return false;
    return hexOf(sha256(await this.log.read(path))) === digest;
  }

  judgeRules() {
    for (let at = 1; at < this.rules.length; at++) {
      const [before, after] = [this.rules[at - 1], this.rules[at]];
      if (REQUIREMENTS.indexOf(after.requirement) < REQUIREMENTS.indexOf(before.requirement)) {
        const words = `a purge waits for ${wordsOfRule(after)}; before, it waited for ${wordsOfRule(before)}`;
        this.warnings.push(`since entry ${after.seq} ${words}`);
      } else if (before.requirement !== "none" && askedBy(after) !== askedBy(before)) {
        const words = `a purge waits for others than before: ${wordsOfRule(after)}, and before ${wordsOfRule(before)}`;
        this.warnings.push(`since entry ${after.seq} ${words}. Ask those whether that was right`);
      } else if (after.policy.text !== before.policy.text) {
        this.skip(`whether the change of the witnesses by entry ${after.seq} was right`);
      }
    }
  }

  // Compare the witnesses in the policy file with those that the log has named.
  async judgePolicy() {
    let inside = null;
    try {
      inside = Policy.parse(textOf((await this.log.readSmall("policy.txt")) ?? new Uint8Array(0)) ?? "").witnessing;
    } catch (error) {
      if (error instanceof Refusal) return; // whoever reads the keys from it says what is wrong with it
      throw error;
    }
    const rules = this.rules.map(({ policy }) => policy.witnessing);
    if (inside === (rules.at(-1) ?? "none")) return;
    if ([...rules, "none"].includes(inside)) {
      this.warnings.push("policy.txt names the witnesses of an earlier rule: a writer was stopped, or an older file was put in its place");
    } else this.problem("policy.txt names other witnesses than the log");
  }

  judgePrinted(target, root) {
    const { size, words } = this.kept;
    if (size > target.size) this.problem(`the log was rolled back: ${size} entries were printed, ${target.size} are here`, target.size);
    else if (root === undefined) this.problem(`the printed line is for ${size} entries, at which this log has no checkpoint`);
    else if (wordsOf(utf8(hexOf(root))) !== words) this.problem(`the printed words are not those of this log's root at ${size} entries`);
    else this.anchored.push({ size, at: null });
  }

  // Who has seen the log, and when, by a note that was kept outside and that fits it.
  async keptOutside(size, note) {
    const found = await cosignaturesIn(note, this.witnesses);
    return found.length > 0 ? found.map(({ at }) => ({ size, at })) : [{ size, at: null }];
  }

  problem(text, entry = null) {
    this.problems.push({ text, entry });
  }

  skip(words) {
    if (!this.notChecked.includes(words)) this.notChecked.push(words);
  }
}

// The roots in the list of checkpoints at some sizes; that they are signed was found out before.
async function recordedRoots(log, sizes) {
  const roots = new Map();
  const lines = new FileLines(log, "checkpoints.jsonl");
  for (let batch = await lines.next(); batch !== null; batch = await lines.next()) {
    for (const line of batch) {
      try {
        const { size, root } = claimedCheckpoint(noteOnLine(line));
        if (sizes.has(size)) roots.set(size, root);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
      }
    }
  }
  return roots;
}
