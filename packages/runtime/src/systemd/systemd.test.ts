import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeKernel } from "@teu/kernel/fake";
import { parseJson } from "@teu/std/json";
import { readResources } from "../config/resources.ts";
import { parseGvariant } from "./gvariant.ts";
import { busPath, connectManager } from "./manager.ts";
import { ERROR, METHOD_RETURN, SIGNAL, decodeMessage, encodeCall, messageLength } from "./message.ts";
import { MessageWriter } from "./message-writer.ts";
import { annotatedProperties, limitProperties, parseUnit, slicePath, unitProperties } from "./unit.ts";

test("places of units are read from the path, with slices inside slices", () => {
  const cases = [
    ["", "system.slice", "runc-web.scope", "/system.slice/runc-web.scope"],
    ["user-1000.slice:crio:ab", "user-1000.slice", "crio-ab.scope", "/user.slice/user-1000.slice/crio-ab.scope"],
    [":docker:ab", "system.slice", "docker-ab.scope", "/system.slice/docker-ab.scope"],
    ["-.slice::ab", "-.slice", "ab.scope", "/ab.scope"],
    ["machine.slice:x:machine-a.slice", "machine.slice", "machine-a.slice", "/machine.slice/machine-a.slice"],
  ] as const;
  for (const [path, slice, name, folder] of cases)
    assert.deepEqual(parseUnit(path, "web", false), { name, slice, path: folder });
  assert.equal(parseUnit("", "web", true).slice, "user.slice");
  for (const broken of ["a", "/a/b", "a:b", "a.slice:b:c/d", "a.slice:b:"])
    assert.throws(() => parseUnit(broken, "web", false), /^Failure: linux\.cgroupsPath: expected slice:prefix:name/);
  for (const broken of ["a", "a--b.slice", "-a.slice", ".slice", "a/b.slice"])
    assert.throws(() => slicePath(broken), /is not the name of a slice/);
});

test("values of annotations are read in the text form of GVariant", () => {
  const cases = [
    ["'inactive-or-failed'", "s", ["inactive-or-failed"]],
    ['"it\'s"', "s", ["it's"]],
    ["true", "b", ["true"]],
    ["-5", "i", ["-5"]],
    ["uint64 18446744073709551615", "t", ["18446744073709551615"]],
    ["['a', 'b, c']", "as", ["a", "b, c"]],
    ["@as []", "as", []],
    ["[uint32 1, uint32 2]", "au", ["1", "2"]],
  ] as const;
  for (const [text, type, items] of cases) assert.deepEqual(parseGvariant(text, "f"), { type, items }, text);
  for (const text of ["", "'a", "a", "uint64", "byte 256", "uint32 -1", "['a', 1]", "[", "@as 'a'", "3000000000", "[]"])
    assert.throws(() => parseGvariant(text, "f"), /^Failure: f: .* is not a value such as/, text);
  const pair = (name: string, value: string) => ({
    name: `org.systemd.property.${name}`,
    value,
    field: "annotations.x",
  });
  assert.deepEqual(annotatedProperties([pair("TimeoutStopSec", "uint64 3"), { ...pair("x", ""), name: "other" }]), [
    { name: "TimeoutStopUSec", value: { type: "t", items: ["3000000"] } },
  ]);
  assert.throws(() => annotatedProperties([pair("a-b", "1")]), /is not the name of a property/);
});

test("limits become properties, for both versions of control groups", () => {
  const resources = readResources(
    parseJson(
      '{"memory":{"limit":1048576,"swap":3145728},"cpu":{"shares":1024,"quota":25001,"period":50000,"cpus":"0-1,9"},"pids":{"limit":-1}}',
    ),
  );
  const asText = (isUnified: boolean): string[] =>
    limitProperties(resources, isUnified).map(({ name, value }) => `${name}=${value.type}:${value.items.join(",")}`);
  assert.deepEqual(asText(true), [
    "TasksMax=t:18446744073709551615",
    "MemoryMax=t:1048576",
    "MemorySwapMax=t:2097152",
    "CPUWeight=t:100",
    "AllowedCPUs=ay:3,2",
    "CPUQuotaPeriodUSec=t:50000",
    "CPUQuotaPerSecUSec=t:510000",
  ]);
  assert.deepEqual(asText(false).slice(0, 3), [
    "TasksMax=t:18446744073709551615",
    "MemoryLimit=t:1048576",
    "CPUShares=t:1024",
  ]);
});

test("the bus is found by its address", () => {
  assert.equal(busPath("tcp:host=x;unix:abstract=a;unix:guid=1,path=/run/b", "/d"), "/run/b");
  assert.equal(busPath("", "/d"), "/d");
});

test("broken messages are refused", () => {
  const call = { destination: "a.b", path: "/", face: "a.b", member: "C", signature: "" };
  const whole = encodeCall(call, 1, new Uint8Array(0));
  assert.equal(messageLength(whole), whole.length);
  assert.equal(messageLength(whole.slice(0, 15)), 0);
  for (let at = 16; at < whole.length; at++) {
    const broken = Uint8Array.from(whole);
    broken[at] = 0xff;
    try {
      decodeMessage(broken);
    } catch (error) {
      assert.match(String(error), /Failure: read from the D-Bus: a broken message/);
    }
  }
  assert.throws(() => messageLength(Uint8Array.from(whole, (byte, i) => (i === 0 ? 0x42 : byte))), /byte order/);
  assert.throws(() => messageLength(Uint8Array.from(whole, (byte, i) => (i === 7 ? 0x42 : byte))), /of \d+ bytes/);
});

/** A bus with a systemd behind it, as the wrappers of the kernel that a client uses. */
class FakeSystemd {
  readonly calls: string[] = [];
  readonly jobs: string[] = ["done"];
  exists = false;
  #out: number[] = [];
  #serial = 100;
  #isText = true;

  install(): this {
    new FakeKernel({}).install();
    const wrappers = {
      sys_socket: () => 7,
      sys_connect_unix: () => 0,
      sys_poll: (set: Uint8Array) => {
        new DataView(set.buffer).setUint32(4, 0x10001, true);
        return 1;
      },
      sys_write_text: (_fd: number, text: string) => this.#login(text),
      sys_write: (_fd: number, bytes: Uint8Array) => this.#answer(bytes),
      // A few bytes at a time, as a stream may bring them.
      sys_read: (_fd: number, buffer: Uint8Array) => {
        const part = this.#out.splice(0, Math.min(buffer.length, 37));
        buffer.set(part);
        return part.length;
      },
    };
    for (const [name, value] of Object.entries(wrappers))
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    return this;
  }

  #login(text: string): number {
    if (text.startsWith("\0AUTH EXTERNAL 30\r\n")) this.#out.push(...Buffer.from("OK 1234\r\n"));
    else if (text === "BEGIN\r\n") this.#isText = false;
    else assert.fail(`unexpected ${JSON.stringify(text)}`);
    return text.length;
  }

  #answer(bytes: Uint8Array): number {
    assert.equal(this.#isText, false);
    const serial = new DataView(bytes.buffer, bytes.byteOffset).getUint32(8, true);
    const { member, arguments: words } = decodeMessage(bytes);
    this.calls.push([member, ...words].join(" "));
    const isJob = member === "StartTransientUnit" || member === "StopUnit";
    if (member === "StartTransientUnit" && this.exists)
      this.#send(ERROR, serial, "org.freedesktop.systemd1.UnitExists");
    else if (isJob) this.#send(METHOD_RETURN, serial, "", ["/job/1"]);
    else this.#send(METHOD_RETURN, serial, "");
    if (isJob && !this.exists)
      for (const result of this.jobs) this.#signal(result === "other" ? "/job/9" : "/job/1", result);
    if (member === "ResetFailedUnit") this.exists = false;
    return bytes.length;
  }

  #signal(job: string, result: string): void {
    const body = new MessageWriter().uint32(1).string(job).string("unit").string(result);
    this.#put(SIGNAL, (w) => w.align(8).byte(3).signature("s").string("JobRemoved"), "uoss", body.toBytes());
  }

  #send(type: number, serial: number, errorName: string, words: readonly string[] = []): void {
    const body = new MessageWriter();
    for (const word of words) body.string(word);
    const fields = (w: MessageWriter): void => {
      w.align(8).byte(5).signature("u").uint32(serial);
      if (errorName !== "") w.align(8).byte(4).signature("s").string(errorName);
    };
    this.#put(type, fields, words.length > 0 ? "o" : "", body.toBytes());
  }

  // oxlint-disable-next-line max-params -- the parts of a message
  #put(type: number, fields: (writer: MessageWriter) => void, signature: string, body: Uint8Array): void {
    const writer = new MessageWriter()
      .byte(0x6c)
      .byte(type)
      .byte(0)
      .byte(1)
      .uint32(body.length)
      .uint32(this.#serial++);
    writer.list(8, () => {
      fields(writer);
      if (signature !== "") writer.align(8).byte(8).signature("g").signature(signature);
    });
    this.#out.push(...writer.align(8).append(body).toBytes());
  }
}

const PLACE = parseUnit("", "web", false);

test("a unit is started, changed and stopped, each time until its job is done", () => {
  const systemd = new FakeSystemd().install();
  systemd.jobs.unshift("other");
  const manager = connectManager(0, false);
  manager.start(PLACE.name, unitProperties(PLACE, "web", 42));
  manager.change(PLACE.name, []);
  manager.stop(PLACE.name);
  manager.close();
  const started = systemd.calls.filter((call) => !/^(?:Hello|AddMatch|Subscribe)/u.test(call));
  assert.deepEqual(started, [
    "StartTransientUnit runc-web.scope replace",
    "SetUnitProperties runc-web.scope",
    "StopUnit runc-web.scope replace",
    "ResetFailedUnit runc-web.scope",
  ]);
});

test("a failed unit of the same name is taken away first; a failed job is a failure", () => {
  const systemd = new FakeSystemd().install();
  systemd.exists = true;
  connectManager(0, false).start(PLACE.name, []);
  assert.equal(systemd.calls.filter((call) => call.startsWith("StartTransientUnit")).length, 2);
  systemd.jobs.splice(0, 1, "failed");
  assert.throws(() => connectManager(0, false).start(PLACE.name, []), /StartTransientUnit "runc-web.scope": failed/);
});
