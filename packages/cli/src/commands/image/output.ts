/**
 * Results for people and for programs.
 * @module
 */
import { TeuError } from "@teu/std/error";
import { printable } from "@teu/std/redact";
import type { Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import type { Host } from "../../host.ts";

/** Whether the result is to be JSON. @throws TeuError `ERR_USAGE` */
export function wantsJson(invocation: Invocation): boolean {
  const format = invocation.option("format") ?? "text";
  if (format === "json" || format === "text") return format === "json";
  throw new TeuError<CliErrorCode>("ERR_USAGE", `The format "${format}" is not known, expected text or json`);
}

/** Prints a value as JSON of several lines. */
export function printJson(host: Host, value: unknown): void {
  host.out(`${JSON.stringify(value, null, 2)}\n`);
}

/** Prints rows as columns, with a head; control characters are made visible. */
export function printTable(host: Host, head: readonly string[], rows: readonly (readonly string[])[]): void {
  const all = [head, ...rows].map((row) => row.map(printable));
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  for (const row of all) {
    host.out(
      `${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd()}\n`,
    );
  }
}

/** A number of bytes for people. */
export function sizeText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit += 1) value /= 1000;
  return unit === 0 ? `${value} B` : `${value.toFixed(1)} ${units[unit]}`;
}
