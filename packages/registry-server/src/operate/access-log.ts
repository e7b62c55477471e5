/**
 * A line of JSON for each answer. Names come from outside; JSON keeps them from making lines of their own.
 * @module
 */
import type { AnswerReport } from "../serve.ts";

/** Longest path or name of a client program that is written, in characters. */
const MAX_LENGTH = 512;
const MAX_METHOD = 16;

/**
 * Writes an answer as a line without its end. Credentials and queries are left out.
 * @param now Milliseconds since 1970.
 */
export function formatAccess({ request, status, bytes, ms, aborted }: AnswerReport, now: number): string {
  const { client, actor, method, path } = request;
  const who = `${field("client", client)}${field("actor", actor)}`;
  const what = `${field("method", method.slice(0, MAX_METHOD))}${field("path", path.slice(0, MAX_LENGTH))}`;
  const came = `"status":${status},"bytes":${bytes},"ms":${Math.round(ms * 100) / 100}`;
  const agent = field("agent", request.header("user-agent")?.slice(0, MAX_LENGTH));
  return `{"time":"${formatTime(now)}"${who}${what},${came}${agent}${aborted ? ',"aborted":true' : ""}}`;
}

function field(name: string, value: string | undefined): string {
  if (value === undefined) return "";
  return `,"${name}":${PLAIN.test(value) ? `"${value}"` : JSON.stringify(value)}`;
}

/** What JSON writes as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

const last = { now: 0, text: "" };

/** Many requests end in the same millisecond. */
function formatTime(now: number): string {
  if (now !== last.now) {
    last.text = new Date(now).toISOString();
    last.now = now;
  }
  return last.text;
}
