/**
 * The monitor of one container: it has the runtime make it, holds its streams, writes its log, serves clients, learns how
 * it ends, and starts it again where that is wanted. One thread, one loop.
 * @module
 */
import { monotonicMs } from "@teu/kernel/clock";
import { close, tryWrite, waitReady } from "@teu/kernel/descriptors";
import { CWD, O_APPEND, O_CREAT, O_WRONLY, exists, rename, tryReadFile, unlinkAt } from "@teu/kernel/files";
import { endedChild, kill, ownPid, wait } from "@teu/kernel/processes";
import { SIGKILL, nextSignal, openSignals } from "@teu/kernel/signals";
import { SOCK_STREAM, accept, bindUnix, listen, receive } from "@teu/kernel/sockets";
import { Client, type Frame } from "./client.ts";
import { HealthCheck } from "./health.ts";
import { launch, openMessages, openNull } from "./launch.ts";
import { LogFile } from "./log-file.ts";
import { memoryEventsPath, wasOutOfMemory } from "./memory.ts";
import {
  ATTACH,
  CREATED,
  ENDED,
  ERROR_OUTPUT,
  FAILED,
  INPUT,
  INPUT_END,
  LEAVE,
  NO_RESTART,
  OUTPUT,
  RESIZE,
  START,
  STARTED,
} from "./protocol.ts";
import { RunRecord, now, startOf, writeExit } from "./records.ts";
import { GOOD_RUN_MS, restartDelayMs, wantsRestart } from "./restart.ts";
import type { Settings } from "./settings.ts";
import { ContainerStreams } from "./streams.ts";

const ATTACH_SOCKET = "attach";
const CONSOLE_SOCKET = "console";
const PID_FILE = "pid";
const RUNTIME_LOG = "runtime.log";
const FAILURE_LOG = "failure.log";
/** How long output may still come behind the end of a container, from processes that it left. */
const DRAIN_MS = 200;
/** How long clients may take for the last of it. */
const FLUSH_MS = 10_000;
/** A client that has more than this to take holds the container up. */
const MAX_PENDING_BYTES = 1024 * 1024;
const NOTHING: Uint8Array = new Uint8Array(0);

/** Where a container is in its life, as the monitor sees it. */
type Phase =
  /** The runtime makes it. */
  | "making"
  /** It is made, and waits for a client's word. */
  | "made"
  /** A hook prepares its start. */
  | "preparing"
  /** The runtime starts it. */
  | "starting"
  | "running"
  /** It has ended; the last output is read. */
  | "draining"
  /** The runtime removes what it made for it. */
  | "removing"
  /** It waits for its next start. */
  | "waiting"
  /** A hook says whether it may start again. */
  | "asking"
  /** Nothing more is to come. */
  | "over";

/** The monitor at work. */
export class Monitor {
  private readonly settings: Settings;
  private readonly record: RunRecord = new RunRecord();
  private readonly log: LogFile | undefined;
  private readonly hostMounts: number;
  private readonly signals: number;
  private readonly listener: number;
  private clients: Client[] = [];
  /** The client that started the monitor, as long as it is there. */
  private starter: Client | undefined;
  private streams: ContainerStreams;
  private health: HealthCheck | undefined = undefined;
  private phase: Phase = "making";
  /** The runtime or hook at work. */
  private helper = 0;
  private console = -1;
  private exitCode = -1;
  private failed = false;
  private noRestart = false;
  private badRuns = 0;
  private startedMs = 0;
  private deadlineMs = Infinity;
  private memoryEvents = "";

  /**
   * @param starter socket of the client that started the monitor, or -1
   * @param hostMounts the mount namespace for hooks, open, or -1
   */
  constructor(settings: Settings, starter: number, hostMounts: number) {
    this.settings = settings;
    this.hostMounts = hostMounts;
    this.streams = new ContainerStreams(settings.terminal);
    this.signals = openSignals();
    unlinkAt(CWD, ATTACH_SOCKET);
    this.listener = bindUnix(ATTACH_SOCKET, SOCK_STREAM);
    listen(this.listener);
    const { logPath, logMaxBytes, logMaxFiles } = settings;
    this.log = logPath === "" ? undefined : new LogFile(logPath, logMaxBytes, logMaxFiles);
    if (starter >= 0) {
      this.starter = new Client(starter);
      this.clients.push(this.starter);
    }
    this.record.monitorPid = ownPid();
    this.record.monitorStart = startOf(this.record.monitorPid);
  }

  /** Stays until nothing more is to come; returns the words of a program to become, none for none. */
  run(): readonly string[] {
    this.make();
    while (this.phase !== "over") this.turn();
    this.finish();
    return this.starter === undefined || this.starter.gone ? this.settings.endedHook : [];
  }

  private turn(): void {
    const { streams, health } = this;
    const held = this.isHeld;
    const talking = streams.isFull ? [] : this.clients.map((client) => client.fd);
    // Until the container runs, what comes is the runtime's own, which its log has.
    const output = held || this.isStarting ? [] : streams.readers;
    const others = [this.console, health === undefined ? -1 : health.reader].filter((fd) => fd >= 0);
    const writers = this.clients.filter((client) => client.pending > 0).map((client) => client.fd);
    if (streams.hasWaiting) writers.push(streams.inputWriter);
    const readers = [this.signals, this.listener, ...others, ...talking, ...output];
    const ready = waitReady(readers, writers, this.timeoutMs());
    for (const fd of ready.writable) this.onWritable(fd);
    for (const fd of ready.readable) this.onReadable(fd);
    this.dropGone();
    this.onTime();
  }

  /** Whether a client has so much to take that the container has to wait. */
  private get isHeld(): boolean {
    return this.clients.some((client) => client.attached && client.pending > MAX_PENDING_BYTES);
  }

  private get isStarting(): boolean {
    return this.phase === "making" || this.phase === "starting";
  }

  private timeoutMs(): number {
    const dueMs = Math.min(this.deadlineMs, this.health === undefined ? Infinity : this.health.dueMs);
    return dueMs === Infinity ? -1 : Math.max(0, Math.ceil(dueMs - monotonicMs()));
  }

  private onWritable(fd: number): void {
    if (fd === this.streams.inputWriter) this.streams.flush();
    for (const client of this.clients) if (client.fd === fd) client.flush();
  }

  private onReadable(fd: number): void {
    if (fd === this.signals) this.onSignal();
    else if (fd === this.listener) this.clients.push(new Client(accept(fd)));
    else if (fd === this.console) this.onConsole();
    else if (this.health !== undefined && fd === this.health.reader) this.health.read();
    else if (this.streams.readers.includes(fd)) this.onOutput(fd);
    else this.onClient(fd);
  }

  private onOutput(fd: number): void {
    const { streams } = this;
    const isError = fd === streams.errorReader;
    const { bytes, ended } = streams.read(fd);
    if (bytes.length > 0) {
      this.log?.write(isError ? "stderr" : "stdout", now(), bytes);
      for (const client of this.clients) if (client.attached) client.send(isError ? ERROR_OUTPUT : OUTPUT, bytes);
      if (this.phase === "draining") this.deadlineMs = monotonicMs() + DRAIN_MS;
    }
    if (ended && this.phase === "draining" && streams.readers.length === 0) this.remove();
  }

  private onClient(fd: number): void {
    const client = this.clients.find((one) => one.fd === fd);
    if (client === undefined) return;
    for (const frame of client.receive()) this.onFrame(client, frame);
  }

  private onFrame(client: Client, { type, body }: Frame): void {
    if (type === INPUT) {
      client.gaveInput = true;
      this.streams.give(body);
    } else if (type === INPUT_END) this.streams.endInput();
    else if (type === RESIZE && body.length === 4) {
      const view = new DataView(body.buffer);
      this.streams.setSize(view.getUint16(0, true), view.getUint16(2, true));
    } else this.onWord(client, type);
  }

  private onWord(client: Client, type: number): void {
    if (type === ATTACH) client.attached = true;
    else if (type === START && this.phase === "made") this.start();
    else if (type === NO_RESTART) {
      this.noRestart = true;
      if (this.phase === "waiting") this.phase = "over";
    } else if (type === LEAVE && client === this.starter) this.starter = undefined;
  }

  private dropGone(): void {
    const gone = this.clients.filter((client) => client.gone);
    if (gone.length === 0) return;
    this.clients = this.clients.filter((client) => !client.gone);
    for (const client of gone) {
      client.close();
      if (client.gaveInput && this.settings.inputOnce) this.streams.endInput();
      // Nobody is left to say that it may start.
      if (client === this.starter && this.phase === "made") this.abandon();
    }
  }

  private onConsole(): void {
    const connection = accept(this.console);
    const message = receive(connection, 4096);
    close(connection);
    close(this.console);
    this.console = -1;
    const master = message?.fds[0];
    if (master !== undefined) this.streams.takeTerminal(master);
  }

  private onTime(): void {
    this.health?.act();
    if (monotonicMs() < this.deadlineMs) return;
    this.deadlineMs = Infinity;
    if (this.phase === "draining") {
      // Somebody reads slowly; nothing is to be lost, unless somebody else wants the container gone.
      if (this.isHeld && !this.noRestart) this.deadlineMs = monotonicMs() + DRAIN_MS;
      else this.remove();
    } else if (this.phase === "waiting") this.ask();
  }

  private onSignal(): void {
    while (nextSignal(0) > 0);
    for (let pid = endedChild(); pid > 0; pid = endedChild()) this.onEnd(pid, wait(pid));
  }

  private onEnd(pid: number, status: number): void {
    if (pid === this.record.pid) this.exitCode = status;
    if (pid === this.helper) {
      this.helper = 0;
      this.onHelperEnd(status);
    } else if (this.health !== undefined && pid === this.health.pid) this.health.end(status);
    this.noticeEnd();
  }

  // The container may end before the runtime that started it does.
  private noticeEnd(): void {
    if (this.exitCode < 0 || this.helper > 0) return;
    if (this.phase === "running" || this.phase === "made") this.drain();
  }

  private onHelperEnd(status: number): void {
    const { phase } = this;
    if (phase === "making") this.onMade(status);
    else if (phase === "preparing") {
      if (status === 0) this.start();
      else this.fail();
    } else if (phase === "starting") {
      if (status === 0) this.onStarted();
      else this.fail();
    } else if (phase === "removing") this.onRemoved();
    else if (phase === "asking") {
      if (status === 0) this.make();
      else this.phase = "over";
    }
  }

  /** Has the runtime make the container, and start it at once where nothing has to come between. */
  private make(): void {
    const { settings, record } = this;
    this.phase = "making";
    this.exitCode = -1;
    record.pid = 0;
    record.status = "creating";
    record.write();
    const console = settings.terminal ? this.openConsole() : [];
    if (!settings.terminal) this.streams.openPipes(settings.openInput);
    const verb = settings.waits ? ["create"] : ["run", "--detach"];
    this.runRuntime([...verb, "--bundle", settings.bundle, "--pid-file", PID_FILE, ...console, settings.id], true);
    this.streams.handOver();
  }

  private openConsole(): string[] {
    unlinkAt(CWD, CONSOLE_SOCKET);
    this.console = bindUnix(CONSOLE_SOCKET, SOCK_STREAM);
    listen(this.console);
    return ["--console-socket", CONSOLE_SOCKET];
  }

  private runRuntime(words: readonly string[], withStreams: boolean): void {
    const none = openNull();
    const messages = openMessages("monitor.log", O_WRONLY | O_CREAT | O_APPEND);
    const { input, output, error } = this.streams;
    const streams = withStreams && output >= 0 ? { input: input < 0 ? none : input, output, error } : undefined;
    const log = ["--log", RUNTIME_LOG, "--log-format", "json"];
    this.helper = launch(
      [...this.settings.runtime, ...log, ...words],
      streams ?? { input: none, output: messages, error: messages },
    );
    close(none);
    close(messages);
  }

  private runHook(words: readonly string[]): void {
    const none = openNull();
    const messages = openMessages("monitor.log", O_WRONLY | O_CREAT | O_APPEND);
    this.helper = launch(words, { input: none, output: messages, error: messages }, this.hostMounts);
    close(none);
    close(messages);
  }

  private onMade(status: number): void {
    const { record, settings } = this;
    const pid = Number(tryReadFile(PID_FILE) ?? "0");
    if (status !== 0 || pid === 0) return this.fail();
    record.pid = pid;
    record.pidStart = startOf(pid);
    this.memoryEvents = memoryEventsPath(pid);
    if (!settings.waits) return this.onStarted();
    record.status = "created";
    record.write();
    if (record.restarts > 0) {
      this.phase = "preparing";
      this.runHook(settings.createdHook);
      return;
    }
    this.phase = "made";
    this.tell(CREATED, NOTHING);
    if (this.starter?.gone === true) this.abandon();
  }

  private start(): void {
    this.phase = "starting";
    this.runRuntime(["start", this.settings.id], false);
  }

  private onStarted(): void {
    const { record, settings } = this;
    this.phase = "running";
    record.status = "running";
    record.startedAt = now();
    record.write();
    this.startedMs = monotonicMs();
    if (settings.health !== undefined) this.health = new HealthCheck(settings.health, this.healthWords());
    this.tell(STARTED, NOTHING);
  }

  private healthWords(): string[] {
    return [...this.settings.runtime, "exec", "--process", "health-process.json", this.settings.id];
  }

  private fail(): void {
    this.failed = true;
    this.noRestart = true;
    this.endFirst();
    this.keepMessages();
    this.streams.close();
    this.drain();
  }

  /** What the runtime said on the container's own standard error may be all that it said. */
  private keepMessages(): void {
    const { errorReader } = this.streams;
    if (errorReader < 0 || waitReady([errorReader], [], 0).readable.length === 0) return;
    const messages = openMessages("monitor.log", O_WRONLY | O_CREAT | O_APPEND);
    tryWrite(messages, this.streams.read(errorReader).bytes);
    close(messages);
  }

  private abandon(): void {
    this.noRestart = true;
    this.endFirst();
  }

  private endFirst(): void {
    if (this.record.pid > 0 && this.exitCode < 0) kill(this.record.pid, SIGKILL);
  }

  private drain(): void {
    this.health?.close();
    this.health = undefined;
    this.phase = "draining";
    const code = this.failed ? FAILED_CODE : Math.max(0, this.exitCode);
    writeExit(this.settings.exitPath, code, this.failed, wasOutOfMemory(this.memoryEvents));
    close(this.console);
    this.console = -1;
    if (this.streams.readers.length === 0) this.remove();
    else this.deadlineMs = monotonicMs() + DRAIN_MS;
  }

  private remove(): void {
    this.deadlineMs = Infinity;
    this.phase = "removing";
    this.streams.close();
    // What the failure was stays in the log; removing may have its own.
    if (this.failed && exists(RUNTIME_LOG)) rename(RUNTIME_LOG, FAILURE_LOG);
    this.runRuntime(["delete", "--force", this.settings.id], false);
  }

  private onRemoved(): void {
    const { settings, record, exitCode } = this;
    const { restartPolicy: policy, restartMax: max } = settings;
    const again = !this.noRestart && wantsRestart({ policy, max, exitCode, restarts: record.restarts });
    if (!again) {
      this.phase = "over";
      return;
    }
    this.badRuns = monotonicMs() - this.startedMs >= GOOD_RUN_MS ? 0 : this.badRuns + 1;
    this.phase = "waiting";
    this.deadlineMs = monotonicMs() + restartDelayMs(this.badRuns - 1);
    record.status = "restarting";
    record.pid = 0;
    record.write();
  }

  private ask(): void {
    const { record } = this;
    record.restarts += 1;
    this.streams = new ContainerStreams(this.settings.terminal);
    if (this.settings.restartHook.length === 0) return this.make();
    this.phase = "asking";
    this.runHook(this.settings.restartHook);
  }

  private tell(type: number, body: Uint8Array): void {
    for (const client of this.clients) client.send(type, body);
  }

  /** Tells everyone how it ended, and waits until they know. */
  private finish(): void {
    this.record.status = "stopped";
    this.record.pid = 0;
    this.record.write();
    unlinkAt(CWD, ATTACH_SOCKET);
    const code = new Uint8Array(4);
    new DataView(code.buffer).setUint32(0, Math.max(0, this.exitCode), true);
    this.tell(this.failed ? FAILED : ENDED, code);
    const endMs = monotonicMs() + FLUSH_MS;
    for (let left = this.unsent(endMs); left.length > 0; left = this.unsent(endMs)) {
      waitReady([], fdsOf(left), FLUSH_MS);
      for (const client of left) client.flush();
    }
  }

  /** Clients with something to take yet: those that look at the output for as long as it takes, others until `endMs`. */
  private unsent(endMs: number): Client[] {
    const isLate = monotonicMs() >= endMs;
    return this.clients.filter((client) => client.pending > 0 && !client.gone && (client.attached || !isLate));
  }
}

function fdsOf(clients: readonly Client[]): number[] {
  return clients.map((client) => client.fd);
}

const FAILED_CODE = 128;
