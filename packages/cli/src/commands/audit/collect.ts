/**
 * Reads the layers of an image for an audit: once for what they do to files, and once for what is in them.
 * @module
 */
import type { Image } from "@teu/content/mutate/image";
import { readTree } from "@teu/layer/emit/read-tree";
import { type LayerVisitor, readLayers } from "@teu/layer/read-layers";
import type { TarEntry } from "@teu/tar/entry";
import { AuditCollector, type Collected } from "@teu/trust/audit/collector";
import type { AuditFile } from "@teu/trust/audit/types";

/** Collects what an audit needs. */
export async function collectImage({ layers }: Image, signal: AbortSignal): Promise<Collected> {
  const collector = new AuditCollector();
  const visitor = new ContentVisitor(collector);
  await readLayers(layers, visitor, { signal });
  await visitor.drain();
  const tree = await readTree(layers, { signal });
  const files = [...tree.nodes()].map(({ path, file }): AuditFile => {
    const { type, mode, uid, gid, size, layer } = file;
    return { path: textOf(path), type, mode, uid, gid, size, layer };
  });
  return collector.finish(files);
}

/** Names of layers are strings of bytes. */
function textOf(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}

class ContentVisitor implements LayerVisitor {
  readonly #collector: AuditCollector;
  #layer = 0;
  #file: AuditFile | undefined;
  #bytes: Uint8Array = new Uint8Array(0);
  #taken: { readonly file: AuditFile; readonly bytes: Uint8Array }[] = [];

  constructor(collector: AuditCollector) {
    this.#collector = collector;
  }

  begin(layer: number): void {
    this.#layer = layer;
  }

  entry(entry: TarEntry): boolean {
    const file = fileOf(entry, this.#layer);
    const isWanted = file !== undefined && this.#collector.wants(file);
    this.#file = isWanted ? file : undefined;
    this.#bytes = new Uint8Array(isWanted ? file.size : 0);
    return isWanted;
  }

  data(chunk: Uint8Array, offset: number): void {
    this.#bytes.set(chunk, offset);
  }

  close(): void {
    if (this.#file !== undefined) this.#taken.push({ file: this.#file, bytes: this.#bytes });
    this.#file = undefined;
  }

  async drain(): Promise<void> {
    const taken = this.#taken;
    this.#taken = [];
    for (const { file, bytes } of taken) await this.#collector.take(file, bytes);
  }
}

function fileOf(entry: TarEntry, layer: number): AuditFile | undefined {
  if (entry.type !== "file") return undefined;
  const path = Buffer.from(entry.name)
    .toString("utf8")
    .replace(/^(?:\.?\/)+/, "");
  return { path, type: "file", mode: entry.mode, uid: entry.uid, gid: entry.gid, size: entry.size, layer };
}
