/**
 * Where secrets must not be: passwords and private keys are looked for in all that teu prints, in what others on the machine
 * can read of its process and of those it starts, in reports of Node, in core dumps of a process that holds them, and in the
 * modes of files.
 */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, readFile, readdir, rm, stat } from "node:fs/promises";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { openLayout } from "@teu/content/layout-store";
import { putAll, sampleImage } from "@teu/content/testing/samples";
import { formatCertificates } from "@teu/pki/certificate";
import { makeCertificate } from "@teu/pki/testing/make-certificate";
import { type SkipReason, anyOf, needsProgram } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { projectRoot } from "../../tools/project.ts";
import { COMMANDS } from "../../packages/cli/src/commands.ts";
import { type Ended, type RunOptions, teu as teuHere, teuProcess } from "../registry-client/programs.ts";

const PASSWORD = `canary-${randomBytes(12).toString("hex")}`;
const TOKEN = `canary-${randomBytes(12).toString("hex")}`;
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
/** The number that is the private key, as it may stand in memory or in text. */
const NUMBER = Buffer.from(privateKey.export({ format: "jwk" }).d ?? "", "base64url");
const PEM = privateKey.export({ format: "pem", type: "pkcs8" }).toString();

/** Every form that a secret may have. */
const CANARIES: Readonly<Record<string, readonly Buffer[]>> = {
  password: [Buffer.from(PASSWORD), Buffer.from(Buffer.from(PASSWORD).toString("base64").replace(/=+$/, ""))],
  token: [Buffer.from(TOKEN)],
  key: [NUMBER, Buffer.from(PEM.split("\n")[1] ?? "?"), Buffer.from(NUMBER.toString("hex"))],
};

function found(bytes: Uint8Array): readonly string[] {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Object.keys(CANARIES).filter((name) => CANARIES[name]?.some((canary) => all.includes(canary)));
}

function expectNone(what: string, bytes: Uint8Array | string): void {
  assert.deepEqual(found(typeof bytes === "string" ? Buffer.from(bytes) : bytes), [], what);
}

const MINUTE_MS = 60_000;

describe("secrets", { concurrency: false }, () => {
  let dir: TempDir;
  /** Takes connections, and never answers. */
  let silent: Server;
  let image = "";

  before(async () => {
    dir = await tempDir();
    await dir.write("password", `${PASSWORD}\n`);
    await dir.write("token", TOKEN);
    await dir.write("plain.key", PEM);
    await dir.write("broken.key", PEM.replace("MIG", "MII"));
    const [layout, sample] = [await openLayout(dir.join("layout"), { create: true }), sampleImage("app")];
    await putAll(layout, sample);
    await layout.tag("v1", sample.root);
    silent = createServer(() => {});
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    image = `docker://127.0.0.1:${(silent.address() as AddressInfo).port}/team/app:v1`;
    const { code, notes } = await teu(["key", "import", "--password-file", "password", "plain.key", "sealed"]);
    assert.equal(code, 0, notes);
  });
  after(async () => {
    silent?.closeAllConnections();
    silent?.close();
    await dir?.[Symbol.asyncDispose]();
  });

  async function teu(words: readonly string[], options: RunOptions = {}): Promise<Ended> {
    return await teuProcess(dir.path, words, { cwd: dir.path, ...options });
  }

  const BY_FILE = ["--password-file", "password"];
  const runs: readonly (readonly [words: readonly string[], env?: Readonly<Record<string, string>>])[] = [
    [["key", "show", ...BY_FILE, "sealed.key"]],
    [["key", "show", "plain.key"]],
    [["key", "show", "broken.key"]],
    [["key", "show", "password"]],
    [["key", "export", "sealed.key"], { TEU_KEY_PASSWORD: PASSWORD }],
    [["key", "export", "sealed.key"], { COSIGN_PASSWORD: `${PASSWORD}x` }],
    [["key", "export", ...BY_FILE, "--private", "out.key", "sealed.key"]],
    [["key", "import", ...BY_FILE, "plain.key", "sealed"]],
    [["key", "import", ...BY_FILE, "broken.key", "other"]],
    [["key", "import", ...BY_FILE, "sealed.key", "other"]],
    [["key", "generate", ...BY_FILE, "absent/made"]],
    [["sign", "--key", "sealed.key", ...BY_FILE, "oci:layout:v1"]],
    [["sign", "--key", "plain.key", "oci:layout:v1"]],
    [["sign", "--key", "plain.key", "docker://127.0.0.1:1/a:v1"]],
    [["sign", "--key", "password", "oci:layout:v1"]],
    [["sign", "--key", "sealed.key", "--password-file", "plain.key", "oci:layout:v1"]],
    [["sign", "--identity-token", "token", "--signing-config", "plain.key", "oci:layout:v1"]],
    [["sign", "--identity-token", "token", "--signing-config", "token", "oci:layout:v1"]],
    [["attest", "--key", "sealed.key", ...BY_FILE, "--type", "custom", "--predicate", "plain.key", "oci:layout:v1"]],
    [["verify", "--key", "plain.key", "oci:layout:v1"]],
    [["verify", "--key", "password", "oci:layout:v1"]],
    [["verify", "--ca", "plain.key", "oci:layout:v1"]],
    [["image", "decrypt", "--decryption-key", `plain.key:${PASSWORD}`, "oci:layout:v1"]],
    [["image", "decrypt", "--decryption-key", "sealed.key:file=password", "oci:layout:v1"]],
    [["image", "decrypt", "--decryption-key", "password", "oci:layout:v1"]],
  ];

  test("are not printed, whatever goes well or wrong", async () => {
    for (const [words, env] of runs) {
      // What has the password from its environment is a process of its own, whose faults show all that there is to show.
      const debug = { ...env, TEU_DEBUG: "1", NODE_OPTIONS: "--trace-uncaught" };
      const { out, notes } =
        env === undefined ? await teuHere(dir.path, words, { commands: COMMANDS }) : await teu(words, { env: debug });
      assert.notEqual(out + notes, "", words.join(" "));
      expectNone(words.join(" "), out + notes);
    }
  });

  test("stand in files that only their owner can read", async () => {
    await mkdir(dir.join("modes"));
    const words = ['umask 0; cd modes; exec "$@"', "sh", ...teuCommand()];
    const sh = (...more: readonly string[]): void => {
      execFileSync("sh", ["-c", ...words, ...more], {
        cwd: dir.path,
        env: { ...processEnv(), TEU_KEY_PASSWORD: PASSWORD },
        stdio: "ignore",
        timeout: MINUTE_MS,
      });
    };
    sh("key", "generate");
    sh("key", "import", "../plain.key", "taken");
    sh("key", "export", "--private", "out.key", "../sealed.key");
    const modes = await Promise.all(
      (await readdir(dir.join("modes"))).map(async (name) => [
        name,
        (await stat(dir.join("modes", name))).mode & 0o777,
      ]),
    );
    assert.deepEqual(Object.fromEntries(modes), {
      "out.key": 0o600,
      "taken.key": 0o600,
      "taken.pub": 0o644,
      "teu.key": 0o600,
      "teu.pub": 0o644,
    });
  });

  function processEnv(): Readonly<Record<string, string>> {
    return { PATH: process.env["PATH"] ?? "", HOME: dir.path, TEU_ROOT: dir.join("teu") };
  }

  /** Runs until the process has its key and waits for a registry that does not answer. */
  async function holding(more: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<Holding> {
    const env = { ...processEnv(), ...more };
    const asked = once(silent, "request", { signal: AbortSignal.timeout(MINUTE_MS) });
    const [program = "", ...options] = teuCommand();
    const child = spawn(program, [...options, "sign", "--key", "sealed.key", ...words, image], {
      cwd: dir.path,
      env,
      stdio: "ignore",
    });
    await asked;
    const ended = once(child, "close");
    return {
      child,
      pid: child.pid ?? 0,
      [Symbol.asyncDispose]: async () => {
        child.kill("SIGKILL");
        await ended;
      },
    };
  }

  test("are not in the arguments or the environment of its process", async () => {
    await using held = await holding({}, ...BY_FILE);
    for (const name of ["cmdline", "environ"]) expectNone(name, await readFile(`/proc/${held.pid}/${name}`));
  });

  test("are not in the environment of what it runs", async () => {
    const dump = `#!/bin/sh\nenv > ${dir.join("seen")}\nexit 1\n`;
    const { certificate } = makeCertificate({ key: privateKey, subject: [["2.5.4.3", "x"]] });
    await dir.write("cert.pem", formatCertificates([certificate]));
    await dir.write("notation-t", dump);
    await dir.write("bin/gpg", dump);
    await Promise.all([chmod(dir.join("notation-t"), 0o755), chmod(dir.join("bin/gpg"), 0o755)]);
    const env = {
      TEU_KEY_PASSWORD: PASSWORD,
      COSIGN_PASSWORD: PASSWORD,
      PATH: `${dir.join("bin")}:${process.env["PATH"]}`,
    };
    const plugin = ["--plugin", "./notation-t", "--key-id", "1", "--certificate", "cert.pem"];
    for (const words of [
      ["sign", ...plugin, "oci:layout:v1"],
      ["sign", "--gpg-key", "me", "--lookaside", "look", "--name", "registry.example.com/a:v1", "oci:layout:v1"],
    ]) {
      await rm(dir.join("seen"), { force: true });
      const { notes } = await teu(words, { env });
      const seen = await readFile(dir.join("seen"), "utf8").catch(() => assert.fail(`${words.join(" ")}: ${notes}`));
      assert.match(seen, /^HOME=/m);
      expectNone(words.join(" "), seen);
    }
  });

  test("are not in a report of Node", async () => {
    const options = `--report-on-signal --report-signal=SIGUSR2 --report-directory=${dir.path} --report-filename=report.json`;
    await using held = await holding({ TEU_KEY_PASSWORD: PASSWORD, NODE_OPTIONS: options });
    held.child.kill("SIGUSR2");
    const report = await eventually(async () => {
      const text = await readFile(dir.join("report.json"), "utf8");
      JSON.parse(text);
      return text;
    });
    assert.match(report, /"javascriptStack"/);
    expectNone("the report", report);
  });

  test("are not in a core that a debugger takes", { skip: skipCores() }, async () => {
    await using held = await holding({ TEU_KEY_PASSWORD: PASSWORD });
    expectNone("the core", await takeCore(held.pid));
    // The same of a process that does not look after itself: it shows that they would be found.
    const careless = spawn(process.execPath, ["-e", "process.env.X; setInterval(() => {}, 1e6); console.log(1)"], {
      env: { X: PASSWORD },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const gone = once(careless, "close");
    await once(careless.stdout, "data");
    assert.deepEqual(found(await takeCore(careless.pid ?? 0)), ["password"]);
    careless.kill("SIGKILL");
    await gone;
  });

  async function takeCore(pid: number): Promise<Uint8Array> {
    execFileSync("gcore", ["-o", dir.join("core"), String(pid)], { stdio: "ignore", timeout: MINUTE_MS });
    return await readFile(dir.join(`core.${pid}`));
  }

  test("are not in the core of a crash", { skip: skipCrash() }, async () => {
    const env = { ...processEnv(), TEU_KEY_PASSWORD: PASSWORD };
    const asked = once(silent, "request", { signal: AbortSignal.timeout(MINUTE_MS) });
    await mkdir(dir.join("crash"));
    const sign = [...teuCommand(), "sign", "--key", "../sealed.key", image];
    const child = spawn("sh", ["-c", 'ulimit -c unlimited; exec "$@"', "sh", ...sign], {
      cwd: dir.join("crash"),
      env,
      stdio: "ignore",
    });
    const ended = once(child, "close");
    await asked;
    child.kill("SIGABRT");
    assert.deepEqual(await ended, [null, "SIGABRT"]);
    const cores = (await readdir(dir.join("crash"))).filter((name) => name.startsWith("core"));
    assert.ok(cores.length > 0, "there is a core to look into");
    for (const core of cores) expectNone(core, await readFile(dir.join("crash", core)));
  });
});

interface Holding extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly pid: number;
}

function teuCommand(): readonly string[] {
  const options = ["--conditions=@teu/source", "--disable-warning=ExperimentalWarning"];
  return [process.execPath, ...options, join(projectRoot, "packages/cli/src/main.ts")];
}

async function eventually<T>(look: () => Promise<T>): Promise<T> {
  for (let round = 0; ; round += 1)
    try {
      return await look();
    } catch (error) {
      if (round > 400) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
}

/** To take one and look through it takes some seconds. */
function skipCores(): SkipReason {
  const isLong = process.env["TEU_LONG_TESTS"] === "1" ? false : "takes long: set TEU_LONG_TESTS=1";
  return anyOf(isLong, needsProgram("gcore"));
}

/** Cores go where this machine is told, if it lets them be written; only those beside the process are to be had. */
function skipCrash(): SkipReason {
  const ask = (command: string): string => execFileSync("sh", ["-c", command], { encoding: "utf8" }).trim();
  const [pattern, limit] = [ask("cat /proc/sys/kernel/core_pattern"), ask("ulimit -Hc")];
  if (limit !== "unlimited") return `needs cores of any size, here the limit is ${limit}`;
  return /^core[^/|]*$/.test(pattern) ? false : `needs cores beside the process, here they go to "${pattern}"`;
}
