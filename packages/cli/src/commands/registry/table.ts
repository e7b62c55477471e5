/**
 * The commands of the registry.
 * @module
 */
import type { Command } from "../../command.ts";
import { PLACE_OPTIONS } from "./options.ts";

const NONE = { operands: "", count: [0, 0] } as const;
const USER = { operands: "USER", count: [1, 1] } as const;

/** In the order in which help lists them. */
export const REGISTRY_COMMANDS: readonly Command[] = [
  {
    name: "registry serve",
    summary: "Serve a registry",
    ...NONE,
    options: {
      ...PLACE_OPTIONS,
      host: { type: "string", value: "ADDRESS", about: "Address to listen on; by default 127.0.0.1" },
      port: { type: "string", short: "p", value: "N", about: "Port to listen on; by default 5000, 0 for any" },
      "tls-cert": { type: "string", value: "FILE", about: "Certificate, in PEM" },
      "tls-key": { type: "string", value: "FILE", about: "Key of the certificate, in PEM" },
      quiet: { type: "boolean", short: "q", about: "No log of requests" },
    },
    about: `Prints its address once it listens. Interrupted, it takes no more connections and lets requests under way end;
SIGHUP reads configuration, users and keys again. /healthz, /readyz and /metrics are for whoever watches it.`,
    load: async () => (await import("./serve.ts")).serve,
  },
  {
    name: "registry gc",
    summary: "Remove what no manifest of a registry needs",
    ...NONE,
    options: PLACE_OPTIONS,
    about: "For a registry that is not served; one that is collects by itself.",
    load: async () => (await import("./gc.ts")).gc,
  },
  {
    name: "registry scrub",
    summary: "Compare the blobs of a registry with their digests",
    ...NONE,
    options: {
      ...PLACE_OPTIONS,
      repair: {
        type: "boolean",
        about: "Put what is damaged aside, get it from upstreams, and remove what is unknown",
      },
    },
    about: `For a registry that is not served; one that is scrubs by itself. What no upstream has belongs to no repository any
more, so that the next push brings it.`,
    load: async () => (await import("./scrub.ts")).scrub,
  },
  {
    name: "registry rebuild",
    summary: "Make the metadata of a registry anew from its journal",
    ...NONE,
    options: PLACE_OPTIONS,
    load: async () => (await import("./rebuild.ts")).rebuild,
  },
  {
    name: "registry stats",
    summary: "Show what the repositories of a registry hold",
    ...NONE,
    options: { ...PLACE_OPTIONS, format: { type: "string", value: "FORMAT", about: "json, or lines of text" } },
    load: async () => (await import("./stats.ts")).stats,
  },
  {
    name: "registry retention",
    summary: "Show or delete what the configuration of a registry does not keep",
    ...NONE,
    options: { ...PLACE_OPTIONS, apply: { type: "boolean", about: "Delete it" } },
    load: async () => (await import("./retention.ts")).retention,
  },
  {
    name: "registry user",
    summary: "Add, change or remove a user of a registry",
    ...USER,
    options: {
      ...PLACE_OPTIONS,
      users: { type: "string", value: "FILE", about: "The file of users; in place of the one in the configuration" },
      remove: { type: "boolean", about: "Remove the user" },
    },
    about: "The password is read from standard input.",
    load: async () => (await import("./user.ts")).user,
  },
  {
    name: "registry robot",
    summary: "Make the secret of a robot, an account of a program",
    operands: "NAME",
    count: [1, 1],
    options: { days: { type: "string", value: "N", about: "How long it holds; by default for ever" } },
    about: "Prints the secret, which is kept nowhere, and tells what to write under robots in the configuration.",
    load: async () => (await import("./robot.ts")).robot,
  },
  {
    name: "registry token",
    summary: "Make a token for a user of a registry",
    ...USER,
    options: {
      ...PLACE_OPTIONS,
      scope: {
        type: "string",
        multiple: true,
        value: "SCOPE",
        about: "What it is for, such as repository:library/app:pull",
      },
      days: { type: "string", value: "N", about: "How long it holds; by default 1" },
    },
    load: async () => (await import("./token.ts")).token,
  },
];
