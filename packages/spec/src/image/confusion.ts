/**
 * The defence against documents that one program takes for a manifest and another for an index (CVE-2021-41190).
 * @module
 */
import type { Json } from "@teu/std/json";
import type { Report } from "../issue.ts";

/**
 * Notes every field of the object `json` that belongs to another kind of document.
 * @see {@link https://github.com/opencontainers/image-spec/security/advisories/GHSA-77vh-xpmg-72qh}
 */
export function checkConfusion(json: Json, foreign: readonly string[], report: Report<"image.confusion">): void {
  for (const name of foreign) {
    const field = json.get(name);
    if (!field.absent)
      report.add("image.confusion", field, "expected nothing: the field is of another kind of document");
  }
}
