/**
 * Who signs, by the options of a command: the owner of a key, or an identity.
 * @module
 */
import { resolve } from "node:path";
import { keySigner } from "@teu/pki/signature";
import { parseSigningConfig } from "@teu/trust/formats/signing-config";
import { pluginPath } from "@teu/trust/plugin/plugin-program";
import { configHome } from "@teu/trust/policy/find-policies";
import type { SignOptions } from "@teu/trust/sign/sign-image";
import type { Invocation } from "../../command.ts";
import type { Host } from "../../host.ts";
import { readPairs } from "../../images/client.ts";
import { readCertificates, readPrivateKey, readSmall, readSecret, usage } from "./key-file.ts";

/** What signs. */
export type SignerOptions = Pick<SignOptions, "signer" | "keyless" | "envelopes">;

/**
 * Reads the key, or the token and where it is good for, or opens the plug-in.
 * @throws TeuError `ERR_USAGE` if there is none of these, or several; `ERR_PLUGIN`.
 */
export async function readSigner(invocation: Invocation, host: Host): Promise<SignerOptions> {
  const [way, ...others] = (["key", "identity-token", "plugin"] as const).filter(
    (name) => invocation.option(name) !== undefined,
  );
  if (others.length > 0) throw usage(`Signing: there are --${way} and --${others.join(" and --")}, expected one`);
  if (way === undefined) throw usage("Signing: there is no --key", "teu key generate makes one");
  const value = invocation.option(way) ?? "";
  if (way === "key") return { signer: keySigner(await readPrivateKey(value, invocation, host)) };
  if (way === "plugin") return await openPlugin(value, invocation, host);
  const services = parseSigningConfig(await readServices(invocation, host), Date.now());
  return { keyless: { identityToken: (await readSecret(value, host)).trim(), services, signal: host.signal } };
}

async function readServices(invocation: Invocation, host: Host): Promise<Uint8Array> {
  const file = invocation.option("signing-config");
  if (file !== undefined) return await readSmall(file, host);
  host.note(
    "teu: the public sigstore keeps a log for everybody to read: who signed, and the digest of what, stay there",
  );
  return (await import("@teu/trust/formats/public-good")).PUBLIC_GOOD_SERVICES;
}

/** A plug-in signs what it is given, or makes whole envelopes, with the certificates in them. */
async function openPlugin(name: string, invocation: Invocation, host: Host): Promise<SignerOptions> {
  const [keyId, certificate] = ["key-id", "certificate"].map((option) => invocation.option(option));
  if (keyId === undefined) throw usage("Signing with a plug-in: there is no --key-id");
  const { pluginCapabilities } = await import("@teu/trust/plugin/plugin-program");
  const config = readPairs(invocation.options("plugin-config"), "plugin-config");
  const key = { program: programOf(name, host), keyId, config, signal: host.signal };
  const capabilities = await pluginCapabilities(key.program, host.signal);
  if (capabilities.has("SIGNATURE_GENERATOR.ENVELOPE") && !capabilities.has("SIGNATURE_GENERATOR.RAW")) {
    const { envelopePlugin } = await import("@teu/trust/sign/notation-envelope-plugin");
    return { envelopes: envelopePlugin(key) };
  }
  if (certificate === undefined) throw usage("Signing with a plug-in: there is no --certificate of the key");
  const { pluginSigner } = await import("@teu/trust/sign/notation-plugin");
  return { signer: await pluginSigner({ ...key, chain: await readCertificates(certificate, host) }) };
}

function programOf(name: string, { env, cwd }: Host): string {
  if (name.includes("/")) return resolve(cwd, name);
  const path = pluginPath(configHome({ env }), name);
  if (path === undefined) throw usage(`Reading option --plugin "${name}": expected a name or a path`);
  return path;
}
