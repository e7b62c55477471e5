/**
 * Who may do what: what routes ask, and what the ways to authenticate answer.
 * @module
 */
import type { Scope } from "@teu/spec/distribution/scope";
import type { Answer, RegistryRequest } from "./exchange.ts";
import type { Awaitable } from "./metadata/metadata.ts";

/** What can be allowed on a repository. */
export type Action = "pull" | "push" | "delete";

/** What whoever sent a request may do. */
export interface Access {
  /** Name for logs and histories. */
  readonly actor: string;
  /** True for whoever showed a password: what is denied to them no other token can give. */
  readonly known?: boolean;
  /** False sends whoever asks for the base of the API to authenticate, which is where clients learn how. */
  readonly ping: boolean;
  readonly allows: (action: Action, repo: string) => boolean;
  /** May list repositories; the list has those that may be pulled. */
  readonly catalog: boolean;
  /** Tells whether the list has a repository. Default: whether it may be pulled. */
  readonly lists?: (repo: string) => boolean;
}

/** Finds out who sent a request. */
export interface Authority {
  /** What the sender may do; or the answer to whoever claims to be someone and is not. */
  readonly admit: (request: RegistryRequest) => Awaitable<Access | Answer>;
  /** The answer to whoever may not do what `wanted` names. */
  readonly deny: (access: Access, wanted: readonly Scope[], request: RegistryRequest) => Answer;
  /** Answers requests of its own, such as those for tokens; nothing if `request` is none. */
  readonly answer?: (request: RegistryRequest) => Promise<Answer> | undefined;
}

/** Lets everyone do everything. */
export const OPEN_ACCESS: Access = { actor: "anonymous", ping: true, allows: () => true, catalog: true };

/** The authority of a registry that asks nobody. */
export const OPEN_AUTHORITY: Authority = {
  admit: () => OPEN_ACCESS,
  deny: () => ({ status: 403, headers: {} }),
};
