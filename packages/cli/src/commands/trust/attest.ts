/**
 * `teu attest`.
 * @module
 */
import { formatName } from "@teu/spec/reference";
import { DEFAULT_JSON_LIMITS, JsonError } from "@teu/std/json";
import { type JsonValue, parseJsonBytes, stringifyJson, toValue } from "@teu/std/json-value";
import { type AttestForm, attestImage } from "@teu/trust/attest/attest";
import { MAX_STATEMENT_BYTES } from "@teu/trust/formats/statement";
import type { Action } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { openRegistries } from "../../images/client.ts";
import { readSmall, usage } from "./key-file.ts";
import { openForSigning } from "./place.ts";
import { readSigner } from "./signer-options.ts";
import { readType } from "./verify.ts";

/** Runs the command. */
export const attest: Action = async (invocation, host) => {
  const [type, predicateFile] = ["type", "predicate"].map((name) => invocation.option(name));
  if (type === undefined) throw usage("Attesting: there is no --type");
  if (predicateFile === undefined) throw usage("Attesting: there is no --predicate");
  const forms = invocation.options("form").map(readForm);
  const predicate = await readPredicate(predicateFile, host);
  const signer = await readSigner(invocation, host);
  using registries = openRegistries(invocation, host);
  await using place = await openForSigning(invocation.operands[0] ?? "", { registries, host, invocation });
  const where = { store: place.target, nameOfTag: place.nameOfTag, signal: host.signal };
  const attested = await attestImage(where, place.root, {
    ...signer,
    predicateType: readType(type),
    predicate,
    ...(forms.length === 0 ? {} : { forms }),
    ...(place.name === undefined ? {} : { name: formatName(place.name) }),
  });
  if (invocation.option("format") === "json") host.out(`${stringifyJson(attested)}\n`);
  else for (const { form, manifest } of attested) host.out(`${place.root.digest}  ${form}  ${manifest.digest}\n`);
  return EXIT.ok;
};

function readForm(text: string): AttestForm {
  if (text === "bundle" || text === "legacy") return text;
  throw usage(`Reading option --form "${text}": expected bundle or legacy`);
}

async function readPredicate(file: string, host: Host): Promise<Readonly<Record<string, JsonValue>>> {
  const bytes = await readSmall(file, host, MAX_STATEMENT_BYTES);
  try {
    const json = parseJsonBytes(bytes, { ...DEFAULT_JSON_LIMITS, maxLength: MAX_STATEMENT_BYTES });
    if (json.kind !== "object") throw json.unexpected("an object");
    return toValue(json) as Readonly<Record<string, JsonValue>>;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw usage(`Reading the predicate "${file}": ${error.message}`);
  }
}
