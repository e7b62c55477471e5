/**
 * The life of one container as the monitor leads it: made by the runtime, started, ended, removed, and made again where that
 * is wanted. What happens outside is told to it by the monitor's loop.
 * @module
 */
import { monotonicMs } from "@teu/kernel/clock";
import { tryReadFile } from "@teu/kernel/files";
import { kill, ownPid } from "@teu/kernel/processes";
import { SIGKILL } from "@teu/kernel/signals";
import type { Clients } from "./clients.ts";
import { ConsoleSocket } from "./console.ts";
import { HealthCheck } from "./health.ts";
import { type Helper, keepFailure, keepMessages } from "./helper.ts";
import { memoryEventsPath, wasOutOfMemory } from "./memory.ts";
import { CREATED, ENDED, FAILED, STARTED } from "./protocol.ts";
import { RunRecord, now, startOf, writeExit } from "./records.ts";
import { type Taken, removeTaken, takeAway } from "./removal.ts";
import { GOOD_RUN_MS, restartDelayMs, wantsRestart } from "./restart.ts";
import type { Settings } from "./settings.ts";
import { ContainerStreams } from "./streams.ts";

const PID_FILE = "pid";
/** How long output may still come behind the end of a container, from processes that it left. */
const DRAIN_MS = 200;
const NOTHING: Uint8Array = new Uint8Array(0);
const FAILED_CODE = 128;

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

/** The life. */
export class Life {
  readonly console: ConsoleSocket = new ConsoleSocket();
  streams: ContainerStreams;
  health: HealthCheck | undefined = undefined;
  private readonly settings: Settings;
  private readonly clients: Clients;
  private readonly helper: Helper;
  private readonly record: RunRecord = new RunRecord();
  private phase: Phase = "making";
  private exitCode = -1;
  private failed = false;
  private noRestart = false;
  private badRuns = 0;
  private startedMs = 0;
  private deadlineMs = Infinity;
  private memoryEvents = "";
  /** What is to be removed when the runtime has done so: the container has left, and everyone was told. */
  private taken: Taken | undefined = undefined;
  /** Those that wait for the start. */
  private signals: number[] = [];

  constructor(settings: Settings, clients: Clients, helper: Helper) {
    this.settings = settings;
    this.clients = clients;
    this.helper = helper;
    this.streams = new ContainerStreams(settings.terminal);
    this.record.monitorPid = ownPid();
    this.record.monitorStart = startOf(this.record.monitorPid);
  }

  /** Whether nothing more is to come. */
  get isOver(): boolean {
    return this.phase === "over";
  }

  /** Whether what comes on the container's streams is still the runtime's own, which its log has. */
  get isStarting(): boolean {
    return this.phase === "making" || this.phase === "starting";
  }

  /** When {@link passTime} has something to do, in milliseconds of the clock that only goes forward. */
  get dueMs(): number {
    return Math.min(this.deadlineMs, this.health === undefined ? Infinity : this.health.dueMs);
  }

  /** Has the runtime make the container, and start it at once where nothing has to come between. */
  make(): void {
    const { settings, record } = this;
    this.phase = "making";
    this.exitCode = -1;
    record.pid = 0;
    record.status = "creating";
    record.write();
    const console = settings.terminal ? this.console.open() : [];
    if (!settings.terminal) this.streams.openPipes(settings.openInput);
    const verb = settings.waits ? ["create"] : ["run", "--detach"];
    const words = [...verb, "--bundle", settings.bundle, "--pid-file", PID_FILE, ...console, settings.id];
    this.helper.make(words, this.streams);
    this.streams.handOver();
  }

  /** A client says that what is made may start. */
  begin(): void {
    if (this.phase === "made") this.start();
  }

  /** Nobody is left to say that what is made may start. */
  leaveAlone(): void {
    if (this.phase === "made") this.abandon();
  }

  /** It is not to start again. */
  stayDown(): void {
    this.noRestart = true;
    if (this.phase === "waiting") this.phase = "over";
  }

  /** Its streams have said something, or have ended. */
  heard(said: boolean, ended: boolean): void {
    if (this.phase !== "draining") return;
    if (said) this.deadlineMs = monotonicMs() + DRAIN_MS;
    if (ended && this.streams.readers.length === 0) this.remove();
  }

  /** A process has ended. */
  childEnded(pid: number, status: number): void {
    if (pid === this.record.pid) this.exitCode = status;
    if (pid === this.helper.pid) {
      this.helper.pid = 0;
      this.onHelperEnd(status);
    } else if (this.health !== undefined && pid === this.health.pid) this.health.end(status);
    this.noticeEnd();
  }

  /** Does what is due by now. */
  passTime(): void {
    this.health?.act();
    if (monotonicMs() < this.deadlineMs) return;
    this.deadlineMs = Infinity;
    if (this.phase === "draining") {
      // Somebody reads slowly; nothing is to be lost, unless somebody else wants the container gone.
      if (this.clients.areFull && !this.noRestart) this.deadlineMs = monotonicMs() + DRAIN_MS;
      else this.remove();
    } else if (this.phase === "waiting") this.ask();
  }

  /** Waits until everyone knows how it ended. Whether it has been removed as well. */
  finish(): boolean {
    const { taken } = this;
    if (taken === undefined) this.tellEnd();
    this.clients.finish();
    if (taken !== undefined) removeTaken(taken);
    return taken !== undefined;
  }

  private tellEnd(): void {
    this.record.status = "stopped";
    this.record.pid = 0;
    this.record.write();
    this.clients.hide();
    const code = new Uint8Array(4);
    new DataView(code.buffer).setUint32(0, Math.max(0, this.exitCode), true);
    this.clients.tell(this.failed ? FAILED : ENDED, code);
  }

  /** Sends its program a signal; one that does not run yet gets it when it does. */
  signal(number: number): void {
    if (this.phase === "running") this.helper.aside(["kill", this.settings.id, String(number)]);
    else if (this.record.startedAt === "") this.signals.push(number);
  }

  // The container may end before the runtime that started it does.
  private noticeEnd(): void {
    if (this.exitCode < 0 || this.helper.pid > 0) return;
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
      this.helper.hook(settings.createdHook);
      return;
    }
    this.phase = "made";
    this.clients.tell(CREATED, NOTHING);
    if (this.clients.starter?.gone === true) this.abandon();
  }

  private start(): void {
    this.phase = "starting";
    this.helper.call(["start", this.settings.id]);
  }

  private onStarted(): void {
    const { record, settings } = this;
    this.phase = "running";
    record.status = "running";
    record.startedAt = now();
    record.write();
    this.startedMs = monotonicMs();
    if (settings.health !== undefined) this.health = new HealthCheck(settings.health, this.healthWords());
    this.clients.tell(STARTED, NOTHING);
    for (const signal of this.signals) this.signal(signal);
    this.signals = [];
  }

  private healthWords(): string[] {
    return [...this.settings.runtime, "exec", "--process", "health-process.json", this.settings.id];
  }

  private fail(): void {
    this.failed = true;
    this.noRestart = true;
    this.endFirst();
    keepMessages(this.streams);
    this.streams.close();
    this.drain();
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
    this.console.close();
    if (this.streams.readers.length === 0) this.remove();
    else this.deadlineMs = monotonicMs() + DRAIN_MS;
  }

  private remove(): void {
    this.deadlineMs = Infinity;
    this.phase = "removing";
    this.streams.close();
    if (this.failed) keepFailure();
    else this.depart();
    this.helper.call(["delete", "--force", this.settings.id]);
  }

  // Nobody need wait for what is left to do for a container that nobody finds any more.
  private depart(): void {
    const { removal } = this.settings;
    if (removal !== undefined) this.taken = takeAway(removal, this.settings);
    if (this.taken !== undefined) this.tellEnd();
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
    this.helper.hook(this.settings.restartHook);
  }
}
