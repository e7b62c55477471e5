/**
 * Times as people read and write them.
 * @module
 */
import { readDuration, wrongOption } from "@teu/engine/config/read-options";

const UNITS: readonly (readonly [string, number])[] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

/** How long ago a time was, such as `3 hours`. */
export function since(time: string, nowMs: number = Date.now()): string {
  const seconds = Math.max(0, Math.floor((nowMs - Date.parse(time)) / 1000));
  const [name = "second", size = 1] = UNITS.find(([, unit]) => seconds >= unit) ?? [];
  const count = Math.floor(seconds / size);
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}

/** A point in time: RFC 3339, seconds since 1970, or a duration before now; in UTC. @throws TeuError `ERR_CONTAINER_OPTION` */
export function readTime(text: string, option: string, nowMs: number = Date.now()): string {
  if (/^[0-9]+(?:\.[0-9]+)?$/.test(text)) return new Date(Number(text) * 1000).toISOString();
  if (/^[0-9]{4}-/.test(text)) {
    const time = Date.parse(text);
    if (!Number.isNaN(time)) return new Date(time).toISOString();
    throw wrongOption(option, text, "RFC 3339, seconds since 1970, or a duration such as 10m");
  }
  return new Date(nowMs - readDuration(text, option)).toISOString();
}
