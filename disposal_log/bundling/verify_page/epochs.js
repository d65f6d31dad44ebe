// Epochs: which keys sign the log from when to when, as its own entries tell it, and whether they did.

const KEY_TYPES = new Set(["log.open", "key.add", "key.retire", "key.compromised"]);

// The moment that a text writes, in microseconds; a refusal when it writes none.
function momentOf(text) {
  const found = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{1,6})(?:Z|([+-])(\d\d):?(\d\d))$/.exec(text);
  if (found === null) throw new Refusal(`'${text.slice(0, 40)}' is no instant`);
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && year > 0;
  if (!isReal || hour > 23 || minute > 59 || second > 59) throw new Refusal(`'${text.slice(0, 40)}' is no instant`);
  const offset = found[8] ? (found[8] === "-" ? -1 : 1) * (Number(found[9]) * 60 + Number(found[10])) : 0;
  date.setUTCHours(hour, minute - offset, second);
  return BigInt(date.getTime()) * 1000n + BigInt(found[7].padEnd(6, "0"));
}

function textIn(entry, name) {
  const value = member(entry, name);
  if (kindOf(value) !== "text") throw new Refusal(`'${name}' is not text`);
  return value;
}

function keyListIn(entry, field, name) {
  const value = member(entry, field);
  const isList = Array.isArray(value) && value.length > 0 && value.every((each) => kindOf(each) === "text");
  if (!isList) throw new Refusal(`'${field}' is no list of keys`);
  const keys = value.map(parseKey);
  if (keys.some((key) => key.name !== name)) throw new Refusal(`a key is not named ${name}`);
  return keys;
}

const has = (keys, key) => keys.some((each) => each.text === key.text);
const sameKeys = (one, other) => one.length === other.length && one.every((key) => has(other, key));
const namesOf = (keys) => keys.map((key) => key.id).join(", ");

class KeyHistory {
  constructor() {
    this.epochs = [];
    this.requirements = [{ size: 0, keys: [] }];
    this.isPending = false;
    this.origin = "";
    this.recoveryKeys = [];
  }

  get known() {
    return [...this.epochs.flatMap(({ keys }) => keys), ...this.recoveryKeys];
  }

  // The sets of keys that the policy file may name at a size, the current ones first.
  policyChoices(size) {
    const count = this.epochs.length;
    const mayLag = count > 1 && (this.isPending || this.epochs[count - 2].retiredAt === size - 1);
    return this.epochs.slice(mayLag ? -2 : -1).reverse().map(({ keys }) => keys);
  }

  // The keys that must sign a checkpoint of a size, and the only ones that may.
  required(size) {
    return this.requirements.filter((each) => each.size <= size).at(-1).keys;
  }

  epochOf(key) {
    return this.epochs.find(({ keys }) => has(keys, key));
  }

  // Take in an entry; say why it may not be, or give null.
  observe(seq, entry) {
    try {
      const takers = { "log.open": this.open, "key.add": this.add, "key.retire": this.retire, "key.compromised": this.compromise };
      takers[entry.type].call(this, seq, entry);
      return null;
    } catch (error) {
      if (error instanceof Refusal) return error.message;
      throw error;
    }
  }

  open(seq, entry) {
    if (this.epochs.length > 0) return; // a second opening is told of elsewhere
    this.origin = textIn(entry, "origin");
    const many = Object.hasOwn(entry, "vkeys") ? keyListIn(entry, "vkeys", this.origin) : [];
    const single = parseKey(textIn(entry, "vkey"));
    const keys = many.length > 0 ? many : [single];
    if (keys[0].text !== single.text) throw new Refusal("'vkeys' does not begin with 'vkey'");
    this.requireFresh(keys);
    const recovery = parseKey(textIn(entry, "recovery_vkey"));
    const more = Object.hasOwn(entry, "recovery_vkeys") ? keyListIn(entry, "recovery_vkeys", recovery.name) : [recovery];
    if (more[0].text !== recovery.text) throw new Refusal("'recovery_vkeys' does not begin with 'recovery_vkey'");
    this.recoveryKeys = more;
    this.begin(seq, entry, { number: 1, keys, authority: "opening" });
    this.requirements.push({ size: seq + 1, keys });
  }

  add(seq, entry) {
    const old = this.current();
    if (this.isPending) throw new Refusal("keys are added before those of the last addition have taken over");
    if (member(entry, "epoch") !== old.number + 1) throw new Refusal(`the new epoch does not follow epoch ${old.number}`);
    const keys = keyListIn(entry, "vkeys", this.origin);
    this.requireFresh(keys);
    if (old.keys.length > keys.length) throw new Refusal("the new keys lack ML-DSA-44, which the old ones have");
    const authority = textIn(entry, "authority");
    if (!["log-key", "recovery-key"].includes(authority)) throw new Refusal(`'${authority}' cannot vouch for a key`);
    const vouching = authority === "log-key" ? old.keys : this.recoveryKeys;
    this.begin(seq, entry, { number: old.number + 1, keys, authority });
    this.requirements.push({ size: seq + 1, keys: [...vouching, ...keys] });
    this.isPending = true;
  }

  retire(seq, entry) {
    const fresh = this.current();
    if (!this.isPending) throw new Refusal("keys are retired although no others were named to follow");
    const old = this.epochs.at(-2);
    const isThem = (keys) => keys.length === old.keys.length && keys.every((key, at) => key.text === old.keys[at].text);
    if (member(entry, "epoch") !== old.number || !isThem(keyListIn(entry, "vkeys", this.origin))) {
      throw new Refusal(`it does not retire the keys of epoch ${old.number}`);
    }
    momentOf(textIn(entry, "time"));
    old.retiredAt = seq;
    this.requirements.push({ size: seq + 1, keys: fresh.keys });
    this.isPending = false;
  }

  compromise(seq, entry) {
    const key = parseKey(textIn(entry, "vkey"));
    const text = textIn(entry, "since");
    const since = momentOf(text);
    const epoch = this.epochOf(key);
    if (epoch === undefined) throw new Refusal(`${key.id} is no key of this log`);
    if (epoch.retiredAt === null) throw new Refusal(`${key.id} still signs: it must be replaced before it is given up`);
    if (epoch.compromisedSince === null || since < epoch.compromisedSince) {
      epoch.compromisedSince = since;
      epoch.compromisedText = text;
    }
  }

  begin(seq, entry, { number, keys, authority }) {
    momentOf(textIn(entry, "time"));
    this.epochs.push({ number, keys, authority, namedAt: seq, retiredAt: null, compromisedSince: null, compromisedText: "" });
  }

  current() {
    if (this.epochs.length === 0) throw new Refusal("no keys were named when the log was opened");
    return this.epochs.at(-1);
  }

  requireFresh(keys) {
    const kinds = keys.map((key) => key.algorithm).join(" ");
    if (kinds !== "1" && kinds !== "1 6") throw new Refusal("an epoch has one Ed25519 key and, after it, one ML-DSA-44 key");
    if (keys.some((key) => has(this.known, key))) throw new Refusal("a key of the log is named a second time");
  }
}

// Whether a checkpoint of a size counts, by a key that may be in somebody else's hands.
function accepts(size, since, anchored) {
  return since === null || anchored.some((each) => each.size >= size && (each.at === null || each.at < since));
}

// Follows the keys along the entries and confirms checkpoints against them.
class EpochCheck {
  constructor() {
    this.history = new KeyHistory();
    this.proven = [];
    this.added = { size: 0, root: new Uint8Array(0) };
  }

  // Take in an entry about keys and give what is wrong with it; `root` is the root with it as the last.
  async observe(seq, entry, root) {
    const fault = this.history.observe(seq, entry);
    if (fault !== null) return [fault];
    if (entry.type === "key.add") this.added = { size: seq + 1, root };
    return entry.type === "key.retire" ? this.links(entry) : [];
  }

  // Check a note's signatures, and that they are those that its size requires.
  async confirm(note) {
    const signed = await openCheckpoint(note, this.history.known);
    const required = this.history.required(signed.size);
    for (const key of required) if (!has(signed.signedBy, key)) throw new Refusal(`the signature of ${key.id} is missing`);
    for (const key of signed.signedBy) if (!has(required, key)) throw new Refusal(`${key.id} has signed it outside of its epoch`);
    return signed;
  }

  prove(signed) {
    for (const key of signed.signedBy) if (!has(this.proven, key)) this.proven.push(key);
  }

  // Why the keys do not lead to one that came from outside, when some came.
  distrust(trusted) {
    const { epochs } = this.history;
    const faults = epochs
      .filter(({ keys }) => !keys.some((key) => has(this.proven, key)))
      .map(({ number, keys }) => `nothing in this log was signed by the keys of epoch ${number} (${namesOf(keys)})`);
    const isTrusted = epochs.some(({ keys }) => keys.some((key) => has(this.proven, key) && has(trusted, key)));
    if (trusted.length > 0 && !isTrusted) {
      faults.push(`the log names ${namesOf(epochs.flatMap(({ keys }) => keys))} as its key, which is none of the keys given`);
    }
    return faults;
  }

  // From which entry on the log rests on a key that may be in somebody else's hands.
  compromised(anchored) {
    const found = [];
    for (const epoch of this.history.epochs) {
      const { compromisedSince: since, namedAt } = epoch;
      const last = this.lastSize(epoch);
      if (accepts(last, since, anchored)) continue;
      const sizes = anchored.filter((each) => each.size < last && accepts(each.size, since, [each])).map(({ size }) => size);
      const text =
        `up to entry ${last - 1} the log rests on ${namesOf(epoch.keys)}, which was reported as compromised since ` +
        `${epoch.compromisedText}; nobody outside had seen these entries before`;
      found.push({ text, entry: Math.max(namedAt, ...sizes) });
    }
    return found;
  }

  // Where a compromised key counts only because an anchor without a time is believed.
  caution(anchored) {
    const timed = anchored.filter(({ at }) => at !== null);
    const warnings = [];
    for (const epoch of this.history.epochs) {
      const last = this.lastSize(epoch);
      if (accepts(last, epoch.compromisedSince, timed)) continue;
      const believed = anchored.find((each) => each.at === null && each.size >= last);
      if (believed === undefined) continue;
      warnings.push(
        `a key of this log was reported as compromised since ${epoch.compromisedText}. The checkpoint kept outside ` +
          `vouches for the first ${believed.size} entries only if it was put away before then: you alone know that`,
      );
    }
    return warnings;
  }

  // The keys that may have signed a certificate which carries a checkpoint of a size.
  keysSince(size) {
    return this.history.epochs.filter(({ retiredAt }) => retiredAt === null || retiredAt >= size).flatMap(({ keys }) => keys);
  }

  lastSize({ number, namedAt }) {
    const after = this.history.epochs.find((each) => each.number === number + 1);
    return after === undefined ? namedAt : after.namedAt + (after.authority === "log-key" ? 1 : 0);
  }

  // The two signed checkpoints that a key.retire carries: the link between two epochs.
  async links(entry) {
    const { size, root } = this.added;
    try {
      const overlap = await this.evidence(entry, "overlap");
      if (overlap.size !== size || !sameBytes(overlap.root, root)) throw new Refusal("it is not one of this log");
      this.prove(overlap);
    } catch (error) {
      if (error instanceof Refusal) return [`the checkpoint that names the new keys: ${error.message}`];
      throw error;
    }
    return this.history.epochs.at(-1).authority === "log-key" ? [] : this.recoveryLink(entry);
  }

  // That the lost keys had signed the opening, which names the recovery key.
  async recoveryLink(entry) {
    const { size, root } = this.added;
    try {
      const last = await this.evidence(entry, "last_checkpoint");
      const listed = member(entry, "consistency");
      const path = Array.isArray(listed) ? listed.map((each) => (kindOf(each) === "text" ? fromBase64(each) : null)) : [null];
      if (path.includes(null)) throw new Refusal("its proof is malformed");
      verifyConsistency({ oldSize: last.size, size, path, oldRoot: last.root, root });
      this.prove(last);
      return [];
    } catch (error) {
      if (error instanceof Refusal) return [`the last checkpoint by the lost keys: ${error.message}`];
      throw error;
    }
  }

  async evidence(entry, name) {
    const note = member(entry, name);
    if (kindOf(note) !== "text") throw new Refusal("it is missing");
    return this.confirm(utf8(note));
  }
}

// Every key that the first `size` entries name, believed or not: to find out who may have signed something.
async function keysNamed(log, size) {
  const history = new KeyHistory();
  const reader = new EntryLines(log.below("entries"));
  let seq = 0;
  for await (const line of allLines(log, size, reader)) {
    const text = textOf(line) ?? "";
    if ((text.includes('"type":"key.') || text.includes('"type":"log.open"')) && lineFault(line, seq) === null) {
      const entry = decodeEntry(line, seq);
      if (KEY_TYPES.has(entry.type)) history.observe(seq, entry);
    }
    seq += 1;
  }
  return history.known;
}
