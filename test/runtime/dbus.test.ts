import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { type Message, decodeMessage, encodeCall, messageLength } from "@teu/runtime/systemd/message";
import { MessageWriter } from "@teu/runtime/systemd/message-writer";

const skip = spawnSync("dbus-daemon", ["--version"]).status === 0 ? false : "needs dbus-daemon";

test("a real bus takes our messages, whose bodies it checks against their signatures", { skip }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "teu-dbus-test-"));
  const socket = join(folder, "bus");
  const daemon = spawn("dbus-daemon", ["--session", "--nofork", "--nopidfile", `--address=unix:path=${socket}`], {
    stdio: "ignore",
  });
  try {
    for (let i = 0; i < 1000 && !existsSync(socket); i++) await setTimeout(5);
    const answers = await converse(socket);
    assert.deepEqual(
      answers.map(({ replySerial, signature }) => [replySerial, signature]),
      [
        [1, "s"],
        [2, "as"],
        [3, "s"],
      ],
    );
    assert.match(answers[0]?.arguments[0] ?? "", /^:1\./u);
    // A message that it cannot read would have ended the connection.
    assert.match(answers[2]?.errorName ?? "", /^org\.freedesktop\.DBus\.Error\.(?:ServiceUnknown|Spawn\.\w+)$/u);
  } finally {
    daemon.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  }
});

/** Says hello, asks for names, and calls a systemd that is not there with everything that a unit may need. */
async function converse(socket: string): Promise<Message[]> {
  const stream = connect(socket);
  const uid = Buffer.from(String(process.getuid?.() ?? 0)).toString("hex");
  stream.write(`\0AUTH EXTERNAL ${uid}\r\n`);
  const bus = { destination: "org.freedesktop.DBus", path: "/org/freedesktop/DBus", face: "org.freedesktop.DBus" };
  const systemd = "org.freedesktop.systemd1";
  const unit = new MessageWriter().string("a.scope").string("replace");
  unit.list(8, () => {
    for (const [type, ...items] of [
      ["s", "text é €"],
      ["b", "true"],
      ["t", "18446744073709551615"],
      ["au", "1", "2"],
      ["ay", "1", "255"],
      ["as", "a", "bc"],
      ["x", "-1"],
      ["n", "-2"],
    ])
      unit
        .align(8)
        .string(`Name${type}`)
        .variant({ type: type ?? "", items });
  });
  unit.list(8, () => {});
  const start = {
    destination: systemd,
    path: "/org/freedesktop/systemd1",
    face: `${systemd}.Manager`,
    member: "StartTransientUnit",
  };
  let received: Uint8Array = new Uint8Array(0);
  const answers: Message[] = [];
  let isOpen = false;
  for await (const chunk of stream) {
    received = Buffer.concat([received, chunk as Uint8Array]);
    if (!isOpen) {
      assert.match(Buffer.from(received).toString(), /^OK [0-9a-f]+\r\n$/u);
      received = new Uint8Array(0);
      isOpen = true;
      stream.write("BEGIN\r\n");
      stream.write(encodeCall({ ...bus, member: "Hello", signature: "" }, 1, new Uint8Array(0)));
      stream.write(encodeCall({ ...bus, member: "ListNames", signature: "" }, 2, new Uint8Array(0)));
      stream.write(encodeCall({ ...start, signature: "ssa(sv)a(sa(sv))" }, 3, unit.toBytes()));
    }
    for (
      let length = messageLength(received);
      length > 0 && received.length >= length;
      length = messageLength(received)
    ) {
      const message = decodeMessage(Uint8Array.from(received.slice(0, length)));
      received = received.slice(length);
      if (message.replySerial > 0) answers.push(message);
    }
    if (answers.length === 3) break;
  }
  return answers;
}
