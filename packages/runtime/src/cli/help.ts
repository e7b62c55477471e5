/**
 * `--help`, of the program and of each command.
 * @module
 */

/** One command. */
interface CommandHelp {
  readonly name: string;
  readonly usage: string;
  readonly what: string;
}

const COMMANDS: readonly CommandHelp[] = [
  command(
    "create",
    "[--bundle DIR] [--config FILE] [--pid-file FILE] [--console-socket PATH] [--no-new-keyring] [--no-pivot] [--preserve-fds N] ID",
    "make a container that waits for start",
  ),
  command("start", "ID", "run the program of a created container"),
  command(
    "run",
    "[--bundle DIR] [--detach] [--keep] [--pid-file FILE] [--console-socket PATH] ID",
    "create, start, and wait for the end",
  ),
  command("events", "[--stats] [--interval 5s] ID", "print what a container uses, and when it runs out of memory"),
  command("state", "ID", "print the state of a container"),
  command("kill", "[--all] [--regex] ID [SIGNAL]", "send a signal, TERM by default"),
  command("delete", "[--force] [--regex] ID", "remove a container and all that was made for it"),
  command(
    "exec",
    "[--process FILE] [--env K=V] [--user UID[:GID]] [--cwd DIR] [--tty] [--detach] [--pid-file FILE] ID COMMAND…",
    "run one more process in a container",
  ),
  command("pause", "ID", "freeze all processes of a container"),
  command("resume", "ID", "thaw them"),
  command("ps", "[--format table|json] ID [OPTIONS OF PS]", "list the processes of a container"),
  command("list", "[--format table|json] [--quiet]", "list all containers"),
  command(
    "update",
    "[--resources FILE|-] [--memory N] [--pids-limit N] [--cpu-share N] … ID",
    "change the limits of a container",
  ),
  command(
    "checkpoint",
    "[--image-path DIR] [--work-path DIR] [--leave-running] [--pre-dump] [--parent-path DIR] [--tcp-established] … ID",
    "save the processes of a container to files, by CRIU",
  ),
  command(
    "restore",
    "[--image-path DIR] [--bundle DIR] [--detach] [--pid-file FILE] [--console-socket PATH] … ID",
    "bring a saved container back",
  ),
  command("plan", "[--bundle DIR] [--format text|json] [ID]", "print the steps that create and start would run here"),
  command("spec", "[--bundle DIR] [--rootless]", "write a config.json to begin with"),
  command("features", "", "print what this program can do"),
];

function command(name: string, usage: string, what: string): CommandHelp {
  return { name, usage, what };
}

/** Tells whether there is a command of that name. */
export function isCommand(name: string): boolean {
  return name === "help" || COMMANDS.some((candidate) => candidate.name === name);
}

/** The help of a command, or of the program where there is none of that name. */
export function helpText(name: string): string {
  const found = COMMANDS.find((candidate) => candidate.name === name);
  if (found !== undefined) return `usage: teu-runtime ${found.name} ${found.usage}\n\n${found.what}\n`;
  const lines = COMMANDS.map((candidate) => `  ${candidate.name.padEnd(10)} ${candidate.what}\n`);
  return `usage: teu-runtime [--root DIR] [--log FILE] [--log-format text|json] [--systemd-cgroup] COMMAND …

${lines.join("")}
teu-runtime COMMAND --help shows the options of a command. Signals are names or numbers.
`;
}
