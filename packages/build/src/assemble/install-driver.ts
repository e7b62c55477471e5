/**
 * The script that runs install scripts in a container, with the Node.js of the base and nothing else: bases have no npm, and
 * need not have a shell. It gives what the scripts changed as numbered files and a list of them.
 * @module
 */

/** Where the folder for what changed is mounted. */
export const OUTPUT_FOLDER = "/.teu-output";

/** Name of the list of what changed; each file is there by its number. */
export const CHANGES_FILE = "changes.json";

/** Something that scripts changed; paths are relative to the application. */
export interface InstallChange {
  readonly path: string;
  readonly type: "file" | "symlink" | "directory" | "gone";
  readonly isExecutable?: boolean;
  readonly target?: string;
  /** The name of the file that has the content. */
  readonly content?: string;
}

/** The script. Its arguments are the folder of the application and the locations of packages, in the order to run them. */
export const INSTALL_DRIVER: string = `
const fs = require("node:fs"), { join, dirname, resolve } = require("node:path"), { spawnSync } = require("node:child_process");
const [root, ...locations] = process.argv.slice(1);
const out = "${OUTPUT_FOLDER}";

function look(folder, found) {
  for (const entry of fs.readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === "" ? entry.name : folder + "/" + entry.name, s = fs.lstatSync(join(root, path));
    found.set(path, [s.mode, s.isDirectory() ? "" : [s.size, s.mtimeMs, s.ctimeMs, s.ino]].join(" "));
    if (entry.isDirectory()) look(path, found);
  }
  return found;
}

// Programs are found in .bin as npm has them; those of Node.js are run by this one, as there may be no /usr/bin/env.
function find(program, path) {
  if (program === "node") return [process.execPath];
  for (const folder of program.includes("/") ? [""] : path) {
    const full = folder === "" ? program : join(folder, program);
    if (!fs.existsSync(full)) continue;
    const fd = fs.openSync(full, "r"), head = Buffer.alloc(128);
    fs.readSync(fd, head), fs.closeSync(fd);
    return /^#!.*\\bnode\\b/.test(head.toString("latin1")) ? [process.execPath, fs.realpathSync(full)] : [full];
  }
  return undefined;
}

function run(words, cwd, env) {
  const found = find(words[0], env.PATH.split(":"));
  if (found === undefined) return console.error("there is no program " + words[0] + " in the base"), 127;
  const { status, error } = spawnSync(found[0], [...found.slice(1), ...words.slice(1)], { cwd, env, stdio: "inherit" });
  if (error) console.error(error.message);
  return status ?? 126;
}

// Without a shell: words with plain quotes, joined by && and ||.
function runPlain(script, cwd, env) {
  const words = script.match(/"[^"$\`\\\\]*"|'[^']*'|&&|\\|\\||[^\\s"'&|;<>$\`()*?\\\\#]+|\\S/g) ?? [];
  if (words.some((word) => /^[;<>&|$\`()*?\\\\#"']$/.test(word)))
    return console.error("this script needs a shell, and the base has none"), 127;
  let status = 0, command = [];
  const end = (next) => { if (command.length) status = run(command, cwd, env); command = []; return next; };
  let joint = "&&";
  for (const word of [...words, "&&"]) {
    if (word !== "&&" && word !== "||") { if ((joint === "&&") === (status === 0)) command.push(word.replace(/^(["'])(.*)\\1$/, "$2")); }
    else joint = end(word);
  }
  return status;
}

function binFolders(cwd) {
  const found = [];
  for (let at = cwd; at !== "/"; at = dirname(at)) found.push(join(at, "node_modules/.bin"));
  return found;
}

const before = look("", new Map());
for (const location of locations) {
  const cwd = join(root, location), manifest = JSON.parse(fs.readFileSync(join(cwd, "package.json"), "utf8"));
  const scripts = manifest.scripts ?? {};
  if (!scripts.install && !scripts.preinstall && manifest.gypfile !== false && fs.existsSync(join(cwd, "binding.gyp")))
    scripts.install = "node-gyp rebuild";
  for (const event of ["preinstall", "install", "postinstall"]) {
    if (!scripts[event]) continue;
    console.log(manifest.name + "@" + manifest.version + " " + event + ": " + scripts[event]);
    const env = { ...process.env, PATH: [...binFolders(cwd), dirname(process.execPath), process.env.PATH].join(":"), INIT_CWD: root,
      HOME: "/tmp", npm_lifecycle_event: event, npm_lifecycle_script: scripts[event], npm_package_name: manifest.name, npm_package_version: manifest.version,
      npm_package_json: join(cwd, "package.json"), npm_node_execpath: process.execPath, NODE: process.execPath, npm_config_production: "true",
      npm_config_user_agent: "npm/11 node/" + process.version + " " + process.platform + " " + process.arch };
    const hasShell = fs.existsSync("/bin/sh") && fs.existsSync("/usr/bin/env");
    const status = hasShell ? run(["/bin/sh", "-c", scripts[event]], cwd, env) : runPlain(scripts[event], cwd, env);
    if (status !== 0) process.exit(status);
  }
}
const after = look("", new Map()), changes = [];
for (const path of before.keys()) if (!after.has(path) && (after.has(dirname(path)) || dirname(path) === ".")) changes.push({ path, type: "gone" });
for (const [path, stamp] of after) {
  if (before.get(path) === stamp) continue;
  const full = resolve(root, path), s = fs.lstatSync(full);
  if (s.isSymbolicLink()) changes.push({ path, type: "symlink", target: fs.readlinkSync(full) });
  else if (s.isDirectory()) changes.push({ path, type: "directory" });
  else if (s.isFile()) {
    const content = String(changes.length);
    fs.copyFileSync(full, join(out, content)), fs.chmodSync(join(out, content), 0o644);
    changes.push({ path, type: "file", isExecutable: (s.mode & 0o100) !== 0, content });
  }
}
fs.writeFileSync(join(out, "${CHANGES_FILE}"), JSON.stringify(changes));
`;
