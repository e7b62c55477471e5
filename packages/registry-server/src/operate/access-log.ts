/**
 * A line of JSON for each answer. Names come from outside; JSON keeps them from making lines of their own.
 * @module
 */
import type { AnswerReport } from "../serve.ts";

/** Longest path or name of a client program that is written, in characters. */
const MAX_LENGTH = 512;

/** Writes an answer as a line without its end. Credentials and queries are left out. */
export function formatAccess({ request, status, bytes, ms, aborted }: AnswerReport, time: Date): string {
  return JSON.stringify({
    time: time.toISOString(),
    client: request.client,
    actor: request.actor,
    method: request.method.slice(0, 16),
    path: request.path.slice(0, MAX_LENGTH),
    status,
    bytes,
    ms: Math.round(ms * 100) / 100,
    agent: request.header("user-agent")?.slice(0, MAX_LENGTH),
    ...(aborted ? { aborted } : {}),
  });
}
