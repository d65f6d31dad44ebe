// Verifying a log: keys, checkpoint, list, entries in one pass, tail, comparison with what was kept outside.
// The same steps in the same order as docs/log-format.md section 5.

const MAX_STORY_PROBLEMS = 1000;
const KEY_ONLY_INSIDE =
  "the key was found only inside the log: whoever forged the log could have put their own key there. " +
  "Compare its words with those in the policy document, or paste the key from there";
const NOTHING_SEEN =
  "nothing kept outside was compared: a log rolled back to an older genuine copy would look like this. " +
  "Paste a checkpoint or certificate that was kept elsewhere";
const NOT_CHECKED = [
  "whether the disk blocks of destroyed files are gone: a log can only prove what was recorded",
  "whether the host's clock was right: times are its own word",
  "whether anything was destroyed without being recorded",
];

class LogVerification {
  // `wanted`: sizes whose root, and numbers of entries whose line, somebody will ask for afterwards.
  constructor(log, { keys, seen, kept, source, wanted, progress }) {
    this.log = log;
    this.trusted = keys.filter(({ algorithm }) => algorithm !== COSIGNATURE);
    this.anchors = new AnchorCheck(log, keys.filter(({ algorithm }) => algorithm === COSIGNATURE), kept);
    this.seen = seen;
    this.commitments = new CommitmentCheck(source);
    this.story = new StoryCheck();
    this.progress = progress;
    this.wantedRoots = wanted.roots;
    this.wantedEntries = wanted.entries;
    this.roots = new Map([[0, EMPTY_ROOT]]);
    this.kept = new Map();
    this.tree = new CompactRange();
    this.problems = [];
    this.warnings = [];
    this.storyProblems = [];
    this.isStoryDiscarded = false;
    this.fork = null;
    this.intactUpTo = 0;
    this.stale = new Set();
    this.target = null;
    this.signedBy = [];
    this.epochs = new EpochCheck();
    this.anchored = [];
    this.isProven = true;
  }

  async run() {
    await this.readPolicy();
    this.recorded = new RecordedCheckpoints(this.log, this.epochs);
    this.target = (await this.checkpoint()) ?? (await newestListed(this.log, this.candidates));
    if (this.target === null) {
      this.problem("no checkpoint is signed by a known key, so nothing says what the log should be");
      return;
    }
    await this.checkOrigin();
    if (this.seen !== null) this.wantedRoots.add(this.seen.claimed.size);
    await this.readEntries();
    this.warnings.push(...(await this.recorded.finish(this.target)));
    for (const fault of this.recorded.faults) this.problem(fault);
    if (this.isProven) await this.judgeAnchors();
    await this.compareSeen();
    if (this.isProven) await this.judgeKeys();
  }

  problem(text, entry = null) {
    this.problems.push({ text, entry });
  }

  // The outcome of `work`; a refusal becomes a problem, and null.
  async orProblem(words, work) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.problem(`${words}: ${error.message}`);
      return null;
    }
  }

  // Collect the keys that may have signed the checkpoint; whether they should have is judged when all is read.
  async readPolicy() {
    if (this.trusted.length === 0) this.warnings.push(KEY_ONLY_INSIDE);
    this.policy = await this.orProblem("policy.txt", async () => {
      const bytes = await this.log.readSmall("policy.txt");
      if (bytes === null) throw new Refusal("it is missing");
      return policyOfLog(bytes);
    });
    const inside = this.policy?.logs.map(({ key }) => key) ?? [];
    this.candidates = [...this.trusted, ...inside, ...(await keysNamed(this.log, 1))];
  }

  async checkpoint() {
    const found = await this.orProblem("the checkpoint", async () => {
      const note = await this.log.readSmall("checkpoint");
      if (note === null) throw new Refusal("it is missing");
      return this.opened(note);
    });
    if (found !== null) this.signedBy = found.signedBy;
    return found;
  }

  async opened(note) {
    try {
      return await openCheckpoint(note, this.candidates);
    } catch (error) {
      if (!(error instanceof Unsigned)) throw error;
    }
    // signed by keys that only an entry further on names
    this.candidates.push(...(await keysNamed(this.log, claimedCheckpoint(note).size)));
    return openCheckpoint(note, this.candidates);
  }

  async checkOrigin() {
    const { origin } = this.target;
    const size = this.log.get("origin.txt")?.size ?? 0;
    const found = size > 0 && size <= MAX_SMALL_FILE_BYTES ? await this.log.read("origin.txt") : new Uint8Array(0);
    if (!sameBytes(found, utf8(`${origin}\n`))) this.problem(`origin.txt does not say ${origin}`);
  }

  async readEntries() {
    const { size, root } = this.target;
    const reader = new EntryLines(this.log.below("entries"));
    this.hashes = this.log.below("hashes");
    this.leaves = new Uint8Array(SEGMENT_LINES * 32);
    this.nextRecorded = await this.recorded.next();
    let pause = this.nextPause();
    for (let lines = []; this.tree.size < size; ) {
      lines = await reader.take(Math.min(size, pause));
      if (lines.length === 0) break;
      await this.commitments.source?.load(this.tree.size + lines.length);
      for (const line of lines) {
        const entry = this.observe(line);
        // signatures are checked through promises, and few entries carry any
        if (KEY_TYPES.has(entry.type) || ANCHOR_TYPES.has(entry.type)) await this.observeSlowly(entry);
      }
      this.progress(this.tree.size, size);
      if (this.tree.size === pause) {
        await this.atPause();
        pause = this.nextPause();
      }
    }
    await this.compareHashes(Math.floor(this.tree.size / SEGMENT_LINES), this.tree.size % SEGMENT_LINES);
    if (this.tree.size < size || !sameBytes(this.tree.root(), root)) {
      const found = await firstBrokenEntry(this.log, { size, root, intactUpTo: this.intactUpTo });
      this.problem(found.reason, found.entry);
      this.isStoryDiscarded = true;
      this.isProven = false;
      return;
    }
    this.judgeTail(reader);
  }

  observe(line) {
    const seq = this.tree.size;
    const leaf = leafHash(line);
    this.tree.append(leaf);
    this.leaves.set(leaf, (seq % SEGMENT_LINES) * 32);
    let entry = { type: "" };
    try {
      entry = decodeEntry(line, seq);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.tell(seq, error.message);
    }
    if ((seq === 0) !== (entry.type === "log.open")) this.tell(seq, "a log opens with one log.open entry, and with no other");
    for (const fault of this.story.observe(seq, entry)) this.tell(seq, fault);
    for (const fault of [this.anchors.observe(seq, entry), this.commitments.observe(seq, entry)]) {
      if (fault !== null) this.tell(seq, fault);
    }
    if (this.wantedEntries(seq, entry)) this.kept.set(seq, { entry, leaf });
    return entry;
  }

  async observeSlowly(entry) {
    const seq = this.tree.size - 1;
    if (ANCHOR_TYPES.has(entry.type)) {
      const fault = await this.anchors.observeSlowly(seq, entry);
      if (fault !== null) this.tell(seq, fault);
      return;
    }
    for (const fault of await this.epochs.observe(seq, entry, this.tree.root())) this.tell(seq, fault);
  }

  tell(seq, text) {
    if (this.storyProblems.length < MAX_STORY_PROBLEMS) this.storyProblems.push({ text, entry: seq });
  }

  // The next size at which something must be compared.
  nextPause() {
    const { size } = this.tree;
    const places = [(Math.floor(size / SEGMENT_LINES) + 1) * SEGMENT_LINES];
    if (this.nextRecorded !== null) places.push(this.nextRecorded.size);
    for (const wanted of this.wantedRoots) if (wanted > size) places.push(wanted);
    return Math.min(...places.filter((place) => place > size));
  }

  async atPause() {
    const { size } = this.tree;
    if (this.wantedRoots.has(size)) this.roots.set(size, this.tree.root());
    if (size % SEGMENT_LINES === 0) await this.compareHashes(size / SEGMENT_LINES - 1, SEGMENT_LINES);
    while (this.nextRecorded !== null && this.nextRecorded.size <= size) {
      const confirmed = await this.recorded.confirm(this.nextRecorded);
      if (confirmed !== null) this.compareRecorded(confirmed);
      this.nextRecorded = await this.recorded.next();
    }
  }

  compareRecorded(recorded) {
    const root = this.tree.root();
    if (sameBytes(recorded.root, root)) this.epochs.prove(recorded);
    if (this.fork !== null) return;
    if (sameBytes(recorded.root, root)) {
      this.intactUpTo = recorded.size;
      return;
    }
    const text =
      `two histories were signed: at ${recorded.size} entries the list of checkpoints has root ` +
      `${hexOf(recorded.root)}, the entries give ${hexOf(root)}`;
    this.fork = { text, entry: this.intactUpTo };
  }

  async compareHashes(segment, count) {
    const stored = (await storedLeaves(this.hashes, segment)).subarray(0, count * 32);
    if (!sameBytes(stored, this.leaves.subarray(0, count * 32))) this.stale.add(segment);
  }

  judgeTail(reader) {
    const unsigned = reader.unsignedBytes;
    const expected = new Set();
    for (let number = 0; number <= reader.lastSegment; number++) expected.add(segmentName(number));
    const foreign = this.log.below("entries").names.filter((name) => !expected.has(name));
    if (unsigned === 0 && foreign.length === 0) return;
    const tail = unsigned > 0 ? `${unsigned} bytes follow the last signed entry` : `'${foreign[0]}' in entries/ is not part of the log`;
    this.problem(`${tail}; no checkpoint signs this, so it is not part of the log`, this.tree.size);
  }

  async judgeAnchors() {
    await this.anchors.finish(this.target);
    this.problems.push(...this.anchors.problems);
    this.warnings.push(...this.anchors.warnings);
    this.anchored.push(...this.anchors.anchored);
  }

  async compareSeen() {
    if (this.seen === null) {
      if (this.anchors.kept === null) this.warnings.push(NOTHING_SEEN);
      return;
    }
    const { claimed, note } = this.seen;
    const { origin, size } = this.target;
    const fault = claimed.origin === origin ? await this.faultInSeen() : null;
    // a witness's word is as good
    if (fault !== null && (await cosignaturesIn(note, this.anchors.witnesses)).length === 0) {
      this.problem(`the checkpoint kept outside is not signed by the key of this log (${fault})`);
      return;
    }
    const found = this.roots.get(claimed.size);
    if (claimed.origin !== origin) this.problem(`the checkpoint kept outside is one of ${claimed.origin}, another log`);
    else if (claimed.size > size) {
      this.problem(`the log was rolled back: ${claimed.size} entries were signed, ${size} are here`, size);
    } else if (found === undefined) return;
    else if (sameBytes(found, claimed.root)) this.anchored.push(...(await this.anchors.keptOutside(claimed.size, note)));
    else {
      const text =
        `two histories were signed: at ${claimed.size} entries the checkpoint kept outside has root ` +
        `${hexOf(claimed.root)}, this log has ${hexOf(found)}`;
      this.problem(text);
    }
  }

  // Why what was kept outside is not this log's: the note, and the certificate around it; or null.
  async faultInSeen() {
    const { claimed, note, envelope } = this.seen;
    try {
      if (!this.isProven) await openCheckpoint(note, this.candidates);
      else {
        await this.epochs.confirm(note);
        if (envelope !== null) await verifiedStatement(envelope, this.epochs.keysSince(claimed.size));
      }
      return null;
    } catch (error) {
      if (error instanceof Refusal) return error.message;
      throw error;
    }
  }

  // Who signed, now that the entries have told which keys should.
  async judgeKeys() {
    const { epochs, target } = this;
    await this.orProblem("the checkpoint", async () => {
      const signed = await epochs.confirm(target.note);
      epochs.prove(signed);
      this.signedBy = signed.signedBy;
    });
    if (epochs.history.origin !== target.origin) {
      this.problem(`the checkpoint calls the log ${target.origin}, its key is named otherwise`);
    }
    for (const fault of epochs.distrust(this.trusted)) this.problem(fault);
    for (const { text, entry } of epochs.compromised(this.anchored)) this.problem(text, entry);
    this.warnings.push(...epochs.caution(this.anchored));
    this.judgePolicy();
  }

  judgePolicy() {
    if (this.policy === null) return;
    const named = this.policy.logs.map(({ key }) => key);
    const choices = this.epochs.history.policyChoices(this.target.size);
    if (!choices.some((keys) => sameKeys(keys, named))) this.problem("policy.txt does not name the keys that sign this log");
    else if (!sameKeys(choices[0], named)) {
      this.warnings.push("policy.txt names the keys before the newest: a writer was stopped while it changed keys");
    }
  }

  // Everything found, in the words of a report.
  get findings() {
    const told = this.isStoryDiscarded ? [] : [...(this.fork === null ? [] : [this.fork]), ...this.storyProblems];
    const stale =
      this.stale.size === 0 || this.isStoryDiscarded
        ? []
        : [`stored hashes of ${this.stale.size} segments do not fit the entries; they are derived and play no part in the proof`];
    const warned = this.isStoryDiscarded ? [] : this.story.warnings;
    return { problems: [...this.problems, ...told], warnings: [...this.warnings, ...stale, ...warned] };
  }
}
