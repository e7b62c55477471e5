/**
 * What a fake registry holds.
 * @module
 */
import { digestBytes } from "@teu/content/hash";
import type { Digest } from "@teu/spec/digest";

/** A manifest as it was pushed. */
export interface FakeManifest {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

/** An upload under way. */
export interface FakeUpload {
  readonly repository: string;
  readonly chunks: Uint8Array[];
  bytes: number;
  /** True while a request writes to it. */
  busy: boolean;
}

/** One repository. */
export class FakeRepository {
  readonly blobs: Map<string, Uint8Array> = new Map<string, Uint8Array>();
  readonly manifests: Map<string, FakeManifest> = new Map<string, FakeManifest>();
  readonly tags: Map<string, string> = new Map<string, string>();
}

/** All repositories, and the uploads to them. */
export class FakeContent {
  readonly repositories: Map<string, FakeRepository> = new Map<string, FakeRepository>();
  readonly uploads: Map<string, FakeUpload> = new Map<string, FakeUpload>();
  #uploads = 0;

  /** The repository of a name, made if it is not there. */
  repository(name: string): FakeRepository {
    const known = this.repositories.get(name) ?? new FakeRepository();
    this.repositories.set(name, known);
    return known;
  }

  /** Begins an upload and tells its name. */
  begin(repository: string): string {
    this.#uploads += 1;
    const session = `upload-${this.#uploads}`;
    this.uploads.set(session, { repository, chunks: [], bytes: 0, busy: false });
    return session;
  }

  /** Puts a manifest in as if it had been pushed. */
  addManifest(repository: string, manifest: FakeManifest, ...tags: readonly string[]): Digest {
    const digest = digestBytes(manifest.bytes);
    const { manifests, tags: names } = this.repository(repository);
    manifests.set(digest, manifest);
    for (const tag of tags) names.set(tag, digest);
    return digest;
  }

  /** Puts a blob in as if it had been pushed. */
  addBlob(repository: string, bytes: Uint8Array, algorithm = "sha256"): Digest {
    const digest = digestBytes(bytes, algorithm);
    this.repository(repository).blobs.set(digest, bytes);
    return digest;
  }
}
