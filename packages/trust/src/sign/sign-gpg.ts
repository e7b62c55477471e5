/**
 * Signs images with gpg, for users of `policy.json` with keys of OpenPGP.
 * @see {@link https://github.com/containers/image/blob/v5.36.2/docs/containers-signature.5.md}
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import { addToLookaside } from "../find/lookaside.ts";
import { writeSimpleSigning } from "../formats/simple-signing.ts";
import { type GpgOptions, signGpgMessage } from "../gpg/gpg.ts";

/** How to sign with gpg. */
export interface SignGpgOptions extends GpgOptions {
  /** Fingerprint or user id of a secret key of the user. */
  readonly key: string;
  /** The full name with its tag. */
  readonly name: string;
  /** The folder of the image's signatures, as `lookasideFolder` gives it. */
  readonly folder: string;
  /** The present, in milliseconds since 1970. Default: that of the clock. */
  readonly nowMs?: number;
}

/**
 * Signs an image and answers with the path of the signature.
 * @throws TeuError `ERR_PLUGIN`; what the file system throws.
 */
export async function signGpg(subject: Descriptor, options: SignGpgOptions): Promise<string> {
  const { name, key, folder, nowMs = Date.now() } = options;
  const payload = writeSimpleSigning({
    type: "atomic container signature",
    name,
    digest: subject.digest,
    optional: { creator: "teu", timestamp: Math.floor(nowMs / 1000) },
  });
  return await addToLookaside(folder, await signGpgMessage(payload, key, options));
}
