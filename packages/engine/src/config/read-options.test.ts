import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { readMount, readTmpfs, readVolume } from "./read-mounts.ts";
import {
  readDevice,
  readDuration,
  readEnvFile,
  readInteger,
  readPort,
  readRestart,
  readSize,
  readUlimit,
  readVariable,
} from "./read-options.ts";

suite("options of containers", () => {
  for (const [text, bytes] of [
    ["0", 0],
    ["10", 10],
    ["512k", 524_288],
    ["64M", 67_108_864],
    ["1.5g", 1_610_612_736],
    ["2gb", 2_147_483_648],
    ["2GiB", 2_147_483_648],
  ] as const)
    test(`the size ${text}`, () => assert.equal(readSize(text, "memory"), bytes));

  for (const [text, ms] of [
    ["0", 0],
    ["30s", 30_000],
    ["1m30s", 90_000],
    ["1.5h", 5_400_000],
    ["250ms", 250],
  ] as const)
    test(`the duration ${text}`, () => assert.equal(readDuration(text, "health-interval"), ms));

  for (const [text, first, count] of [
    ["80", { hostIp: "", hostPort: 0, containerPort: 80, protocol: "tcp" }, 1],
    ["8080:80", { hostIp: "", hostPort: 8080, containerPort: 80, protocol: "tcp" }, 1],
    ["127.0.0.1:8080:80/udp", { hostIp: "127.0.0.1", hostPort: 8080, containerPort: 80, protocol: "udp" }, 1],
    ["127.0.0.1::80", { hostIp: "127.0.0.1", hostPort: 0, containerPort: 80, protocol: "tcp" }, 1],
    ["[::1]:8080:80", { hostIp: "::1", hostPort: 8080, containerPort: 80, protocol: "tcp" }, 1],
    ["8000-8002:80-82", { hostIp: "", hostPort: 8000, containerPort: 80, protocol: "tcp" }, 3],
  ] as const)
    test(`the port ${text}`, () => {
      const ports = readPort(text);
      assert.deepEqual([ports[0], ports.length], [first, count]);
    });

  test("restart policies", () => {
    assert.deepEqual(readRestart("on-failure:3"), { policy: "on-failure", max: 3 });
    assert.deepEqual(readRestart("always"), { policy: "always", max: 0 });
  });

  test("limits and devices", () => {
    assert.deepEqual(readUlimit("nofile=100:200"), { type: "RLIMIT_NOFILE", soft: 100, hard: 200 });
    assert.deepEqual(readUlimit("core=-1"), { type: "RLIMIT_CORE", soft: 2 ** 64, hard: 2 ** 64 });
    assert.deepEqual(readDevice("/dev/fuse"), { source: "/dev/fuse", target: "/dev/fuse", access: "rwm" });
    assert.deepEqual(readDevice("/dev/a:/dev/b:r"), { source: "/dev/a", target: "/dev/b", access: "r" });
    assert.deepEqual(readDevice("/dev/a:rw"), { source: "/dev/a", target: "/dev/a", access: "rw" });
  });

  test("variables come from words, files and the caller", () => {
    const env = { HERE: "1" };
    assert.deepEqual(readVariable("HERE", env), ["HERE=1"]);
    assert.deepEqual(readVariable("ABSENT", env), []);
    assert.deepEqual(readEnvFile("\uFEFF# note\nA=b=c\r\n\n  HERE\nABSENT\n", env), ["A=b=c", "HERE=1"]);
  });

  for (const [name, read] of Object.entries({
    "size x": () => readSize("x", "memory"),
    "size -1": () => readSize("-1", "memory"),
    "size beyond": () => readSize("99999999999p", "memory"),
    "duration 5": () => readDuration("5", "health-interval"),
    "port 0x50": () => readPort("0x50"),
    "port 70000": () => readPort("70000"),
    "ports of unequal ranges": () => readPort("80-81:80-82"),
    "restart sometimes": () => readRestart("sometimes"),
    "restart always:3": () => readRestart("always:3"),
    "ulimit files=1": () => readUlimit("files=1"),
    "ulimit soft above hard": () => readUlimit("nofile=2:1"),
    "device relative": () => readDevice("dev/x"),
    "device access": () => readDevice("/dev/x:/dev/y:q"),
    "variable =x": () => readVariable("=x", {}),
    "integer 1.5": () => readInteger("1.5", "tail", [0, 10]),
    "integer beyond": () => readInteger("11", "tail", [0, 10]),
    "volume without target": () => readVolume("/a", "/"),
    "volume on the root": () => readVolume("/a:/", "/"),
    "volume of an unknown option": () => readVolume("/a:/b:sync", "/"),
    "volume of a bad name": () => readVolume("-a:/b", "/"),
    "mount of an unknown key": () => readMount("type=bind,src=/a,dst=/b,colour=red", "/"),
    "mount without source": () => readMount("type=bind,dst=/b", "/"),
    "mount of an unknown type": () => readMount("type=npipe,src=/a,dst=/b", "/"),
    "tmpfs relative": () => readTmpfs("tmp"),
  }))
    test(`${name} is refused`, async () => {
      if (name === "volume without target")
        assert.deepEqual(read(), { type: "volume", source: "", target: "/a", options: [] });
      else await assertCode(async () => void read(), "ERR_CONTAINER_OPTION");
    });

  test("mounts", () => {
    assert.deepEqual(readVolume("./a:/b/../c:ro,z", "/x"), {
      type: "bind",
      source: "/x/a",
      target: "/c",
      options: ["ro"],
    });
    assert.deepEqual(readVolume("data:/b", "/x"), { type: "volume", source: "data", target: "/b", options: [] });
    assert.deepEqual(readMount("type=bind,src=a,dst=/b,ro,bind-propagation=rslave", "/x"), {
      type: "bind",
      source: "/x/a",
      target: "/b",
      options: ["ro", "rslave"],
    });
    assert.deepEqual(readMount("type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=1777", "/x"), {
      type: "tmpfs",
      source: "tmpfs",
      target: "/t",
      options: ["size=1048576", "mode=1777"],
    });
    assert.deepEqual(readTmpfs("/t:size=1m,noexec").options, ["size=1m", "noexec"]);
  });
});
