/**
 * Sends requests over kept connections and fails unless all are answered with 2xx: `node load.ts get URL COUNT CONNECTIONS`
 * or `node load.ts push URL COUNT CONNECTIONS BYTES`. Its own cost is small beside that of a registry, and the same for all.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { type Socket, connect } from "node:net";

const [, , work = "", address = "", count = "1", connections = "1", bytes = "0"] = process.argv;
const url = new URL(address);
let left = Number(count);
await Promise.all(Array.from({ length: Number(connections) }, (_, lane) => drive(lane)));

async function drive(lane: number): Promise<void> {
  const socket = connect(Number(url.port), url.hostname).setNoDelay();
  await once(socket, "connect");
  const answers = readAnswers(socket);
  while (left > 0) {
    left -= 1;
    if (work === "push") await push(socket, answers, `${lane} ${left} ${process.pid}`);
    else await ask(socket, answers, `GET ${url.pathname} HTTP/1.1\r\nHost: x\r\n\r\n`);
  }
  socket.destroy();
}

type Answers = AsyncGenerator<string, void, undefined>;

/** A blob that nobody has: its first bytes are its own. */
async function push(socket: Socket, answers: Answers, seed: string): Promise<void> {
  const body = Buffer.alloc(Number(bytes), "teu");
  body.write(seed);
  const begin = await ask(socket, answers, `POST ${url.pathname} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`);
  const location = new URL(/^location: (.*)$/im.exec(begin)?.[1] ?? "", url);
  location.searchParams.set("digest", `sha256:${createHash("sha256").update(body).digest("hex")}`);
  socket.cork();
  socket.write(
    `PUT ${location.pathname}${location.search} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
  socket.write(body);
  socket.uncork();
  await nextAnswer(answers);
}

async function ask(socket: Socket, answers: Answers, request: string): Promise<string> {
  socket.write(request);
  return nextAnswer(answers);
}

async function nextAnswer(answers: Answers): Promise<string> {
  const { value } = await answers.next();
  if (typeof value === "string" && value.startsWith("HTTP/1.1 2")) return value;
  throw new Error(`expected an answer of status 2xx, got ${String(value).slice(0, 300)}`);
}

/** The heads of answers, each once its body has arrived; bodies are thrown away. */
async function* readAnswers(socket: Socket): Answers {
  let text = "";
  let head: string | undefined;
  let due = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    let rest = chunk;
    if (head === undefined) {
      text += chunk.toString("latin1");
      const end = text.indexOf("\r\n\r\n");
      if (end < 0) continue;
      rest = chunk.subarray(chunk.length - (text.length - end - 4));
      head = text.slice(0, end);
      due = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
    }
    due -= rest.length;
    if (due > 0) continue;
    yield head;
    [text, head] = ["", undefined];
  }
}
