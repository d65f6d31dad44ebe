// The list of checkpoints, walked side by side with the entries. What `next` gives is a claim until it is confirmed:
// which keys may sign a line is known only when the entries have been read up to it.
class RecordedCheckpoints {
  constructor(log, epochs) {
    this.isThere = log.has("checkpoints.jsonl");
    this.lines = new FileLines(log, "checkpoints.jsonl");
    this.ready = [];
    this.epochs = epochs;
    this.number = 0;
    this.last = null;
    this.isConfirmed = true;
    this.hasEnded = false;
    this.faults = [];
  }

  // What the next line claims, or null at the end and after a fault.
  async next() {
    if (this.hasEnded) return null;
    if (this.ready.length === 0) this.ready = ((await this.lines.next()) ?? []).reverse();
    if (this.ready.length === 0) {
      this.hasEnded = true;
      return null;
    }
    this.number += 1;
    try {
      const note = noteOnLine(this.ready.pop());
      const found = { ...claimedCheckpoint(note), note };
      if (this.last !== null && found.size <= this.last.size) throw new Refusal("it does not extend the line before it");
      this.last = found;
      this.isConfirmed = false;
      return found;
    } catch (error) {
      return this.giveUp(error);
    }
  }

  // Check who signed the line that was given last; a line that does not hold ends the list.
  async confirm(claimed) {
    this.isConfirmed = true;
    try {
      return await this.epochs.confirm(claimed.note);
    } catch (error) {
      return this.giveUp(error);
    }
  }

  giveUp(error) {
    if (!(error instanceof Refusal)) throw error;
    this.faults.push(`the list of checkpoints, line ${this.number}: ${error.message}`);
    this.hasEnded = true;
    return null;
  }

  // Read to the end and say what is wrong with the list beside the newest checkpoint.
  async finish(target) {
    if (!this.isConfirmed) await this.confirm(this.last);
    for (let claimed = await this.next(); claimed !== null; claimed = await this.next()) await this.confirm(claimed);
    if (!this.isThere) this.faults.push("the list of checkpoints is missing");
    const listed = this.last?.size ?? 0;
    if (listed > target.size) {
      this.faults.push(`the log was rolled back: ${listed} entries were signed, ${target.size} are here`);
    }
    if (this.last !== null && listed === target.size && !sameBytes(this.last.note, target.note)) {
      this.faults.push("the list of checkpoints does not end with the newest checkpoint as it stands");
    }
    // a crash may cut the newest line short; anything else at the end was put there
    const unfinished = this.lines.partial;
    const expected = utf8(`${spell({ note: textOf(target.note) }, MAX_DEPTH)}\n`);
    if (!sameBytes(expected.subarray(0, unfinished.length), unfinished)) {
      this.faults.push("the list of checkpoints ends in something that is no checkpoint");
    }
    const isLagging = this.faults.length === 0 && listed < target.size;
    return isLagging ? [`the list of checkpoints ends at ${listed} of ${target.size} entries`] : [];
  }
}

// The newest good line of the list, for a log whose checkpoint cannot be believed.
async function newestListed(log, keys) {
  if (!log.has("checkpoints.jsonl")) return null;
  const { size } = log.get("checkpoints.jsonl");
  const tail = await log.read("checkpoints.jsonl", Math.max(0, size - (1 << 20)));
  for (let end = tail.lastIndexOf(10); end >= 0; ) {
    const begin = end === 0 ? 0 : tail.lastIndexOf(10, end - 1) + 1;
    try {
      return await openCheckpoint(noteOnLine(tail.subarray(begin, end)), keys);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
    end = begin - 1;
  }
  return null;
}
