/**
 * Has a plug-in of notation verify what a signature leaves to it: who the signer is, whether certificates are revoked, and
 * headers that nobody else knows.
 * @see {@link https://github.com/notaryproject/specifications/blob/v1.1.0/specs/plugin-extensibility.md#verification-extensibility}
 * @module
 */
import { toBase64 } from "@teu/pki/base64";
import { compareVersions, parseVersion } from "@teu/spec/runtime/semver";
import { isTeuError } from "@teu/std/error";
import { type Json, JsonError } from "@teu/std/json";
import { NOTATION_PAYLOAD_TYPE, type NotationEnvelope, type NotationPlugin } from "../formats/notation.ts";
import { type AskPlugin, PLUGIN_CONTRACT } from "../plugin/plugin-program.ts";
import type { CheckName, Checks } from "./evidence.ts";
import type { JudgeContext } from "./judge.ts";
import type { CertificateTrust } from "./trust.ts";

const CAPABILITIES = {
  identity: "SIGNATURE_VERIFIER.TRUSTED_IDENTITY",
  revocation: "SIGNATURE_VERIFIER.REVOCATION_CHECK",
} as const;

type PluginCheck = keyof typeof CAPABILITIES;

/** A plug-in that is there and fit. */
export interface OpenPlugin {
  readonly name: string;
  readonly ask: AskPlugin;
  /** What it checks in place of us. */
  readonly checks: ReadonlySet<CheckName>;
}

/** Finds the plug-in that a signature asks for; nothing if it asks for none. @throws Refused if it is missing or unfit */
export async function openPlugin(
  { plugin }: NotationEnvelope,
  context: JudgeContext,
  checks: Checks,
): Promise<OpenPlugin | undefined> {
  if (plugin === undefined) return undefined;
  const ask = context.plugins?.find(plugin.name);
  if (ask === undefined)
    throw checks.failed("format", "plugin", `it asks for the plug-in ${quoted(plugin)}, which is not installed`);
  return await reading(plugin.name, checks, async () => {
    const metadata = await ask("get-plugin-metadata", { pluginConfig: context.plugins?.config ?? {} });
    checkVersion(plugin, metadata.get("version").string());
    const named = metadata.get("capabilities").list();
    const capabilities = new Set(named.map((each) => each.string()));
    const kinds = (Object.keys(CAPABILITIES) as PluginCheck[]).filter((kind) => capabilities.has(CAPABILITIES[kind]));
    if (kinds.length === 0) throw new JsonError("it does not verify signatures");
    return { name: plugin.name, ask, checks: new Set(kinds) };
  });
}

function quoted({ name }: NotationPlugin): string {
  return JSON.stringify(name);
}

/** Whatever a plug-in does wrong refuses the signature. */
async function reading<T>(name: string, checks: Checks, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof JsonError) && !isTeuError(error, "ERR_PLUGIN")) throw error;
    throw checks.failed("format", "plugin", `the plug-in ${JSON.stringify(name)}: ${error.message}`);
  }
}

function checkVersion({ minVersion }: NotationPlugin, version: string): void {
  const found = parseVersion(version);
  if (found === undefined) throw new JsonError(`its version ${JSON.stringify(version)} is none`);
  if (minVersion === undefined) return;
  const least = parseVersion(minVersion);
  if (least === undefined) throw new JsonError(`the version that is asked for, ${JSON.stringify(minVersion)}, is none`);
  if (compareVersions(found, least) < 0)
    throw new JsonError(`it has version ${version}, expected ${minVersion} or later`);
}

/** What a plug-in is asked about. */
export interface PluginSubject {
  readonly envelope: NotationEnvelope;
  readonly trust: CertificateTrust;
  readonly context: JudgeContext;
}

/** Asks the plug-in for all that it checks and the policy wants. @throws Refused */
export async function verifyWithPlugin(plugin: OpenPlugin, subject: PluginSubject, checks: Checks): Promise<void> {
  const { trust, envelope } = subject;
  const asksRevocation = (trust.revocation?.ofSigners ?? "skip") !== "skip";
  const kinds = (["identity", "revocation"] as const).filter(
    (kind) => plugin.checks.has(kind) && (kind === "identity" || asksRevocation),
  );
  if (plugin.checks.has("revocation") && !asksRevocation)
    checks.skipped("revocation", "nobody was asked whether the certificates are revoked");
  if (kinds.length === 0 && envelope.extended.size === 0) return;
  const answer = await reading(plugin.name, checks, async () => {
    const said = await plugin.ask("verify-signature", requestOf(kinds, subject));
    expectProcessed(said, envelope);
    return kinds.map((kind) => ({ kind, ...readResult(said.get("verificationResults").get(CAPABILITIES[kind])) }));
  });
  for (const { kind, isGood, reason } of answer) {
    const by = `the plug-in ${JSON.stringify(plugin.name)}`;
    if (isGood) checks.passed(kind, `by ${by}`);
    else if (kind === "identity") checks.fail(kind, "wrong-identity", `${by} says no: ${reason}`);
    else {
      const refused = checks.failed(kind, "revoked", `${by} says no: ${reason}`);
      if (trust.revocation?.ofSigners === "enforce") throw refused;
    }
  }
}

interface PluginResult {
  readonly isGood: boolean;
  readonly reason: string;
}

function readResult(json: Json): PluginResult {
  const reason = json.get("reason");
  return { isGood: json.get("success").boolean(), reason: reason.absent ? "" : reason.string() };
}

function expectProcessed(answer: Json, { extended }: NotationEnvelope): void {
  const listed = answer.get("processedAttributes");
  const processed = new Set(listed.absent ? [] : listed.list().map((each) => each.string()));
  const left = [...extended.keys()].find((name) => !processed.has(name));
  if (left !== undefined) throw new JsonError(`it did not look at the critical header ${JSON.stringify(left)}`);
}

function requestOf(kinds: readonly PluginCheck[], { envelope, trust, context }: PluginSubject): object {
  const { scheme, expiresAtMs, signedAtMs, plugin, extended, certificates } = envelope;
  const criticalAttributes = {
    contentType: NOTATION_PAYLOAD_TYPE,
    signingScheme: scheme,
    ...(expiresAtMs === undefined ? {} : { expiry: timeText(expiresAtMs) }),
    ...(scheme === "notary.x509" ? {} : { authenticSigningTime: timeText(signedAtMs) }),
    verificationPlugin: plugin?.name,
    ...(plugin?.minVersion === undefined ? {} : { verificationPluginMinVersion: plugin.minVersion }),
    extendedAttributes: Object.fromEntries(extended),
  };
  return {
    contractVersion: PLUGIN_CONTRACT,
    signature: {
      criticalAttributes,
      unprocessedAttributes: [...extended.keys()],
      certificateChain: certificates.map(({ der }) => toBase64(der)),
    },
    trustPolicy: {
      trustedIdentities: identitiesOf(trust),
      signatureVerification: kinds.map((kind) => CAPABILITIES[kind]),
    },
    pluginConfig: context.plugins?.config ?? {},
  };
}

function identitiesOf({ identities, subjects }: CertificateTrust): readonly string[] {
  if (identities !== undefined) return identities;
  return subjects?.map((subject) => `x509.subject: ${nameText(subject)}`) ?? ["*"];
}

function nameText(subject: Readonly<Record<string, string>>): string {
  return Object.entries(subject)
    .map(([type, value]) => `${type}=${value.replace(/[,+"\\<>;=]/g, "\\$&")}`)
    .join(",");
}

/** Times of the protocol have no fractions. */
function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
