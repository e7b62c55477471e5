/**
 * The commands that run containers and look after them.
 * @module
 */
import type { Command, Option } from "../../command.ts";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { FORMAT_OPTION } from "../image/options.ts";
import type { MonitorVerb } from "./monitor-commands.ts";
import { CREATE_OPTIONS, DETACH_KEYS, EXEC_OPTIONS } from "./options.ts";

/** The exit code for what failed before a container's program could. */
function engineFailure(error: unknown): ExitCode {
  const detail = (error as { readonly detail?: { readonly exitCode?: unknown } } | undefined)?.detail;
  return typeof detail?.exitCode === "number" ? detail.exitCode : EXIT.engineFailed;
}

const CONTAINERS = "CONTAINER…";
const MANY: readonly [number, number] = [1, 10_000];
const ANY: readonly [number, number] = [0, 10_000];
const TIME: Option = { type: "string", short: "t", value: "SECONDS", about: "How long to wait before it is killed" };
const SIGNAL: Option = { type: "string", short: "s", value: "SIGNAL", about: "The signal to send" };
const WHAT = `IMAGE is a name or the beginning of an id; one that is not in the store is pulled. A container's program decides the exit
code; 125 says that teu failed, 126 that the program cannot be run, 127 that there is none.`;

const RUN_COMMANDS: readonly Command[] = [
  {
    name: "run",
    summary: "Run a program in a new container",
    operands: "IMAGE [COMMAND…]",
    count: [1, 10_000],
    verbatimFrom: 1,
    options: {
      ...CREATE_OPTIONS,
      detach: { type: "boolean", short: "d", about: "Leave it running and print its id" },
      "detach-keys": DETACH_KEYS,
      "sig-proxy": { type: "string", value: "true|false", about: "Pass signals on to the container; true by default" },
    },
    about: WHAT,
    exitCodeOf: engineFailure,
    load: async () => (await import("./run.ts")).run,
  },
  {
    name: "create",
    summary: "Make a container without starting it",
    operands: "IMAGE [COMMAND…]",
    count: [1, 10_000],
    verbatimFrom: 1,
    options: CREATE_OPTIONS,
    about: WHAT,
    exitCodeOf: engineFailure,
    load: async () => (await import("./run.ts")).create,
  },
  {
    name: "start",
    summary: "Start containers",
    operands: CONTAINERS,
    count: MANY,
    options: {
      attach: { type: "boolean", short: "a", about: "Show what it writes, and pass signals on" },
      interactive: { type: "boolean", short: "i", about: "Give it standard input" },
      "detach-keys": DETACH_KEYS,
    },
    exitCodeOf: engineFailure,
    load: async () => (await import("./start.ts")).start,
  },
  {
    name: "attach",
    summary: "Join the streams of a container",
    operands: "CONTAINER",
    count: [1, 1],
    options: {
      "detach-keys": DETACH_KEYS,
      "no-stdin": { type: "boolean", about: "Give it no input" },
      "sig-proxy": { type: "string", value: "true|false", about: "Pass signals on to the container; true by default" },
    },
    exitCodeOf: engineFailure,
    load: async () => (await import("./attach.ts")).attach,
  },
  {
    name: "exec",
    summary: "Run one more program in a container",
    operands: "CONTAINER COMMAND…",
    count: [2, 10_000],
    verbatimFrom: 1,
    options: EXEC_OPTIONS,
    exitCodeOf: engineFailure,
    load: async () => (await import("./exec.ts")).exec,
  },
];

const LIFE_COMMANDS: readonly Command[] = [
  {
    name: "stop",
    summary: "Stop containers",
    operands: CONTAINERS,
    count: MANY,
    options: { time: TIME, signal: SIGNAL },
    load: async () => (await import("./life.ts")).stop,
  },
  {
    name: "restart",
    summary: "Stop containers and start them again",
    operands: CONTAINERS,
    count: MANY,
    options: { time: TIME, signal: SIGNAL },
    load: async () => (await import("./life.ts")).restart,
  },
  {
    name: "kill",
    summary: "Send a signal to containers",
    operands: CONTAINERS,
    count: MANY,
    options: { signal: { ...SIGNAL, about: "The signal to send; KILL by default" } },
    load: async () => (await import("./life.ts")).kill,
  },
  {
    name: "pause",
    summary: "Freeze all processes of containers",
    operands: CONTAINERS,
    count: MANY,
    options: {},
    load: async () => (await import("./life.ts")).pause,
  },
  {
    name: "unpause",
    summary: "Thaw them",
    operands: CONTAINERS,
    count: MANY,
    options: {},
    load: async () => (await import("./life.ts")).unpause,
  },
  {
    name: "wait",
    summary: "Wait until containers have ended, and print their exit codes",
    operands: CONTAINERS,
    count: MANY,
    options: {},
    load: async () => (await import("./life.ts")).wait,
  },
  {
    name: "rm",
    summary: "Remove containers",
    operands: CONTAINERS,
    count: MANY,
    options: {
      force: { type: "boolean", short: "f", about: "Also those that run; one that is not there is no fault" },
      volumes: { type: "boolean", short: "v", about: "With the volumes that were made for them alone" },
    },
    load: async () => (await import("./life.ts")).rm,
  },
  {
    name: "rename",
    summary: "Give a container another name",
    operands: "CONTAINER NAME",
    count: [2, 2],
    options: {},
    load: async () => (await import("./life.ts")).rename,
  },
];

const LOOK_COMMANDS: readonly Command[] = [
  {
    name: "ps",
    summary: "List containers",
    operands: "",
    count: [0, 0],
    options: {
      all: { type: "boolean", short: "a", about: "Also those that do not run" },
      quiet: { type: "boolean", short: "q", about: "Ids alone" },
      "no-trunc": { type: "boolean", about: "Show all of ids and commands" },
      last: { type: "string", short: "n", value: "N", about: "The last N that were made, in any state" },
      latest: { type: "boolean", short: "l", about: "The last one that was made, in any state" },
      filter: {
        type: "string",
        multiple: true,
        value: "KEY=VALUE",
        about: "By name, id, status, ancestor, label or exited",
      },
      ...FORMAT_OPTION,
    },
    load: async () => (await import("./ps.ts")).ps,
  },
  {
    name: "logs",
    summary: "Show what a container has written",
    operands: "CONTAINER",
    count: [1, 1],
    options: {
      follow: { type: "boolean", short: "f", about: "Go on until the container ends" },
      timestamps: { type: "boolean", short: "t", about: "With the time of each line" },
      tail: { type: "string", short: "n", value: "N|all", about: "The last N lines only" },
      since: {
        type: "string",
        value: "TIME",
        about: "What is newer: RFC 3339, seconds since 1970, or a duration such as 10m",
      },
      until: { type: "string", value: "TIME", about: "What is older" },
    },
    load: async () => (await import("./logs.ts")).logs,
  },
  {
    name: "inspect",
    summary: "Tell all of containers and images, as JSON",
    operands: "CONTAINER|IMAGE…",
    count: MANY,
    options: {
      type: { type: "string", value: "container|image", about: "What is meant, where a name is both" },
      format: { type: "string", short: "f", value: "PATH", about: "One field, such as State.Pid, or json" },
    },
    load: async () => (await import("./inspect.ts")).inspect,
  },
  {
    name: "top",
    summary: "List the processes of a container",
    operands: "CONTAINER",
    count: [1, 1],
    options: FORMAT_OPTION,
    load: async () => (await import("./top.ts")).top,
  },
  {
    name: "stats",
    summary: "Show what containers use",
    operands: "[CONTAINER…]",
    count: ANY,
    options: { "no-stream": { type: "boolean", about: "Once, and not again and again" }, ...FORMAT_OPTION },
    load: async () => (await import("./stats.ts")).stats,
  },
  {
    name: "port",
    summary: "List the ports of the host that lead to a container",
    operands: "CONTAINER",
    count: [1, 1],
    options: {},
    load: async () => (await import("./ps.ts")).port,
  },
  {
    name: "cp",
    summary: "Copy files out of a container or into one",
    operands: "[CONTAINER:]FROM [CONTAINER:]TO",
    count: [2, 2],
    options: { archive: { type: "boolean", short: "a", about: "With owners" } },
    load: async () => (await import("./cp.ts")).cp,
  },
];

const IMAGE_STORE_COMMANDS: readonly Command[] = [
  {
    name: "images",
    summary: "List the images of the store",
    operands: "[NAME]",
    count: [0, 1],
    options: {
      quiet: { type: "boolean", short: "q", about: "Ids alone" },
      "no-trunc": { type: "boolean", about: "Show all of ids" },
      ...FORMAT_OPTION,
    },
    load: async () => (await import("./images.ts")).images,
  },
  {
    name: "rmi",
    summary: "Remove images from the store",
    operands: "IMAGE…",
    count: MANY,
    options: {
      force: { type: "boolean", short: "f", about: "Also with containers of it; one that is not there is no fault" },
    },
    load: async () => (await import("./images.ts")).rmi,
  },
];

const MONITOR_VERBS: readonly MonitorVerb[] = ["admit", "connect", "ended", "failed", "prepare"];
const MONITOR_COMMANDS: readonly Command[] = MONITOR_VERBS.map((verb) => ({
  name: `engine ${verb}`,
  summary: "For the engine itself",
  operands: "ID",
  count: [1, 1],
  options: {},
  hidden: true,
  ...(verb === "failed" ? { exitCodeOf: engineFailure } : {}),
  load: async () => (await import("./monitor-commands.ts")).MONITOR_ACTIONS[verb],
}));

const BOOT_COMMAND: Command = {
  name: "engine boot",
  summary: "Start again, after a boot, the containers that always run",
  operands: "",
  count: [0, 0],
  options: {},
  about: `Starts the containers with --restart always, and those with unless-stopped that nobody stopped, which were started
before and do not run. A unit for systemd is in deploy/.`,
  load: async () => (await import("./boot.ts")).boot,
};

/** Rows of the table of commands. */
export const ENGINE_COMMANDS: readonly Command[] = [
  ...RUN_COMMANDS,
  ...LIFE_COMMANDS,
  ...LOOK_COMMANDS,
  ...IMAGE_STORE_COMMANDS,
  BOOT_COMMAND,
  ...MONITOR_COMMANDS,
];
