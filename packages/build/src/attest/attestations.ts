/**
 * The documents that go with an image: for each platform what is in it and how it was made, and for an index of several
 * how that was made.
 * @module
 */
import type { Image } from "@teu/content/mutate/image";
import type { Graph } from "@teu/content/overlay";
import type { Platform } from "@teu/spec/platform";
import { formatRfc3339 } from "@teu/std/time";
import type { Plan } from "../plan/plan.ts";
import { sbomArtifact, statementArtifact } from "./attach.ts";
import { readBasePackages } from "./base-packages.ts";
import { type Material, digestSet, gitCommit, provenanceStatement } from "./provenance.ts";
import { type Component, spdxDocument } from "./spdx.ts";

/** An image and what it was made of. */
export interface AttestedImage {
  readonly platform: Platform;
  readonly graph: Graph;
  readonly base: Image | undefined;
  readonly ingredients: { readonly components: readonly Component[]; readonly materials: readonly Material[] };
}

/** What documents are made from. */
export interface AttestationSource {
  readonly folder: string;
  readonly plan: Plan;
  readonly createdSeconds: number;
  /** The image, or the index of all. */
  readonly graph: Graph;
  readonly images: readonly AttestedImage[];
  readonly signal?: AbortSignal | undefined;
}

/** Makes the documents. */
export async function attestationsOf(source: AttestationSource): Promise<readonly Graph[]> {
  const commit = gitCommit(source.folder);
  const commits = commit === undefined ? [] : [commit];
  const documents: Graph[] = [];
  for (const image of source.images) {
    documents.push(sbomArtifact(await sbomOf(source, image), image.graph.root));
    documents.push(statementArtifact(statementOf(source, image.graph, [image], commits), image.graph.root));
  }
  if (source.images.length === 1) return documents;
  return [
    ...documents,
    statementArtifact(statementOf(source, source.graph, source.images, commits), source.graph.root),
  ];
}

async function sbomOf(source: AttestationSource, { graph, base, ingredients }: AttestedImage): Promise<object> {
  const { plan, createdSeconds, signal } = source;
  return spdxDocument({
    digest: graph.root.digest,
    name: plan.name,
    version: plan.config.labels["org.opencontainers.image.version"] ?? "",
    ...(base === undefined
      ? {}
      : { base: { digest: base.descriptor.digest, packages: await readBasePackages(base, { signal }) } }),
    components: ingredients.components,
    created: formatRfc3339({ seconds: createdSeconds, nanoseconds: 0 }),
  });
}

function statementOf(
  { plan }: AttestationSource,
  graph: Graph,
  images: readonly AttestedImage[],
  commits: readonly Material[],
): object {
  const bases = images.flatMap(({ base }) =>
    base === undefined ? [] : [{ uri: "oci:base", digest: digestSet(base.descriptor.digest) }],
  );
  const packages = images.flatMap(({ ingredients }) => ingredients.materials);
  const materials = new Map(
    [...commits, ...bases, ...packages].map((material) => [JSON.stringify(material), material]),
  );
  return provenanceStatement({
    name: plan.name,
    digest: graph.root.digest,
    plan,
    platforms: images.map(({ platform }) => platform),
    materials: [...materials.values()],
  });
}
