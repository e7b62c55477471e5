/**
 * Layers' keys wrapped as JSON Web Encryption, for public keys.
 * @module
 */
import type { KeyObject } from "node:crypto";
import { openJwe, writeJwe } from "@teu/pki/jwe";
import type { JweRecipient } from "@teu/pki/jwe-keys";
import type { KeyUnwrapper, KeyWrapper } from "./layer-keys.ts";

const SCHEME = "jwe";

/** Wraps for the owners of all these keys. */
export function jweWrapper(recipients: readonly JweRecipient[]): KeyWrapper {
  return { scheme: SCHEME, wrap: async (secrets) => new TextEncoder().encode(writeJwe(secrets, recipients)) };
}

/** Unwraps with a private key. */
export function jweUnwrapper(key: KeyObject): KeyUnwrapper {
  return { scheme: SCHEME, unwrap: async (wrapped) => openJwe(new TextDecoder().decode(wrapped), key) };
}
