/**
 * Where documents of images have annotations of their own, and so must keep the rules of annotations.
 * @module
 */
import type { Json } from "@teu/std/json";
import { checkAnnotations } from "../annotations.ts";
import type { Report } from "../issue.ts";
import type { ImageClauseId } from "./clauses.ts";

/** Notes the rules of annotations that `json` breaks, and that `clause` is broken with them if one of them is a MUST. */
export function checkAnnotationRules(json: Json, clause: ImageClauseId, report: Report<ImageClauseId>): void {
  const before = report.issues.length;
  checkAnnotations(json, report);
  if (report.issues.slice(before).every(({ level }) => level !== "MUST")) return;
  report.add(clause, json, "expected annotations that keep their rules");
}
