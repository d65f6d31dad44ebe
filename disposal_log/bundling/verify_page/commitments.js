// Which committed values can be seen, and why the others cannot: withheld, redacted or missing are three things.

class CommitmentCheck {
  // `source` gives the disclosed values of an entry; null when none were given at all.
  constructor(source) {
    this.source = source;
    this.disclosed = 0;
    this.codes = new Map([["", 0]]);
    this.namesOf = [new Set()];
    this.unseen = new Uint16Array(1024);
    this.size = 0;
    this.redactions = [];
    this.redactedBy = [];
  }

  // Take in entry `seq`; say what is wrong with a disclosed value, or give null.
  observe(seq, entry) {
    if (entry.type === "redaction") this.noteRedaction(seq, entry);
    const commitments = kindOf(member(entry, "sd")) === "object" ? entry.sd : {};
    const names = Object.keys(commitments);
    if (this.source === null) {
      this.keep(names);
      return null;
    }
    const told = this.source.of(seq);
    const unseen = [];
    let fault = null;
    for (const name of names) {
      const text = told.get(name);
      if (text === undefined) unseen.push(name);
      else if (toBase64url(sha256(utf8(text))) !== commitments[name] || !opens(text, name)) {
        fault = `the disclosed '${name}' is not the value that was committed to`;
      } else this.disclosed += 1;
    }
    this.keep(unseen);
    const isMore = [...told.keys()].some((name) => !Object.hasOwn(commitments, name));
    return fault ?? (isMore ? "a value is disclosed to which it does not commit" : null);
  }

  keep(names) {
    if (this.size === this.unseen.length) {
      const larger = new Uint16Array(2 * this.size);
      larger.set(this.unseen);
      this.unseen = larger;
    }
    const key = names.sort().join("\n");
    let code = this.codes.get(key);
    if (code === undefined) {
      // entries of one type hide the same names, so there are few sets; a hostile log may not grow them
      code = Math.min(this.namesOf.length, 65535);
      if (code === this.namesOf.length) this.namesOf.push(new Set(names));
      this.codes.set(key, code);
    }
    this.unseen[this.size++] = code;
  }

  noteRedaction(seq, entry) {
    for (const target of Array.isArray(member(entry, "targets")) ? entry.targets : []) {
      if (kindOf(target) !== "object") continue;
      const [first, last, names] = ["first", "last", "names"].map((name) => member(target, name));
      if (!isWhole(first) || !isWhole(last) || !Array.isArray(names) || !(0 <= first && first <= last && last < seq)) continue;
      this.redactions.push({ first, last, names: names.filter((name) => kindOf(name) === "text") });
      if (this.redactedBy.at(-1) !== seq) this.redactedBy.push(seq);
    }
  }

  visibility() {
    const everywhere = { first: 0, last: this.size, names: [...new Set(this.namesOf.flatMap((names) => [...names]))] };
    const unseen = this.countUnseen([everywhere]);
    const leftOut = this.source === null ? [everywhere] : this.source.leftOut;
    const redacted = this.countUnseen(this.redactions);
    const explained = this.countUnseen([...this.redactions, ...leftOut]);
    return {
      disclosed: this.disclosed,
      withheld: explained - redacted,
      redacted,
      missing: unseen - explained,
      redactedBy: this.redactedBy,
    };
  }

  // The unseen values in the union of the spans.
  countUnseen(spans) {
    const byName = new Map();
    for (const span of spans) {
      for (const name of span.names) byName.set(name, [...(byName.get(name) ?? []), span]);
    }
    let found = 0;
    for (const [name, parts] of byName) {
      const isHidden = this.namesOf.map((names) => names.has(name));
      let next = 0;
      for (const { first, last } of parts.sort((one, other) => one.first - other.first)) {
        for (next = Math.max(next, first); next <= last && next < this.size; next++) {
          if (isHidden[this.unseen[next]]) found += 1;
        }
      }
    }
    return found;
  }
}

// Whether a disclosure is well formed and about `name`.
function opens(text, name) {
  const raw = fromBase64url(text);
  if (raw === null) return false;
  let parts;
  try {
    parts = parseCanonical(raw);
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
  if (!Array.isArray(parts) || parts.length !== 3 || kindOf(parts[0]) !== "text" || parts[1] !== name) return false;
  return kindOf(parts[2]) === "object" && Object.keys(parts[2]).length === 1 && isValue(...Object.entries(parts[2])[0]);
}

function isValue(kind, spelled) {
  if (kindOf(spelled) !== "text") return false;
  if (kind === "utf8") return true;
  const bytes = fromLooseBase64(spelled);
  return bytes !== null && (kind === "b64" || (kind === "utf16" && bytes.length % 2 === 0));
}
