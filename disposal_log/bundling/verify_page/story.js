// Whether the log tells a lawful story: approved before announced, announced before done, done once.

const FIRST_RESULTS = RESULTS_OF_THE_FORMAT;
const RESULT_CODE = new Map(FIRST_RESULTS.map((result, at) => [result, at + 1]));
const RESULT_MASK = 0x0f;
const EXCLUDED = 0x40;
const INTENT_BIT = { quarantine: 0x10, purge: 0x20 };
const QUARANTINED = RESULT_CODE.get("quarantined");
const NEEDED_INTENT = { quarantined: 0x10, destroyed: 0x20, "name-removed": 0x20 };
const REFUSALS = new Set(["keep", "withdraw"]);

// A number for each item of a batch, in chunks, so that a forged item number costs little memory.
class ByItem {
  constructor(Kind) {
    this.Kind = Kind;
    this.chunks = new Map();
  }

  get(item) {
    return this.chunks.get(Math.floor(item / 256))?.[item % 256] ?? 0;
  }

  put(item, value) {
    const number = Math.floor(item / 256);
    if (!this.chunks.has(number)) this.chunks.set(number, new this.Kind(256));
    this.chunks.get(number)[item % 256] = value;
  }
}

class Sums {
  constructor() {
    this.found = new Map();
  }

  add(result, amount) {
    this.found.set(result, (this.found.get(result) ?? 0n) + BigInt(amount));
  }

  get(result) {
    return this.found.get(result) ?? 0n;
  }

  total() {
    return [...this.found.values()].reduce((sum, each) => sum + each, 0n);
  }

  // Whether a table of numbers says the same; what it leaves out counts as none.
  agreesWith(told) {
    if (kindOf(told) !== "object") return false;
    return [...new Set([...Object.keys(told), ...this.found.keys()])].every((name) => {
      const value = Object.hasOwn(told, name) ? told[name] : 0;
      return ["integer", "yes or no"].includes(kindOf(value)) && BigInt(value) === this.get(name);
    });
  }
}

class BatchStory {
  constructor(entry) {
    this.proposer = entry.proposer;
    this.manifest = entry.manifest;
    this.items = entry.items;
    this.approvedAt = null;
    this.decisions = new Map();
    this.expires = null;
    this.holdCheckedAt = null;
    this.isClosed = false;
    this.states = new ByItem(Uint8Array);
    this.sizes = new ByItem(Float64Array);
    this.counts = new Sums();
    this.bytes = new Sums();
  }

  get isApproved() {
    const newest = [...this.decisions.values()];
    return newest.includes("approve") && !newest.some((decision) => REFUSALS.has(decision));
  }
}

class StoryCheck {
  constructor() {
    this.batches = new Map();
    this.warnings = [];
    this.checks = {
      "batch.proposed": this.proposed,
      "batch.decision": this.decided,
      "hold.check": this.holdChecked,
      "batch.intent": this.intended,
      "item.outcome": this.cameOut,
      "batch.closed": this.closed,
      "certificate.issued": this.certified,
    };
  }

  // Take in entry `seq` and give every rule it breaks, in words.
  observe(seq, entry) {
    const check = member(this.checks, entry.type);
    if (check === undefined) return [];
    const fault = bodyFault(entry.type, entry);
    if (fault !== null) return [fault];
    const story = this.batches.get(entry.batch);
    if (story === undefined && entry.type !== "batch.proposed") {
      return [`${entry.type} of batch ${entry.batch}, which was never proposed`];
    }
    return check.call(this, seq, entry, story);
  }

  proposed(seq, entry, story) {
    if (story !== undefined) return [`batch ${entry.batch} is proposed a second time`];
    this.batches.set(entry.batch, new BatchStory(entry));
    return [];
  }

  decided(seq, entry, story) {
    if (entry.decision === "approve") {
      const fault = approvalFault(story, entry);
      if (fault !== null) return [fault];
      story.approvedAt = seq;
      story.expires = kindOf(member(entry, "expires")) === "text" ? entry.expires : null;
      for (const item of member(entry, "excluded") ?? []) {
        if (item < story.items) story.states.put(item, story.states.get(item) | EXCLUDED);
      }
    }
    if (entry.decision === "approve" || REFUSALS.has(entry.decision)) story.decisions.set(entry.role, entry.decision);
    return [];
  }

  holdChecked(seq, entry, story) {
    story.holdCheckedAt = seq;
    return [];
  }

  intended(seq, entry, story) {
    const { batch, phase } = entry;
    if (!Object.hasOwn(INTENT_BIT, phase)) return [];
    if (!story.isApproved || story.approvedAt === null) {
      return [`an intent to ${phase} items of batch ${batch}, which was not approved`];
    }
    const faults = [];
    if (phase === "purge" && (story.holdCheckedAt === null || story.holdCheckedAt < story.approvedAt)) {
      faults.push(`an intent to purge items of batch ${batch} without a hold check since its approval`);
    }
    this.warnOfExpiry(seq, entry, story);
    for (const item of entry.items) {
      if (item < story.items) story.states.put(item, story.states.get(item) | INTENT_BIT[phase]);
      else faults.push(`an intent for item ${item} of batch ${batch}, which has ${story.items} items`);
    }
    return faults;
  }

  // Only a warning: both times are the host's own word.
  warnOfExpiry(seq, entry, story) {
    const { expires } = story;
    if (entry.phase === "quarantine" && expires && entry.time.slice(0, expires.length) > expires) {
      this.warnings.push(`entry ${seq} acts on an approval that expired on ${expires}`);
    }
  }

  cameOut(seq, entry, story) {
    const { item, result } = entry;
    if (item >= story.items) return [`item ${item} of batch ${entry.batch}, which has ${story.items} items`];
    const state = story.states.get(item);
    const last = state & RESULT_MASK;
    const faults = outcomeFaults(story, entry, state);
    if (last === 0 || last === QUARANTINED) {
      count(story, entry, last);
      story.states.put(item, (state & ~RESULT_MASK) | RESULT_CODE.get(result));
    }
    return faults;
  }

  closed(seq, entry, story) {
    story.isClosed = true;
    if (!story.counts.agreesWith(entry.counts)) {
      return [`batch ${entry.batch} is closed with other counts than its outcomes have`];
    }
    const isTrue = story.bytes.agreesWith(entry.bytes);
    return isTrue ? [] : [`batch ${entry.batch} is closed with other bytes than its outcomes have`];
  }

  certified(seq, entry, story) {
    const { batch } = entry;
    const faults = [];
    if (Object.hasOwn(entry, "counts") && !story.counts.agreesWith(entry.counts)) {
      faults.push(`the certificate of batch ${batch} has other counts than its outcomes`);
    }
    if (entry.status.startsWith("provisional")) return faults;
    if (!story.isClosed) faults.push(`a final certificate for batch ${batch}, which is not closed`);
    if (story.counts.total() !== BigInt(story.items) || story.counts.get("quarantined") !== 0n) {
      faults.push(`a final certificate for batch ${batch}, which does not account for all ${story.items} items`);
    }
    return faults;
  }
}

function approvalFault(story, entry) {
  const { batch } = entry;
  if (entry.decider === story.proposer) return `batch ${batch} is approved by the person who proposed it`;
  if (entry.manifest !== story.manifest) return `the approval of batch ${batch} names another manifest than the proposal`;
  if (entry.items !== story.items) return `the approval of batch ${batch} counts other items than the proposal`;
  return null;
}

function outcomeFaults(story, { batch, item, result }, state) {
  const last = state & RESULT_MASK;
  const faults = [];
  if (last !== 0 && last !== QUARANTINED) {
    faults.push(`item ${item} of batch ${batch} was already ${FIRST_RESULTS[last - 1]} and is now ${result}`);
  }
  if (!Object.hasOwn(NEEDED_INTENT, result)) return faults;
  const was = `item ${item} of batch ${batch} was ${result}`;
  // a withdrawal after the intent comes too late to undo the act, so only the intent asks for more
  if (story.approvedAt === null) faults.push(`${was} though the batch was never approved`);
  else if (state & EXCLUDED) faults.push(`${was} though the approval excludes it`);
  if (!(state & NEEDED_INTENT[result])) faults.push(`${was} without an intent that names it`);
  return faults;
}

// Keep the sums by result; an item that leaves quarantine leaves its count there.
function count(story, entry, before) {
  if (before === QUARANTINED) {
    story.counts.add("quarantined", -1);
    story.bytes.add("quarantined", -story.sizes.get(entry.item));
  }
  const size = member(entry, "size") ?? 0;
  story.counts.add(entry.result, 1);
  story.bytes.add(entry.result, size);
  if (entry.result === "quarantined") story.sizes.put(entry.item, size);
}
