/**
 * What programs that are run beside teu get to know of its environment.
 * @module
 */

/** Variables that hold passwords of keys. */
const SECRETS: ReadonlySet<string> = new Set(["TEU_KEY_PASSWORD", "COSIGN_PASSWORD"]);

/** The environment without the passwords of keys, which are nothing to plug-ins and helpers. */
export function childEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !SECRETS.has(name)));
}
