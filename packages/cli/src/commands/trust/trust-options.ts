/**
 * Who is trusted, by the options of a command.
 * @module
 */
import { resolve } from "node:path";
import type { Certificate } from "@teu/pki/certificate";
import type { RevocationWish, Trust } from "@teu/trust/verify/trust";
import type { Invocation } from "../../command.ts";
import type { Host } from "../../host.ts";
import type { TrustPlace } from "./place.ts";
import { readCertificates, readPublicKey, readSmall, usage } from "./key-file.ts";

const MAX_ROOT_BYTES = 16 * 1024 * 1024;

/**
 * Reads keys, authorities and an identity.
 * @throws TeuError `ERR_USAGE` if nothing is to be trusted, or an identity is not whole.
 */
export async function readTrust(invocation: Invocation, host: Host): Promise<readonly Trust[]> {
  const trust: Trust[] = [];
  for (const file of invocation.options("key"))
    trust.push({ kind: "key", name: file, key: await readPublicKey(file, host) });
  const subjects = invocation.options("subject").map(readSubject);
  const stampers: Certificate[] = [];
  for (const file of invocation.options("tsa")) stampers.push(...(await readCertificates(file, host)));
  const revocation = readRevocation(invocation);
  const timestampAnchors = stampers.length === 0 ? {} : { timestampAnchors: stampers };
  for (const file of invocation.options("ca")) {
    const anchors: readonly Certificate[] = await readCertificates(file, host);
    trust.push({
      kind: "certificates",
      name: file,
      anchors,
      revocation,
      ...timestampAnchors,
      ...(subjects.length === 0 ? {} : { subjects }),
    });
  }
  for (const file of invocation.options("gpg-keys"))
    trust.push({ kind: "gpg", name: file, keys: [await readSmall(file, host, MAX_ROOT_BYTES)] });
  trust.push(...(await readIdentities(invocation, host)));
  if (trust.length > 0) return trust;
  throw usage("Verifying: nobody is trusted", "Give --key FILE, --ca FILE, --gpg-keys FILE, or --identity TEXT");
}

function readRevocation(invocation: Invocation): RevocationWish {
  const text = invocation.option("revocation") ?? "skip";
  const ofSigners = (["enforce", "log", "skip"] as const).find((each) => each === text);
  if (ofSigners === undefined) throw usage(`Reading option --revocation "${text}": expected enforce, log or skip`);
  return { ofSigners, ofStampers: ofSigners === "skip" ? "skip" : "enforce" };
}

/** Identities with their issuers: one for all of them, or one for each in the same order. */
async function readIdentities(invocation: Invocation, host: Host): Promise<readonly Trust[]> {
  const [identities, issuers] = [invocation.options("identity"), invocation.options("issuer")];
  if (identities.length === 0) return [];
  const [issuer] = issuers;
  if (issuer === undefined)
    throw usage("Trusting an identity: there is no --issuer", "An identity is as good as its issuer");
  if (issuers.length > 1 && issuers.length !== identities.length)
    throw usage(
      `Trusting identities: ${identities.length} of them and ${issuers.length} issuers, expected one issuer for all or one for each`,
    );
  const trustedRoot = await readTrustedRoot(invocation, host);
  return identities.map((identity, at) => ({
    kind: "identity",
    name: identity,
    identity,
    issuer: issuers[at] ?? issuer,
    trustedRoot,
  }));
}

async function readTrustedRoot(invocation: Invocation, host: Host): Promise<Uint8Array> {
  const file = invocation.option("trusted-root");
  if (file !== undefined) return await readSmall(file, host, MAX_ROOT_BYTES);
  return (await import("@teu/trust/formats/public-good")).PUBLIC_GOOD_ROOT;
}

/** Reads `C=CH,O=Example`. A comma within a value has a backslash in front. */
function readSubject(text: string): Readonly<Record<string, string>> {
  const parts = text.match(/(?:\\.|[^,\\])+/g) ?? [];
  const names = parts.map((part) => /^\s*([A-Za-z0-9.]+)=(.+)$/s.exec(part));
  if (parts.length === 0 || names.includes(null))
    throw usage(`Reading option --subject "${text}": expected such as C=CH,O=Example`);
  return Object.fromEntries(names.map((each) => [each?.[1] ?? "", (each?.[2] ?? "").replace(/\\(.)/g, "$1").trim()]));
}

/** The folder of the signatures that gpg makes of an image; nothing without `--lookaside`, unless the image is in `dir:`. */
export async function lookasideOf(
  invocation: Invocation,
  host: Host,
  { name, root, title, dirFolder }: Pick<TrustPlace, "name" | "root" | "title" | "dirFolder">,
): Promise<string | undefined> {
  const base = invocation.option("lookaside");
  if (base === undefined) return dirFolder;
  if (name === undefined) throw usage(`Finding the signatures of "${title}": expected a full name`, "Give --name NAME");
  const { lookasideFolder } = await import("@teu/trust/find/lookaside");
  return lookasideFolder(resolve(host.cwd, base.replace(/^file:\/\//, "")), name, root.digest);
}
