/**
 * Manifests that were pushed a moment ago, so that tagging them does not fetch them back.
 * @module
 */
import type { Digest } from "@teu/spec/digest";

/** A manifest. */
export interface RememberedManifest {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mediaType: string;
}

const MAX_BYTES = 8 * 1024 * 1024;

/** Remembers the latest manifests, 8 MiB of them. */
export class ManifestMemory {
  readonly #manifests = new Map<Digest, RememberedManifest>();
  #bytes = 0;

  add(digest: Digest, manifest: RememberedManifest): void {
    this.forget(digest);
    this.#manifests.set(digest, manifest);
    this.#bytes += manifest.bytes.length;
    for (const oldest of this.#manifests.keys()) {
      if (this.#bytes <= MAX_BYTES) return;
      this.forget(oldest);
    }
  }

  find(digest: Digest): RememberedManifest | undefined {
    return this.#manifests.get(digest);
  }

  forget(digest: Digest): void {
    this.#bytes -= this.#manifests.get(digest)?.bytes.length ?? 0;
    this.#manifests.delete(digest);
  }
}
