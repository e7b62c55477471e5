/**
 * Reads what teu's policy trusts from the files that it names, each once.
 * @module
 */
import { resolve } from "node:path";
import { parseCertificates } from "@teu/pki/certificate";
import { parsePublicKey } from "@teu/pki/keys";
import { PUBLIC_GOOD_ROOT } from "../formats/public-good.ts";
import type { Trust } from "../verify/trust.ts";
import type { ReadSmallFile } from "./material.ts";
import type { TrustSource } from "./teu-types.ts";

/** Gives what a name of the policy stands for. @throws TeuError if it cannot be read */
export type TrustReader = (name: string) => Promise<readonly Trust[]>;

/** Makes a reader of the trust in a policy, whose paths are relative to `folder`. */
export function trustReader(
  sources: ReadonlyMap<string, TrustSource>,
  folder: string,
  read: ReadSmallFile,
): TrustReader {
  const known = new Map<string, Promise<readonly Trust[]>>();
  return async (name) => {
    const source = sources.get(name);
    if (source === undefined) return [];
    const trust = known.get(name) ?? readTrust(name, source, (path) => read(resolve(folder, path)));
    known.set(name, trust);
    return await trust;
  };
}

async function readTrust(name: string, source: TrustSource, read: ReadSmallFile): Promise<readonly Trust[]> {
  const text = async (path: string): Promise<string> => new TextDecoder().decode(await read(path));
  const certificates = async (paths: readonly string[]): Promise<ReturnType<typeof parseCertificates>> =>
    (await Promise.all(paths.map(text))).flatMap(parseCertificates);
  switch (source.kind) {
    case "key":
      return [{ kind: "key", name, key: parsePublicKey(await text(source.path)) }];
    case "gpg":
      return [{ kind: "gpg", name, keys: await Promise.all(source.paths.map(read)) }];
    case "identity": {
      const { identity, issuer, trustedRoot: path } = source;
      const trustedRoot = path === undefined ? PUBLIC_GOOD_ROOT : await read(path);
      return [{ kind: "identity", name, identity, issuer, trustedRoot }];
    }
    default: {
      const stampers = await certificates(source.stamperPaths);
      return [
        {
          kind: "certificates",
          name,
          anchors: await certificates(source.paths),
          revocation: { ofSigners: source.revocation, ofStampers: source.revocation === "skip" ? "skip" : "enforce" },
          ...(source.subjects === undefined ? {} : { subjects: source.subjects }),
          ...(stampers.length === 0 ? {} : { timestampAnchors: stampers, timestamps: "always" }),
        },
      ];
    }
  }
}
