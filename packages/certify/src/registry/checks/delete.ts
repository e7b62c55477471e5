/**
 * Deleting tags, manifests and blobs.
 * @module
 */
import type { Answer } from "../exchange.ts";
import { type ClauseName, type Lab, sight } from "../lab.ts";
import { randomBlob } from "../samples.ts";
import { pushImage } from "./manifests.ts";

/** A tag, whose manifest stays. */
export async function deleteTag(lab: Lab): Promise<void> {
  const manifest = await pushImage(lab, "certify-delete");
  const answer = await lab.send("DELETE", lab.path("manifests", "certify-delete"));
  const done = judgeDeletion(lab, answer, "delete.tag.status", "delete.tag.disabled");
  lab.offers("delete.tags.offer", done, sight(answer));
  if (!done) return;
  const gone = await lab.send("GET", lab.path("manifests", "certify-delete"));
  lab.judge("delete.tag.status", gone.status === 404, `after that ${sight(gone)}, expected 404`);
  const kept = await lab.send("GET", lab.path("manifests", manifest.descriptor.digest));
  lab.offers("delete.manifests-only", kept.status !== 200, `its manifest: ${sight(kept)}`);
}

/** A manifest by its digest, and one of a repository that is not there. */
export async function deleteManifest(lab: Lab): Promise<void> {
  const manifest = await pushImage(lab);
  const path = lab.path("manifests", manifest.descriptor.digest);
  const answer = await lab.send("DELETE", path);
  const done = judgeDeletion(lab, answer, "delete.manifest.status", "delete.manifest.disabled");
  lab.offers("delete.offer", done, sight(answer));
  if (!done) return;
  const gone = await lab.send("GET", path);
  lab.judge("delete.manifest.status", gone.status === 404, `after that ${sight(gone)}, expected 404`);
  const nowhere = lab.path("manifests", manifest.descriptor.digest, lab.repositories.missing);
  lab.judgeStatus("delete.manifest.repository", await lab.send("DELETE", nowhere), 404);
}

/** A blob, and one that is not there. */
export async function deleteBlob(lab: Lab): Promise<void> {
  const blob = randomBlob(64);
  await lab.pushBlob(blob);
  const path = lab.path("blobs", blob.descriptor.digest);
  if (!judgeDeletion(lab, await lab.send("DELETE", path), "delete.blob.status", "delete.blob.disabled")) return;
  const gone = await lab.send("GET", path);
  lab.judge("delete.blob.status", gone.status === 404, `after that ${sight(gone)}, expected 404`);
  const absent = await lab.send("DELETE", lab.path("blobs", randomBlob(8).descriptor.digest));
  lab.judgeStatus("delete.blob.missing", absent, 404);
}

/** Notes whether something was deleted, or deletion is not offered. */
// oxlint-disable-next-line max-params -- the two clauses are the two ends of one thing
function judgeDeletion(lab: Lab, answer: Answer, done: ClauseName, disabled: ClauseName): boolean {
  if (answer.status === 400 || answer.status === 405) {
    lab.judge(disabled, true, sight(answer));
    lab.untested(`deletion is disabled: ${sight(answer)}`, done);
    return false;
  }
  lab.untested("deletion is enabled", disabled);
  return lab.judgeStatus(done, answer, 202);
}
