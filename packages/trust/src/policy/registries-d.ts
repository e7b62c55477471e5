/**
 * `registries.d`: where the signatures of images are kept apart from the registry, and whether those in it are looked at.
 * @see {@link https://github.com/containers/image/blob/v5.36.2/docs/containers-registries.d.5.md}
 * @module
 */
import type { Reference } from "@teu/spec/reference";
import type { Json } from "@teu/std/json";
import { dockerScopes } from "./containers-scope.ts";
import { invalidPolicy, readingPolicy } from "./strict-json.ts";

/** What is said of one scope. */
export interface RegistrySection {
  /** URL that folders of signatures are below: `file:` or `http:`. */
  readonly lookaside?: string;
  /** Whether signatures that cosign keeps under tags are looked at. */
  readonly useSigstoreAttachments?: boolean;
}

/** All files of a folder together. */
export interface RegistriesD {
  readonly default: RegistrySection;
  readonly scopes: ReadonlyMap<string, RegistrySection>;
}

/** A file of the folder, parsed from YAML. */
export interface RegistriesFile {
  readonly file: string;
  readonly json: Json;
}

/**
 * Puts the files of a folder together. What they say of the same scope twice is an error, as is anything of a wrong kind;
 * fields that are not known are passed over, as others pass them over.
 * @throws TeuError `ERR_POLICY_INVALID`
 */
export function mergeRegistriesD(files: readonly RegistriesFile[]): RegistriesD {
  const scopes = new Map<string, RegistrySection>();
  let common: RegistrySection | undefined;
  for (const { file, json } of files) {
    const read = readingPolicy(file, () => readFile(json));
    if (read.default !== undefined) {
      if (common !== undefined) throw invalidPolicy(file, "default-docker is in another file as well");
      common = read.default;
    }
    for (const [scope, section] of read.scopes) {
      if (scopes.has(scope)) throw invalidPolicy(file, `docker.${scope} is in another file as well`);
      scopes.set(scope, section);
    }
  }
  return { default: common ?? {}, scopes };
}

interface FileSections {
  readonly default: RegistrySection | undefined;
  readonly scopes: readonly (readonly [string, RegistrySection])[];
}

function readFile(json: Json): FileSections {
  if (json.kind === "null") return { default: undefined, scopes: [] };
  if (json.kind !== "object") throw json.unexpected("an object");
  const [common, docker] = [json.get("default-docker"), json.get("docker")];
  return {
    default: isNothing(common) ? undefined : readSection(common),
    scopes: isNothing(docker) ? [] : docker.names().map((scope) => [scope, readSection(docker.get(scope))]),
  };
}

function isNothing(json: Json): boolean {
  return json.absent || json.kind === "null";
}

function readSection(json: Json): RegistrySection {
  if (json.kind === "null") return {};
  if (json.kind !== "object") throw json.unexpected("an object");
  const text = (name: string): string => (isNothing(json.get(name)) ? "" : json.get(name).string());
  const lookaside = text("lookaside") || text("sigstore");
  const attachments = json.get("use-sigstore-attachments");
  return {
    ...(lookaside === "" ? {} : { lookaside }),
    ...(isNothing(attachments) ? {} : { useSigstoreAttachments: attachments.boolean() }),
  };
}

/** What holds for an image. Each value comes from the most special scope that has one. */
export function sectionFor({ default: common, scopes }: RegistriesD, name: Reference): RegistrySection {
  const sections = [...dockerScopes(name).flatMap((scope) => scopes.get(scope) ?? []), common];
  const lookaside = sections.find((section) => section.lookaside !== undefined)?.lookaside;
  const attachments = sections.find((section) => section.useSigstoreAttachments !== undefined)?.useSigstoreAttachments;
  return {
    ...(lookaside === undefined ? {} : { lookaside }),
    ...(attachments === undefined ? {} : { useSigstoreAttachments: attachments }),
  };
}
