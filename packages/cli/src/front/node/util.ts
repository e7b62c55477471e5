/** `node:util`. @module */
import { absent } from "../hand-over.ts";

type Callback = (error: Error | null, value?: unknown) => void;

export function promisify(action: (...input: unknown[]) => void): (...input: unknown[]) => Promise<unknown> {
  return (...input) =>
    new Promise((resolve, reject) => {
      const then: Callback = (error, value) => (error === null ? resolve(value) : reject(error));
      action(...input, then);
    });
}

export const parseArgs: never = absent("options in a form of their own");
