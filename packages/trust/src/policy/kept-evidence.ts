/**
 * Evidence in a file beside the images of a store.
 * @module
 */
import { mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readDescriptor } from "@teu/content/links";
import { fromBase64, toBase64 } from "@teu/pki/base64";
import { type Digest, splitDigest } from "@teu/spec/digest";
import { writeFileAtomic } from "@teu/std/atomic-file";
import { isTeuError } from "@teu/std/error";
import { type Json, JsonError } from "@teu/std/json";
import { parseJsonBytes, stringifyJson } from "@teu/std/json-value";
import { collect } from "@teu/std/streams";
import type { Found, FoundForm, Unread } from "../find/gather.ts";
import { type EvidenceSubject, type ImageEvidence, evidenceError } from "./evidence.ts";
import type { KeptAnswer } from "./kept-answers.ts";
import { onlyFields, readOneOf } from "./strict-json.ts";

const MAX_BYTES = 256 * 1024 * 1024;

/**
 * The file for an image, by the digest of what its name stands for in the store.
 * @param of What the evidence is about: the image itself, or an encrypted one that it was decrypted from.
 */
export function evidencePath(imagesFolder: string, root: Digest, of: "itself" | "encrypted" = "itself"): string {
  const { algorithm, encoded } = splitDigest(root);
  const ending = of === "encrypted" ? ".encrypted.json" : ".json";
  return join(imagesFolder, "evidence", `${algorithm}-${encoded}${ending}`);
}

/** Keeps evidence in place of what was kept before. */
export async function keepEvidence(path: string, { subjects, answers = [] }: ImageEvidence): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  const kept = answers.map((answer) => ({ ...answer, bytes: toBase64(answer.bytes) }));
  const about = kept.length === 0 ? {} : { answers: kept };
  const text = stringifyJson({ version: 1, subjects: subjects.map(writeSubject), ...about });
  await writeFileAtomic(path, text, { mode: 0o644 });
}

function writeSubject({ subject, index, encryptedManifest, found }: EvidenceSubject): object {
  return {
    subject,
    ...(index === undefined ? {} : { index: toBase64(index) }),
    ...(encryptedManifest === undefined ? {} : { encryptedManifest: toBase64(encryptedManifest) }),
    found: found.map((each) => (each.form === "unknown" ? each : { ...each, bytes: toBase64(each.bytes) })),
  };
}

/**
 * Reads evidence; nothing if none was kept. It is as good as the signatures in it, whoever wrote the file.
 * @throws TeuError `ERR_EVIDENCE_INVALID`
 */
export async function readEvidence(path: string): Promise<ImageEvidence | undefined> {
  const bytes = await readIfThere(path);
  if (bytes === undefined) return undefined;
  try {
    const json = parseJsonBytes(bytes, { maxLength: MAX_BYTES, maxDepth: 16 });
    onlyFields(json, ["version", "subjects", "answers"]);
    json.get("version").integerBetween(1, 1);
    const answers = json.get("answers").list().map(readAnswer);
    return { subjects: json.get("subjects").list().map(readSubject), ...(answers.length === 0 ? {} : { answers }) };
  } catch (error) {
    if (error instanceof JsonError || isTeuError(error)) throw evidenceError(error.message, error);
    throw error;
  }
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    await using file = await open(path);
    return await collect(file.createReadStream({ autoClose: false }), { maxBytes: MAX_BYTES, what: `"${path}"` });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function readSubject(json: Json): EvidenceSubject {
  const [index, encrypted] = [json.get("index"), json.get("encryptedManifest")];
  return {
    subject: readDescriptor(json.get("subject")),
    found: json.get("found").list().map(readFound),
    ...(index.absent ? {} : { index: fromBase64(index.string()) }),
    ...(encrypted.absent ? {} : { encryptedManifest: fromBase64(encrypted.string()) }),
  };
}

function readAnswer(json: Json): KeptAnswer {
  return {
    kind: readOneOf(json.get("kind"), ["ocsp", "crl"] as const),
    url: json.get("url").string(),
    about: json.get("about").string(),
    bytes: fromBase64(json.get("bytes").string()),
  };
}

const FORMS: readonly (FoundForm | "unknown")[] = [
  "bundle",
  "simple-signing",
  "dsse",
  "notation-jws",
  "notation-cose",
  "gpg",
  "unknown",
];

function readFound(json: Json): Found | Unread {
  const form = readOneOf(json.get("form"), FORMS);
  const place = readOneOf(json.get("place"), ["referrer", "tag", "lookaside"] as const);
  const manifest = readDescriptor(json.get("manifest"));
  if (form === "unknown") {
    const others = json.get("isOthers");
    const problem = json.get("problem").string();
    return { form, place, manifest, problem, ...(others.absent ? {} : { isOthers: others.boolean() }) };
  }
  const annotations = json.get("annotations");
  return {
    form,
    place,
    manifest,
    layer: readDescriptor(json.get("layer")),
    bytes: fromBase64(json.get("bytes").string()),
    annotations: Object.fromEntries(annotations.names().map((name) => [name, annotations.get(name).string()])),
  };
}
