/**
 * Holds one layer's archive against layer.md while it is read.
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md}
 * @module
 */
import { IMAGE_CLAUSES, type ImageClauseId } from "@teu/spec/image/clauses";
import { type Issue, Report, quote } from "@teu/spec/issue";
import { isTeuError } from "@teu/std/error";
import type { TarEntry } from "@teu/tar/entry";
import { TarParser } from "@teu/tar/parser";

const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";
const AUFS = ".wh..wh.";

/** Reads a layer's plain bytes as they come and lists the clauses that it breaks. Paths of issues are those of entries. */
export class LayerCheck {
  readonly #parser = new TarParser({ globalPax: "ignore" });
  readonly #report = new Report<ImageClauseId>(IMAGE_CLAUSES);
  readonly #paths = new Set<string>();
  /** Paths with an entry of their own, to find whiteouts that come behind what they stand beside. */
  readonly #siblings = new Set<string>();
  #broken = false;
  #entries = 0;

  /** How many entries there were. */
  get entries(): number {
    return this.#entries;
  }

  /** The broken clauses so far. */
  get issues(): readonly Issue[] {
    return this.#report.issues;
  }

  /** Takes the next bytes of the archive. */
  push(chunk: Uint8Array): void {
    this.#advance(() => this.#parser.push(chunk));
  }

  /** Says that there are no more bytes. */
  end(): void {
    this.#advance(() => this.#parser.end());
  }

  #advance(feed: () => void): void {
    if (this.#broken) return;
    try {
      feed();
      for (let event = this.#parser.next(); event !== "need" && event !== "done"; event = this.#parser.next()) {
        if (event !== "entry") continue;
        this.#parser.skip();
        this.#entry(this.#parser.entry);
      }
    } catch (error) {
      if (!isTeuError(error) || !error.code.startsWith("ERR_TAR_")) throw error;
      this.#broken = true;
      this.#report.add("image.layer.tar", "", error.message);
    }
  }

  #entry(entry: TarEntry): void {
    this.#entries += 1;
    const path = pathOf(entry);
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (this.#paths.has(path))
      this.#report.add("image.layer.tar.unique", path, "expected one entry for a path, got another");
    this.#paths.add(path);
    if (entry.sparse !== undefined) this.#report.add("image.layer.sparse", path, "expected no sparse entries, got one");
    if (name.startsWith(WHITEOUT)) this.#whiteout(entry, path, name);
    else this.#siblings.add(path.slice(0, -name.length));
  }

  #whiteout(entry: TarEntry, path: string, name: string): void {
    if (entry.type !== "file" || entry.size !== 0) {
      const actual = entry.type === "file" ? `${entry.size} bytes` : `a ${entry.type}`;
      this.#report.add("image.layer.whiteout.file", path, `expected an empty regular file, got ${actual}`);
    }
    if (name === WHITEOUT)
      this.#report.add("image.layer.whiteout.bare", path, `expected a name behind ${quote(WHITEOUT)}`);
    if (name === OPAQUE)
      this.#report.add("image.layer.opaque.explicit", path, "expected a whiteout for each name, got an opaque one");
    else if (!name.startsWith(AUFS) && this.#siblings.has(path.slice(0, -name.length))) {
      this.#report.add("image.layer.whiteout.order", path, "expected whiteouts before the entries beside them");
    }
  }
}

/** The path of an entry in one form, so that the same place is seen as the same: no leading `./` or `/`, no slash at the end. */
function pathOf(entry: TarEntry): string {
  const text = entry.nameText ?? Buffer.from(entry.name).toString("latin1");
  const parts = text.split("/").filter((part) => part !== "" && part !== ".");
  return parts.length === 0 ? "." : parts.join("/");
}
