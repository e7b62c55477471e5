/**
 * Judges one signature that was found: reads it, verifies it against all that is trusted, and says what it claims.
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import { isTeuError } from "@teu/std/error";
import type { Found, Unread } from "../find/gather.ts";
import type { AskPlugin } from "../plugin/plugin-program.ts";
import type { WhomToAsk } from "./ask-revocation.ts";
import { type CheckName, Checks, type Claims, type Judgement, Refused, type SignedBy } from "./evidence.ts";
import { judgeBundle } from "./judge-bundle.ts";
import { judgeDsse } from "./judge-dsse.ts";
import { judgeSimpleSigning } from "./judge-simple-signing.ts";
import type { Trust } from "./trust.ts";

/** What a signature is held against. */
export interface JudgeContext {
  /** The image: manifest or index. */
  readonly subject: Descriptor;
  readonly trust: readonly Trust[];
  /** The present, in milliseconds since 1970. */
  readonly nowMs: number;
  /** Checks of the Notary Project's signatures whose failure is noted and refuses nothing. Default: none. */
  readonly logged?: ReadonlySet<CheckName>;
  /** Whom to ask about certificates, where their trust wants it. Default: nobody, which is no answer. */
  readonly revocation?: WhomToAsk | undefined;
  /** Plug-ins that verify as well where a signature asks for one. Default: there are none, and it is refused. */
  readonly plugins?: VerifierPlugins | undefined;
}

/** Plug-ins of notation that verify. */
export interface VerifierPlugins {
  /** Gives the one of a name, if it is installed. */
  readonly find: (name: string) => AskPlugin | undefined;
  /** Settings for plug-ins. */
  readonly config?: Readonly<Record<string, string>>;
}

/** What a judge of one format finds. */
export interface Verified {
  readonly trust: string;
  readonly signer: SignedBy;
  readonly claims: Claims;
}

/** Judges one format. Throws {@link Refused} where it does not hold. */
export type Judge = (found: Found, context: JudgeContext, checks: Checks) => Promise<Verified>;

const JUDGES: Readonly<Record<Found["form"], () => Judge | Promise<Judge>>> = {
  bundle: () => judgeBundle,
  dsse: () => judgeDsse,
  "simple-signing": () => judgeSimpleSigning,
  gpg: async () => (await import("./judge-gpg.ts")).judgeGpg,
  "notation-jws": async () => (await import("./judge-notation.ts")).judgeNotation,
  "notation-cose": async () => (await import("./judge-notation.ts")).judgeNotation,
};

/** Judges what was found. Never throws because of what it reads. */
export async function judge(found: Found | Unread, context: JudgeContext): Promise<Judgement> {
  const { form, place, manifest } = found;
  if (found.form === "unknown") {
    const { problem, isOthers = false } = found;
    const check = { check: isOthers ? "subject" : "format", result: "failed", note: problem } as const;
    const refusal = { reason: isOthers ? "other-digest" : "unreadable", message: problem } as const;
    return { form, place, manifest, checks: [check], refusal };
  }
  const common = { form, place, manifest, layer: found.layer };
  const checks = new Checks(context.logged);
  try {
    const judgeForm = await JUDGES[found.form]();
    const verified = await judgeForm(found, context, checks);
    return { ...common, ...verified, checks: checks.list };
  } catch (error) {
    return { ...common, checks: checks.list, refusal: refusalOf(error) };
  }
}

function refusalOf(error: unknown): NonNullable<Judgement["refusal"]> {
  if (error instanceof Refused) return { reason: error.reason, message: error.message };
  if (isTeuError(error, "ERR_CERTIFICATE_CHAIN")) return { reason: "certificate-invalid", message: error.message };
  if (isTeuError(error)) return { reason: "unreadable", message: error.message };
  throw error;
}
