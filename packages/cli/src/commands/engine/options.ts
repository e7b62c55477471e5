/**
 * Options of commands that make containers, in the words of docker and podman.
 * @module
 */
import type { Option } from "../../command.ts";
import { CLIENT_OPTIONS, DECRYPTION_OPTIONS } from "../../images/client-options.ts";

type Options = Readonly<Record<string, Option>>;

/** The keys that leave a container to itself. */
export const DETACH_KEYS: Option = {
  type: "string",
  value: "KEYS",
  about: "Keys that leave the container alone; ctrl-p,ctrl-q by default",
};

function text(value: string, about: string, short?: string): Option {
  return { type: "string", value, about, ...(short === undefined ? {} : { short }) };
}

function list(value: string, about: string, short?: string): Option {
  return { ...text(value, about, short), multiple: true };
}

function flag(about: string, short?: string): Option {
  return { type: "boolean", about, ...(short === undefined ? {} : { short }) };
}

const PROCESS: Options = {
  interactive: flag("Keep standard input open", "i"),
  tty: flag("Give it a terminal", "t"),
  env: list("NAME[=VALUE]", "Set a variable, or take it over", "e"),
  "env-file": list("FILE", "Set the variables that a file has, one a line"),
  workdir: text("DIR", "Where the program begins", "w"),
  user: text("USER[:GROUP]", "Whom the program runs as", "u"),
  privileged: flag("Give it all rights"),
};

/** Options of `exec`. */
export const EXEC_OPTIONS: Options = {
  ...PROCESS,
  detach: flag("Do not wait for its end", "d"),
  "detach-keys": DETACH_KEYS,
};

/** Options of `run` and `create`. */
export const CREATE_OPTIONS: Options = {
  ...PROCESS,
  name: text("NAME", "Name of the container"),
  rm: flag("Remove it when it has ended"),
  cidfile: text("FILE", "Write its id to a file"),
  entrypoint: text("PROGRAM", "What to run instead of the image's entrypoint"),
  hostname: text("NAME", "Name of its host"),
  init: flag("Run a small first process that reaps others"),
  volume: list("[SOURCE:]TARGET[:OPTIONS]", "Mount a path of the host or a volume", "v"),
  mount: list("KEY=VALUE,…", "Mount: type=bind|volume|tmpfs,source=…,target=…[,readonly]"),
  tmpfs: list("TARGET[:OPTIONS]", "Mount memory"),
  "read-only": flag("Let nothing write to its root"),
  network: text("none|host|NAME", "The network it is on; bridge by default"),
  publish: list("[[IP:]PORT:]PORT", "Let a port of the host lead to one of its own", "p"),
  "publish-all": flag("Publish all ports that the image names", "P"),
  "add-host": list("NAME:ADDRESS", "Add a line to its /etc/hosts"),
  dns: list("ADDRESS", "Name server"),
  "dns-search": list("DOMAIN", "Domain to search"),
  memory: text("SIZE", "Most memory", "m"),
  "memory-swap": text("SIZE", "Most memory with swap; -1 for any"),
  "memory-reservation": text("SIZE", "Memory to get back to when it is scarce"),
  cpus: text("N", "Most CPUs, such as 1.5"),
  "cpu-shares": text("N", "Weight among others", "c"),
  "cpuset-cpus": text("LIST", "CPUs to run on, such as 0-2,4"),
  "pids-limit": text("N", "Most processes; -1 for any number"),
  "shm-size": text("SIZE", "Size of /dev/shm; 64m by default"),
  "oom-score-adj": text("N", "How soon it is killed when memory is scarce, from -1000 to 1000"),
  ulimit: list("TYPE=SOFT[:HARD]", "Limit a resource of each process"),
  device: list("PATH[:PATH][:rwm]", "Give it a device of the host"),
  "cap-add": list("CAPABILITY", "Give it a capability, or ALL"),
  "cap-drop": list("CAPABILITY", "Take a capability away, or ALL"),
  "security-opt": list(
    "OPTION",
    "no-new-privileges, seccomp=FILE|unconfined, apparmor=PROFILE, systempaths=unconfined",
  ),
  "group-add": list("GROUP", "Put its user into a group more"),
  sysctl: list("NAME=VALUE", "Set a parameter of its kernel namespaces"),
  pid: text("host", "Share the host's processes"),
  ipc: text("host|private", "Share the host's memory and semaphores"),
  uts: text("host", "Share the host's name"),
  restart: text("POLICY", "no, always, unless-stopped or on-failure[:N]"),
  "health-cmd": text("COMMAND", "Check its health by a command for a shell"),
  "health-interval": text("TIME", "Time between checks; 30s by default"),
  "health-timeout": text("TIME", "Longest a check may take; 30s by default"),
  "health-retries": text("N", "Failures in a row that make it unhealthy; 3 by default"),
  "health-start-period": text("TIME", "How long failures do not count at first"),
  "health-start-interval": text("TIME", "Time between checks in that period; 5s by default"),
  "no-healthcheck": flag("Run no check, not even the image's"),
  "stop-signal": text("SIGNAL", "The signal that asks it to end"),
  "stop-timeout": text("SECONDS", "How long it has for that; 10 by default"),
  label: list("NAME[=VALUE]", "Label it", "l"),
  annotation: list("NAME=VALUE", "Annotate it for its runtime"),
  "log-driver": text("cri|none", "Keep a log or not"),
  "log-opt": list("max-size=SIZE|max-file=N", "Bound its log; 10m and 3 by default"),
  platform: text("OS/ARCH[/VARIANT]", "Which image of an index"),
  pull: text("missing|always|never", "When to bring the image from its registry"),
  runtime: text("NAME|PATH", "The OCI runtime that runs it"),
  quiet: flag("Show no progress of a pull", "q"),
  ...CLIENT_OPTIONS,
  ...DECRYPTION_OPTIONS,
};
