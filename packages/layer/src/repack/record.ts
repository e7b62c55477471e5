/**
 * The record that a bundle keeps of what was unpacked into it: the image, and the state of every file then.
 * @module
 */
import { createWriteStream } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Image } from "@teu/content/mutate/image";
import type { Descriptor } from "@teu/spec/descriptor";
import { TeuError } from "@teu/std/error";
import type { IdMaps } from "../apply/id-map.ts";
import type { LayerErrorCode } from "../errors.ts";
import { HelperProcess, helperPath } from "../helper-program.ts";
import type { UnpackOptions } from "../unpack.ts";
import { type ScannedTree, parseScan } from "./scan.ts";

const FOLDER = ".teu";
const HEAD = "image.json";
const STATE = "state";
const VERSION = 1;

/** What a bundle is made of. */
export interface BundleRecord {
  readonly version: number;
  /** The manifest that was unpacked. */
  readonly image: Descriptor;
  readonly idMaps: IdMaps | undefined;
  /** Whether files have the owners of the image. */
  readonly hasOwners: boolean;
}

/** Writes the record of the bundle `bundle`, whose root has just been made. Without `teu-layer` there is none. */
export async function writeRecord(bundle: string, image: Image, options: UnpackOptions): Promise<void> {
  const program = options.helper ?? helperPath() ?? "none";
  if (program === "none") return;
  await mkdir(join(bundle, FOLDER));
  await using helper = new HelperProcess(program, "scan", join(bundle, "rootfs"));
  await pipeline(helper.child.stdout, createWriteStream(join(bundle, FOLDER, STATE)));
  await helper.end();
  const { mediaType, digest, size } = image.descriptor;
  const record: BundleRecord = {
    version: VERSION,
    image: { mediaType, digest, size },
    idMaps: options.idMaps,
    hasOwners: options.privileged ?? process.geteuid?.() === 0,
  };
  await writeFile(join(bundle, FOLDER, HEAD), `${JSON.stringify(record)}\n`);
}

/** Reads the record of a bundle. @throws TeuError `ERR_BUNDLE_INVALID` */
export async function readRecord(bundle: string): Promise<BundleRecord> {
  const path = join(bundle, FOLDER, HEAD);
  try {
    const record = JSON.parse(await readFile(path, "utf8")) as BundleRecord;
    if (record.version === VERSION && typeof record.image.digest === "string") return record;
  } catch (error) {
    throw invalid(path, error);
  }
  throw invalid(path);
}

/** Reads the state of the files of a bundle when it was made. @throws TeuError `ERR_BUNDLE_INVALID` */
export async function readState(bundle: string): Promise<ScannedTree> {
  return parseScan(await readFile(join(bundle, FOLDER, STATE)));
}

function invalid(path: string, cause?: unknown): TeuError<LayerErrorCode> {
  const message = `Reading ${JSON.stringify(path)}: no record of an unpacked image, expected one`;
  return new TeuError("ERR_BUNDLE_INVALID", message, {
    ...(cause === undefined ? {} : { cause }),
    hint: "Bundles that can be packed again are made by: teu image unpack --bundle",
  });
}
