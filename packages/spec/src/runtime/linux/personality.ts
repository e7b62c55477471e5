/**
 * The execution personality of a Linux container.
 * @module
 */
import type { Json } from "@teu/std/json";
import { checkFields, strings } from "../../shape.ts";
import { type RuntimeReport, fieldsOf, oneOf } from "../fields.ts";
import { PERSONALITY_DOMAINS, type PersonalityDomain } from "../linux-names.ts";

/**
 * A personality, see personality(2).
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#personality}
 */
export interface Personality {
  readonly domain: PersonalityDomain;
  /** Empty: no flag is defined. */
  readonly flags?: readonly string[];
}

/** Checks a personality. */
export function checkPersonality(json: Json, report: RuntimeReport): void {
  if (json.kind !== "object") return;
  checkFields(json, PERSONALITY, report);
  const flags = json.get("flags");
  if (flags.items.length === 0) return;
  report.add("runtime.linux.personality.flags", flags, "expected no flags, since none is defined");
}

const PERSONALITY = fieldsOf("runtime.linux.personality", { domain: oneOf(PERSONALITY_DOMAINS) }, { flags: strings });
