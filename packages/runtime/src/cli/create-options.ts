/**
 * The options that `create` and `run` share.
 * @module
 */
import { environment, ownPid } from "@teu/kernel/processes";
import type { CreateOptions } from "../container/create.ts";
import type { Args, OptionNames } from "./args.ts";
import type { Session } from "./session.ts";

/** The options of `create`; `run` has no other ones. */
export const CREATE_OPTIONS: OptionNames = {
  flags: ["no-pivot", "no-new-keyring", "detach", "keep", "no-subreaper"],
  values: ["bundle", "config", "console-socket", "pid-file", "pidfd-socket", "preserve-fds"],
  short: ["b=bundle", "d=detach", "f=config"],
};

/** The options as create takes them. @throws UsageError */
export function createOptions(session: Session, args: Args, waitsForStart: boolean): CreateOptions {
  return {
    root: session.root,
    bundle: args.value("bundle", "."),
    configFile: args.value("config", ""),
    noPivot: args.flag("no-pivot"),
    pidFile: args.value("pid-file", ""),
    consoleSocket: args.value("console-socket", ""),
    newKeyring: !args.flag("no-new-keyring"),
    pidfdSocket: args.value("pidfd-socket", ""),
    listenFds: listenFds(),
    preservedFds: args.count("preserve-fds", 0),
    cgroups: session.cgroups,
    notifies: notifySocket() !== "",
    waitsForStart,
  };
}

/** The socket on which systemd waits to hear that we are ready; empty for none. */
export function notifySocket(): string {
  return environment("NOTIFY_SOCKET") ?? "";
}

/** Number of sockets that systemd passes on; meant for this process or, without a pid, for whoever gets them. */
export function listenFds(): number {
  const pid = environment("LISTEN_PID");
  const count = Number(environment("LISTEN_FDS") ?? "0");
  return pid !== undefined && Number(pid) !== ownPid() ? 0 : Number.isInteger(count) && count > 0 ? count : 0;
}
