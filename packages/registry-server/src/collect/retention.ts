/**
 * Retention: which manifests and tags of a repository its policy does not keep. What goes can be restored for a while, as
 * after any deletion.
 * @module
 */
import type { Digest } from "@teu/spec/digest";
import type { Retention } from "../config/config.ts";
import { matchesAny } from "../config/glob.ts";
import type { Aged } from "../metadata/metadata.ts";
import type { Registry } from "../registry.ts";

/** What a policy would take from a repository. */
export interface RetentionPlan {
  readonly repo: string;
  /** Manifests that go with all their tags. */
  readonly manifests: readonly { readonly digest: Digest; readonly tags: readonly string[] }[];
  readonly kept: number;
}

/** Tells what `retention` takes from a repository. Immutable tags stay whatever it says. */
export async function planRetention(registry: Registry, repo: string, retention: Retention): Promise<RetentionPlan> {
  const manifests = await registry.metadata.aged(repo);
  const last = lastTags(manifests, retention.keepLast ?? 0);
  const { isFixed } = registry.settings.rules(repo);
  const now = registry.now();
  const goes = manifests.filter(
    (manifest) =>
      !manifest.held &&
      !manifest.tags.some(({ tag }) => last.has(tag) || isFixed(tag) || matchesAny(retention.keepTags, tag)) &&
      !isRecent(manifest, retention, now),
  );
  return {
    repo,
    manifests: goes.map(({ digest, tags }) => ({ digest, tags: tags.map(({ tag }) => tag) })),
    kept: manifests.length - goes.length,
  };
}

function lastTags(manifests: readonly Aged[], count: number): ReadonlySet<string> {
  const tags = manifests.flatMap((manifest) => manifest.tags).toSorted((a, b) => b.start - a.start);
  return new Set(tags.slice(0, count).map(({ tag }) => tag));
}

function isRecent({ pushed, pulled }: Aged, { pushedWithinMs, pulledWithinMs }: Retention, now: number): boolean {
  if (pushedWithinMs !== undefined && pushed >= now - pushedWithinMs) return true;
  return pulledWithinMs !== undefined && pulled !== undefined && pulled >= now - pulledWithinMs;
}

/** Carries a plan out. Returns how many manifests went. */
export async function applyRetention(registry: Registry, { repo, manifests }: RetentionPlan): Promise<number> {
  let gone = 0;
  for (const { digest } of manifests) {
    const change = { op: "delete", repo, digest, at: registry.now(), actor: "retention" } as const;
    gone += (await registry.commit(change)).kind === "done" ? 1 : 0;
  }
  return gone;
}

/** Every repository, in the order of their names. */
export async function* allRepositories({
  metadata,
}: Pick<Registry, "metadata">): AsyncGenerator<string, void, undefined> {
  let after: string | undefined;
  do {
    const names = await metadata.repositories({ after, limit: PAGE });
    yield* names;
    after = names.length < PAGE ? undefined : names.at(-1);
  } while (after !== undefined);
}

const PAGE = 1000;
