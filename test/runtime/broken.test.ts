import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { configFor } from "./bundle.ts";
import { type Answer, BUILDS, onBothBuilds, skipContainers } from "./program.ts";
import { ContainerSession } from "./session.ts";

const isLong = process.env["TEU_LONG_TESTS"] === "1";

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** A configuration with as many fields as there can be without failing. */
const FULL = {
  annotations: { a: "b" },
  domainname: "domain",
  hooks: { poststop: [{ path: "/bin/true", args: ["true"], env: ["A=b"], timeout: 5 }] },
};
const FULL_PROCESS = {
  terminal: false,
  consoleSize: { height: 5, width: 5 },
  user: { uid: 1, gid: 1, umask: 18, additionalGids: [2] },
  rlimits: [{ type: "RLIMIT_CORE", soft: 0, hard: 0 }],
  oomScoreAdj: 500,
  scheduler: { policy: "SCHED_OTHER", nice: 5 },
  ioPriority: { class: "IOPRIO_CLASS_BE", priority: 4 },
  execCPUAffinity: { initial: "0", final: "0" },
};
const FULL_LINUX = {
  sysctl: { "kernel.msgmax": "4096" },
  cgroupsPath: "/teu-broken/full",
  devices: [{ path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 438, uid: 0, gid: 0 }],
  rootfsPropagation: "slave",
  personality: { domain: "LINUX" },
  resources: {
    devices: [{ allow: false, access: "rwm" }],
    pids: { limit: 5 },
    memory: { limit: 100_000_000 },
    cpu: { shares: 512, cpus: "0" },
  },
  seccomp: {
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names: ["getcwd"], action: "SCMP_ACT_ERRNO", errnoRet: 1 }],
  },
};

/** Wrong values by hand: what to change, to what, and what the message must have. */
const BY_HAND: readonly (readonly [string, Json, RegExp])[] = [
  ["ociVersion", "2.0.0", /ociVersion/],
  ["ociVersion", "one", /ociVersion/],
  ["root.path", "/does/not/exist", /root\.path.*no such file/],
  ["root.path", "config.json", /root\.path.*not a directory/],
  ["process.cwd", "relative", /process\.cwd.*absolute/],
  ["process.args", [], /process\.args/],
  ["process.args", ["a\0b"], /process\.args\[0\].*NUL/],
  ["process.args", ["/nope"], /process\.args\[0\].*no such file/],
  ["process.user.uid", -1, /process\.user\.uid/],
  ["process.user.uid", 4_294_967_296, /process\.user\.uid/],
  ["process.user.umask", 512, /umask/],
  ["process.rlimits[0].type", "RLIMIT_NOPE", /process\.rlimits\[0\]\.type/],
  ["process.rlimits[0].soft", 5, /process\.rlimits\[0\]/],
  ["process.oomScoreAdj", 1001, /oomScoreAdj/],
  ["process.scheduler.policy", "SCHED_NICE", /scheduler\.policy/],
  ["process.scheduler.nice", 20, /scheduler\.nice/],
  ["process.scheduler.priority", 5, /scheduler\.priority/],
  ["process.ioPriority.class", "BE", /ioPriority\.class/],
  ["process.ioPriority.priority", 8, /ioPriority\.priority/],
  ["process.apparmorProfile", "unconfined_foo", /apparmorProfile/],
  ["process.selinuxLabel", "a:b:c:d", /selinux/],
  ["mounts[0].destination", "", /mounts\[0\]\.destination/],
  ["mounts[0].type", "nofs", /mounts\[0\]/],
  ["mounts[0].options", ["nonsense"], /mounts\[0\]/],
  ["mounts[1].options", ["size=x"], /mounts\[1\]/],
  ["mounts[1].options", ["bind"], /mounts\[1\]\.source/],
  ["linux.namespaces[0].type", "mnt", /namespaces\[0\]\.type/],
  ["linux.namespaces[0].path", "/proc/self/ns/uts", /namespaces\[0\]\.path/],
  ["linux.namespaces[0].path", "/nope", /namespaces\[0\]\.path/],
  ["linux.namespaces[1].type", "pid", /given twice/],
  ["linux.uidMappings", [{ containerID: 0, hostID: 0, size: 1 }], /linux\.uidMappings/],
  ["linux.timeOffsets", { monotonic: { secs: 5 } }, /timeOffsets.*new time namespace/],
  ["linux.timeOffsets", { realtime: { secs: 5 } }, /timeOffsets/],
  ["linux.devices[0].type", "x", /devices\[0\]\.type/],
  ["linux.devices[0].path", "relative", /devices\[0\]\.path/],
  ["linux.devices[0].major", -2, /devices\[0\]/],
  ["linux.sysctl", { "vm.swappiness": "1" }, /linux\.sysctl/],
  ["linux.sysctl", { "kernel.msgmax": "many" }, /linux\.sysctl/],
  ["linux.rootfsPropagation", "public", /rootfsPropagation/],
  ["linux.maskedPaths", ["relative"], /maskedPaths\[0\]/],
  ["linux.readonlyPaths", ["relative"], /readonlyPaths\[0\]/],
  ["linux.personality.domain", "BSD", /personality/],
  ["linux.mountLabel", "a:b:c:d", /mountLabel/],
  ["linux.resources.pids.limit", "5", /pids\.limit/],
  ["linux.resources.memory.limit", 1, /./],
  ["linux.resources.memory.swap", 5, /memory\.swap/],
  ["linux.resources.cpu.cpus", "999", /cpu\.cpus/],
  ["linux.resources.cpu.mems", "x", /cpu\.mems/],
  ["linux.resources.devices[0].type", "z", /devices\[0\]\.type/],
  ["linux.resources.devices[0].access", "x", /devices\[0\]\.access/],
  ["linux.resources.hugepageLimits", [{ pageSize: "3MB", limit: 5 }], /hugepageLimits/],
  ["linux.resources.unified", { "memory.max": "5" }, /unified/],
  ["linux.seccomp.defaultAction", "SCMP_ACT_MAYBE", /seccomp\.defaultAction/],
  ["linux.seccomp.defaultErrnoRet", 5, /seccomp\.defaultErrnoRet/],
  ["linux.seccomp.architectures", ["SCMP_ARCH_Z80"], /seccomp\.architectures/],
  ["linux.seccomp.syscalls[0].action", "no", /syscalls\[0\]\.action/],
  ["linux.seccomp.syscalls[0].names", [], /syscalls\[0\]\.names/],
  ["linux.seccomp.listenerMetadata", "x", /listenerMetadata/],
  ["hooks.poststop[0].path", "relative", /hooks\.poststop\[0\]\.path/],
  ["hooks.poststop[0].timeout", 0, /hooks\.poststop\[0\]\.timeout/],
  ["hooks.createRuntime", [{ path: "/bin/false" }], /hooks\.createRuntime\[0\]/],
  ["hooks.createContainer", [{ path: "/nope" }], /hooks\.createContainer\[0\]/],
  ["hooks.prestart", [{ path: "/bin/sleep", args: ["sleep", "9"], timeout: 1 }], /did not end within 1 s/],
  ["hostname", "x".repeat(65), /hostname/],
  ["annotations", { "": "x" }, /annotations/],
];

/** Every place in a document, the root left out. */
function placesOf(value: Json, path = ""): (readonly [string, Json])[] {
  if (typeof value !== "object" || value === null) return [];
  const entries: (readonly [string, Json])[] = Array.isArray(value)
    ? value.map((item: Json, i) => [`${path}[${i}]`, item])
    : Object.entries(value).map(([name, item]) => [path === "" ? name : `${path}.${name}`, item]);
  return entries.flatMap(([place, item]) => [[place, item] as const, ...placesOf(item, place)]);
}

/** A value of another type than that of `value`. */
function wrongFor(value: Json): Json {
  if (typeof value === "string") return 5;
  return typeof value === "number" || typeof value === "boolean" ? "wrong" : 7;
}

/** A copy of `document` with another value at `place`. */
function changed(document: unknown, place: string, value: Json): Record<string, unknown> {
  const copy = JSON.parse(JSON.stringify(document)) as Record<string, unknown>;
  const names = place.split(/\.(?![a-z]+"\])|\[(?=[0-9])|\](?:\.|$)/u).filter((name) => name !== "");
  const last = names.pop() ?? "";
  let at: Record<string, unknown> = copy;
  for (const name of names) at = (at[name] ?? {}) as Record<string, unknown>;
  at[last] = value;
  return copy;
}

suite("broken configurations", { skip: skipContainers }, () => {
  const session = new ContainerSession();
  const full = configFor(["true"], FULL, FULL_LINUX, FULL_PROCESS);
  const check = (config: Record<string, unknown>, what: string, message: RegExp, build?: string): void => {
    const path = session.write(config);
    const run = (program: string): Answer => session.run(program, ["run", "--bundle", path, "broken"]);
    const answer = build === undefined ? onBothBuilds(run) : run(build);
    assert.equal(answer.status, 1, `${what}: ${answer.stderr}`);
    assert.match(answer.stderr, /^teu-runtime: [^\n]+\n(?: {2}hint: [^\n]+\n)?$/, what);
    assert.match(answer.stderr, message, what);
    assert.deepEqual(session.leftovers("full"), [], what);
    assert.ok(!readFileSync("/proc/self/mountinfo", "utf8").includes(session.path), what);
  };

  test("the configuration that they are made from is fine", () => {
    const answer = onBothBuilds((program) => session.run(program, ["run", "-b", session.write(full), "broken"]));
    assert.deepEqual(answer, { status: 0, stdout: "", stderr: "" });
  });

  test("each wrong value by hand gives one message that names its place, and leaves nothing", () => {
    for (const [place, value, message] of BY_HAND)
      check(changed(full, place, value), `${place} = ${JSON.stringify(value)}`, message);
  });

  test("so does each value of a wrong type", () => {
    // A third of them, each with one build, unless there is time for all.
    const build = (i: number): string | undefined => (isLong ? undefined : BUILDS[i % 2]);
    const places = placesOf(full as Json).filter(
      ([place]) => !place.startsWith("mounts[2]") && !/"|kernel\./.test(place),
    );
    assert.ok(places.length + BY_HAND.length >= 200, `only ${places.length + BY_HAND.length} broken configurations`);
    for (const [i, [place, value]] of places.entries()) {
      if (!isLong && i % 3 !== 0) continue;
      const name = place.replace(/\[.*$/, "").split(".").slice(0, 3).join(".");
      check(changed(full, place, wrongFor(value)), place, new RegExp(name.replaceAll(".", String.raw`\.`)), build(i));
    }
  });
});
