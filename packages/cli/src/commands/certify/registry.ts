/**
 * `teu certify registry`.
 * @module
 */
import { certifyRegistry } from "@teu/certify/registry/certify-registry";
import type { Credentials } from "@teu/certify/registry/exchange";
import { formatHtml } from "@teu/certify/report/html";
import { formatJson } from "@teu/certify/report/json";
import { formatJunit } from "@teu/certify/report/junit";
import { formatResultsYaml } from "@teu/certify/report/results-yaml";
import { formatText } from "@teu/certify/report/text";
import { type Certificate, isConforming } from "@teu/certify/verdict";
import { TeuError } from "@teu/std/error";
import type { Action, Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { readSecret } from "../../secret-input.ts";

const FORMATS: Readonly<Record<string, (certificate: Certificate) => string>> = {
  json: formatJson,
  junit: formatJunit,
  html: formatHtml,
  "results-yaml": formatResultsYaml,
};

/** Runs `teu certify registry`. */
export const certifyRegistryCommand: Action = async (invocation, host) => {
  const [address = ""] = invocation.operands;
  const format = formatOf(invocation);
  const credentials = await readCredentials(invocation, host);
  const repository = invocation.option("repository");
  const certificate = await certifyRegistry(address, {
    draft: !invocation.flag("released"),
    signal: host.signal,
    ...(repository === undefined ? {} : { repository }),
    ...(credentials === undefined ? {} : { credentials }),
    onCheck: ({ name, number, total }) => {
      if (!invocation.flag("quiet")) host.note(`${number}/${total} ${name}`);
    },
  });
  host.out(format(certificate));
  return isConforming(certificate) ? EXIT.ok : EXIT.failed;
};

function formatOf(invocation: Invocation): (certificate: Certificate) => string {
  const name = invocation.option("format") ?? "text";
  if (name === "text") return (certificate) => formatText(certificate, invocation.flag("all"));
  const format = FORMATS[name];
  if (format !== undefined) return format;
  throw usage(`there is no format "${name}", expected text, ${Object.keys(FORMATS).join(", ")}`);
}

async function readCredentials(invocation: Invocation, host: Host): Promise<Credentials | undefined> {
  const username = invocation.option("username");
  if (username === undefined && !invocation.flag("password-stdin")) return undefined;
  if (username === undefined) throw usage("--password-stdin needs --username");
  if (!invocation.flag("password-stdin")) throw usage("--username needs --password-stdin");
  return { username, password: await readSecret("teu certify registry", host) };
}

function usage(problem: string): TeuError<CliErrorCode> {
  return new TeuError("ERR_USAGE", `teu certify registry: ${problem}`);
}
