/**
 * `teu quickstart`: what teu does, from end to end. So far: an image layout is validated, the user's or one made for it.
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { openLayout } from "@teu/content/layout-store";
import type { Finding } from "@teu/content/validate/finding";
import type { Validated } from "@teu/content/validate/validate";
import { validateLayout } from "@teu/content/validate/validate-layout";
import { printable } from "@teu/std/redact";
import type { Action } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Host } from "../host.ts";
import { writeSample } from "../quickstart/sample-image.ts";

/** Runs the command. */
export const quickstart: Action = async ({ operands: [given] }, host) => {
  if (given !== undefined) return validateAndTell(resolve(host.cwd, given), host);
  const folder = await mkdtemp(join(tmpdir(), "teu-quickstart-"));
  try {
    const sources = dirname(import.meta.dirname);
    host.note(`Making an image layout in ${folder}, from the files in ${sources}`);
    const index = await writeSample(sources, await openLayout(folder, { create: true }));
    host.note(`Made an image: ${index.digest}`);
    return await validateAndTell(folder, host);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

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
