/**
 * Who signs, by the options of a command: the owner of a key, or an identity.
 * @module
 */
import { keySigner } from "@teu/pki/signature";
import { parseSigningConfig } from "@teu/trust/formats/signing-config";
import type { SignOptions } from "@teu/trust/sign/sign-image";
import type { Invocation } from "../../command.ts";
import type { Host } from "../../host.ts";
import { readPrivateKey, readSmall, readText, usage } from "./key-file.ts";

/** What signs. */
export type SignerOptions = Pick<SignOptions, "signer" | "keyless">;

/**
 * Reads the key, or the token and where it is good for.
 * @throws TeuError `ERR_USAGE` if there is neither, or both.
 */
export async function readSigner(invocation: Invocation, host: Host): Promise<SignerOptions> {
  const [key, token, config] = ["key", "identity-token", "signing-config"].map((name) => invocation.option(name));
  if (key !== undefined && token !== undefined)
    throw usage("Signing: there are --key and --identity-token, expected one");
  if (key !== undefined) return { signer: keySigner(await readPrivateKey(key, invocation, host)) };
  if (token === undefined) throw usage("Signing: there is no --key", "teu key generate makes one");
  if (config === undefined) throw usage("Signing: there is no --signing-config", "It says which services to sign with");
  const services = parseSigningConfig(await readSmall(config, host), Date.now());
  return { keyless: { identityToken: (await readText(token, host)).trim(), services, signal: host.signal } };
}
