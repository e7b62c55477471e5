/**
 * Shows how a copy goes: bars on a terminal, a line for each content elsewhere, nothing where asked for quiet.
 * @module
 */
import type { CopyEvent } from "@teu/content/copy";
import type { Descriptor } from "@teu/spec/descriptor";
import type { Host, Terminal } from "../host.ts";

/** Shows events of a copy until it is disposed of. */
export interface Progress extends Disposable {
  /** Nothing where nothing is shown. */
  readonly onEvent: ((event: CopyEvent) => void) | undefined;
}

/** How to show progress. */
export interface ProgressOptions {
  readonly quiet: boolean;
  /** Bars alone, without a line for what is finished. Default: false. */
  readonly transient?: boolean;
}

/** Makes what suits the host. */
export function showProgress(host: Host, { quiet, transient = false }: ProgressOptions): Progress {
  if (quiet || (transient && host.terminal === undefined)) return { onEvent: undefined, [Symbol.dispose]: () => {} };
  return host.terminal === undefined ? new Lines(host) : new Bars(host, host.terminal, transient);
}

class Lines implements Progress {
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  readonly onEvent = (event: CopyEvent): void => {
    const line = describe(event);
    if (line !== undefined) this.#host.note(line);
  };

  [Symbol.dispose](): void {}
}

function describe(event: CopyEvent): string | undefined {
  if (event.type === "tagged") return `${shortDigest(event.descriptor)} tagged ${event.name}`;
  if (event.type !== "finished") return undefined;
  return `${shortDigest(event.descriptor)} ${formatBytes(event.descriptor.size).padStart(9)} ${event.outcome}`;
}

interface Bar {
  readonly descriptor: Descriptor;
  bytes: number;
}

const REDRAW_MS = 100;
const SPEED_WINDOW_MS = 3000;

class Bars implements Progress {
  readonly #host: Host;
  readonly #terminal: Terminal;
  readonly #transient: boolean;
  readonly #bars = new Map<string, Bar>();
  readonly #timer: NodeJS.Timeout;
  readonly #samples: { readonly atMs: number; readonly bytes: number }[] = [];
  #moved = 0;
  #left = 0;
  #drawn = 0;

  constructor(host: Host, terminal: Terminal, transient: boolean) {
    this.#host = host;
    this.#terminal = terminal;
    this.#transient = transient;
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
    this.#timer.unref();
  }

  readonly onEvent = (event: CopyEvent): void => {
    const { descriptor } = event;
    if (event.type === "found") this.#left += descriptor.size;
    else if (event.type === "started") this.#bars.set(descriptor.digest, { descriptor, bytes: event.start });
    else if (event.type === "progress") this.#advance(descriptor, event.bytes);
    else this.#finish(event);
  };

  #advance(descriptor: Descriptor, bytes: number): void {
    const bar = this.#bars.get(descriptor.digest);
    if (bar === undefined) return;
    this.#moved += Math.max(0, bytes - bar.bytes);
    bar.bytes = bytes;
  }

  #finish(event: CopyEvent): void {
    if (event.type === "finished") this.#left -= event.descriptor.size;
    this.#bars.delete(event.descriptor.digest);
    this.#erase();
    const line = this.#transient ? undefined : describe(event);
    if (line !== undefined) this.#host.note(line);
  }

  #draw(): void {
    this.#erase();
    if (this.#bars.size === 0) return;
    const lines = [...this.#bars.values()].map((bar) => drawBar(bar, this.#terminal.columns()));
    const text = [...lines, this.#summary()].map((line) => line.slice(0, this.#terminal.columns() - 1)).join("\n");
    this.#terminal.write(`${text}\n`);
    this.#drawn = lines.length + 1;
  }

  #summary(): string {
    const now = performance.now();
    this.#samples.push({ atMs: now, bytes: this.#moved });
    while ((this.#samples[0]?.atMs ?? now) < now - SPEED_WINDOW_MS) this.#samples.shift();
    const [first = { atMs: now, bytes: this.#moved }] = this.#samples;
    const speed = now > first.atMs ? ((this.#moved - first.bytes) * 1000) / (now - first.atMs) : 0;
    const waiting = this.#left - [...this.#bars.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    const left = speed > 0 ? `, ${formatSeconds(waiting / speed)} left` : "";
    return `${formatBytes(this.#moved)}, ${formatBytes(speed)}/s${left}`;
  }

  #erase(): void {
    if (this.#drawn > 0) this.#terminal.write(`\u001b[${this.#drawn}A\u001b[J`);
    this.#drawn = 0;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#erase();
  }
}

function drawBar({ descriptor, bytes }: Bar, columns: number): string {
  const share = descriptor.size === 0 ? 1 : Math.min(1, bytes / descriptor.size);
  const width = Math.max(10, Math.min(40, columns - 50));
  const full = Math.round(share * width);
  const sizes = `${formatBytes(bytes)}/${formatBytes(descriptor.size)}`;
  return `${shortDigest(descriptor)} [${"=".repeat(full)}${" ".repeat(width - full)}] ${`${Math.floor(share * 100)}`.padStart(3)}% ${sizes}`;
}

function shortDigest({ digest }: Descriptor): string {
  return digest.slice(digest.indexOf(":") + 1).slice(0, 12);
}

/** A size for people: `12.3 MB`, in powers of a thousand. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let [value, unit] = [bytes, 0];
  for (; value >= 999.5 && unit < units.length - 1; unit += 1) value /= 1000;
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  return whole < 3600
    ? `${Math.floor(whole / 60)} min ${whole % 60} s`
    : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
