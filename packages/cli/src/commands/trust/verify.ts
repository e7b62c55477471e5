/**
 * `teu verify`.
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import { isIndex, isManifest } from "@teu/spec/media-types";
import { stringifyJson } from "@teu/std/json-value";
import { printable } from "@teu/std/redact";
import { predicateUri } from "@teu/trust/formats/predicate-types";
import type { Judgement } from "@teu/trust/verify/evidence";
import { type Requirement, type Verdict, verifyImage } from "@teu/trust/verify/verify-image";
import type { Action, Invocation } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { numberOption, openRegistries, readPairs } from "../../images/client.ts";
import { usage } from "./key-file.ts";
import { type TrustPlace, openForReading } from "./place.ts";
import { lookasideOf, readTrust } from "./trust-options.ts";

/** Runs the command. */
export const verify: Action = async (invocation, host) => {
  const requirement = await readRequirement(invocation, host);
  using registries = openRegistries(invocation, host);
  const shown: object[] = [];
  let isAccepted = true;
  for (const image of invocation.operands) {
    await using place = await openForReading(image, { registries, host, invocation });
    for (const verdict of await verdictsOf(place, requirement, { invocation, host })) {
      isAccepted &&= verdict.accepted;
      if (invocation.option("format") === "json") shown.push({ image: place.title, ...verdict });
      else showVerdict(place.title, verdict, host);
    }
  }
  if (invocation.option("format") === "json") host.out(`${stringifyJson(shown)}\n`);
  return isAccepted ? EXIT.ok : EXIT.failed;
};

async function readRequirement(invocation: Invocation, host: Host): Promise<Requirement> {
  const type = invocation.option("type");
  const threshold = numberOption(invocation, "threshold");
  return {
    trust: await readTrust(invocation, host),
    annotations: readPairs(invocation.options("annotation"), "annotation"),
    nameless: !invocation.flag("require-name"),
    signal: host.signal,
    ...(await whomToAsk(invocation, host)),
    ...(threshold === undefined ? {} : { threshold }),
    ...(type === undefined ? {} : { predicateType: readType(type) }),
  };
}

/** Signatures with certificates may need others: who knows what is revoked, and plug-ins. */
async function whomToAsk(invocation: Invocation, host: Host): Promise<Pick<Requirement, "revocation" | "plugins">> {
  if (invocation.options("ca").length === 0) return {};
  const { revocationDesk } = await import("@teu/trust/policy/kept-answers");
  const { askOverNetwork } = await import("../../policy/ask-revocation.ts");
  const { userPlugins } = await import("../../policy/verifier-plugins.ts");
  const { ask } = revocationDesk({ network: askOverNetwork(host.signal) });
  const config = readPairs(invocation.options("plugin-config"), "plugin-config");
  return { revocation: { ask }, plugins: userPlugins(host, config) };
}

/** Reads a kind of attestation. @throws TeuError `ERR_USAGE` */
export function readType(text: string): string {
  const uri = predicateUri(text);
  if (uri !== undefined) return uri;
  throw usage(`Reading option --type "${text}": expected a kind such as slsaprovenance1, or a URI`);
}

interface Asked {
  readonly invocation: Invocation;
  readonly host: Host;
}

async function verdictsOf(
  place: TrustPlace,
  requirement: Requirement,
  { invocation, host }: Asked,
): Promise<readonly Verdict[]> {
  const { store, root, name, nameOfTag } = place;
  const lookasideFolder = await lookasideOf(invocation, host, place);
  const asked = { ...requirement, nameOfTag, lookasideFolder, ...(name === undefined ? {} : { name }) };
  const verdicts: Verdict[] = [];
  for (const subject of await subjectsOf(place, { invocation, host }))
    verdicts.push(await verifyImage(store, subject, asked));
  if (!invocation.flag("fresh")) return verdicts;
  if (name === undefined) throw usage(`Verifying the tag of "${place.title}": expected a name`, "Give --name NAME:TAG");
  const { verifyTag } = await import("@teu/trust/verify/verify-tag");
  const { userTagMemory } = await import("./tag-memory.ts");
  const tagged = { ...requirement, annotations: {}, name, nameOfTag, memory: userTagMemory(host) };
  return [...verdicts, await verifyTag(store, root, tagged)];
}

async function subjectsOf({ store, root }: TrustPlace, { invocation, host }: Asked): Promise<readonly Descriptor[]> {
  if (!invocation.flag("recursive")) return [root];
  const { walk } = await import("@teu/content/graph");
  const subjects = new Map([[root.digest, root]]);
  for await (const { descriptor } of walk(store, root, { signal: host.signal }))
    if (isIndex(descriptor.mediaType) || isManifest(descriptor.mediaType)) subjects.set(descriptor.digest, descriptor);
  return [...subjects.values()];
}

function showVerdict(title: string, verdict: Verdict, host: Host): void {
  const { accepted, subject, signers, threshold, problem = "", judgements } = verdict;
  const result = accepted ? `verified: ${signers.join(", ")}` : `not verified: ${problem}`;
  host.out(`${printable(title)}  ${subject.digest}\n`);
  for (const judgement of judgements) showJudgement(judgement, host);
  host.out(`  ${printable(result)} (${signers.length} of ${threshold} signers needed)\n`);
}

const MARKS = { passed: "+", failed: "!", skipped: "-" } as const;

function showJudgement({ form, place, manifest, checks, refusal, claims }: Judgement, host: Host): void {
  const role = claims === undefined ? "" : ` ${claims.role}`;
  const result = refusal === undefined ? "counts" : `refused, ${refusal.reason}`;
  host.out(`  ${form}${role} by ${place} ${manifest.digest}: ${result}\n`);
  for (const { check, result: mark, note } of checks) host.out(`    ${MARKS[mark]} ${check}: ${printable(note)}\n`);
}
