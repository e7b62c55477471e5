/**
 * The profile of system calls that options choose: the default, none, or one in a file, as docker writes them or as the
 * specification has them.
 * @module
 */
import type { SecurityOptions } from "./options.ts";
import { wrongOption } from "./read-options.ts";
import { type SeccompProfile, type SeccompRule, defaultProfile } from "./seccomp.ts";

/** A rule with docker's conditions, by names of capabilities and of machines as Go calls them. */
interface ConditionalRule extends SeccompRule {
  readonly name?: string;
  readonly includes?: RuleCondition;
  readonly excludes?: RuleCondition;
}

interface RuleCondition {
  readonly caps?: readonly string[];
  readonly arches?: readonly string[];
}

interface ConditionalProfile extends Omit<SeccompProfile, "syscalls"> {
  readonly archMap?: readonly { readonly architecture: string; readonly subArchitectures?: readonly string[] | null }[];
  readonly syscalls?: readonly ConditionalRule[] | null;
}

/** The field `seccomp`, or nothing. @throws TeuError `ERR_CONTAINER_OPTION` */
export function seccompOf(
  { seccomp, privileged }: SecurityOptions,
  capabilities: readonly string[],
): { readonly seccomp?: SeccompProfile } {
  if (seccomp === "unconfined" || (privileged && seccomp === "default")) return {};
  return { seccomp: seccomp === "default" ? defaultProfile(capabilities) : readProfile(seccomp, capabilities) };
}

/** Reads a profile. @throws TeuError `ERR_CONTAINER_OPTION` */
export function readProfile(
  text: string,
  capabilities: readonly string[],
  machine: string = process.arch,
): SeccompProfile {
  const profile = parse(text);
  const { archMap, syscalls, ...fields } = profile;
  const here = ARCHITECTURES[machine];
  const mapped = archMap?.filter(({ architecture }) => architecture === here?.seccomp) ?? [];
  const architectures = mapped.flatMap(({ architecture, subArchitectures }) => [
    architecture,
    ...(subArchitectures ?? []),
  ]);
  const holds = ({ caps = [], arches = [] }: RuleCondition): boolean =>
    caps.every((name) => capabilities.includes(name)) && (arches.length === 0 || arches.includes(here?.go ?? ""));
  const excluded = ({ caps = [], arches = [] }: RuleCondition): boolean =>
    caps.some((name) => capabilities.includes(name)) || arches.includes(here?.go ?? "");
  const rules = (syscalls ?? []).filter(({ includes = {}, excludes = {} }) => holds(includes) && !excluded(excludes));
  return { ...fields, ...(architectures.length === 0 ? {} : { architectures }), syscalls: rules.map(plainRule) };
}

const ARCHITECTURES: Readonly<Record<string, { readonly seccomp: string; readonly go: string }>> = {
  x64: { seccomp: "SCMP_ARCH_X86_64", go: "amd64" },
  arm64: { seccomp: "SCMP_ARCH_AARCH64", go: "arm64" },
};

function plainRule({ name, names, action, errnoRet, args }: ConditionalRule): SeccompRule {
  return {
    names: names ?? (name === undefined ? [] : [name]),
    action,
    ...(errnoRet === undefined ? {} : { errnoRet }),
    ...(args === undefined || args === null || args.length === 0 ? {} : { args }),
  };
}

function parse(text: string): ConditionalProfile {
  try {
    const profile = JSON.parse(text) as ConditionalProfile | null;
    if (typeof profile?.defaultAction === "string") return profile;
  } catch {
    // Told below.
  }
  throw wrongOption(
    "security-opt",
    `seccomp=${text.slice(0, 40)}`,
    "default, unconfined, or a file with a profile as JSON",
  );
}
