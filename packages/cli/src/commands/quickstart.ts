/**
 * `teu quickstart`: what teu does, from source code to a container that answers; or, given an image layout, what is in it
 * and whether it is sound.
 * @module
 */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Finding } from "@teu/content/validate/finding";
import type { Validated } from "@teu/content/validate/validate";
import { validateLayout } from "@teu/content/validate/validate-layout";
import { TeuError } from "@teu/std/error";
import { printable } from "@teu/std/redact";
import type { Action } from "../command.ts";
import type { CliErrorCode } from "../errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Host } from "../host.ts";
import { exampleFolder, isLayout, journey } from "../quickstart/journey.ts";

/** Runs the command. */
export const quickstart: Action = async ({ operands: [given] }, host) => {
  const folder = given === undefined ? exampleFolder() : resolve(host.cwd, given);
  if (folder === undefined || !(await isFolder(folder))) throw noFolder(given);
  return (await isLayout(folder)) ? await validateAndTell(folder, host) : await journey(folder, host);
};

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

function noFolder(given: string | undefined): TeuError<CliErrorCode> {
  const what = given === undefined ? "the example application" : JSON.stringify(given);
  return new TeuError("ERR_USAGE", `Reading ${what}: no such folder, expected an application or an image layout`, {
    hint: "Give the folder of an application for Node.js, such as: teu quickstart .",
  });
}

async function validateAndTell(path: string, host: Host): Promise<ExitCode> {
  const start = performance.now();
  host.note(`Validating the image layout ${path}`);
  const totals = { contents: 0, bytes: 0, must: 0, advice: 0 };
  for await (const validated of validateLayout(path, { signal: host.signal })) {
    totals.contents += 1;
    totals.bytes += validated.size;
    totals.must += validated.findings.filter(({ level }) => level === "MUST").length;
    totals.advice += validated.findings.filter(({ level }) => level !== "MUST").length;
    host.out(`${line(validated)}\n`);
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(2);
  host.out(
    `${totals.contents} checked, ${totals.bytes} bytes, ${totals.must} broken, ${totals.advice} advised against, ${seconds} s\n`,
  );
  return totals.must > 0 ? EXIT.failed : EXIT.ok;
}

function line({ where, what, size, entries, findings }: Validated): string {
  const facts = [
    what,
    ...(size > 0 ? [`${size} bytes`] : []),
    ...(entries === undefined ? [] : [`${entries} entries`]),
  ];
  const verdict = findings.some(({ level }) => level === "MUST") ? "✗" : "✓";
  return [`${verdict} ${printable(where)}  ${facts.join(", ")}`, ...findings.map(findingLine)].join("\n");
}

function findingLine({ level, path, message, clause, link }: Finding): string {
  const place = path === "" ? "" : `${path}: `;
  const cited = clause === undefined ? "" : ` (${clause})\n      ${link}`;
  return `    ${level} ${printable(place + message)}${cited}`;
}
