/** Pulls an image in a browser or worker, over fetch alone: bundle it with esbuild --bundle --platform=browser --format=esm */
import { copy } from "@teu/content/copy";
import { MemoryStore } from "@teu/content/memory-store";
import { readVerified } from "@teu/content/verified-read";
import { Registry } from "@teu/registry-client/registry";

/** Brings what one platform needs of an image into memory, verified, and returns its manifest. */
export async function pull(address: string, name: string, tag: string): Promise<string> {
  const image = new Registry(address).repository(name);
  const root = await image.resolve(tag);
  if (root === undefined) throw new Error(`There is no ${name}:${tag} at ${address}`);
  const store = new MemoryStore();
  const manifest = await copy(image, store, root, {
    platform: { os: "linux", architecture: "amd64" },
    onEvent: (event) => event.type === "finished" && console.log(event.descriptor.digest, event.outcome),
  });
  return new TextDecoder().decode(await readVerified(store, manifest));
}

if (import.meta.main) console.log("a browser calls pull(ADDRESS, NAME, TAG); the registry has to allow its origin");
