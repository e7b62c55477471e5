/**
 * `teu image validate`: every document, digest, size and layer of an image held against the specification.
 * @module
 */
import { resolve } from "node:path";
import { parseImagePlace } from "@teu/content/image-place";
import type { Finding } from "@teu/content/validate/finding";
import { type Validated, validate } from "@teu/content/validate/validate";
import { validateLayout } from "@teu/content/validate/validate-layout";
import { chooseManifest } from "@teu/content/platform-choice";
import { TeuError } from "@teu/std/error";
import { printable } from "@teu/std/redact";
import type { Action, Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { watchReads } from "../../images/watch-reads.ts";
import { openPlace, platformOption } from "./image-argument.ts";
import { printJson } from "./output.ts";
import { junitOf, sarifOf } from "./validate-reports.ts";

const FORMATS = ["text", "json", "junit", "sarif"] as const;
type Format = (typeof FORMATS)[number];

/** Runs the command. Exits with 1 if something that must be right is wrong. */
export const imageValidate: Action = async (invocation, host) => {
  const format = formatOf(invocation);
  const [text = ""] = invocation.operands;
  const all: Validated[] = [];
  for await (const validated of validateAll(text, invocation, host)) {
    all.push(validated);
    if (format === "text") for (const finding of validated.findings) host.out(`${findingText(finding)}\n`);
  }
  const findings = all.flatMap((validated) => validated.findings);
  const broken = findings.filter(({ level }) => level === "MUST").length;
  print(format, { text, all, findings, broken }, host);
  return broken > 0 ? EXIT.failed : EXIT.ok;
};

async function* validateAll(text: string, invocation: Invocation, host: Host): AsyncGenerator<Validated> {
  const { signal } = host;
  const asked = parseImagePlace(text, "store");
  if (asked.kind === "oci" && asked.tag === undefined && asked.index === undefined) {
    yield* validateLayout(resolve(host.cwd, asked.path), { signal });
    return;
  }
  await using place = await openPlace(text, invocation, host);
  using watched = watchReads(place.source, host, { quiet: invocation.flag("quiet") });
  const root =
    invocation.option("platform") === undefined
      ? place.root
      : await chooseManifest(place.source, place.root, platformOption(invocation), { signal });
  yield* validate(watched.store, root, { signal });
}

interface Result {
  readonly text: string;
  readonly all: readonly Validated[];
  readonly findings: readonly Finding[];
  readonly broken: number;
}

function print(format: Format, { text, all, findings, broken }: Result, host: Host): void {
  if (format === "json") printJson(host, { checked: all.length, broken, findings });
  else if (format === "junit") host.out(junitOf(text, all));
  else if (format === "sarif") printJson(host, sarifOf(text, findings));
  else host.out(`${all.length} checked, ${broken} broken, ${findings.length - broken} advised against\n`);
}

/** @throws TeuError `ERR_USAGE` */
function formatOf(invocation: Invocation): Format {
  const text = invocation.option("format") ?? "text";
  const format = FORMATS.find((each) => each === text);
  if (format !== undefined) return format;
  throw new TeuError<CliErrorCode>("ERR_USAGE", `The format "${text}" is not known, expected ${FORMATS.join(", ")}`);
}

function findingText({ where, level, path, message, clause, link }: Finding): string {
  const place = path === "" ? "" : `${path}: `;
  const cited = clause === undefined ? "" : ` (${clause})\n    ${link}`;
  return `${level} ${printable(`${where}: ${place}${message}`)}${cited}`;
}
