import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "./config.ts";

type Patch = Readonly<Record<string, unknown>>;

function configText(patch: Patch = {}): string {
  return JSON.stringify({
    ociVersion: "1.3.0",
    root: { path: "rootfs" },
    process: { cwd: "/", args: ["sh"] },
    ...patch,
  });
}

test("a small configuration is read, with relative paths taken from the bundle", () => {
  const config = readConfig(
    configText({ mounts: [{ destination: "data/../x", source: "d", options: ["rbind"] }] }),
    "/b",
  );
  assert.equal(config.rootPath, "/b/rootfs");
  assert.deepEqual(
    config.mounts.map(({ destination, source, isBind }) => [destination, source, isBind]),
    [["/x", "/b/d", true]],
  );
  assert.equal(config.process.umask, -1);
});

test("a broken configuration is refused by the name of its field", () => {
  const linux = (part: Patch): Patch => ({ linux: part });
  const proc = (part: Patch): Patch => ({ process: { cwd: "/", args: ["sh"], ...part } });
  const cases: readonly (readonly [Patch, string])[] = [
    [{ ociVersion: "2.0.0" }, 'ociVersion: version "2.0.0" is not supported, expected 1.x.y'],
    [{ root: {} }, "root.path: is required, expected a string"],
    [proc({ args: [] }), "process.args: must name a program"],
    [proc({ args: ["a\0b"] }), "process.args[0]: a NUL character is not allowed"],
    [proc({ cwd: "x" }), 'process.cwd: "x" is not an absolute path'],
    [proc({ user: { uid: -1 } }), "process.user.uid: -1 is out of range, expected a number from 0 to 4294967295"],
    [
      proc({
        rlimits: [
          { type: "RLIMIT_CORE", soft: 1, hard: 1 },
          { type: "RLIMIT_CORE", soft: 1, hard: 1 },
        ],
      }),
      "process.rlimits[1]: RLIMIT_CORE is given twice",
    ],
    [
      proc({ scheduler: { policy: "SCHED_OTHER", priority: 3 } }),
      "process.scheduler.priority: a priority is for SCHED_FIFO and SCHED_RR, the policy is SCHED_OTHER",
    ],
    [
      linux({ namespaces: [{ type: "pid" }, { type: "pid" }] }),
      "linux.namespaces[1]: the namespace pid is given twice",
    ],
    [linux({ maskedPaths: ["proc"] }), 'linux.maskedPaths[0]: "proc" is not an absolute path'],
    [{ hooks: { poststop: [{ path: "x" }] } }, 'hooks.poststop[0].path: "x" is not an absolute path'],
    [{ hooks: { poststop: [{ path: "/x", timeout: 0 }] } }, "hooks.poststop[0].timeout: must be greater than 0"],
    [
      { mounts: [{ destination: "/x", source: "y" }] },
      "mounts[0].type: is required, unless options have bind or rbind",
    ],
  ];
  for (const [patch, message] of cases)
    assert.throws(() => readConfig(configText(patch), "/b"), { name: "Failure", message: `config.json: ${message}` });
});

test("unknown fields are passed over, and a failure carries its field", () => {
  readConfig(configText({ windows: { anything: [1] }, novel: true }), "/b");
  assert.throws(() => readConfig(configText({ hostname: 3 }), "/b"), /config\.json: hostname: expected a string/);
});
