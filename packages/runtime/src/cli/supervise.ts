/**
 * Staying with a program until it ends: signals are passed on, children are reaped, and a terminal is served.
 * @module
 */
import { close, pump, waitReadable } from "@teu/kernel/descriptors";
import { type Child, endedChild, signalProcess, wait } from "@teu/kernel/processes";
import { SIGCHLD, SIGWINCH, nextSignal, openSignals } from "@teu/kernel/signals";
import { copySize, trySetRaw } from "@teu/kernel/terminals";

/** Stays until `child` ends; returns its status. `terminal` is the master of its terminal, or -1. Signals are blocked by the caller. */
export function supervise(child: Child, terminal: number): number {
  const status = terminal < 0 ? waitWithSignals(child) : serveTerminal(child, terminal);
  close(child.pidfd);
  return status;
}

function waitWithSignals(child: Child): number {
  for (;;) {
    const status = handleSignal(child, nextSignal(-1), -1);
    if (status !== undefined) return status;
  }
}

/** Handles one signal; returns the status of `child` when it was that one which ended. */
function handleSignal(child: Child, signal: number, terminal: number): number | undefined {
  if (signal === SIGCHLD) return reapAll(child.pid);
  if (signal === SIGWINCH && terminal >= 0) copySize(0, terminal);
  else if (signal > 0) signalProcess(child.pidfd, signal, "the program");
  return undefined;
}

function reapAll(awaited: number): number | undefined {
  let found: number | undefined;
  for (let pid = endedChild(); pid > 0; pid = endedChild()) {
    const status = wait(pid);
    if (pid === awaited) found = status;
  }
  return found;
}

function serveTerminal(child: Child, terminal: number): number {
  copySize(0, terminal);
  const raw = trySetRaw(0, true);
  const signals = openSignals();
  try {
    return exchange(child, terminal, signals);
  } finally {
    if (raw >= 0) trySetRaw(0, false);
    close(signals);
    close(terminal);
  }
}

function exchange(child: Child, terminal: number, signals: number): number {
  let status: number | undefined;
  let sources = [signals, terminal, 0];
  for (;;) {
    // After the end what the terminal still holds is shown, and then nothing more is waited for.
    const ready = waitReadable(sources, status === undefined ? -1 : 0);
    if (status !== undefined && !ready.includes(terminal)) return status;
    if (ready.includes(signals)) status = handleSignal(child, nextSignal(0), terminal) ?? status;
    if (ready.includes(terminal) && !pump(terminal, 1)) sources = sources.filter((fd) => fd !== terminal);
    if (ready.includes(0) && !pump(0, terminal)) sources = sources.filter((fd) => fd !== 0);
  }
}
