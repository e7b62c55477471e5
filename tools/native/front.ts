/**
 * Builds `teu-front`: the sources of short commands with stand-ins for Node, as bytecode in QuickJS, with all of it in place
 * when the program starts.
 * @module
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Metafile, build } from "esbuild";
import { type StampRow, isAsStamped } from "../../packages/cli/src/start/stamp.ts";
import { projectRoot } from "../project.ts";
import { stampRow } from "../start/stamp.ts";
import { declarations, glue } from "./bindings.ts";
import { GNU, STRICT, cc, compile, engineObjects, object, wrapperObjects } from "./c.ts";
import { engineDir, toolDir, workDir, wrapperDir } from "./paths.ts";
import { HOST_SOURCES, MAX_KEPT_BYTES, PLACES, QUIET, bytecodeCompiler, linkKept } from "./quickjs.ts";
import { type Signature, readSignatures } from "./signatures.ts";
import { standIns } from "./stand-ins.ts";

const ROOM = "packages/cli";
const SOURCES = `${ROOM}/src/front`;
/** Where the program goes, from the root of the project. */
export const FRONT = `${ROOM}/dist/teu-front`;
/** What it was made of: `./teu` starts it only while that is what is there. From the root of the project. */
export const FRONT_SOURCES = ".setup/native/teu-front.json";
const OWN_WRAPPERS: string = join(projectRoot, ROOM, "native");

/** Bytes for what the program has set up; about 6 MB of them are used. */
const KEPT_ROOM = "0x2000000";
/** Builds the program. Throws where it cannot be built or kept. */
export async function buildFront(signatures: readonly Signature[]): Promise<void> {
  const folder = join(workDir, "teu-front");
  mkdirSync(folder, { recursive: true });
  const startMs = Date.now();
  const own = ownSignatures();
  writeIfOther(join(projectRoot, SOURCES, "sys.ts"), declarations(own, `${ROOM}/native`));
  writeFileSync(join(folder, "glue.c"), glue([...signatures, ...own]));
  const script = join(folder, "bytecode.js");
  const metafile = await bundle(script);
  writeFileSync(script, withAllLoaded(readFileSync(script, "utf8")));
  const bytecode = join(folder, "bytecode");
  execFileSync(bytecodeCompiler(cc), [script, "bytecode", bytecode]);
  const out = join(projectRoot, FRONT);
  mkdirSync(dirname(out), { recursive: true });
  const linkTo = (path: string, defines: readonly string[]): void => linkFront(folder, path, defines);
  if (!linkKept({ name: "teu-front", out: `${out}.part`, folder, bytecode, linkTo })) throw new Error("its code moved");
  const again = execFileSync(join(folder, "keeper"), {
    maxBuffer: MAX_KEPT_BYTES,
    stdio: ["ignore", "pipe", "inherit"],
  });
  checkKept(readFileSync(join(folder, "kept")), again);
  renameSync(`${out}.part`, out);
  writeFileSync(join(projectRoot, FRONT_SOURCES), JSON.stringify(stampsOf(metafile, startMs)));
}

/**
 * The C library is elsewhere at each start, so nothing that is kept may point to it: no word that differs between two that
 * were kept one after the other looks like such a place. Those of the stack are left of calls that have returned.
 */
function checkKept(one: Buffer, other: Buffer): void {
  if (one.length !== other.length) throw new Error("what is kept has another size each time");
  for (let at = 0; at + 8 <= one.length; at += 8) {
    const place = one.readBigUInt64LE(at);
    if (place !== other.readBigUInt64LE(at) && place >= LOWEST_LIBRARY && place < LOWEST_STACK)
      throw new Error(`what is kept points outside of the program, at ${at}`);
  }
}

const LOWEST_LIBRARY = 0x550000000000n;
const LOWEST_STACK = 0x7ff000000000n;

/** The wrappers that this program alone has. */
function ownSignatures(): Signature[] {
  return ownSources().flatMap((path) => readSignatures(readFileSync(path, "utf8")));
}

function ownSources(): string[] {
  const files = readdirSync(OWN_WRAPPERS).filter((file) => file.endsWith(".c"));
  return files.sort().map((file) => join(OWN_WRAPPERS, file));
}

async function bundle(outfile: string): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: projectRoot,
    entryPoints: [`${SOURCES}/main.ts`],
    outfile,
    bundle: true,
    format: "iife",
    globalName: "program",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2023",
    conditions: ["@teu/source"],
    define: { "import.meta.url": '"file:///"', "import.meta.main": "false" },
    plugins: [standIns(join(projectRoot, SOURCES, "node"), join(projectRoot, SOURCES, "hand-over.ts"))],
    metafile: true,
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: "error",
  });
  return metafile;
}

/** Has every module of ours run when the program is built, those too that commands load when they come to need them. */
function withAllLoaded(script: string): string {
  const late = script.matchAll(/\.then\(\(\)=>\((init_[\w$]+)\(\),/g).map(([, name]) => `${name}();`);
  const end = script.lastIndexOf("return __toCommonJS(");
  const all = [...new Set(late)];
  if (end < 0 || all.length === 0) throw new Error("the bundle has another form than before");
  return script.slice(0, end) + all.join("") + script.slice(end);
}

function linkFront(folder: string, out: string, defines: readonly string[]): void {
  const flags = [...STRICT, ...QUIET, `-I${engineDir()}`, `-I${wrapperDir}`];
  const own = ownSources().map((path) =>
    object(path, [...STRICT, "-Wno-missing-field-initializers", `-I${wrapperDir}`]),
  );
  const memory = object(join(toolDir, "program/memory.c"), [...STRICT, "-fno-builtin", `-DKEPT_ROOM=${KEPT_ROOM}`]);
  const all = [join(folder, "glue.c"), ...HOST_SOURCES, ...wrapperObjects(), ...own, memory, ...engineObjects()];
  const more = ["-DIN_TURNS", `-DKEPT_ROOM=${KEPT_ROOM}`, ...GNU.flags, "-no-pie", "-s", PLACES];
  compile([...flags, ...defines, ...more, ...all, "-lm", "-lpthread", "-ldl", "-o", out]);
}

/** What tells whether each source is still as it was. */
function stampsOf({ inputs }: Metafile, startMs: number): readonly StampRow[] {
  const sources = Object.keys(inputs).filter((path) => path.startsWith("packages/"));
  return sources.map((path) => stampRow(path, startMs));
}

/** Tells whether the sources are those that the program was made of. */
export function isFrontFresh(): boolean {
  try {
    const rows = JSON.parse(readFileSync(join(projectRoot, FRONT_SOURCES), "utf8")) as readonly StampRow[];
    return rows.every((row) => isAsStamped(projectRoot, row));
  } catch {
    return false;
  }
}

function writeIfOther(path: string, text: string): void {
  let before: string | undefined;
  try {
    before = readFileSync(path, "utf8");
  } catch {
    // It is new.
  }
  if (before !== text) writeFileSync(path, text);
}
