import assert from "node:assert/strict";
import { type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { text as textFrom } from "node:stream/consumers";
import { suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { EngineSession, IMAGE, skipEngine } from "./session.ts";

const isLong = process.env["TEU_LONG_TESTS"] === "1";
const BARE = ["--network", "none"];

async function codeOf(child: ChildProcess): Promise<number | null> {
  child.stdout?.resume();
  child.stderr?.resume();
  return ((await once(child, "close")) as [number | null])[0];
}

suite("many containers, and sudden ends", { skip: skipEngine }, () => {
  const engine = new EngineSession();

  test(`${isLong ? 50 : 6} at once start and end`, async () => {
    const count = isLong ? 50 : 6;
    const children = Array.from({ length: count }, (_, i) =>
      engine.start("run", "--rm", ...BARE, IMAGE, "sh", "-c", `exit ${i}`),
    );
    const said = children.map(async ({ stderr }) => (stderr === null ? "" : await textFrom(stderr)));
    const codes = await Promise.all(children.map(codeOf));
    assert.deepEqual(codes, [...codes.keys()], (await Promise.all(said)).join(""));
    await assertNothingLeft();
  });

  test("of several that want one name, one has it", async () => {
    const children = Array.from({ length: 4 }, () =>
      engine.start("run", "-d", "--name", "wanted", ...BARE, IMAGE, "sleep", "100"),
    );
    const codes = await Promise.all(children.map(codeOf));
    assert.deepEqual(
      codes.sort((a, b) => Number(a) - Number(b)),
      [0, 125, 125, 125],
    );
    assert.equal(await engine.inspect("wanted", "State.Status"), "running");
    await engine.here("rm", "-f", "wanted");
    await assertNothingLeft();
  });

  const rounds = isLong ? 200 : 4;
  test(`commands killed at random moments, ${rounds} times: rm -f cleans up`, async () => {
    for (let round = 0; round < rounds; round++) {
      const child = engine.start("run", "--rm", "--name", "victim", "-v", "/data", ...BARE, IMAGE, "sleep", "100");
      const ended = codeOf(child);
      await sleep(80 + Math.random() * 320);
      child.kill("SIGKILL");
      await ended;
      await cleanUp(round);
    }
  });

  test(`monitors and runtimes killed at random moments, ${rounds} times: ps tells the truth`, async () => {
    for (let round = 0; round < rounds; round++) {
      const child = engine.start("run", "--name", "victim", ...BARE, IMAGE, "sleep", "100");
      const ended = codeOf(child);
      const wanted = round % 2 === 0 ? "teu-monitor" : "teu-runtime";
      await killSoon(wanted, Math.random() * 40);
      await sleep(Math.random() * 30);
      if (engine.names().includes("victim")) {
        const status = await engine.inspect("victim", "State.Status");
        const sleeps = sleepers().length;
        await sleep(100);
        // A state may change between two looks, but not for long.
        if (sleepers().length === sleeps && (await engine.inspect("victim", "State.Status")) === status)
          assert.equal(status === "running", sleeps > 0, `round ${round}: ${status}, ${sleeps} at work`);
      }
      child.kill("SIGKILL");
      await ended;
      await cleanUp(round);
    }
  });

  /** Kills the first process of a program that belongs to this engine, some time after it appears. */
  async function killSoon(program: string, afterMs: number): Promise<void> {
    // A runtime may have come and gone between two looks.
    for (const end = performance.now() + 2_000; performance.now() < end;) {
      const pid = processes().find(
        ({ words }) => words[0]?.endsWith(`/${program}`) && words.join(" ").includes(engine.root),
      )?.pid;
      if (pid !== undefined) {
        await sleep(afterMs);
        try {
          process.kill(pid, "SIGKILL");
        } catch {
          // It has ended already.
        }
        return;
      }
      await sleep(1);
    }
  }

  function sleepers(): readonly number[] {
    return processes()
      .filter(({ pid, words }) => words[0] === "sleep" && (cgroup(pid) ?? "").includes("/teu/"))
      .filter(({ pid }) => engine.ids().some((id) => cgroup(pid)?.includes(id)))
      .map(({ pid }) => pid);
  }

  async function cleanUp(round: number): Promise<void> {
    const { status, stderr } = await engine.here("rm", "-f", "-v", "victim");
    assert.equal(status, 0, `round ${round}: ${stderr}`);
    await assertNothingLeft(round);
  }

  /** What is being removed by a process behind the end of a container may take a moment. */
  async function assertNothingLeft(round = 0): Promise<void> {
    let left = leftovers();
    for (let i = 0; i < 200 && left.length > 0; i++) {
      await sleep(25);
      if (i % 20 === 19) await engine.here("rm", "-f", "-v", "victim");
      left = leftovers();
    }
    assert.deepEqual(left, [], `round ${round}`);
  }

  function leftovers(): string[] {
    const folders = ["containers", "names", "volumes", "run/containers", "run/runtime/teu-runtime"];
    const files = folders.flatMap((folder) =>
      namesIn(join(engine.root, folder))
        .filter((name) => name !== "snapshot.json" && name !== "ports.lock")
        .map((name) => `${folder}/${name}`),
    );
    const mounts = readFileSync("/proc/mounts", "utf8")
      .split("\n")
      .filter((line) => line.includes(engine.root));
    const cgroups = globSync("/sys/fs/cgroup/{teu,*/teu}/*").filter((path) => seen.some((id) => path.endsWith(id)));
    for (const name of files) seen.push(...(/[0-9a-f]{64}$/.exec(name) ?? []));
    return [
      ...files,
      ...mounts,
      ...cgroups,
      ...processes()
        .filter(isOurs)
        .map(({ words }) => words.join(" ")),
    ];
  }

  const seen: string[] = [];

  function isOurs({ words }: Running): boolean {
    return words.join(" ").includes(engine.root) && !words.join(" ").includes("tools/test.ts");
  }
});

interface Running {
  readonly pid: number;
  readonly words: readonly string[];
}

function processes(): Running[] {
  return namesIn("/proc")
    .filter((name) => /^[0-9]+$/.test(name))
    .flatMap((name) => {
      const text = textOf(`/proc/${name}/cmdline`);
      return text === undefined || text === "" ? [] : [{ pid: Number(name), words: text.split("\0") }];
    });
}

function cgroup(pid: number): string | undefined {
  return textOf(`/proc/${pid}/cgroup`);
}

function namesIn(path: string): string[] {
  return existsSync(path) ? readdirSync(path) : [];
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
