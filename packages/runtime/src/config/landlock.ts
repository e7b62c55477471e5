/**
 * What a container's programs may reach at all, as the kernel's Landlock holds them to it: an annotation of this runtime,
 * since the specification has no field for it.
 * https://docs.kernel.org/userspace-api/landlock.html
 * @module
 */
import { type Json, parseJson } from "@teu/std/json";
import { Failure, fieldFailure } from "../failure.ts";
import { type Pair, readFlag, readOneOf } from "./read.ts";

/** The annotation, whose value is a JSON document. */
export const LANDLOCK_ANNOTATION = "org.teu.runtime.landlock";

/** The document of the annotation. An absent part restricts nothing. */
export interface LandlockConfig {
  /** What may be done where; undefined leaves files to other rules. */
  readonly paths: readonly PathRule[] | undefined;
  /** Which TCP ports may be used how; undefined leaves them to other rules. */
  readonly ports: readonly PortRule[] | undefined;
  /** What ends at the container's own processes: some of {@link LANDLOCK_SCOPES}. */
  readonly scopes: readonly string[];
  /** What this kernel cannot restrict is left open, and a path that is not there is passed over. */
  readonly bestEffort: boolean;
  /** The annotation, for messages. */
  readonly field: string;
}

/** What may be done to a file, or to all below a folder. */
export interface PathRule {
  readonly path: string;
  /** Some of {@link LANDLOCK_ACCESSES}. */
  readonly access: readonly string[];
}

/** What may be done with a TCP port. */
export interface PortRule {
  readonly port: number;
  /** Some of `bind` and `connect`. */
  readonly access: readonly string[];
}

/** What can be allowed below a path. */
export const LANDLOCK_ACCESSES: readonly string[] = ["read", "execute", "write", "make", "device"];
/** What can be held inside. */
export const LANDLOCK_SCOPES: readonly string[] = ["abstract-unix-socket", "signal"];

const PORT_ACCESSES: readonly string[] = ["bind", "connect"];
const PARTS: readonly string[] = ["paths", "ports", "scopes", "bestEffort"];

/** Reads the annotation; undefined where there is none. A part that is not known is a failure: it would not be held. @throws Failure */
export function readLandlock(annotations: readonly Pair[]): LandlockConfig | undefined {
  const pair = annotations.find(({ name }) => name === LANDLOCK_ANNOTATION);
  if (pair === undefined) return undefined;
  try {
    return readDocument(parseJson(pair.value), pair.field);
  } catch (error) {
    const problem = error instanceof Error ? error.message : "";
    throw new Failure(`${pair.field}: ${problem}`, {
      field: pair.field,
      operation: "",
      subject: "",
      errno: 0,
      hint: 'such as {"paths": {"/": ["read", "execute"], "/tmp": ["read", "write", "make"]}}',
    });
  }
}

function readDocument(json: Json, field: string): LandlockConfig {
  for (const name of json.names())
    if (!PARTS.includes(name)) throw fieldFailure(name, `is unknown, expected one of ${PARTS.join(", ")}`);
  return {
    paths: json.get("paths").absent ? undefined : readPaths(json.get("paths")),
    ports: json.get("ports").absent ? undefined : readPorts(json.get("ports")),
    scopes: readWords(json.get("scopes"), LANDLOCK_SCOPES),
    bestEffort: readFlag(json.get("bestEffort")),
    field,
  };
}

function readPaths(json: Json): PathRule[] {
  return json.names().map((path) => {
    const item = json.get(path);
    if (!path.startsWith("/") || path.includes("\0")) throw fieldFailure(item.path, "is not an absolute path");
    return { path, access: readWords(item, LANDLOCK_ACCESSES) };
  });
}

const LAST_PORT = 65_535;

function readPorts(json: Json): PortRule[] {
  return json.names().map((name) => {
    const item = json.get(name);
    if (!/^[0-9]{1,5}$/.test(name) || Number(name) > LAST_PORT) throw fieldFailure(item.path, "is not a TCP port");
    return { port: Number(name), access: readWords(item, PORT_ACCESSES) };
  });
}

function readWords(json: Json, words: readonly string[]): string[] {
  return json.list().map((item) => readOneOf(item, words));
}
