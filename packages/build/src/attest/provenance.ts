/**
 * How an image was made, as a statement of in-toto with the provenance that SLSA asks for. It is not signed here.
 * @see {@link https://slsa.dev/spec/v1.1/provenance}
 * @module
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Platform } from "@teu/spec/platform";
import type { Plan } from "../plan/plan.ts";

/** The kind of build that statements name. */
export const BUILD_TYPE = "urn:teu:build:application:1";
/** Who made the image, where nobody better is known. */
export const BUILDER = "urn:teu:builder:local";

/** Something that went into an image. */
export interface Material {
  readonly uri: string;
  /** Digests by algorithm, in hex. */
  readonly digest: Readonly<Record<string, string>>;
}

/** What a statement says. */
export interface ProvenanceSubject {
  readonly name: string;
  /** The digest of the image's manifest or index. */
  readonly digest: string;
  readonly plan: Plan;
  readonly platforms: readonly Platform[];
  readonly materials: readonly Material[];
}

/** Makes the statement. */
export function provenanceStatement({ name, digest, plan, platforms, materials }: ProvenanceSubject): object {
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: name === "" ? "image" : name, digest: digestSet(digest) }],
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: { plan, platforms },
        resolvedDependencies: materials,
      },
      runDetails: { builder: { id: BUILDER } },
    },
  };
}

/** A digest as statements have it. */
export function digestSet(digest: string): Readonly<Record<string, string>> {
  const [algorithm = "", hex = ""] = digest.split(":");
  return { [algorithm]: hex };
}

/** The commit that is checked out in a folder or above it; nothing where there is none. */
export function gitCommit(folder: string): Material | undefined {
  for (let place = folder; ; place = dirname(place)) {
    const head = read(join(place, ".git/HEAD"));
    if (head !== undefined) {
      const commit = commitOf(place, head.trim());
      return commit === undefined ? undefined : { uri: "git+file:.", digest: { gitCommit: commit } };
    }
    if (place === dirname(place)) return undefined;
  }
}

function commitOf(place: string, head: string): string | undefined {
  if (/^[0-9a-f]{40,64}$/.test(head)) return head;
  const reference = /^ref: (refs\/[\w./-]+)$/.exec(head)?.[1];
  if (reference === undefined || reference.includes("..")) return undefined;
  const loose = read(join(place, ".git", reference))?.trim();
  const packed = read(join(place, ".git/packed-refs"))
    ?.split("\n")
    .find((line) => line.endsWith(` ${reference}`))
    ?.split(" ")[0];
  const found = loose ?? packed;
  return found !== undefined && /^[0-9a-f]{40,64}$/.test(found) ? found : undefined;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
