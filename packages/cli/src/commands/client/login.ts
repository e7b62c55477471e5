/**
 * `teu login` and `teu logout`.
 * @module
 */
import type { Credential } from "@teu/registry-client/credentials/credential";
import { forgetCredential, keepCredential } from "@teu/registry-client/credentials/login";
import type { RegistryClientErrorCode } from "@teu/registry-client/errors";
import type { Registry } from "@teu/registry-client/registry";
import { UserRegistries } from "@teu/registry-client/user-registries";
import { DEFAULT_HOST, isHost } from "@teu/spec/reference";
import { TeuError, isTeuError } from "@teu/std/error";
import type { Action, Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { readSecret } from "../../secret-input.ts";

/** Runs `teu login`. */
export const login: Action = async (invocation, host) => {
  const registry = hostOf(invocation.operands[0]);
  const credential = await askCredential(invocation, host);
  using registries = new UserRegistries({
    env: host.env,
    signal: host.signal,
    insecure: invocation.options("insecure"),
    credential: async () => credential,
  });
  await tryOut(await registries.registry(registry), registry, host);
  const kept = await keepCredential(registry, credential, { env: host.env, ...homeOf(host) });
  host.note(`Logged in to ${registry}`);
  if (kept.helper === undefined)
    host.note(`teu: ${kept.path} holds the password for whoever can read it; a credential helper would not`);
  return EXIT.ok;
};

async function tryOut(registry: Registry, name: string, { signal }: Host): Promise<void> {
  try {
    await registry.ping({ signal });
  } catch (error) {
    if (!isTeuError(error, "ERR_UNAUTHORIZED")) throw error;
    const message = `Logging in to "${name}": it refuses the user name or the password`;
    throw new TeuError<RegistryClientErrorCode>("ERR_UNAUTHORIZED", message, { cause: error });
  }
}

/** Runs `teu logout`. */
export const logout: Action = async ({ operands: [given] }, host) => {
  const registry = hostOf(given);
  const forgotten = await forgetCredential(registry, { env: host.env, ...homeOf(host) });
  host.note(forgotten.length === 0 ? `Not logged in to ${registry}` : `Logged out of ${registry}`);
  return EXIT.ok;
};

function homeOf({ env }: Host): { readonly home?: string } {
  const home = env["HOME"];
  return home === undefined ? {} : { home };
}

function hostOf(given: string | undefined): string {
  const text = (given ?? DEFAULT_HOST).replace(/^https?:\/\//, "").replace(/\/+(?:v[12]\/?)?$/, "");
  if (text === "index.docker.io" || text === "registry-1.docker.io") return DEFAULT_HOST;
  if (isHost(text)) return text;
  throw new TeuError<CliErrorCode>(
    "ERR_USAGE",
    `Reading the registry "${given ?? ""}": expected a host, with a port or not`,
  );
}

async function askCredential(invocation: Invocation, host: Host): Promise<Credential> {
  const isPiped = invocation.flag("password-stdin") || invocation.flag("token-stdin");
  if (invocation.flag("token-stdin")) return { kind: "identity-token", token: await readSecret("teu login", host) };
  const given = invocation.option("username");
  if (isPiped && given === undefined) throw usage("--password-stdin needs --username");
  const username = given ?? (await ask(host, "User name: ", false));
  if (username === "" || username.includes(":")) throw usage("a user name is not empty and holds no colon");
  const password = isPiped ? await readSecret("teu login", host) : await ask(host, "Password: ", true);
  if (password === "") throw usage("the password is empty");
  return { kind: "basic", username, password };
}

async function ask(host: Host, question: string, secret: boolean): Promise<string> {
  if (host.terminal !== undefined) return await host.terminal.ask(question, { secret });
  throw usage("there is no terminal to ask at: give --username and --password-stdin");
}

function usage(problem: string): TeuError<CliErrorCode> {
  return new TeuError("ERR_USAGE", `teu login: ${problem}`);
}
