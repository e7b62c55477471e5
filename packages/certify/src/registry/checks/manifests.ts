/**
 * Pushing manifests and pulling them.
 * @module
 */
import { DOCKER_CONTENT_DIGEST, OCI_SUBJECT, OCI_TAG, parseTagHeader } from "@teu/spec/distribution/headers";
import { OCI_LAYER, OCI_MANIFEST } from "@teu/spec/media-types";
import type { Answer } from "../exchange.ts";
import { type Lab, hasBytes, isDigestTrue, locationOf, sight } from "../lab.ts";
import { type Blob, EMPTY, documentOf, indexOf, manifestOf, randomBlob, randomImage } from "../samples.ts";

/** Pushes an image with its blobs. */
export async function pushImage(lab: Lab, reference?: string): Promise<Blob> {
  const { manifest, config, layer } = randomImage();
  for (const blob of [config, layer]) await lab.pushBlob(blob);
  await lab.pushManifest(manifest, reference);
  return manifest;
}

/** A manifest pushed by tag and by digest, and pulled both ways. */
export async function moveManifest(lab: Lab): Promise<void> {
  const { manifest, config, layer } = randomImage();
  for (const blob of [config, layer]) await lab.pushBlob(blob);
  for (const reference of [manifest.descriptor.digest, "certify"]) {
    const put = await lab.putManifest(manifest, reference);
    lab.judgeStatus("push.manifest.status", put, 201);
    if (reference === manifest.descriptor.digest)
      lab.judgeHeader("push.manifest.digest", put, DOCKER_CONTENT_DIGEST, (value) => value === reference);
    await judgeManifestPlace(lab, put, manifest);
    await pullManifest(lab, reference, manifest);
  }
  const parameters = await lab.putManifest(manifest, "certify-parameters", `${OCI_MANIFEST}; charset=utf-8`);
  lab.judgeStatus("push.manifest.content-type.ignore", parameters, 201);
}

async function judgeManifestPlace(lab: Lab, put: Answer, manifest: Blob): Promise<void> {
  const location = locationOf(put);
  if (location === undefined) return void lab.judge("push.manifest.location", false, `${sight(put)}, no Location`);
  const pulled = await lab.follow("GET", location, { headers: { accept: manifest.descriptor.mediaType } });
  lab.judge(
    "push.manifest.location",
    pulled.status === 200 && hasBytes(pulled, manifest),
    `its Location: ${sight(pulled)}`,
  );
}

/** Pulls a manifest and notes what that shows. */
export async function pullManifest(lab: Lab, reference: string, manifest: Blob): Promise<void> {
  const { mediaType, size } = manifest.descriptor;
  const request = { headers: { accept: mediaType } };
  const got = await lab.follow("GET", lab.path("manifests", reference), request);
  lab.judgeStatus("pull.manifest.status", got, 200);
  lab.judge("pull.manifest", hasBytes(got, manifest), `${sight(got)} with ${got.body.length} bytes of ${size}`);
  lab.judge("push.manifest.bytes", hasBytes(got, manifest), `${sight(got)} with ${got.body.length} bytes of ${size}`);
  lab.judgeHeader(
    "pull.content-type.pushed",
    got,
    "Content-Type",
    (value) => value.split(";")[0]?.trim() === mediaType,
  );
  lab.judgeHeader("pull.content-type.parameters", got, "Content-Type", (value) => !value.includes(";"));
  lab.judgeHeader("pull.manifest.digest", got, DOCKER_CONTENT_DIGEST);
  lab.judgeHeader("pull.manifest.digest.present", got, DOCKER_CONTENT_DIGEST, () => isDigestTrue(got, manifest.bytes));
  const head = await lab.follow("HEAD", lab.path("manifests", reference), request);
  lab.judgeStatus("pull.head.status", head, 200);
  for (const clause of ["pull.head.digest", "pull.head.digest.present"] as const)
    lab.judgeHeader(clause, head, DOCKER_CONTENT_DIGEST);
  for (const clause of ["pull.head.length", "pull.head.length.present"] as const)
    lab.judgeHeader(clause, head, "Content-Length", (value) => value === String(size));
}

/** Manifests that are not there. */
export async function pullMissingManifest(lab: Lab): Promise<void> {
  const absent = randomBlob(8).descriptor.digest;
  for (const reference of [absent, "certify-missing"]) {
    lab.judgeStatus("pull.manifest.missing", await lab.send("GET", lab.path("manifests", reference)), 404);
    lab.judgeStatus("pull.head.missing", await lab.send("HEAD", lab.path("manifests", reference)), 404);
  }
  const nowhere = lab.path("manifests", "latest", lab.repositories.missing);
  lab.judgeStatus("push.repository.missing", await lab.send("GET", nowhere), 404);
}

/** Manifests of every kind that a registry has to take. */
export async function pushKinds(lab: Lab): Promise<void> {
  const image = await pushImage(lab);
  await lab.pushBlob(EMPTY);
  const custom = randomBlob(300);
  await lab.pushBlob(custom);
  const odd = { ...custom.descriptor, mediaType: "application/vnd.teu.certify.unknown" };
  const type = "application/vnd.teu.certify";
  const index = indexOf([{ ...image.descriptor, platform: { os: "linux", architecture: "amd64" } }]);
  const kinds: readonly Blob[] = [
    index,
    indexOf([index.descriptor]),
    indexOf([]),
    manifestOf({ config: EMPTY.descriptor, layers: [EMPTY.descriptor], artifactType: type }),
    manifestOf({ config: odd, layers: [odd] }),
    manifestOf({ config: EMPTY.descriptor, layers: [{ ...EMPTY.descriptor, data: "e30=" }], artifactType: type }),
    documentOf({ ...JSON.parse(Buffer.from(image.bytes).toString()), "org.example.custom": { kept: true } }),
  ];
  for (const manifest of kinds) {
    const put = await lab.putManifest(manifest);
    if (!lab.judge("push.manifest.status", put.status === 201, `${kindOf(manifest)}: ${sight(put)}, expected 201`))
      continue;
    await pullManifest(lab, manifest.descriptor.digest, manifest);
  }
  const none = manifestOf({ config: EMPTY.descriptor, layers: [], artifactType: type });
  const put = await lab.putManifest(none);
  lab.offers("push.manifest.blobs.none", put.status === 201, `a manifest without layers: ${sight(put)}`);
}

function kindOf({ bytes }: Blob): string {
  const text = Buffer.from(bytes).toString();
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

/** A manifest that names what the registry does not have, as subject and otherwise. */
export async function pushDangling(lab: Lab): Promise<void> {
  const { config, layer, manifest } = randomImage();
  for (const blob of [config, layer]) await lab.pushBlob(blob);
  const absent = { ...randomBlob(40).descriptor, mediaType: OCI_MANIFEST };
  const parts = { config: config.descriptor, layers: [{ ...layer.descriptor, mediaType: OCI_LAYER }] };
  const dangling = manifestOf({ ...parts, subject: absent });
  const accepted = await lab.putManifest(dangling);
  lab.judgeStatus("push.subject.dangling", accepted, 201);
  if (accepted.headers.has(OCI_SUBJECT))
    lab.judgeHeader("push.subject", accepted, OCI_SUBJECT, (value) => value === absent.digest);
  const unknown = manifestOf({ ...parts, layers: [{ ...randomBlob(9).descriptor, mediaType: OCI_LAYER }] });
  const put = await lab.putManifest(unknown);
  const refused = put.status !== 201;
  lab.offers("push.unknown", refused, sight(put));
  const body = Buffer.from(put.body).toString();
  if (refused)
    lab.judge("push.unknown.code", body.includes("MANIFEST_BLOB_UNKNOWN"), `${sight(put)}: ${body.slice(0, 200)}`);
  else lab.untested("the registry takes a manifest whose blobs it does not have", "push.unknown.code");
  await lab.pushManifest(manifest);
}

/** Names, tags and references that are none, and the longest that are. */
export async function useNames(lab: Lab): Promise<void> {
  const { main } = lab.repositories;
  const manifest = await pushImage(lab);
  const good = ["A", "_", "9", "v1.2-rc_3", "a".repeat(128)];
  for (const tag of good)
    lab.judgeStatus(tag.length === 128 ? "pull.tag.length" : "pull.tag", await lab.putManifest(manifest, tag), 201);
  for (const tag of ["a".repeat(129), ".a", "-a", "a~b", "a%2Bb"]) {
    const put = await lab.putManifest(manifest, tag);
    const clause = tag.length > 128 ? "pull.tag.length" : "pull.tag";
    lab.judge(clause, isRefusal(put), `${sight(put)}, expected a refusal`);
    lab.judge("pull.reference", isRefusal(put), `${sight(put)}, expected a refusal`);
  }
  for (const digest of ["sha256:123", "sha256:", `sha256:${"g".repeat(64)}`]) {
    const refused = [await lab.putManifest(manifest, digest), await lab.send("GET", `/v2/${main}/manifests/${digest}`)];
    for (const answer of refused)
      lab.judge("pull.reference", isRefusal(answer), `${sight(answer)}, expected a refusal`);
  }
  for (const name of [`${main}/Upper`, `${main}/-a`, `${main}/a..b`, `${main}/a___b`, `${main}/a_-b`]) {
    const answer = await lab.send("PUT", `/v2/${name}/manifests/v1`, {
      headers: { "content-type": manifest.descriptor.mediaType },
      body: manifest.bytes,
    });
    lab.judge("pull.name", isRefusal(answer), `${sight(answer)}, expected a refusal`);
  }
}

/** A fault of the registry itself is none. */
function isRefusal({ status }: Answer): boolean {
  return status >= 400 && status < 500;
}

/** Manifests of four megabytes, and beyond what anybody takes. */
export async function pushLarge(lab: Lab): Promise<void> {
  await lab.pushBlob(EMPTY);
  const large = manifestOfSize(4_000_000);
  const put = await lab.putManifest(large);
  lab.judge("push.manifest.limit.least", put.status === 201, `4,000,000 bytes: ${sight(put)}`);
  const huge = await lab.putManifest(manifestOfSize(33_000_000));
  lab.judge("push.manifest.limit", huge.status !== 201, `33,000,000 bytes: ${sight(huge)}`);
  lab.judge("push.manifest.limit.status", huge.status === 413, `33,000,000 bytes: ${sight(huge)}, expected 413`);
}

function manifestOfSize(bytes: number): Blob {
  const parts = { config: EMPTY.descriptor, layers: [EMPTY.descriptor], artifactType: "application/vnd.teu.certify" };
  const rest = manifestOf({ ...parts, annotations: { filling: "" } }).bytes.length;
  return manifestOf({ ...parts, annotations: { filling: "x".repeat(bytes - rest) } });
}

/** Tags given as parameters with a manifest by digest. */
export async function pushTags(lab: Lab): Promise<void> {
  const manifest = await pushImage(lab);
  const tags = Array.from({ length: 10 }, (_, at) => `certify-param-${at}`);
  const query = tags.map((tag) => `tag=${tag}`).join("&");
  const put = await lab.putManifest(manifest, `${manifest.descriptor.digest}?${query}`);
  const header = put.headers.get(OCI_TAG);
  const set = header === null ? [] : parseTagHeader(header);
  if (!lab.offers("push.tags", put.status === 201 && set.length > 0, sight(put))) {
    lab.untested("the registry takes no tags with a manifest", "push.tags.count", "push.tags.header");
    return;
  }
  lab.judge(
    "push.tags.header",
    tags.every((tag) => set.includes(tag)),
    `${OCI_TAG}: ${set.join(" ")}`,
  );
  const found = await Promise.all(tags.map((tag) => lab.send("HEAD", lab.path("manifests", tag))));
  const there = found.filter(({ status }) => status === 200).length;
  lab.judge("push.tags.count", there === tags.length, `${there} of ${tags.length} tags are there`);
}
