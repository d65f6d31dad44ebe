// Runs the verifier of VERIFY.html under Node: one JSON request a line in, one JSON answer a line out.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");

// The very scripts of the page, without the part that needs a browser. `isSlow`: signatures by whole numbers only.
function load(script) {
  const names = "{ verifyFolder, Folder, checkByNumbers, checkEd25519, sha256, sha512, hexOf, checkMlDsa44, parseCanonical, setBrowser: (can) => { browserCan = can; } }";
  return new Function(`${script}\nreturn ${names};`)();
}

const verifier = load(fs.readFileSync(process.argv[2], "utf-8"));

function fileAt(place) {
  return {
    size: fs.statSync(place).size,
    slice: (start, stop) => ({
      arrayBuffer: async () => {
        const bytes = new Uint8Array(stop - start);
        const file = fs.openSync(place, "r");
        const length = fs.readSync(file, bytes, 0, bytes.length, start);
        fs.closeSync(file);
        return bytes.buffer.slice(0, length);
      },
    }),
  };
}

function folderAt(place) {
  const files = new Map();
  const walk = (below) => {
    for (const entry of fs.readdirSync(path.join(place, below), { withFileTypes: true })) {
      const inner = below ? `${below}/${entry.name}` : entry.name;
      if (entry.isDirectory()) walk(inner);
      else if (entry.isFile()) files.set(inner, fileAt(path.join(place, inner)));
    }
  };
  walk("");
  return new verifier.Folder(files);
}

async function verify({ folder, keys = "", seen = null, slow = false }) {
  verifier.setBrowser(slow ? false : null);
  const kept = seen === null ? null : new Uint8Array(Buffer.from(seen, "base64"));
  const report = await verifier.verifyFolder(folderAt(folder), { keys, seen: kept });
  return {
    verdict: report.verdict,
    first_broken_entry: report.firstBrokenEntry,
    problems: report.problems,
    warnings: report.warnings,
    not_checked: report.notChecked,
    values: report.values,
    cannot_say: report.cannotSay,
  };
}

const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));

const asked = {
  verify,
  sha256: async ({ text }) => verifier.hexOf(verifier.sha256(bytes(text))),
  sha512: async ({ text }) => verifier.hexOf(verifier.sha512(bytes(text))),
  ed25519: async ({ key, text, signature }) => verifier.checkByNumbers(bytes(key), bytes(text), bytes(signature)),
  mldsa: async ({ key, text, signature }) => verifier.checkMlDsa44(bytes(key), bytes(text), bytes(signature)),
  canonical: async ({ text }) => {
    try {
      verifier.parseCanonical(bytes(text));
      return true;
    } catch (error) {
      return error.constructor.name === "Refusal" ? false : String(error);
    }
  },
};

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { ask, ...rest } = JSON.parse(line);
    let answer;
    try {
      answer = await asked[ask](rest);
    } catch (error) {
      answer = { crash: String(error.stack) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
})();
