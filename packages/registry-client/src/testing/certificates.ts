/**
 * Certificates for tests, made with openssl: an authority, a server and a client.
 * @module
 */
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** A certificate and its key, as PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** All of them. */
export interface TestCertificates {
  /** The certificate of the authority, as PEM. */
  readonly ca: string;
  /** Of `registry.example` and `127.0.0.1`. */
  readonly server: KeyPair;
  readonly client: KeyPair;
}

/** Makes them, also as the files `ca.crt`, `server.crt`, `server.key`, `client.crt` and `client.key` in `folder`. */
export async function makeCertificates(folder: string): Promise<TestCertificates> {
  const request = (...words: readonly string[]): void => {
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
    execFileSync("openssl", ["req", "-x509", ...key, ...words], { cwd: folder, stdio: "ignore" });
  };
  request("-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=test CA");
  for (const [name, subject] of [
    ["server", "DNS:registry.example,IP:127.0.0.1"],
    ["client", "DNS:client.example"],
  ] as const) {
    const files = ["-CA", "ca.crt", "-CAkey", "ca.key", "-keyout", `${name}.key`, "-out", `${name}.crt`];
    request(...files, "-subj", `/CN=${name}`, "-addext", `subjectAltName=${subject}`);
  }
  const read = async (name: string): Promise<string> => await readFile(join(folder, name), "utf8");
  const pair = async (name: string): Promise<KeyPair> => ({
    certificate: await read(`${name}.crt`),
    key: await read(`${name}.key`),
  });
  return { ca: await read("ca.crt"), server: await pair("server"), client: await pair("client") };
}
