/**
 * Answers requests: GET / tells that it is alive, POST / converts.
 * @module
 */
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { text } from "node:stream/consumers";
import { convert } from "./convert.ts";

const server = createServer((request, response) => void answer(request, response));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== "POST") return reply(response, 200, JSON.stringify({ alive: true }));
  try {
    const json = convert(await text(request), request.headers["content-type"] ?? "");
    if (json === undefined) reply(response, 415, JSON.stringify({ error: "unknown type" }));
    else reply(response, 200, json);
  } catch (error) {
    reply(response, 400, JSON.stringify({ error: (error as Error).message }));
  }
}

function reply(response: ServerResponse, status: number, json: string): void {
  response.writeHead(status, { "content-type": "application/json" }).end(`${json}\n`);
}

for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => server.close());
server.listen(Number(process.env["PORT"] ?? 8080), () => {
  const address = server.address();
  console.log(`listening on ${typeof address === "object" && address !== null ? address.port : "?"}`);
});
