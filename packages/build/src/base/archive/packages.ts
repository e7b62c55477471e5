/**
 * An index of packages. Its sixty thousand paragraphs are found at once and read only when somebody asks for them.
 * @see {@link https://wiki.debian.org/DebianRepository/Format#A.22Packages.22_Indices}
 * @module
 */
import { type Stanza, parseStanzas } from "../deb/stanza.ts";
import { type Clause, type Relation, parseClauses } from "../deb/relation.ts";

/** A package as an archive offers it. */
export interface ArchivePackage {
  readonly name: string;
  readonly version: string;
  /** Such as `amd64`, or `all`. */
  readonly architecture: string;
  readonly multiArch: string;
  /** Depends and Pre-Depends. */
  readonly depends: readonly Clause[];
  /** Conflicts and Breaks: no package in a base may be what they say. */
  readonly conflicts: readonly Relation[];
  readonly provides: readonly Relation[];
  /** Path in the archive. */
  readonly filename: string;
  readonly size: number;
  /** SHA-256 in hexadecimal digits. */
  readonly sha256: string;
  /** `required` to `extra`. */
  readonly importance: string;
  /** Which archive it is from: a number of the caller's. */
  readonly archive: number;
  /** How much the archive is preferred. */
  readonly priority: number;
}

/** What is told to an index of itself. */
export interface IndexFacts {
  readonly archive: number;
  readonly priority: number;
}

/** Where a paragraph is. */
type Place = number;

/** The packages of one index. */
export class PackageIndex {
  readonly #text: string;
  readonly #facts: IndexFacts;
  readonly #byName = new Map<string, Place[]>();
  readonly #byProvided = new Map<string, Place[]>();
  readonly #read = new Map<Place, ArchivePackage | undefined>();

  /** @param bytes The whole index, plain. */
  constructor(bytes: Uint8Array, facts: IndexFacts) {
    // As Latin-1 a character is a byte, so searching is fast and places are exact; paragraphs become UTF-8 when read.
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    this.#facts = facts;
    this.#findNames();
    this.#findProvided();
  }

  /** All versions of the package `name`. */
  named(name: string): readonly ArchivePackage[] {
    return this.#readAll(this.#byName.get(name));
  }

  /** All packages that say that they provide `name`. */
  providing(name: string): readonly ArchivePackage[] {
    return this.#readAll(this.#byProvided.get(name));
  }

  #findNames(): void {
    const text = this.#text;
    for (let at = text.startsWith("Package: ") ? 0 : this.#nextName(0); at >= 0; at = this.#nextName(at)) {
      const end = text.indexOf("\n", at);
      const name = text.slice(at + "Package: ".length, end < 0 ? text.length : end).trim();
      addTo(this.#byName, name, this.#startOf(at));
    }
  }

  #nextName(from: number): number {
    const found = this.#text.indexOf("\nPackage: ", from);
    return found < 0 ? -1 : found + 1;
  }

  #findProvided(): void {
    const text = this.#text;
    const word = "\nProvides: ";
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
      const end = text.indexOf("\n", at + 1);
      const list = text.slice(at + word.length, end < 0 ? text.length : end);
      for (const part of list.split(",")) {
        const name = part.trim().split(/[\s(:]/, 1)[0] ?? "";
        if (name !== "") addTo(this.#byProvided, name, this.#startOf(at + 1));
      }
    }
  }

  /** The start of the paragraph that is around `at`. */
  #startOf(at: number): Place {
    const found = at === 0 ? -1 : this.#text.lastIndexOf("\n\n", at);
    return found < 0 ? 0 : found + 2;
  }

  #readAll(places: readonly Place[] | undefined): readonly ArchivePackage[] {
    return (places ?? []).flatMap((place) => this.#readAt(place) ?? []);
  }

  #readAt(place: Place): ArchivePackage | undefined {
    if (!this.#read.has(place)) {
      const end = this.#text.indexOf("\n\n", place);
      const raw = this.#text.slice(place, end < 0 ? this.#text.length : end);
      const [stanza] = parseStanzas(Buffer.from(raw, "latin1").toString("utf8"));
      this.#read.set(place, stanza === undefined ? undefined : readPackage(stanza, this.#facts));
    }
    return this.#read.get(place);
  }
}

function addTo(map: Map<string, Place[]>, name: string, place: Place): void {
  const places = map.get(name);
  if (places === undefined) map.set(name, [place]);
  else if (!places.includes(place)) places.push(place);
}

/** Reads a paragraph of an index. @returns Nothing for one that cannot be used: malformed, or without a hash. */
export function readPackage(stanza: Stanza, facts: IndexFacts): ArchivePackage | undefined {
  const field = (name: string): string => stanza.get(name) ?? "";
  const [depends, preDepends, conflicts, breaks, provides] = FIELDS.map((name) => parseClauses(field(name)));
  if (!depends || !preDepends || !conflicts || !breaks || !provides) return undefined;
  const size = Number(field("size"));
  const sha256 = field("sha256").toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(sha256) || !Number.isSafeInteger(size) || size <= 0 || !isPath(field("filename"))) {
    return undefined;
  }
  return {
    ...facts,
    name: field("package"),
    version: field("version"),
    architecture: field("architecture"),
    multiArch: field("multi-arch"),
    depends: [...preDepends, ...depends],
    conflicts: [...conflicts, ...breaks].flat(),
    provides: provides.flat(),
    filename: field("filename"),
    size,
    sha256,
    importance: field("priority"),
  };
}

const FIELDS = ["depends", "pre-depends", "conflicts", "breaks", "provides"] as const;

/** A path that stays in its archive. */
function isPath(text: string): boolean {
  return text !== "" && !text.startsWith("/") && !text.split("/").includes("..") && !/[\u0000-\u0020\\?#]/.test(text);
}
