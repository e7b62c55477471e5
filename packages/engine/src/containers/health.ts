/**
 * The health check of a container: the image's, under what the options say.
 * @module
 */
import type { HealthOptions } from "../config/options.ts";
import type { Healthcheck } from "../images/image-record.ts";
import type { HealthRecord } from "./record.ts";

const NANOSECONDS = 1_000_000;
const DEFAULTS = { intervalMs: 30_000, timeoutMs: 30_000, startPeriodMs: 0, startIntervalMs: 5000, retries: 3 };

/** The check to run; nothing where there is none. */
export function healthOf(options: HealthOptions, image: Healthcheck | undefined): HealthRecord | undefined {
  const words = options.command === undefined ? wordsOf(image?.Test ?? []) : shell(options.command);
  if (options.disabled || words === undefined) return undefined;
  const { intervalMs, timeoutMs, startPeriodMs, startIntervalMs, retries } = options;
  const asked = { intervalMs, timeoutMs, startPeriodMs, startIntervalMs, retries };
  return { words, ...DEFAULTS, ...given(timesOf(image)), ...given(asked) };
}

type Numbers = Omit<HealthRecord, "words">;

function timesOf(image: Healthcheck = {}): { readonly [Name in keyof Numbers]: number | undefined } {
  return {
    intervalMs: milliseconds(image.Interval),
    timeoutMs: milliseconds(image.Timeout),
    startPeriodMs: milliseconds(image.StartPeriod),
    startIntervalMs: milliseconds(image.StartInterval),
    retries: image.Retries === 0 ? undefined : image.Retries,
  };
}

function given(numbers: { readonly [Name in keyof Numbers]: number | undefined }): Partial<Numbers> {
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined));
}

function shell(command: string): readonly string[] | undefined {
  return command === "" || command === "none" ? undefined : ["/bin/sh", "-c", command];
}

function wordsOf([kind, ...words]: readonly string[]): readonly string[] | undefined {
  if (kind === "CMD" && words.length > 0) return words;
  return kind === "CMD-SHELL" && words[0] !== undefined ? shell(words[0]) : undefined;
}

function milliseconds(nanoseconds: number | undefined): number | undefined {
  return nanoseconds === undefined || nanoseconds === 0 ? undefined : Math.round(nanoseconds / NANOSECONDS);
}
