// One value, one spelling: the restricted canonical JSON of the log (RFC 8785 narrowed; see docs/log-format.md).

const MAX_DEPTH = 32;

// The value of canonical bytes. What is not spelled exactly as `spell` would spell it is refused.
function parseCanonical(bytes) {
  const text = textOf(bytes);
  if (text === null) throw new Refusal("not UTF-8");
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refusal("not JSON");
  }
  if (spell(value, MAX_DEPTH) !== text) {
    throw new Refusal("the same value is spelled differently in canonical form");
  }
  return value;
}

function spell(value, depth) {
  switch (typeof value) {
    case "string":
      if (!value.isWellFormed()) throw new Refusal("a text holds a lone surrogate");
      return JSON.stringify(value);
    case "boolean":
      return String(value);
    case "number":
      if (!Number.isSafeInteger(value)) throw new Refusal("a number is not an integer below 2^53; write it as text");
      return String(value);
    default:
      return value === null ? "null" : spellContainer(value, depth);
  }
}

function spellContainer(value, depth) {
  if (depth === 0) throw new Refusal(`nested deeper than ${MAX_DEPTH}`);
  if (Array.isArray(value)) return `[${value.map((member) => spell(member, depth - 1)).join(",")}]`;
  const members = [];
  for (const key of Object.keys(value).sort()) {
    for (let at = 0; at < key.length; at++) {
      if (key.charCodeAt(at) > 127) throw new Refusal(`the key ${JSON.stringify(key)} is not ASCII text`);
    }
    members.push(`${JSON.stringify(key)}:${spell(value[key], depth - 1)}`);
  }
  return `{${members.join(",")}}`;
}

// What kind of JSON value it is: text, integer, list, object, yes or no, nothing.
function kindOf(value) {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "list";
  return { string: "text", number: "integer", boolean: "yes or no", object: "object" }[typeof value];
}

// A member of an object by name; never what the object inherits.
function member(found, name) {
  return Object.hasOwn(found, name) ? found[name] : undefined;
}

function isWhole(value) {
  return Number.isSafeInteger(value);
}
