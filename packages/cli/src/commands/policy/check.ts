/**
 * `teu policy check` and `teu policy explain`.
 * @module
 */
import { parseImagePlace } from "@teu/content/image-place";
import { chooseManifest } from "@teu/content/platform-choice";
import { formatReference, parseReference, withDefaultTag } from "@teu/spec/reference";
import { stringifyJson } from "@teu/std/json-value";
import { printable } from "@teu/std/redact";
import type { PolicyVerdict } from "@teu/trust/policy/judge-image";
import type { PolicyStep } from "@teu/trust/policy/verdict";
import type { Action, Invocation } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { judgeImage } from "../../policy/enforce.ts";
import { policySubject } from "../../policy/subject.ts";
import { userPolicies } from "../../policy/user-policies.ts";
import { openPlace, platformOption } from "../image/image-argument.ts";

/** Runs `teu policy check`. */
export const check: Action = async (invocation, host) => await judgeAll(invocation, host, false);

/** Runs `teu policy explain`. */
export const explain: Action = async (invocation, host) => await judgeAll(invocation, host, true);

async function judgeAll(invocation: Invocation, host: Host, explains: boolean): ReturnType<Action> {
  const shown: object[] = [];
  let isAccepted = true;
  for (const text of invocation.operands) {
    const { title, verdict } = await judgeOne(text, invocation, host);
    isAccepted &&= verdict.accepted;
    if (invocation.option("format") === "json") shown.push({ image: title, ...verdict });
    else showVerdict(title, verdict, { host, explains });
  }
  if (invocation.option("format") === "json") host.out(`${stringifyJson(shown)}\n`);
  return isAccepted || explains ? EXIT.ok : EXIT.failed;
}

interface Judged {
  readonly title: string;
  readonly verdict: PolicyVerdict;
}

async function judgeOne(text: string, invocation: Invocation, host: Host): Promise<Judged> {
  const location = parseImagePlace(text, "store");
  await using opened = await openPlace(text, invocation, host);
  const { source, root, name: title } = opened;
  const manifest = await chooseManifest(source, root, platformOption(invocation), { signal: host.signal });
  const found = await policySubject(location, title, host);
  const given = invocation.option("name");
  const name = given === undefined ? found.name : withDefaultTag(parseReference(given));
  const known = await userPolicies(host, invocation);
  const isOwn = location.kind === "store";
  const image = {
    source,
    root,
    manifest,
    name,
    place: found.place,
    isOwn,
    moment: "check",
    isOffline: invocation.flag("offline"),
  } as const;
  const verdict = await judgeImage(host, image, { known });
  return { title: name === undefined ? title : formatReference(name), verdict };
}

interface Shown {
  readonly host: Host;
  readonly explains: boolean;
}

function showVerdict(title: string, verdict: PolicyVerdict, { host, explains }: Shown): void {
  const { accepted, answers, problem = "", subject } = verdict;
  host.out(`${printable(title)}${subject === undefined ? "" : `  ${subject.digest}`}\n`);
  for (const { policy, rule, steps, warnings } of explains ? answers : []) {
    host.out(`  ${printable(policy)}: ${printable(rule)}\n`);
    for (const step of steps) showStep(step, host);
    for (const warning of warnings) host.out(`    warning: ${printable(warning)}\n`);
  }
  if (answers.length === 0) host.out("  accepted: there is no policy, so every image is\n");
  else host.out(accepted ? "  accepted\n" : `  refused: ${printable(problem)}\n`);
}

const MARKS = { passed: "+", failed: "!", skipped: "-" } as const;

function showStep({ asks, holds, note, judgements }: PolicyStep, host: Host): void {
  host.out(`    ${holds ? "+" : "!"} ${printable(asks)}: ${printable(note)}\n`);
  for (const { form, place, manifest, checks, refusal } of judgements) {
    const result = refusal === undefined ? "counts" : `refused, ${refusal.reason}`;
    host.out(`      ${form} by ${place} ${manifest.digest}: ${result}\n`);
    for (const { check: name, result: mark, note: why } of checks)
      host.out(`        ${MARKS[mark]} ${name}: ${printable(why)}\n`);
  }
}
