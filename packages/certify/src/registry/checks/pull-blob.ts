/**
 * Pulling blobs.
 * @module
 */
import { DOCKER_CONTENT_DIGEST } from "@teu/spec/distribution/headers";
import { type Lab, hasBytes, isDigestTrue, sight } from "../lab.ts";
import { type Blob, randomBlob } from "../samples.ts";

/** A blob that is there. */
export async function pullBlob(lab: Lab): Promise<void> {
  const blob = randomBlob(4096);
  await lab.pushBlob(blob);
  const path = lab.path("blobs", blob.descriptor.digest);
  const got = await lab.follow("GET", path);
  lab.judgeStatus("pull.blob.status", got, 200);
  lab.judge("pull.blob", hasBytes(got, blob), `${sight(got)} with ${got.body.length} bytes of ${blob.bytes.length}`);
  lab.judgeHeader("pull.blob.digest", got, DOCKER_CONTENT_DIGEST);
  lab.judgeHeader("pull.blob.digest.present", got, DOCKER_CONTENT_DIGEST);
  lab.judge("pull.blob.digest.match", isDigestTrue(got, blob.bytes), sight(got));
  const head = await lab.follow("HEAD", path);
  lab.judgeStatus("pull.head.status", head, 200);
  for (const clause of ["pull.head.digest", "pull.head.digest.present"] as const)
    lab.judgeHeader(clause, head, DOCKER_CONTENT_DIGEST);
  for (const clause of ["pull.head.length", "pull.head.length.present"] as const)
    lab.judgeHeader(clause, head, "Content-Length", (value) => value === String(blob.bytes.length));
  await pullRanges(lab, path, blob);
}

async function pullRanges(lab: Lab, path: string, blob: Blob): Promise<void> {
  const size = blob.bytes.length;
  const ranges = [
    { range: "bytes=0-99", start: 0, end: 100 },
    { range: "bytes=100-299", start: 100, end: 300 },
    { range: `bytes=${size - 5}-`, start: size - 5, end: size },
    { range: "bytes=-7", start: size - 7, end: size },
  ];
  for (const { range, start, end } of ranges) {
    const part = await lab.follow("GET", path, { headers: { range } });
    const shown = `Range: ${range}: ${sight(part)}, Content-Range: ${part.headers.get("content-range")}`;
    const fits = Buffer.compare(part.body, blob.bytes.subarray(start, end)) === 0;
    const named = part.headers.get("content-range") === `bytes ${start}-${end - 1}/${size}`;
    lab.judge("pull.blob.range", part.status === 206 && fits && named, shown);
  }
  const beyond = await lab.follow("GET", path, { headers: { range: `bytes=${size}-` } });
  lab.judge("pull.blob.range", beyond.status === 416, `Range: bytes=${size}-: ${sight(beyond)}, expected 416`);
}

/** A blob that is not there, and one of another repository. */
export async function pullMissingBlob(lab: Lab): Promise<void> {
  const absent = randomBlob(8);
  lab.judgeStatus("pull.blob.missing", await lab.send("GET", lab.path("blobs", absent.descriptor.digest)), 404);
  lab.judgeStatus("pull.head.missing", await lab.send("HEAD", lab.path("blobs", absent.descriptor.digest)), 404);
  const blob = randomBlob(64);
  await lab.pushBlob(blob);
  const elsewhere = lab.path("blobs", blob.descriptor.digest, lab.repositories.other);
  lab.judgeStatus("pull.blob.missing", await lab.send("GET", elsewhere), 404);
}
