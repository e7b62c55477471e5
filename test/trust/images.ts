/**
 * What the tests against peers have in common: a registry, an image in it, and how teu judges it.
 * @module
 */
import { copy } from "@teu/content/copy";
import { Registry } from "@teu/registry-client/registry";
import type { Repository } from "@teu/registry-client/repository";
import type { Descriptor } from "@teu/spec/descriptor";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import type { Verdict } from "@teu/trust/verify/verify-image";
import { realImage } from "../content/peers.ts";
import { startDockerRegistry } from "../registry-client/programs.ts";

/** An image in a registry. */
export interface PushedImage {
  readonly repository: Repository;
  readonly root: Descriptor;
  /** Of the repository, with its host. */
  readonly name: string;
  /** Its name by digest. */
  readonly exact: string;
}

/** A folder and a registry for one file of tests. */
export interface Scene extends AsyncDisposable {
  readonly dir: TempDir;
  readonly host: string;
  /** Pushes an image of its own under the tag v1. */
  readonly push: (path: string) => Promise<PushedImage>;
}

/** Makes a folder and starts docker-registry, which has no list of referrers. */
export async function openScene(): Promise<Scene> {
  const dir = await tempDir();
  const registry = await startDockerRegistry(dir);
  return {
    dir,
    host: registry.host,
    push: async (path) => {
      const repository = new Registry(`http://${registry.host}`).repository(path);
      const { root, store } = realImage(path);
      await copy(store, repository, root, { tags: ["v1"] });
      const name = `${registry.host}/${path}`;
      return { repository, root, name, exact: `${name}@${root.digest}` };
    },
    [Symbol.asyncDispose]: async () => {
      await registry[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** Why each signature that was found does not count. */
export function refusals({ judgements }: Verdict): readonly (string | undefined)[] {
  return judgements.map(({ refusal }) => refusal?.reason);
}
