/**
 * Runs `teu-front` under ThreadSanitizer, and under AddressSanitizer and UndefinedBehaviorSanitizer: pushes and pulls at a
 * registry of the tests', some of which break off.
 *   sh tools/run tools/native/sanitize-front.ts
 * @module
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { copy } from "@teu/content/copy";
import { openLayout } from "@teu/content/layout-store";
import { sampleImage, storeOf } from "@teu/content/testing/samples";
import { type FakeRegistry, startFakeRegistry } from "@teu/registry-client/testing/fake-registry";
import type { FaultRule } from "@teu/registry-client/testing/faults";
import { projectRoot } from "../project.ts";
import { glue } from "./bindings.ts";
import { allSignatures } from "./build.ts";
import { STRICT, cc, engineObjects } from "./c.ts";
import { engineDir, workDir, wrapperDir } from "./paths.ts";
import { HOST_SOURCES, QUIET } from "./quickjs.ts";
import { readSignatures } from "./signatures.ts";

const OWN = join(projectRoot, "packages/cli/native");
const FOUND = 99;

const folder = mkdtempSync(join(tmpdir(), "teu-sanitize-"));
try {
  process.exitCode = (await main()) === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}

/** Returns how many runs a sanitizer found something in. */
async function main(): Promise<number> {
  await using fake = await startFakeRegistry({});
  const image = sampleImage("checked", { layerBytes: [40_000_000, 3_000_000, 200_000, 0] });
  await using layout = await openLayout(join(folder, "layout"), { create: true, durable: false });
  await copy(await storeOf(image), layout, image.root, { tags: ["v1"] });
  let failures = 0;
  for (const sanitizers of ["thread", "address,undefined"]) {
    const program = build(sanitizers);
    for (const [index, { words, faults = [] }] of runs(fake, sanitizers).entries()) {
      fake.faults.splice(0, fake.faults.length, ...faults);
      if (await finds(program, words)) failures += 1;
      console.log(`teu: ${sanitizers}: ${index + 1}: ${words.join(" ")}`);
    }
  }
  console.log(`teu: teu-front under sanitizers: ${failures} errors`);
  return failures;
}

interface Run {
  readonly words: readonly string[];
  readonly faults?: readonly FaultRule[];
}

function runs({ host }: FakeRegistry, name: string): readonly Run[] {
  const [own, there] = [name.replace(",", "-"), `docker://${host}/team/app:v1`];
  const get = { method: "GET", path: "/blobs/" };
  return [
    { words: ["push", "-q", "oci:layout:v1", there] },
    { words: ["push", "-q", "oci:layout:v1", there] },
    { words: ["pull", "-q", `${host}/team/app:v1`, `oci:${own}:v1`] },
    { words: ["pull", "-q", `${host}/team/app:v1`, `oci:${own}:v1`] },
    { words: ["copy", "-q", there, `dir:${own}-folder`] },
    {
      words: ["pull", `${host}/team/app:v1`, `oci:${own}-cut:v1`],
      faults: [{ ...get, fault: { kind: "cut", after: 2_500_000 }, times: 5 }],
    },
    {
      words: ["pull", "-q", `${host}/team/app:v1`, `oci:${own}-wrong:v1`],
      faults: [{ ...get, fault: { kind: "flip", at: 0 }, times: 100 }],
    },
    {
      words: ["push", `oci:layout:v1`, `docker://${host}/${own}/cut`],
      faults: ["PUT", "PATCH"].map((method) => ({
        method,
        path: "/uploads/",
        fault: { kind: "cut-request", after: 2_000_000 },
        times: 3,
      })),
    },
    {
      words: ["push", "-q", `oci:layout:v1`, `docker://${host}/${own}/refused`],
      faults: [{ method: "PUT", path: "/uploads/", fault: { kind: "status", status: 413 }, times: 100 }],
    },
  ];
}

/** Runs a command, which may fail, but not by what a sanitizer finds. */
async function finds(program: string, words: readonly string[]): Promise<boolean> {
  const options = `exitcode=${FOUND}:detect_leaks=0`;
  const env = { ...process.env, HOME: folder, TSAN_OPTIONS: options, ASAN_OPTIONS: options };
  const child = spawn(program, [process.execPath, "none", "--", ...words], { cwd: folder, env });
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, "close") as Promise<[number | null]>]);
  if (code !== null && code !== FOUND && !/Sanitizer|runtime error:/.test(said)) return false;
  console.error(`teu: ${words.join(" ")}: status ${code}\n${said.slice(0, 6000)}`);
  return true;
}

function build(sanitizers: string): string {
  const own = readdirSync(OWN)
    .filter((file) => file.endsWith(".c"))
    .map((file) => join(OWN, file));
  const signatures = own.flatMap((path) => readSignatures(readFileSync(path, "utf8")));
  writeFileSync(join(folder, "glue.c"), glue([...allSignatures(), ...signatures]));
  const wrappers = readdirSync(wrapperDir).filter((file) => file.endsWith(".c"));
  const sources = [...HOST_SOURCES, ...wrappers.map((file) => join(wrapperDir, file)), ...own];
  const defines = [`-DBYTECODE="${join(workDir, "teu-front/bytecode")}"`, '-DIS_TO_KEEP="0"', "-DIN_TURNS"];
  const quiet = [...QUIET, "-Wno-missing-field-initializers"];
  const checks = [`-fsanitize=${sanitizers}`, "-fno-sanitize-recover=undefined", "-g", "-O1"];
  const include = [`-I${engineDir()}`, `-I${wrapperDir}`];
  const out = join(folder, `teu-front-${sanitizers.replace(",", "-")}`);
  const all = [join(folder, "glue.c"), ...sources, ...engineObjects()];
  execFileSync(cc, [
    ...STRICT,
    ...checks,
    ...quiet,
    ...include,
    ...defines,
    ...all,
    "-no-pie",
    "-lm",
    "-lpthread",
    "-ldl",
    "-o",
    out,
  ]);
  return out;
}
