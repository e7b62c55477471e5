/**
 * The monitor of one container: it holds its streams, writes its log, serves clients, and learns how it ends. One thread, one
 * loop.
 * @module
 */
import { monotonicMs } from "@teu/kernel/clock";
import { waitReady } from "@teu/kernel/descriptors";
import { PR_SET_PDEATHSIG, endedChild, tryControl, wait } from "@teu/kernel/processes";
import { nextSignal, openSignals } from "@teu/kernel/signals";
import type { Client, Frame } from "./client.ts";
import { Clients } from "./clients.ts";
import { Helper } from "./helper.ts";
import { Life } from "./life.ts";
import { LogFile } from "./log-file.ts";
import {
  ATTACH,
  ERROR_OUTPUT,
  INPUT,
  INPUT_END,
  LEAVE,
  NO_RESTART,
  OUTPUT,
  RESIZE,
  SIGNAL,
  START,
} from "./protocol.ts";
import { now } from "./records.ts";
import type { Settings } from "./settings.ts";

/** The monitor at work. */
export class Monitor {
  private readonly settings: Settings;
  private readonly signals: number;
  private readonly clients: Clients;
  private readonly life: Life;
  private readonly log: LogFile | undefined;

  /**
   * @param starter socket of the client that started the monitor, or -1
   * @param hostMounts the mount namespace for hooks, open, or -1
   */
  constructor(settings: Settings, starter: number, hostMounts: number) {
    this.settings = settings;
    this.signals = openSignals();
    this.clients = new Clients(starter);
    this.life = new Life(settings, this.clients, new Helper(settings.runtime, hostMounts));
    const { logPath, logMaxBytes, logMaxFiles } = settings;
    this.log = logPath === "" ? undefined : new LogFile(logPath, logMaxBytes, logMaxFiles);
  }

  /** Stays until nothing more is to come; returns the words of a program to become, none for none. */
  run(): readonly string[] {
    this.life.make();
    // Whoever looks for it finds it now, whatever becomes of the command that started it.
    tryControl(PR_SET_PDEATHSIG, [0]);
    while (!this.life.isOver) this.turn();
    const isRemoved = this.life.finish();
    return this.clients.areAlone && !isRemoved ? this.settings.endedHook : [];
  }

  private turn(): void {
    const { clients, life } = this;
    const { streams, health } = life;
    const talking = streams.isFull ? [] : clients.readers;
    const output = clients.areFull || life.isStarting ? [] : streams.readers;
    const others = [life.console.fd, health === undefined ? -1 : health.reader].filter((fd) => fd >= 0);
    const { writers } = clients;
    if (streams.hasWaiting) writers.push(streams.inputWriter);
    const readers = [this.signals, clients.listener, ...others, ...talking, ...output];
    const ready = waitReady(readers, writers, this.timeoutMs());
    for (const fd of ready.writable) this.onWritable(fd);
    for (const fd of ready.readable) this.onReadable(fd);
    this.dropGone();
    life.passTime();
  }

  private timeoutMs(): number {
    const { dueMs } = this.life;
    return dueMs === Infinity ? -1 : Math.max(0, Math.ceil(dueMs - monotonicMs()));
  }

  private onWritable(fd: number): void {
    if (fd === this.life.streams.inputWriter) this.life.streams.flush();
    this.clients.at(fd)?.flush();
  }

  private onReadable(fd: number): void {
    const { clients, life } = this;
    if (fd === this.signals) this.onSignal();
    else if (fd === clients.listener) clients.accept();
    else if (fd === life.console.fd) this.onConsole();
    else if (life.health !== undefined && fd === life.health.reader) life.health.read();
    else if (life.streams.readers.includes(fd)) this.onOutput(fd);
    else this.onClient(fd);
  }

  private onSignal(): void {
    while (nextSignal(0) > 0);
    for (let pid = endedChild(); pid > 0; pid = endedChild()) this.life.childEnded(pid, wait(pid));
  }

  private onConsole(): void {
    const master = this.life.console.take();
    if (master >= 0) this.life.streams.takeTerminal(master);
  }

  private onOutput(fd: number): void {
    const { streams } = this.life;
    const isError = fd === streams.errorReader;
    const { bytes, ended } = streams.read(fd);
    if (bytes.length > 0) {
      this.log?.write(isError ? "stderr" : "stdout", now(), bytes);
      this.clients.show(isError ? ERROR_OUTPUT : OUTPUT, bytes);
    }
    this.life.heard(bytes.length > 0, ended);
  }

  private onClient(fd: number): void {
    const client = this.clients.at(fd);
    if (client === undefined) return;
    for (const frame of client.receive()) this.onFrame(client, frame);
  }

  private onFrame(client: Client, { type, body }: Frame): void {
    const { streams } = this.life;
    if (type === INPUT) {
      client.gaveInput = true;
      streams.give(body);
    } else if (type === INPUT_END) streams.endInput();
    else if (type === RESIZE && body.length === 4) {
      const view = new DataView(body.buffer);
      streams.setSize(view.getUint16(0, true), view.getUint16(2, true));
    } else if (type === SIGNAL && body.length === 1) this.life.signal(body[0] ?? 0);
    else this.onWord(client, type);
  }

  private onWord(client: Client, type: number): void {
    if (type === ATTACH) client.attached = true;
    else if (type === START) this.life.begin();
    else if (type === NO_RESTART) this.life.stayDown();
    else if (type === LEAVE && client === this.clients.starter) this.clients.starter = undefined;
  }

  private dropGone(): void {
    for (const client of this.clients.dropGone()) {
      if (client.gaveInput && this.settings.inputOnce) this.life.streams.endInput();
      if (client === this.clients.starter) this.life.leaveAlone();
    }
  }
}
