/**
 * A D-Bus with systemd at its other end, as far as a container runtime can tell: it grants what is asked, signals the end
 * of each job, and writes a line for every call. For tests: node fake-systemd.ts SOCKET LOG
 * @module
 */
import { appendFileSync } from "node:fs";
import { type Socket, createServer } from "node:net";
import { METHOD_RETURN, type Message, SIGNAL, decodeMessage, messageLength } from "@teu/runtime/systemd/message";
import { MessageWriter } from "@teu/runtime/systemd/message-writer";

const [, , socketPath = "", logPath = ""] = process.argv;

createServer((socket) => void serve(socket)).listen(socketPath);

async function serve(socket: Socket): Promise<void> {
  let received: Uint8Array = new Uint8Array(0);
  let begun = false;
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk as Uint8Array]);
    if (!begun) {
      const at = Buffer.from(received).indexOf("BEGIN\r\n");
      if (at < 0) {
        socket.write("OK 0123456789abcdef0123456789abcdef\r\n");
        received = new Uint8Array(0);
        continue;
      }
      begun = true;
      received = received.slice(at + "BEGIN\r\n".length);
    }
    for (let size = messageLength(received); size > 0 && received.length >= size; size = messageLength(received)) {
      answer(socket, Uint8Array.from(received.slice(0, size)));
      received = received.slice(size);
    }
  }
}

function answer(socket: Socket, bytes: Uint8Array): void {
  const call: Message = decodeMessage(bytes);
  const serial = new DataView(bytes.buffer).getUint32(8, true);
  const words = Buffer.from(bytes)
    .toString("latin1")
    .split(/[^ -~]+/u)
    .filter((word) => word.length > 2);
  appendFileSync(logPath, `${call.member} ${call.arguments.join(" ")} | ${words.join(" ")}\n`);
  const isJob = call.member === "StartTransientUnit" || call.member === "StopUnit";
  const job = `/org/freedesktop/systemd1/job/${serial}`;
  const body = new MessageWriter();
  if (isJob) body.string(job);
  if (call.member === "Hello") body.string(":1.7");
  socket.write(encode(METHOD_RETURN, { serial, signature: isJob ? "o" : call.member === "Hello" ? "s" : "" }, body));
  if (!isJob) return;
  const ended = new MessageWriter()
    .uint32(serial)
    .string(job)
    .string(call.arguments[0] ?? "")
    .string("done");
  socket.write(encode(SIGNAL, { serial: 0, signature: "uoss" }, ended));
}

function encode(type: number, to: { serial: number; signature: string }, body: MessageWriter): Uint8Array {
  const writer = new MessageWriter().byte(0x6c).byte(type).byte(0).byte(1).uint32(body.length).uint32(1);
  writer.list(8, () => {
    if (type === SIGNAL) {
      writer.align(8).byte(1).signature("o").string("/org/freedesktop/systemd1");
      writer.align(8).byte(2).signature("s").string("org.freedesktop.systemd1.Manager");
      writer.align(8).byte(3).signature("s").string("JobRemoved");
    } else writer.align(8).byte(5).signature("u").uint32(to.serial);
    if (to.signature !== "") writer.align(8).byte(8).signature("g").signature(to.signature);
  });
  return writer.align(8).append(body.toBytes()).toBytes();
}
