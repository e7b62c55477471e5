/**
 * The life of containers under an engine, once with each runtime.
 * @module
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { tempDir } from "@teu/testing/temp-dir";
import { type Answer, type CommandOptions, command } from "./command.ts";
import { type Engine, type Job, MEMORY_BYTES, RUNTIMES, type Setting, type Verb, cgroupValue } from "./engine.ts";

/** Declares the tests of `engine` with every runtime. Call it in a suite that starts and stops the engine. */
export function checkEngine(engine: Engine): void {
  for (const [name, runtime] of Object.entries(RUNTIMES))
    suite(`${engine.name} with ${name}`, () => {
      const client = new Client(engine, runtime);
      runChecks(client);
      settingChecks(client);
      if (!engine.settings.includes("detached")) return;
      laterChecks(client);
      lifeChecks(client);
    });
}

/** Speaks with one engine about containers of one runtime. */
class Client {
  readonly engine: Engine;
  readonly #runtime: string;
  static #count = 0;

  constructor(engine: Engine, runtime: string) {
    this.engine = engine;
    this.#runtime = runtime;
  }

  /** Runs a container to its end. */
  async run(args: readonly string[], settings: Partial<Job> = {}, input = ""): Promise<Answer> {
    const id = `teu-test-${process.pid}-${Client.#count++}`;
    const words = this.engine.run({ runtime: this.#runtime, id, args, ...settings });
    return await this.#command(words, { input, terminal: settings.terminal === true });
  }

  /** As {@link run}, for a program whose output counts. */
  async hear(args: readonly string[], settings: Partial<Job> = {}, input = ""): Promise<Answer> {
    return await this.run(this.#staying(args), settings, input);
  }

  /** Leaves a container running that sleeps, while `body` works with it. */
  async withSleeper(settings: Partial<Job>, body: (id: string) => Promise<void>): Promise<void> {
    const id = `teu-test-${process.pid}-${Client.#count++}`;
    const args = ["sleep", "1000"];
    const answer = await this.#command(
      this.engine.run({ runtime: this.#runtime, id, args, detached: true, ...settings }),
    );
    try {
      assert.equal(answer.code, 0, answer.stderr);
      await body(id);
    } finally {
      await this.act("kill", id);
      await this.act("wait", id);
      await this.act("remove", id);
    }
  }

  async exec(id: string, args: readonly string[], terminal = false): Promise<Answer> {
    return await this.#command(this.engine.exec(id, args, terminal), { terminal });
  }

  /** As {@link exec}, for a program whose output counts. */
  async hearLater(id: string, args: readonly string[]): Promise<Answer> {
    return await this.exec(id, this.#staying(args));
  }

  #staying(args: readonly string[]): readonly string[] {
    const seconds = this.engine.hearsWithin;
    return seconds === undefined ? args : ["sh", "-c", `"$@"; code=$?; sleep ${seconds}; exit $code`, "sh", ...args];
  }

  async act(verb: Verb, id: string): Promise<Answer> {
    const words = this.engine.verbs[verb];
    return words === undefined ? { code: 0, stdout: "", stderr: "" } : await this.#command(words(id));
  }

  /** As {@link act}, and asks that it went well. */
  async must(verb: Verb, id: string): Promise<string> {
    const { code, stdout, stderr } = await this.act(verb, id);
    assert.equal(code, 0, `${verb}: ${stderr}`);
    return stdout;
  }

  /** The pid of a container's first process, and the container's status. */
  async inspect(id: string): Promise<{ readonly pid: number; readonly status: string }> {
    const { stdout, stderr } = await this.#command(this.engine.inspect(id));
    const line = stdout.split("\n").find((text) => text.startsWith(id) || text.startsWith(`/${id} `));
    assert.ok(line !== undefined, stdout + stderr);
    const [, pid = "", status = ""] = line.split(/\s+/);
    return { pid: Number(pid), status: status.toLowerCase() };
  }

  async #command(words: readonly string[], options: CommandOptions = {}): Promise<Answer> {
    return await command(words, { ...options, env: { ...this.engine.env } });
  }
}

function runChecks(client: Client): void {
  test("what the program prints and its exit codes arrive", async () => {
    const { code, stdout, stderr } = await client.hear(["echo", "hi"]);
    const said = stderr.replace(client.engine.warnings ?? "", "");
    assert.deepEqual({ code, stdout, said }, { code: 0, stdout: "hi\n", said: "" }, client.engine.name);
    const both = await client.hear(["sh", "-c", "echo out; echo err >&2; exit 7"]);
    assert.equal(both.code, 7);
    assert.equal(both.stdout, "out\n");
    assert.match(both.stderr, /^err\n/m);
    assert.equal((await client.run(["sh", "-c", "sh -c 'kill -9 $$'; exit $?"])).code, 137);
  });

  test("a program that is missing or none is told apart", async () => {
    const { failures } = client.engine;
    const missing = await client.run(["no-such-program"]);
    assert.equal(missing.code, failures.missing, missing.stderr);
    assert.match(missing.stderr, /not found|no such file/i);
    const none = await client.run(["/etc/passwd"]);
    assert.equal(none.code, failures.noProgram, none.stderr);
    assert.match(none.stderr, /permission denied/i);
    const folder = await client.run(["/etc"]);
    assert.equal(folder.code, failures.noProgram, folder.stderr);
  });

  test("a terminal", needs(client, "terminal"), async () => {
    const answer = await client.run(["sh", "-c", "test -t 2 && echo $(tty) yes; exit 5"], { terminal: true });
    assert.match(answer.stdout, /\/dev\/(pts\/0|console) yes\r/);
    assert.equal(answer.code, 5);
  });

  test("input arrives, and its end", needs(client, "interactive"), async () => {
    const answer = await client.hear(["wc", "-c"], { interactive: true }, "x".repeat(300_000));
    assert.deepEqual([answer.code, answer.stdout.trim()], [0, "300000"], answer.stderr);
  });
}

function settingChecks(client: Client): void {
  test("a user", needs(client, "user"), async () => {
    const answer = await client.hear(["sh", "-c", "id -u; id -g"], { user: "1000:1000" });
    assert.deepEqual([answer.code, answer.stdout], [0, "1000\n1000\n"], answer.stderr);
  });

  test("a folder", needs(client, "folder"), async () => {
    const answer = await client.hear(["pwd"], { folder: "/tmp" });
    assert.deepEqual([answer.code, answer.stdout], [0, "/tmp\n"], answer.stderr);
  });

  test("a read-only root", needs(client, "readOnly"), async () => {
    const answer = await client.hear(["touch", "/x"], { readOnly: true });
    assert.equal(answer.code, 1);
    assert.match(answer.stderr, /Read-only file system/);
  });

  test("a shared folder, read-only", needs(client, "shared"), async () => {
    await using dir = await tempDir();
    await dir.write("note", "text\n");
    const answer = await client.hear(["sh", "-c", "cat /shared/note; touch /shared/x"], { shared: dir.path });
    assert.deepEqual([answer.code, answer.stdout], [1, "text\n"]);
    assert.match(answer.stderr, /Read-only file system/);
  });

  test("a seccomp profile", needs(client, "seccompProfile"), async () => {
    await using dir = await tempDir();
    const rule = { names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 95 };
    const profile = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [rule] };
    const seccompProfile = await dir.write("profile.json", JSON.stringify(profile));
    const script = "grep '^Seccomp:' /proc/self/status; mkdir /tmp/x";
    const answer = await client.hear(["sh", "-c", script], { seccompProfile });
    assert.deepEqual([answer.code, answer.stdout], [1, "Seccomp:\t2\n"]);
    assert.match(answer.stderr, /Operation not supported|Not supported/);
  });

  test("a user namespace", needs(client, "firstUser"), async () => {
    const script = "cat /proc/self/uid_map /proc/self/gid_map; id -u; touch /tmp/x && stat -c %u /tmp/x";
    const answer = await client.hear(["sh", "-c", script], { firstUser: 100_000 });
    assert.deepEqual([answer.code, answer.stderr], [0, ""]);
    assert.match(answer.stdout, /^\s+0\s+100000\s+65536\n\s+0\s+100000\s+65536\n0\n0\n$/);
  });

  test("a value of the kernel, and one that it refuses", needs(client, "sysctl"), async () => {
    const given = await client.hear(["cat", "/proc/sys/net/ipv4/ip_forward"], { sysctl: "net.ipv4.ip_forward=1" });
    assert.deepEqual([given.code, given.stdout], [0, "1\n"], given.stderr);
    const refused = await client.run(["true"], { sysctl: "net.ipv4.ip_forward=many" });
    assert.equal(refused.code, client.engine.failures.refused, refused.stderr);
    assert.match(refused.stderr, /ip_forward/);
  });
}

function laterChecks(client: Client): void {
  test("later processes: output, exit codes, a terminal", async () => {
    await client.withSleeper({}, async (id) => {
      const { missing, missingLater = missing, noProgram } = client.engine.failures;
      // What an engine says is told where it answers otherwise.
      const endsWith = async (args: readonly string[], code: number, stdout = ""): Promise<void> => {
        const answer = await (stdout === "" ? client.exec(id, args) : client.hearLater(id, args));
        const what = `${client.engine.name}: ${args.join(" ")}: ${answer.stderr}`;
        assert.deepEqual([answer.code, answer.stdout], [code, stdout], what);
      };
      await endsWith(["echo", "hi"], 0, "hi\n");
      await endsWith(["sh", "-c", "exit 7"], 7);
      await endsWith(["sh", "-c", "kill -9 $$"], 137);
      const absent = await client.exec(id, ["no-such-program"]);
      assert.equal(absent.code, missingLater, absent.stdout + absent.stderr);
      const none = await client.exec(id, ["/etc/passwd"]);
      assert.equal(none.code, noProgram, none.stdout + none.stderr);
      const terminal = await client.exec(id, ["sh", "-c", "tty; exit 3"], true);
      assert.match(terminal.stdout, /\/dev\/pts\/\d+\r/, terminal.stderr);
      assert.equal(terminal.code, 3, terminal.stdout);
    });
  });
}

function lifeChecks(client: Client): void {
  test("pause and resume", async () => {
    await client.withSleeper({}, async (id) => {
      await client.must("pause", id);
      assert.equal((await client.inspect(id)).status, "paused");
      await client.must("resume", id);
      assert.equal((await client.inspect(id)).status, "running");
      assert.equal((await client.hearLater(id, ["echo", "hi"])).stdout, "hi\n");
    });
  });

  test("limits, their change, statistics and processes", needs(client, "memoryBytes", "cpus"), async () => {
    const pids = client.engine.settings.includes("pids") ? { pids: 50 } : {};
    await client.withSleeper({ memoryBytes: MEMORY_BYTES, cpus: 0.5, ...pids }, async (id) => {
      const { pid } = await client.inspect(id);
      assert.equal(memoryLimit(pid), String(MEMORY_BYTES));
      assert.match(cgroupValue(pid, "cpu", { v1: "cpu.cfs_quota_us", v2: "cpu.max" }), /^50000\b/);
      if (pids.pids !== undefined)
        assert.equal(cgroupValue(pid, "pids", { v1: "pids.max", v2: "pids.max" }), String(pids.pids));
      assert.match(await client.must("stats", id), /\d/);
      assert.match(await client.must("processes", id), new RegExp(`sleep|\\b${pid}\\b`));
      if (client.engine.verbs.halveMemory === undefined) return;
      await client.must("halveMemory", id);
      assert.equal(memoryLimit(pid), String(MEMORY_BYTES / 2));
    });
  });

  test("the end: by kill, by stop, and nothing is left", async () => {
    await client.withSleeper({}, async (id) => {
      const { pid } = await client.inspect(id);
      await client.must("kill", id);
      const waited = await client.must("wait", id);
      if (waited !== "") assert.match(waited, /137/);
      await client.must("remove", id);
      assert.equal(existsSync(`/proc/${pid}`), false);
    });
    await client.withSleeper({}, async (id) => {
      const { pid } = await client.inspect(id);
      const cgroups = cgroupFolders(pid);
      await client.must("stop", id);
      await client.must("remove", id);
      assert.deepEqual(
        cgroups.filter((path) => existsSync(path)),
        [],
      );
    });
  });
}

function memoryLimit(pid: number): string {
  return cgroupValue(pid, "memory", { v1: "memory.limit_in_bytes", v2: "memory.max" });
}

/** The folders of a process's cgroups, but for those that are roots. */
function cgroupFolders(pid: number): string[] {
  const lines = readFileSync(`/proc/${pid}/cgroup`, "utf8").trimEnd().split("\n");
  return lines.flatMap((line) => {
    const [, controllers = "", path = "/"] = line.split(":");
    const mount = controllers === "" ? "unified" : controllers.replace("name=", "");
    return path === "/" ? [] : [join("/sys/fs/cgroup", mount, path)];
  });
}

function needs({ engine }: Client, ...settings: readonly Setting[]): { readonly skip: string | false } {
  const unknown = settings.filter((setting) => !engine.settings.includes(setting));
  return { skip: unknown.length === 0 ? false : `${engine.name} knows no ${unknown.join(" and ")}` };
}
