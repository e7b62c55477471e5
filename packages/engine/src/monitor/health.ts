/**
 * Runs the health check of a container again and again, by the runtime's `exec`, and keeps what it found in `health.json`.
 * @module
 */
import { monotonicMs } from "@teu/kernel/clock";
import { close, pipe, tryRead } from "@teu/kernel/descriptors";
import { CWD, replaceFile } from "@teu/kernel/files";
import { kill } from "@teu/kernel/processes";
import { SIGKILL } from "@teu/kernel/signals";
import { launch, openNull } from "./launch.ts";
import { now } from "./records.ts";
import type { HealthSettings } from "./settings.ts";

const MAX_OUTPUT_BYTES = 4096;
const FAILED = 1;

/** The check of one run of a container. */
export class HealthCheck {
  pid = 0;
  /** Where its output comes from; -1 for none. */
  reader = -1;
  private readonly settings: HealthSettings;
  private readonly words: readonly string[];
  private readonly beganMs: number;
  private nextMs: number;
  private deadlineMs = 0;
  private timedOut = false;
  private status = "starting";
  private failures = 0;
  private startedAt = "";
  private output: Uint8Array = new Uint8Array(0);

  /** @param words what runs the check */
  constructor(settings: HealthSettings, words: readonly string[]) {
    this.settings = settings;
    this.words = words;
    this.beganMs = monotonicMs();
    this.nextMs = this.beganMs + this.intervalMs;
    this.write(0);
  }

  private get isYoung(): boolean {
    return this.status === "starting" && monotonicMs() - this.beganMs < this.settings.startPeriodMs;
  }

  private get intervalMs(): number {
    const { startIntervalMs, intervalMs, startPeriodMs } = this.settings;
    return startPeriodMs > 0 && this.isYoung ? startIntervalMs : intervalMs;
  }

  /** When something is due, on the clock of monotonicMs. */
  get dueMs(): number {
    return this.pid > 0 ? this.deadlineMs : this.nextMs;
  }

  /** Does what is due: starts a check, or ends one that takes too long. */
  act(): void {
    if (monotonicMs() < this.dueMs) return;
    if (this.pid > 0) {
      this.timedOut = true;
      kill(this.pid, SIGKILL);
      this.deadlineMs = Infinity;
    } else this.begin();
  }

  private begin(): void {
    const ends = pipe();
    const none = openNull();
    this.startedAt = now();
    this.timedOut = false;
    this.output = new Uint8Array(0);
    this.pid = launch(this.words, { input: none, output: ends.writer, error: ends.writer });
    close(none);
    close(ends.writer);
    this.reader = ends.reader;
    this.deadlineMs = monotonicMs() + this.settings.timeoutMs;
  }

  /** Takes what the check says. */
  read(): void {
    const room = new Uint8Array(MAX_OUTPUT_BYTES);
    const size = tryRead(this.reader, room);
    if (size <= 0) return this.closeReader();
    const left = Math.max(0, MAX_OUTPUT_BYTES - this.output.length);
    const joined = new Uint8Array(this.output.length + Math.min(size, left));
    joined.set(this.output);
    joined.set(room.subarray(0, Math.min(size, left)), this.output.length);
    this.output = joined;
  }

  private closeReader(): void {
    close(this.reader);
    this.reader = -1;
  }

  /** The check has ended. */
  end(exitCode: number): void {
    this.pid = 0;
    if (this.reader >= 0) {
      this.read();
      this.closeReader();
    }
    const failed = exitCode !== 0 || this.timedOut;
    if (!failed) {
      this.failures = 0;
      this.status = "healthy";
    } else if (!this.isYoung) {
      this.failures += 1;
      if (this.failures >= this.settings.retries) this.status = "unhealthy";
    }
    this.write(this.timedOut ? -1 : exitCode === 0 ? 0 : FAILED);
    this.nextMs = monotonicMs() + this.intervalMs;
  }

  private write(exitCode: number): void {
    const { status, failures, startedAt } = this;
    const last = { startedAt, endedAt: now(), exitCode, output: asText(this.output) };
    replaceFile(CWD, "health.json", JSON.stringify({ status, failures, last }), 0o644);
  }

  /** Ends what is at work. */
  close(): void {
    if (this.pid > 0) kill(this.pid, SIGKILL);
    if (this.reader >= 0) this.closeReader();
  }
}

// Only ASCII is kept as it is: the rest is for people to guess.
function asText(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte < 128 ? String.fromCharCode(byte) : "?";
  return text;
}
