/**
 * Keys for registries that are measured by TLS.
 * @module
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Files of a key and its certificate, and the certificate itself. */
export interface Keys {
  readonly key: string;
  readonly cert: string;
  readonly pem: string;
}

/** Makes a key on the curve P-256 and a certificate for the loopback address, in `folder`. */
export function makeKeys(folder: string): Keys {
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert];
  const name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-days", "30"];
  execFileSync("openssl", ["req", "-x509", ...curve, ...name], { stdio: "ignore" });
  return { key, cert, pem: readFileSync(cert, "utf8") };
}
