/**
 * What policies know an image by: its full name, or where it is in files.
 * @module
 */
import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { type ImagePlace, isFilePlace } from "@teu/content/image-place";
import { type Reference, isReference, parseReference, withDefaultTag } from "@teu/spec/reference";
import type { JudgedImage } from "@teu/trust/policy/judge-image";
import type { Host } from "../host.ts";

/** A name, or a place. */
export interface PolicySubject {
  readonly name: Reference | undefined;
  readonly place: JudgedImage["place"];
}

/**
 * Says what policies know an image by.
 * @param title What was found there, written in full.
 */
export async function policySubject(location: ImagePlace, title: string, { cwd }: Host): Promise<PolicySubject> {
  if (!isFilePlace(location)) {
    const text = title.replace(/^store:/, "");
    return { name: isReference(text) ? withDefaultTag(parseReference(text)) : undefined, place: undefined };
  }
  const path = await realpath(resolve(cwd, location.path));
  return { name: undefined, place: { transport: location.kind, path } };
}
