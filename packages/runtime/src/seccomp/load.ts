/**
 * Putting a process under its filter, and the filter's listener into the hands of an agent.
 *
 * Only two calls are made between the filter and the steps that every program needs: sendmsg and recvmsg on the
 * connection to the runtime, and those only for a filter with a listener.
 * @module
 */
import { close } from "@teu/kernel/descriptors";
import { loadSeccomp } from "@teu/kernel/filters";
import { machineName } from "@teu/kernel/identity";
import { connectUnix, send } from "@teu/kernel/sockets";
import type { Json } from "@teu/std/json";
import { SECCOMP_FD_NAME } from "@teu/spec/runtime/seccomp-names";
import type { Link } from "../container/link.ts";
import type { State } from "../container/state.ts";
import { type Status, stateForHook } from "../container/status.ts";
import { asFailure, attempt, failureWithHint } from "../failure.ts";
import { JsonFields } from "../json-writer.ts";
import { type Filter, compileProfile } from "./compile.ts";
import { readSeccomp } from "./profile.ts";

/** The filter of a configuration, ready to be loaded; undefined where it has none. */
export type PreparedFilter = Filter | undefined;

/** Compiles `linux.seccomp` for this machine. @throws Failure */
export function prepareFilter(seccomp: Json): PreparedFilter {
  const profile = readSeccomp(seccomp);
  return profile === undefined ? undefined : compileProfile(profile, architectureOf(machineName()));
}

/** The interface that programs of a machine have to its kernel. */
export function architectureOf(machine: string): string {
  switch (machine) {
    case "aarch64":
      return "SCMP_ARCH_AARCH64";
    case "riscv64":
      return "SCMP_ARCH_RISCV64";
    case "ppc64le":
      return "SCMP_ARCH_PPC64LE";
    case "loongarch64":
      return "SCMP_ARCH_LOONGARCH64";
    case "s390x":
      return "SCMP_ARCH_S390X";
    case "armv7l":
      return "SCMP_ARCH_ARM";
    case "i686":
      return "SCMP_ARCH_X86";
    default:
      return "SCMP_ARCH_X86_64";
  }
}

/** Puts this process under `filter`, if there is one. @param link to the runtime, which hands a listener on @throws Failure */
export function loadFilter(filter: PreparedFilter, link: Link): void {
  if (filter === undefined) return;
  const listener = loadSeccomp(filter.program, filter.flags);
  if (!filter.notifies) return;
  link.say("listener", [listener]);
  link.hear("go", "the runtime went away before the seccomp agent had the listener");
  close(listener);
}

function connectToAgent(path: string): number {
  try {
    return connectUnix(path);
  } catch (error) {
    throw failureWithHint(
      `failed to connect with seccomp agent: ${asFailure(error).message}`,
      "the agent that linux.seccomp.listenerPath names must listen before the container starts",
    );
  }
}

/** Whose listener it is. */
export interface Listened {
  readonly state: State;
  /** Of the process, as the runtime sees it. */
  readonly pid: number;
  readonly status: Status;
}

/**
 * Sends a listener to the agent that the profile names, with the state of the process, and closes it here.
 * https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#containerprocessstate
 * @throws Failure where the agent cannot be reached
 */
export function handListenerOn(listener: number, seccomp: Json, { state, pid, status }: Listened): void {
  const profile = readSeccomp(seccomp);
  if (profile === undefined) return;
  const message = new JsonFields()
    .text("ociVersion", state.ociVersion)
    .texts("fds", [SECCOMP_FD_NAME])
    .number("pid", pid)
    .text("metadata", profile.listenerMetadata)
    .json("state", stateForHook(state, status, state.pid))
    .toText();
  attempt(`${seccomp.path}.listenerPath`, () => {
    const agent = connectToAgent(profile.listenerPath);
    try {
      send(agent, message, [listener]);
    } finally {
      close(agent);
      close(listener);
    }
  });
}
