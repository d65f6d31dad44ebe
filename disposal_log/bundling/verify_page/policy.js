// Trust policies (C2SP tlog-policy): which keys sign the log, which witnesses, and how many of them are enough.

const MAX_POLICY_BYTES = 1000000;
const COSIGNATURE = 0x04;
const KEY_BYTES = { 1: 32, 4: 32, 6: 1312 };

class Policy {
  constructor() {
    this.logs = [];
    this.witnesses = [];
    this.groups = [];
    this.quorum = null;
    this.names = new Set();
    this.used = new Set();
  }

  // A policy as it is written; what is doubtful is refused.
  static parse(text) {
    if (text.length > MAX_POLICY_BYTES) throw new Refusal(`it is longer than ${MAX_POLICY_BYTES} bytes`);
    if (/[^\t\n\x20-\x7e\x80-\u{10ffff}]/u.test(text)) throw new Refusal("it holds a control character");
    if (!text.endsWith("\n")) throw new Refusal("its last line has no newline; it may have been cut off");
    const policy = new Policy();
    for (const line of text.slice(0, -1).split("\n")) {
      const words = line.split(/[\t ]/).filter((word) => word !== "");
      if (words.length > 0 && !words[0].startsWith("#")) policy.take(words);
    }
    if (policy.quorum === null) throw new Refusal("it has no quorum line");
    requireDifferent(policy.logs);
    requireDifferent(policy.witnesses);
    return policy;
  }

  take([kind, ...words]) {
    if (kind === "log" && words.length >= 1) this.logs.push({ key: policyKey(words[0]), url: urlIn(words.slice(1)) });
    else if (kind === "witness" && words.length >= 2) {
      this.define(words[0]);
      this.witnesses.push({ name: words[0], key: cosigningKey(words[1]), url: urlIn(words.slice(2)) });
    } else if (kind === "group" && words.length >= 2) this.takeGroup(words);
    else if (kind === "quorum" && words.length >= 1) this.takeQuorum(words);
    else throw new Refusal(`'${kind}' is no definition`);
  }

  takeGroup([name, threshold, ...members]) {
    for (const each of members) {
      if (!this.names.has(each)) throw new Refusal(`group '${name}' names '${each}', unknown up to there`);
      if (this.used.has(each)) throw new Refusal(`'${each}' is a member a second time`);
      this.used.add(each);
    }
    this.define(name);
    const number = { any: 1, all: members.length }[threshold] ?? (/^[1-9][0-9]{0,5}$/.test(threshold) ? Number(threshold) : 0);
    if (number < 1 || number > members.length) throw new Refusal(`group '${name}' asks for '${threshold}' of ${members.length}`);
    this.groups.push({ name, threshold: number, members });
  }

  takeQuorum([name, ...rest]) {
    requireComment(rest);
    if (this.quorum !== null) throw new Refusal("there is a second quorum line");
    if (name !== "none" && !this.names.has(name)) throw new Refusal(`the quorum '${name}' is unknown up to there`);
    this.quorum = name;
  }

  define(name) {
    if (name === "none" || name.startsWith("#") || /[\0-\x20\x7f]/.test(name)) throw new Refusal(`'${name}' cannot be a name`);
    if (this.names.has(name)) throw new Refusal(`the name '${name}' is given twice`);
    this.names.add(name);
  }

  get text() {
    const line = (...words) => `${words.filter((word) => word !== null).join(" ")}\n`;
    return [
      ...this.logs.map(({ key, url }) => line("log", key.text, url)),
      ...this.witnessLines,
      line("quorum", this.quorum),
    ].join("");
  }

  get witnessLines() {
    return [
      ...this.witnesses.map(({ name, key, url }) => ["witness", name, key.text, url].filter((word) => word !== null).join(" ") + "\n"),
      ...this.groups.map(({ name, threshold, members }) => `group ${name} ${threshold} ${members.join(" ")}\n`),
    ];
  }

  // Everything about witnesses, to be compared with another policy.
  get witnessing() {
    return [...this.witnessLines, this.quorum].join("");
  }

  // Whether cosignatures by these keys (in text form) make up the quorum.
  isSatisfiedBy(keys) {
    const met = new Set(this.witnesses.filter(({ key }) => keys.has(key.text)).map(({ name }) => name));
    for (const { name, threshold, members } of this.groups) {
      if (members.filter((each) => met.has(each)).length >= threshold) met.add(name);
    }
    return this.quorum === "none" || met.has(this.quorum);
  }
}

function policyKey(text) {
  return parseKeyOf(text, KEY_BYTES);
}

// A plain Ed25519 key of a witness stands for its cosignature key, as older policies mean it.
function cosigningKey(text) {
  const key = policyKey(text);
  return key.algorithm === ED25519 ? keyOf(key.name, COSIGNATURE, key.bytes) : key;
}

function urlIn(words) {
  requireComment(words.slice(1));
  return words[0] ?? null;
}

function requireComment(words) {
  if (words.length > 0 && !words[0].startsWith("#")) throw new Refusal(`'${words[0]}' is one word too many`);
}

function requireDifferent(members) {
  const keys = members.map(({ key }) => hexOf(key.bytes));
  if (new Set(keys).size !== keys.length) throw new Refusal("a key is there twice");
}

// The policy of a log, which must be spelled as the log spells it.
function policyOfLog(bytes) {
  const text = textOf(bytes);
  if (text === null) throw new Refusal("it is not text");
  const policy = Policy.parse(text);
  if (policy.text !== text) throw new Refusal("it was changed");
  const isOfLog = ({ key }) => key.algorithm !== COSIGNATURE;
  if (policy.logs.length === 0 || !policy.logs.every(isOfLog)) throw new Refusal("it names no key that can sign this log");
  return policy;
}
