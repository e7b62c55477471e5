/**
 * `teu image validate`: every document, digest, size and layer of an image held against the specification.
 * @module
 */
import type { Finding } from "@teu/content/validate/finding";
import { type Validated, validate } from "@teu/content/validate/validate";
import { printable } from "@teu/std/redact";
import type { Action } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import { openPlace } from "./image-argument.ts";
import { printJson, wantsJson } from "./output.ts";

/** Runs the command. Exits with 1 if something that must be right is wrong. */
export const imageValidate: Action = async (invocation, host) => {
  const json = wantsJson(invocation);
  await using place = await openPlace(invocation.operands[0] ?? "", host);
  const all: Validated[] = [];
  for await (const validated of validate(place.source, place.root, { signal: host.signal })) {
    all.push(validated);
    if (!json) for (const finding of validated.findings) host.out(`${findingText(finding)}\n`);
  }
  const findings = all.flatMap((validated) => validated.findings);
  const broken = findings.filter(({ level }) => level === "MUST").length;
  if (json) printJson(host, { checked: all.length, broken, findings });
  else host.out(`${all.length} checked, ${broken} broken, ${findings.length - broken} advised against\n`);
  return broken > 0 ? EXIT.failed : EXIT.ok;
};

function findingText({ where, level, path, message, clause, link }: Finding): string {
  const place = path === "" ? "" : `${path}: `;
  const cited = clause === undefined ? "" : ` (${clause})\n    ${link}`;
  return `${level} ${printable(`${where}: ${place}${message}`)}${cited}`;
}
