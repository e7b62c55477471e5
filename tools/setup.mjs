// Sets the project up inside its own folder: Node of the version needed, then the npm packages of the lock file.
// Plain JavaScript without dependencies, because it runs on whatever Node (20 or newer) the machine has.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const OLDEST_HOST = 20;
const NEEDED = 24;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const state = join(root, ".setup");

try {
  main();
} catch (error) {
  console.error(`teu: set-up failed: ${error.message}`);
  console.error("teu: mend the cause and run ./teu setup again; nothing outside this folder was changed");
  process.exit(1);
}

function main() {
  const host = majorOf(process.versions.node);
  if (host < OLDEST_HOST)
    throw new Error(`Node ${process.versions.node} is too old: ${OLDEST_HOST} or newer is needed`);
  rmSync(join(state, "done"), { force: true });
  mkdirSync(join(state, "bin"), { recursive: true });
  const node =
    host >= NEEDED
      ? process.execPath
      : step(`Node ${NEEDED} from npm (the machine has ${process.versions.node})`, bringNode);
  link(node);
  step("npm packages", () => npm(root));
  buildPrograms(node);
  buildPack(node);
  const inputs = ["package-lock.json", "tools/node24/package-lock.json", "tools/setup.mjs"];
  writeFileSync(join(state, "done"), inputs.map((file) => readFileSync(join(root, file), "utf8")).join(""));
}

/** Installs the pinned Node into .setup/node and returns the path of its program. */
function bringNode() {
  const folder = join(state, "node");
  const program = join(folder, "node_modules", `node-${process.platform}-${process.arch}`, "bin", "node");
  const wanted = readFileSync(join(root, "tools/node24/package-lock.json"));
  const lock = join(folder, "package-lock.json");
  if (existsSync(program) && existsSync(lock) && readFileSync(lock).equals(wanted)) return program;
  mkdirSync(folder, { recursive: true });
  for (const file of ["package.json", "package-lock.json"])
    cpSync(join(root, "tools/node24", file), join(folder, file));
  npm(folder);
  if (existsSync(program)) return program;
  throw new Error(`npm carries no Node for ${process.platform}-${process.arch}: install Node ${NEEDED} yourself`);
}

/** Builds the native programs. Without them all else works, and their tests skip, so a failure does not end set-up. */
function buildPrograms(node) {
  const start = performance.now();
  const { status } = spawnSync(node, ["--conditions=@teu/source", "tools/native/build.ts"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (status === 0)
    return console.error(`teu: set-up: native programs … ${((performance.now() - start) / 1000).toFixed(1)} s`);
  console.error("teu: set-up: the native programs were not built; sh tools/run tools/native/build.ts tries again");
}

/** Makes the pack that ./teu starts from. Without it ./teu runs the sources, which takes twice as long. */
function buildPack(node) {
  const pack = () =>
    execFileSync(node, ["--conditions=@teu/source", "tools/start/pack.ts"], { cwd: root, stdio: ["ignore", 2, 2] });
  try {
    step("pack of the command", pack);
  } catch {
    console.error("teu: set-up: the pack was not made; sh tools/run tools/start/pack.ts tries again");
  }
}

function link(node) {
  const path = join(state, "bin", "node");
  rmSync(path, { force: true });
  symlinkSync(node, path);
}

// Not "npm ci": it refuses a lock file that leaves out optional packages of other platforms, as one written
// behind a registry mirror does. Versions and integrity are those of the lock file either way.
function npm(cwd) {
  const flags = ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts"];
  const env = { ...process.env, PATH: `${join(state, "bin")}:${process.env.PATH}` };
  execFileSync("npm", flags, { cwd, env, stdio: ["ignore", "ignore", "inherit"] });
}

function step(name, action) {
  const start = performance.now();
  process.stderr.write(`teu: set-up: ${name} … `);
  const result = action();
  console.error(`${((performance.now() - start) / 1000).toFixed(1)} s`);
  return result;
}

function majorOf(version) {
  return Number(version.split(".")[0]);
}
