/** Documents that have every property there is, with values at the edges of what they may be. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { parseJsonBytes, toValue } from "@teu/std/json-value";
import { parseJson } from "@teu/std/json";
import type { Document } from "../document.ts";
import { type RuntimeConfig, checkConfig, parseConfig } from "./config.ts";
import { isUnsafeAnnotation, parseFeatures } from "./features.ts";
import { CONFIG, bytes, config, json } from "./good.test.data.ts";
import { platformOf } from "./platforms.ts";
import { parseSeccompState } from "./seccomp-state.ts";
import { parseState } from "./state.ts";

const FULL = new URL("../../fixtures/runtime/full/", import.meta.url);
const PARSERS: Readonly<Record<string, (bytes: Uint8Array) => Document<unknown>>> = {
  linux: parseConfig,
  windows: parseConfig,
  hyperv: parseConfig,
  solaris: parseConfig,
  freebsd: parseConfig,
  state: parseState,
  "seccomp-state": parseSeccompState,
  features: parseFeatures,
};

suite("a document with every property breaks no clause and survives a round trip", () => {
  for (const [name, parse] of Object.entries(PARSERS)) {
    test(name, () => {
      const input = readFileSync(new URL(`${name}.json`, FULL));
      const { value, issues } = parse(input);
      assert.deepEqual(issues, []);
      assert.deepEqual(parse(bytes(value)).value, toValue(parseJsonBytes(input)));
    });
  }
});

test("platformOf() goes by the parts that there are", () => {
  assert.equal(platformOf(json(CONFIG)), "linux");
  assert.equal(platformOf(json({ windows: {} })), "windows");
  assert.equal(platformOf(json({ zos: {}, linux: null })), "zos");
  assert.equal(platformOf(json({ windows: {}, linux: {} })), "linux");
  assert.equal(platformOf(json([])), "linux");
});

test("checkConfig() takes the platform that it is told", () => {
  const issues = checkConfig(json({ ...CONFIG, linux: {} }), { platform: "windows" });
  assert.deepEqual(
    issues.map(({ clause, path }) => `${clause} ${path}`),
    [
      "runtime.root.path.volume root.path",
      "runtime.process.cwd.absolute process.cwd",
      "runtime.platform.windows windows",
      "runtime.platform.linux linux",
    ],
  );
});

test("an issue names its place, the clause, and where that is written", () => {
  const [issue] = config({ linux: { resources: { devices: [{ allow: true }, { allow: "no" }] } } });
  assert.deepEqual(issue, {
    clause: "runtime.linux.resources.devices.allow",
    level: "MUST",
    path: "linux.resources.devices[1].allow",
    message: "expected a boolean, got string",
    link: "https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#allowed-device-list",
  });
});

test("a field that need not be there may be null, one that must be there may not", () => {
  const nulls = { process: null, hostname: null, mounts: null, hooks: null, annotations: null, linux: null, vm: null };
  assert.deepEqual(config(nulls), []);
  assert.deepEqual(
    config({ ociVersion: null }).map(({ clause }) => clause),
    ["runtime.config.ociVersion"],
  );
});

test("numbers are judged by their digits", () => {
  const issues = (soft: string) => {
    const rlimits = `"rlimits":[{"type":"RLIMIT_CORE","soft":${soft},"hard":1}]`;
    const text = `{"ociVersion":"1.3.0","root":{"path":"rootfs"},"process":{"cwd":"/","args":["a"],${rlimits}}}`;
    return checkConfig(parseJson(text)).map(({ message }) => message);
  };
  const range = "expected an integer from 0 to 18446744073709551615, got ";
  for (const good of ["0", "-0", "18446744073709551615"]) assert.deepEqual(issues(good), []);
  for (const bad of ["-1", "1.0", "1e3", "18446744073709551616"]) assert.deepEqual(issues(bad), [`${range}${bad}`]);
});

test("isUnsafeAnnotation() takes an entry that ends in a dot for all keys that begin so", () => {
  const features = {
    ociVersionMin: "1.0.0",
    ociVersionMax: "1.3.0",
    potentiallyUnsafeConfigAnnotations: ["com.example.foo.bar", "org.systemd.property."],
  };
  const unsafe = (key: string) => isUnsafeAnnotation(features, key);
  assert.deepEqual(["com.example.foo.bar", "org.systemd.property.ExecStartPre"].map(unsafe), [true, true]);
  assert.deepEqual(["com.example.foo.bar.baz", "org.systemd.property"].map(unsafe), [false, false]);
  assert.equal(isUnsafeAnnotation({ ociVersionMin: "1.0.0", ociVersionMax: "1.3.0" }, "a"), false);
});

test("features of a later version may have properties of theirs", () => {
  const later = { ociVersionMin: "1.0.0", ociVersionMax: "1.4.0", "x-later": true };
  assert.deepEqual(parseFeatures(bytes(later)).issues, []);
});

test("the types take a configuration as a program writes one", () => {
  const written: RuntimeConfig = {
    ociVersion: "1.3.0",
    root: { path: "rootfs" },
    process: {
      cwd: "/",
      args: ["sh"],
      user: { uid: 0, gid: 0 },
      rlimits: [{ type: "RLIMIT_CORE", soft: 0, hard: 18446744073709551615n }],
      scheduler: { policy: "SCHED_BATCH", flags: ["SCHED_FLAG_RESET_ON_FORK"] },
      capabilities: { bounding: ["CAP_CHOWN"] },
    },
    mounts: [{ destination: "/proc", type: "proc", source: "proc" }],
    hooks: { poststop: [{ path: "/opt/hook", timeout: 1 }] },
    linux: {
      namespaces: [{ type: "mount" }, { type: "network", path: "/run/netns/a" }],
      timeOffsets: { boottime: { secs: 1 } },
      resources: { memory: { limit: -1 }, devices: [{ allow: false, access: "rwm" }] },
      seccomp: { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["reboot"], action: "SCMP_ACT_ERRNO" }] },
    },
  };
  assert.deepEqual(checkConfig(json(written)), []);
});
