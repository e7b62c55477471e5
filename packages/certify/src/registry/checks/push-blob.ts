/**
 * Pushing blobs.
 * @module
 */
import { OCI_CHUNK_MIN_LENGTH, parseChunkMinLength } from "@teu/spec/distribution/headers";
import { parseProgress } from "@teu/spec/distribution/chunk-range";
import type { Answer } from "../exchange.ts";
import { type ClauseName, type Lab, NOTHING, Unable, hasBytes, locationOf, sight } from "../lab.ts";
import { type Blob, randomBlob } from "../samples.ts";

const OCTETS = { "content-type": "application/octet-stream" };

/** POST, then PUT with everything. */
export async function pushWhole(lab: Lab): Promise<void> {
  const blob = randomBlob(2048);
  const opened = await openUpload(lab);
  const another = await openUpload(lab);
  lab.judge(
    "push.session.unique",
    opened.location.href !== another.location.href,
    `two uploads have the locations ${opened.location.pathname} and ${another.location.pathname}`,
  );
  lab.offers(
    "push.session.location.absolute",
    /^https?:/.test(opened.answer.headers.get("location") ?? ""),
    "of an upload",
  );
  lab.offers("push.session.location.query", opened.location.search !== "", "of an upload");
  const closed = await closeUpload(lab, opened.location, blob, blob.bytes);
  lab.judgeStatus("push.put.status", closed, 201);
  await judgePlace(lab, "push.put.location", closed, blob);
}

/** One POST with everything. */
export async function pushAtOnce(lab: Lab): Promise<void> {
  const blob = randomBlob(2048);
  const target = `/v2/${lab.repositories.main}/blobs/uploads/?digest=${blob.descriptor.digest}`;
  const answer = await lab.send("POST", target, { headers: OCTETS, body: blob.bytes });
  if (!lab.offers("push.post", answer.status === 201, sight(answer))) {
    lab.judge("push.post.unsupported", answer.status === 202 && locationOf(answer) !== undefined, sight(answer));
    lab.untested("the registry takes no blob in one POST", "push.post.status", "push.post.location");
    return;
  }
  lab.judgeStatus("push.post.status", answer, 201);
  await judgePlace(lab, "push.post.location", answer, blob);
}

/** Chunks by PATCH, the progress asked for between them, the last chunk in the closing PUT. */
export async function pushChunks(lab: Lab): Promise<void> {
  const opened = await openUpload(lab);
  const size = leastChunk(lab, opened.answer);
  const blob = randomBlob(2 * size + 10);
  const first = await sendChunk(lab, opened.location, blob, { start: 0, end: size });
  lab.judgeStatus("push.chunk.status", first, 202);
  judgeProgress(lab, "push.chunk.headers", first, size);
  const progress = await lab.send("GET", locationOf(first) ?? opened.location);
  lab.judgeStatus("push.progress.status", progress, 204);
  judgeProgress(lab, "push.progress.headers", progress, size);
  const second = await sendChunk(lab, locationOf(progress) ?? opened.location, blob, { start: size, end: 2 * size });
  lab.judgeStatus("push.chunk.status", second, 202);
  judgeProgress(lab, "push.chunk.headers", second, 2 * size);
  const place = locationOf(second) ?? opened.location;
  const range = `${2 * size}-${blob.bytes.length - 1}`;
  const closed = await closeUpload(lab, place, blob, blob.bytes.subarray(2 * size), { "content-range": range });
  lab.judgeStatus("push.close.status", closed, 201);
  await judgePlace(lab, "push.close.location", closed, blob);
}

/** All chunks by PATCH, the last one shorter, then a PUT without any. */
export async function pushChunksThenClose(lab: Lab): Promise<void> {
  const opened = await openUpload(lab);
  const size = leastChunk(lab, opened.answer);
  const blob = randomBlob(size + 7);
  const first = await sendChunk(lab, opened.location, blob, { start: 0, end: size });
  const last = await sendChunk(lab, locationOf(first) ?? opened.location, blob, { start: size, end: size + 7 });
  lab.judgeStatus("push.chunk.status", last, 202);
  const closed = await closeUpload(lab, locationOf(last) ?? opened.location, blob, NOTHING);
  lab.judgeStatus("push.close.status", closed, 201);
  await judgePlace(lab, "push.close.location", closed, blob);
}

/** Everything in one PATCH that names no range, as clients that stream do. */
export async function pushStream(lab: Lab): Promise<void> {
  const opened = await openUpload(lab);
  const blob = randomBlob(Math.max(4096, leastChunk(lab, opened.answer)));
  const sent = await lab.send("PATCH", opened.location, { headers: OCTETS, body: blob.bytes });
  lab.judgeStatus("push.chunk.status", sent, 202);
  const closed = await closeUpload(lab, locationOf(sent) ?? opened.location, blob, NOTHING);
  lab.judgeStatus("push.close.status", closed, 201);
  await judgePlace(lab, "push.close.location", closed, blob);
}

/** A chunk that leaves a gap, one that comes again, and a closing PUT with one that leaves a gap. */
export async function pushOutOfOrder(lab: Lab): Promise<void> {
  const opened = await openUpload(lab);
  const size = leastChunk(lab, opened.answer);
  const blob = randomBlob(3 * size);
  const gap = await sendChunk(lab, opened.location, blob, { start: size, end: 2 * size });
  lab.judgeStatus("push.chunk.order.status", gap, 416);
  const first = await sendChunk(lab, await currentPlace(lab, opened.location), blob, { start: 0, end: size });
  const place = locationOf(first) ?? opened.location;
  const again = await sendChunk(lab, place, blob, { start: 0, end: size });
  lab.judgeStatus("push.chunk.order.status", again, 416);
  const range = { "content-range": `${2 * size}-${3 * size - 1}` };
  const closed = await closeUpload(lab, await currentPlace(lab, place), blob, blob.bytes.subarray(2 * size), range);
  lab.judgeStatus("push.close.order", closed, 416);
}

/** An upload that is given up. */
export async function cancelUpload(lab: Lab): Promise<void> {
  const { location } = await openUpload(lab);
  const cancelled = await lab.send("DELETE", location);
  if (!lab.judgeStatus("push.cancel.status", cancelled, 204)) return;
  const gone = await lab.send("GET", location);
  lab.judge("push.cancel.status", gone.status === 404, `after that ${sight(gone)}, expected 404`);
}

/** Digests that are none, and content that does not have its digest. */
export async function pushWrongDigest(lab: Lab): Promise<void> {
  const blob = randomBlob(512);
  for (const digest of ["sha256:1234", "unknown:0000000000000000", "nonsense"]) {
    const { location } = await openUpload(lab);
    location.searchParams.append("digest", digest);
    lab.judgeStatus("push.digest", await lab.send("PUT", location, { headers: OCTETS, body: blob.bytes }), 400);
  }
  const { location } = await openUpload(lab);
  const other = randomBlob(512);
  const closed = await closeUpload(lab, location, other, blob.bytes);
  const stored = await lab.send("HEAD", lab.path("blobs", other.descriptor.digest));
  lab.judge(
    "pull.blob.missing",
    closed.status >= 400 && stored.status === 404,
    `other bytes than a digest's: ${sight(closed)}, and ${sight(stored)} afterwards`,
  );
}

/** Mounting what another repository has, and what no repository is named for. */
export async function mountBlob(lab: Lab): Promise<void> {
  const blob = randomBlob(1024);
  await lab.pushBlob(blob);
  const { main, other } = lab.repositories;
  const target = `/v2/${other}/blobs/uploads/?mount=${blob.descriptor.digest}`;
  const mounted = await lab.send("POST", `${target}&from=${encodeURIComponent(main)}`, { body: NOTHING });
  if (mounted.status === 201) {
    lab.judgeStatus("push.mount.status", mounted, 201);
    await judgePlace(lab, "push.mount.location", mounted, blob);
  } else judgeUnmounted(lab, mounted);
  const anonymous = randomBlob(1024);
  await lab.pushBlob(anonymous);
  const found = await lab.send("POST", `/v2/${other}/blobs/uploads/?mount=${anonymous.descriptor.digest}`, {
    body: NOTHING,
  });
  lab.offers("push.mount.search", found.status === 201, sight(found));
  if (lab.offers("push.mount.from", found.status === 201, sight(found)))
    await judgePlace(lab, "push.mount.location", found, anonymous);
  else judgeUnmounted(lab, found);
  const absent = randomBlob(16);
  const unknown = `/v2/${other}/blobs/uploads/?mount=${absent.descriptor.digest}&from=${encodeURIComponent(main)}`;
  judgeUnmounted(lab, await lab.send("POST", unknown, { body: NOTHING }));
}

function judgeUnmounted(lab: Lab, answer: Answer): void {
  const opened = answer.status === 202 && locationOf(answer) !== undefined;
  lab.judge(
    "push.mount.unsupported",
    opened,
    `${sight(answer)} to a mount that cannot be, expected 202 and a Location`,
  );
}

/** Blobs that are special: empty, and named by SHA-512. */
export async function pushSpecialBlobs(lab: Lab): Promise<void> {
  const empty = randomBlob(0);
  await lab.pushBlob(empty);
  const got = await lab.follow("GET", lab.path("blobs", empty.descriptor.digest));
  lab.judge("pull.blob", got.status === 200 && got.body.length === 0, `an empty blob: ${sight(got)}`);
  const blob = randomBlob(700, "sha512");
  const opened = await lab.send("POST", `/v2/${lab.repositories.main}/blobs/uploads/?digest-algorithm=sha512`, {
    body: NOTHING,
  });
  const location = locationOf(opened);
  if (location === undefined) return;
  const closed = await closeUpload(lab, location, blob, blob.bytes);
  lab.judgeStatus("push.digest", closed, 201, 400);
  if (closed.status === 201) await judgePlace(lab, "push.put.location", closed, blob);
}

async function openUpload(lab: Lab): Promise<{ readonly answer: Answer; readonly location: URL }> {
  const answer = await lab.send("POST", `/v2/${lab.repositories.main}/blobs/uploads/`, { body: NOTHING });
  lab.judgeStatus("push.session.status", answer, 202);
  lab.judgeHeader("push.session.location", answer, "Location");
  const location = locationOf(answer);
  if (location === undefined) throw new Unable(`opening an upload: ${sight(answer)}`);
  return { answer, location };
}

// oxlint-disable-next-line max-params -- what an upload is closed with
async function closeUpload(
  lab: Lab,
  location: URL,
  { descriptor }: Blob,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const target = new URL(location);
  target.searchParams.append("digest", descriptor.digest);
  return await lab.send("PUT", target, { headers: { ...OCTETS, ...headers }, body });
}

async function sendChunk(
  lab: Lab,
  location: URL,
  { bytes }: Blob,
  { start, end }: { readonly start: number; readonly end: number },
): Promise<Answer> {
  const headers = { ...OCTETS, "content-range": `${start}-${end - 1}` };
  return await lab.send("PATCH", location, { headers, body: bytes.subarray(start, end) });
}

/** Where an upload goes on after a chunk that was refused. */
async function currentPlace(lab: Lab, location: URL): Promise<URL> {
  return locationOf(await lab.send("GET", location)) ?? location;
}

const USUAL_CHUNK_BYTES = 1024;
const MAX_CHUNK_BYTES = 16 * 1024 * 1024;

/** How long chunks have to be; the registry may demand more than usual. */
function leastChunk(lab: Lab, { headers }: Answer): number {
  const value = headers.get(OCI_CHUNK_MIN_LENGTH);
  if (value === null) return USUAL_CHUNK_BYTES;
  const least = parseChunkMinLength(value);
  lab.judge("push.chunk.minimum", least <= MAX_CHUNK_BYTES, `${OCI_CHUNK_MIN_LENGTH}: ${value}`);
  return Math.max(least, USUAL_CHUNK_BYTES);
}

function judgeProgress(
  lab: Lab,
  clause: "push.chunk.headers" | "push.progress.headers",
  answer: Answer,
  bytes: number,
): void {
  const range = answer.headers.get("range");
  const shown = range === null ? "no Range" : `Range: ${range}`;
  lab.judge(
    clause,
    range !== null && bytesOf(range) === bytes && locationOf(answer) !== undefined,
    `${sight(answer)}, ${shown}, expected a Location and 0-${bytes - 1}`,
  );
}

function bytesOf(range: string): number | undefined {
  try {
    return parseProgress(range).bytes;
  } catch {
    return undefined;
  }
}

/** Notes whether an answer points to where a blob can be pulled from. */
async function judgePlace(lab: Lab, clause: ClauseName, answer: Answer, blob: Blob): Promise<void> {
  const location = locationOf(answer);
  if (location === undefined) {
    lab.judge(clause, false, `${sight(answer)}, no Location`);
    return;
  }
  const pulled = await lab.follow("GET", location);
  lab.judge(
    clause,
    pulled.status === 200 && hasBytes(pulled, blob),
    `${sight(answer)}, and its Location: ${sight(pulled)}`,
  );
}
