/**
 * `teu attestation`: looks at what is attested. Nothing is verified here, and every command says so.
 * @module
 */
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseLinks } from "@teu/content/links";
import { readVerified } from "@teu/content/verified-read";
import type { Descriptor } from "@teu/spec/descriptor";
import { splitDigest } from "@teu/spec/digest";
import { isIndex, isManifest } from "@teu/spec/media-types";
import { createFileAtomic } from "@teu/std/atomic-file";
import { stringifyJson } from "@teu/std/json-value";
import { printable } from "@teu/std/redact";
import { type UnverifiedAttestation, readAttestations } from "@teu/trust/attest/read-attestations";
import { COSIGN_SIGN_PREDICATE } from "@teu/trust/formats/types";
import { gather } from "@teu/trust/find/gather";
import type { Action, Invocation } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { openRegistries } from "../../images/client.ts";
import { type TrustPlace, openForReading } from "./place.ts";
import { readType } from "./verify.ts";

/** Runs `teu attestation ls`. */
export const list: Action = async (invocation, host) => {
  const found = await read(invocation, host);
  if (invocation.option("format") === "json") {
    const plain = found.map(({ form, manifest, layer, statement, isAboutImage }) => {
      const { predicateType, subject } = statement;
      return { form, manifest: manifest.digest, layer: layer.digest, predicateType, subject, isAboutImage };
    });
    host.out(`${stringifyJson(plain)}\n`);
  } else for (const each of found) host.out(`${lineOf(each)}\n`);
  host.note("teu: none of this is verified; teu verify --type does that");
  return EXIT.ok;
};

function lineOf({ form, layer, statement, isAboutImage }: UnverifiedAttestation): string {
  const about = isAboutImage ? "" : "  (about something else)";
  return printable(`${layer.digest}  ${form}  ${statement.predicateType}${about}`);
}

/** Runs `teu attestation show`. */
export const show: Action = async (invocation, host) => {
  for (const { statement } of await read(invocation, host)) host.out(`${stringifyJson(statement.predicate, 2)}\n`);
  return EXIT.ok;
};

/** Runs `teu attestation download`. */
export const download: Action = async (invocation, host) => {
  const folder = resolve(host.cwd, invocation.operands[1] ?? ".");
  await mkdir(folder, { recursive: true });
  for (const { layer, payload } of await read(invocation, host)) {
    const name = `${splitDigest(layer.digest).encoded}.intoto.json`;
    await createFileAtomic(join(folder, name), payload);
    host.out(`${name}\n`);
  }
  return EXIT.ok;
};

async function read(invocation: Invocation, host: Host): Promise<readonly UnverifiedAttestation[]> {
  using registries = openRegistries(invocation, host);
  await using place = await openForReading(invocation.operands[0] ?? "", { registries, host, invocation });
  const type = invocation.option("type");
  const wanted = type === undefined ? undefined : readType(type);
  const { store, root, nameOfTag } = place;
  const found = await Array.fromAsync(readAttestations(store, root, { nameOfTag, signal: host.signal }));
  // A signature of cosign 3 is a statement as well, but attests to nothing.
  return found.filter(({ statement: { predicateType } }) =>
    wanted === undefined ? predicateType !== COSIGN_SIGN_PREDICATE : predicateType === wanted,
  );
}

/** Runs `teu attestation tree`. */
export const tree: Action = async (invocation, host) => {
  using registries = openRegistries(invocation, host);
  await using place = await openForReading(invocation.operands[0] ?? "", { registries, host, invocation });
  host.out(`${printable(place.title)}\n`);
  await showImage(place, place.root, { host, depth: 0 });
  return EXIT.ok;
};

interface Branch {
  readonly host: Host;
  readonly depth: number;
}

const MAX_DEPTH = 8;

async function showImage(place: TrustPlace, subject: Descriptor, { host, depth }: Branch): Promise<void> {
  const { store, nameOfTag } = place;
  const indent = "  ".repeat(depth);
  const { os, architecture } = subject.platform ?? {};
  host.out(`${indent}${subject.digest}${os === undefined ? "" : printable(`  ${os}/${architecture}`)}\n`);
  const statements = new Map<string, string>();
  for await (const { manifest, layer, statement } of readAttestations(store, subject, { nameOfTag }))
    statements.set(`${manifest.digest} ${layer.digest}`, statement.predicateType);
  for await (const found of gather(store, subject, { nameOfTag, signal: host.signal })) {
    if (found.form === "unknown") continue;
    const type = statements.get(`${found.manifest.digest} ${found.layer.digest}`) ?? "signature";
    host.out(printable(`${indent}  ${found.form}  ${type}  ${found.manifest.digest}`) + "\n");
  }
  if (!isIndex(subject.mediaType) || depth >= MAX_DEPTH) return;
  const { children } = parseLinks(await readVerified(store, subject, { signal: host.signal }), subject);
  for (const child of children)
    if (isIndex(child.mediaType) || isManifest(child.mediaType))
      await showImage(place, child, { host, depth: depth + 1 });
}
