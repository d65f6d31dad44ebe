// What an entry is: its envelope, and the fields that each type must carry.

const FORMAT_VERSION = 1;
const MAX_LINE_BYTES = 65535;
const MAX_INTENT_ITEMS = 256;
const DIGEST_CHARACTERS = 43;
const KNOWN_TYPES = new Set(TYPES_OF_THE_FORMAT);
const PHASES = new Set(["quarantine", "purge", "restore"]);
const RESULTS = new Set(RESULTS_OF_THE_FORMAT);
const REQUIRED = FIELDS_OF_THE_FORMAT;
const IS_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const IS_TIME = /^\p{Nd}{4}-[01]\p{Nd}-[0-3]\p{Nd}T[0-2]\p{Nd}:[0-5]\p{Nd}:[0-5]\p{Nd}\.\p{Nd}{6}Z$/u;

// The entry on a line (without its newline), or a refusal that says why it is none.
function decodeEntry(line, seq) {
  if (line.length > MAX_LINE_BYTES) throw new Refusal(`it is longer than ${MAX_LINE_BYTES} bytes`);
  const entry = parseCanonical(line);
  if (kindOf(entry) !== "object") throw new Refusal("it is not an object");
  const fault = envelopeFault(entry, seq);
  if (fault !== null) throw new Refusal(fault);
  return entry;
}

function envelopeFault(entry, seq) {
  if (member(entry, "v") !== FORMAT_VERSION) return `version ${JSON.stringify(member(entry, "v"))} is not known here`;
  if (member(entry, "seq") !== seq) return `it calls itself entry ${JSON.stringify(member(entry, "seq"))}`;
  if (!KNOWN_TYPES.has(member(entry, "type"))) return `type ${JSON.stringify(member(entry, "type"))} is not known here`;
  if (!isTextLike(member(entry, "id"), IS_UUID)) return "its id is not a UUID";
  if (!isTextLike(member(entry, "time"), IS_TIME)) return "its time is not an instant";
  return actorFault(member(entry, "actor")) ?? commitmentsFault(member(entry, "sd"));
}

function isTextLike(value, pattern) {
  return kindOf(value) === "text" && pattern.test(value);
}

function actorFault(actor) {
  if (kindOf(actor) !== "object" || !["person", "service"].includes(member(actor, "k"))) return "its actor is malformed";
  return kindOf(member(actor, "ref")) === "text" ? null : "its actor has no reference";
}

function commitmentsFault(commitments) {
  if (kindOf(commitments) === "nothing") return null;
  if (kindOf(commitments) !== "object" || Object.keys(commitments).length === 0) return "'sd' is malformed";
  const isDigest = (value) => kindOf(value) === "text" && [...value].length === DIGEST_CHARACTERS;
  return Object.values(commitments).every(isDigest) ? null : "'sd' holds something else than digests";
}

// What is wrong with the fields of the entry's type, or null.
function bodyFault(type, entry) {
  for (const [name, kind] of Object.entries(REQUIRED[type] ?? {})) {
    if (kindOf(member(entry, name)) !== kind) return `${type} needs '${name}' as ${kind}`;
  }
  switch (type) {
    case "item.outcome":
      return outcomeFault(entry);
    case "batch.intent":
      return intentFault(entry);
    case "batch.decision":
      return isIndexList(Object.hasOwn(entry, "excluded") ? entry.excluded : []) ? null : "'excluded' lists item numbers";
    case "batch.closed":
      return tableFault(entry, "counts") ?? tableFault(entry, "bytes");
    default:
      return null;
  }
}

function outcomeFault(entry) {
  const size = member(entry, "size");
  if (entry.item < 0) return "'item' counts from 0";
  if (!RESULTS.has(entry.result)) return `'${entry.result}' is no result`;
  return kindOf(size) === "nothing" || (isWhole(size) && size >= 0) ? null : "'size' is a number of bytes";
}

function intentFault(entry) {
  if (!PHASES.has(entry.phase)) return `'${entry.phase}' is no phase of an intent`;
  if (!isIndexList(entry.items)) return "'items' lists item numbers";
  const isMany = entry.items.length >= 1 && entry.items.length <= MAX_INTENT_ITEMS;
  return isMany ? null : `an intent names 1 to ${MAX_INTENT_ITEMS} items`;
}

function tableFault(entry, name) {
  const isTold = ([result, count]) => RESULTS.has(result) && isWhole(count);
  return Object.entries(entry[name]).every(isTold) ? null : `'${name}' holds a number for each result`;
}

function isIndexList(value) {
  return Array.isArray(value) && value.every((each) => isWhole(each) && each >= 0);
}
