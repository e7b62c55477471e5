/**
 * `teu attest`.
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import { formatName } from "@teu/spec/reference";
import { JsonError } from "@teu/std/json";
import { stringifyJson } from "@teu/std/json-value";
import { attachedDocuments } from "@teu/trust/attest/attached-documents";
import { type AttestForm, type Attested, attestImage } from "@teu/trust/attest/attest";
import { MAX_STATEMENT_BYTES, type Predicate, parsePredicate } from "@teu/trust/formats/statement";
import { type SignPlace, subjectsBelow } from "@teu/trust/sign/place";
import type { Action, Invocation } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { openRegistries } from "../../images/client.ts";
import { readSmall, usage } from "./key-file.ts";
import { type TrustPlace, openForSigning } from "./place.ts";
import { readSigner } from "./signer-options.ts";
import { readType } from "./verify.ts";

/** Runs the command. */
export const attest: Action = async (invocation, host) => {
  const given = invocation.flag("attached") ? undefined : await readGiven(invocation, host);
  const forms = invocation.options("form").map(readForm);
  const signer = await readSigner(invocation, host);
  using registries = openRegistries(invocation, host);
  await using place = await openForSigning(invocation.operands[0] ?? "", { registries, host, invocation });
  const where = { store: place.target, nameOfTag: place.nameOfTag, signal: host.signal };
  const facts =
    given === undefined ? await attachedFacts(where, place, invocation) : [{ subject: place.root, ...given }];
  const attested: (Attested & { readonly subject: Descriptor; readonly predicateType: string })[] = [];
  for (const { subject, predicateType, predicate } of facts) {
    const made = await attestImage(where, subject, {
      ...signer,
      predicateType,
      predicate,
      ...(forms.length === 0 ? {} : { forms }),
      ...(place.name === undefined ? {} : { name: formatName(place.name) }),
    });
    attested.push(...made.map((each) => ({ ...each, subject, predicateType })));
  }
  if (invocation.option("format") === "json")
    host.out(`${stringifyJson(attested.map((each) => ({ ...each, subject: each.subject.digest })))}\n`);
  else for (const { form, manifest, subject } of attested) host.out(`${subject.digest}  ${form}  ${manifest.digest}\n`);
  return EXIT.ok;
};

interface Fact {
  readonly predicateType: string;
  readonly predicate: Predicate;
}

async function readGiven(invocation: Invocation, host: Host): Promise<Fact> {
  const [type, predicateFile] = ["type", "predicate"].map((name) => invocation.option(name));
  if (type === undefined) throw usage("Attesting: there is no --type");
  if (predicateFile === undefined) throw usage("Attesting: there is no --predicate", "Or take what is --attached");
  return { predicateType: readType(type), predicate: await readPredicate(predicateFile, host) };
}

/** What whoever built the image has put beside it. */
async function attachedFacts(
  where: SignPlace,
  { root, title }: TrustPlace,
  invocation: Invocation,
): Promise<readonly (Fact & { readonly subject: Descriptor })[]> {
  if (invocation.option("predicate") !== undefined)
    throw usage("Attesting: --predicate and --attached exclude each other");
  const type = invocation.option("type");
  const wanted = type === undefined ? undefined : readType(type);
  const facts: (Fact & { readonly subject: Descriptor })[] = [];
  for (const subject of invocation.flag("recursive") ? await subjectsBelow(where, root) : [root])
    for await (const { predicateType, predicate } of attachedDocuments(where.store, subject, where))
      if (wanted === undefined || wanted === predicateType) facts.push({ subject, predicateType, predicate });
  if (facts.length > 0) return facts;
  const hint = "teu build attaches a bill of materials and provenance; teu push --referrers takes them along";
  throw usage(`Attesting to what is attached to "${title}": there is nothing`, hint);
}

function readForm(text: string): AttestForm {
  if (text === "bundle" || text === "legacy") return text;
  throw usage(`Reading option --form "${text}": expected bundle or legacy`);
}

async function readPredicate(file: string, host: Host): Promise<Predicate> {
  const bytes = await readSmall(file, host, MAX_STATEMENT_BYTES);
  try {
    return parsePredicate(bytes);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw usage(`Reading the predicate "${file}": ${error.message}`);
  }
}
