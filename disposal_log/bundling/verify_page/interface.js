// What people see of the verifier: the form, the progress, the answer. Everything from the log is set as text.

const part = (id) => document.getElementById(id);
let chosen = null;
let isAtWork = false;

// The files of a folder as the browser gives them, without the name of the folder itself.
function folderOf(entries) {
  const files = new Map(entries.map(([path, file]) => [path, file]));
  const roots = new Set([...files.keys()].map((path) => path.split("/", 1)[0]));
  if (roots.size !== 1 || [...files.keys()].some((path) => !path.includes("/"))) return new Folder(files);
  return new Folder(files).below([...roots][0]);
}

// What was dropped, as handles where the browser has them: Chromium gives a page that was opened from a file no entries.
// Both must be asked for before anything is awaited.
async function droppedFolder(items) {
  const dropped = [...items].filter((item) => item.kind === "file");
  const handles = dropped.map((item) => item.getAsFileSystemHandle?.() ?? null);
  const entries = dropped.map((item) => item.webkitGetAsEntry?.() ?? null);
  const found = [];
  for (let at = 0; at < dropped.length; at++) {
    const handle = await handles[at];
    if (handle !== null) await filesOfHandle(handle, handle.name, found);
    else if (entries[at] !== null) await filesOfEntry(entries[at], entries[at].name, found);
  }
  return folderOf(found);
}

async function filesOfHandle(handle, path, found) {
  if (handle.kind === "file") found.push([path, await handle.getFile()]);
  else for await (const [name, child] of handle.entries()) await filesOfHandle(child, `${path}/${name}`, found);
}

async function filesOfEntry(entry, path, found) {
  if (entry.isDirectory) {
    for (const each of await entriesOf(entry)) await filesOfEntry(each, `${path}/${each.name}`, found);
  } else {
    found.push([path, await new Promise((resolve, reject) => entry.file(resolve, reject))]);
  }
}

// A browser gives at most 100 of a folder's entries at a time.
async function entriesOf(directory) {
  const reader = directory.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return found;
    found.push(...some);
  }
}

function say(words) {
  part("status").textContent = words;
}

let saidAt = 0;

function showProgress(done, size) {
  const bar = part("progress");
  bar.hidden = false;
  bar.value = size === 0 ? 1 : done / size;
  const now = performance.now();
  if (now - saidAt < 2000) return; // whoever listens instead of looking is not to be flooded
  saidAt = now;
  say(`Checking: ${done.toLocaleString("en-GB")} of ${size.toLocaleString("en-GB")} entries read.`);
}

async function seenBytes() {
  const [file] = part("seen-file").files;
  if (file !== undefined) return new Uint8Array(await file.arrayBuffer());
  const text = part("seen").value;
  if (text.trim() === "") return null;
  const isCertificate = text.trimStart().startsWith("{");
  return utf8(isCertificate || text.endsWith("\n") ? text : `${text}\n`);
}

async function check() {
  if (isAtWork) return;
  if (chosen === null) {
    say("Choose the folder first.");
    part("folder").focus();
    return;
  }
  isAtWork = true;
  part("check").disabled = true;
  part("answer").hidden = true;
  say("Checking.");
  try {
    const options = { keys: part("keys").value, seen: await seenBytes(), progress: showProgress };
    show(await verifyFolder(chosen, options));
  } catch (error) {
    // whatever goes wrong in this page is no verdict on the log
    say(`CANNOT SAY: this page could not finish. ${error}`);
  } finally {
    isAtWork = false;
    part("check").disabled = false;
    part("progress").hidden = true;
  }
}

function element(name, text, className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function list(title, members) {
  if (members.length === 0) return [];
  const items = document.createElement("ul");
  items.append(...members.slice(0, MAX_PROBLEMS).map((each) => element("li", each)));
  if (members.length > MAX_PROBLEMS) items.append(element("li", `and ${members.length - MAX_PROBLEMS} more`));
  return [element("h3", title), items];
}

function facts(report) {
  const { target, signedBy } = report.log;
  if (target === null) return [];
  const rows = [
    ["Log", target.origin],
    ["Entries", target.size.toLocaleString("en-GB")],
    ["Root", hexOf(target.root)],
    ["Signed by", signedBy.map((key) => key.id).join(", ") || "no known key"],
    ...keyInWords(report.log),
    ["Values", valuesInWords(report.values)],
  ];
  const table = document.createElement("dl");
  for (const [name, value] of rows) table.append(element("dt", name), element("dd", value));
  return [table];
}

function keyInWords({ epochs, signedBy }) {
  const keys = epochs.history.epochs.at(-1)?.keys ?? [];
  return signedBy.length > 0 && keys.length > 0 ? [["Key in words", fingerprintWords(keys)]] : [];
}

function valuesInWords({ disclosed, withheld, redacted, missing, redactedBy }) {
  const by = redacted > 0 ? ` by entry ${redactedBy.slice(0, 5).join(", ")}${redactedBy.length > 5 ? " and others" : ""}` : "";
  return `${disclosed} shown, ${withheld} withheld, ${redacted} redacted${by}, ${missing} missing${missing > 0 ? " unexplained" : ""}`;
}

const MEANING = {
  VERIFIED: "Everything fits together, and with what you brought from elsewhere.",
  VERIFIED_WITH_WARNINGS: "Everything fits together. Read what weakens this answer.",
  FAILED: "This is not what was signed, or what was signed should not have happened.",
  CANNOT_SAY: "Nothing was judged.",
};

function show(report) {
  const answer = part("answer");
  const problems = report.problems.map(({ text, entry }) => (entry === null ? text : `entry ${entry}: ${text}`));
  answer.replaceChildren(
    element("p", report.headline, `verdict ${report.verdict}`),
    element("p", MEANING[report.verdict]),
    ...(report.cannotSay === null ? facts(report) : [element("p", report.cannotSay)]),
    ...list("Problems", problems),
    ...list("Warnings", report.warnings),
    ...list("Not checked", report.notChecked),
  );
  answer.dataset.verdict = report.verdict;
  answer.dataset.entry = report.firstBrokenEntry ?? "";
  answer.hidden = false;
  say(`Finished: ${report.headline}.`);
  answer.focus();
}

part("form").addEventListener("submit", (event) => {
  event.preventDefault();
  check();
});

part("folder").addEventListener("change", (event) => {
  const files = [...event.target.files];
  if (files.length === 0) return;
  chosen = folderOf(files.map((file) => [file.webkitRelativePath || file.name, file]));
  say(`${files.length} files chosen.`);
  check();
});

const drop = part("drop");
for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", async (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  try {
    chosen = await droppedFolder(event.dataTransfer.items);
  } catch {
    say("This browser does not hand a dropped folder to this page. Choose the folder instead.");
    return;
  }
  say(`${chosen.paths.length} files dropped.`);
  check();
});
