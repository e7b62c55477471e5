/**
 * An authority that openssl keeps: its list of what is revoked, a responder of OCSP over it, and a server of its list.
 * @module
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { formatCertificates, type Certificate } from "@teu/pki/certificate";
import { privateKeyToDer } from "@teu/pki/keys";
import { formatPem } from "@teu/pki/pem";
import type { TestIdentity } from "@teu/pki/testing/make-certificate";
import type { TempDir } from "@teu/testing/temp-dir";
import { freePort } from "../registry-client/programs.ts";

/** The authority's services. */
export interface OpensslAuthority extends AsyncDisposable {
  /** URL of the responder. */
  readonly ocsp: string;
  /** URL of the list of a name; each name is served the list as it is when it is asked for. */
  readonly crl: (name: string) => string;
  /** Notes certificates as issued, and some as revoked. The responder is started again to see it. */
  readonly issue: (good: readonly Certificate[], revoked: readonly Certificate[]) => Promise<void>;
  /** Ends responder and server. */
  readonly stop: () => Promise<void>;
}

const CONFIG = `
[ca]
default_ca = one
[one]
database = index.txt
crlnumber = crlnumber
default_md = sha256
default_crl_days = 1
`;
const HOST = "127.0.0.1";

/** Opens the services of the authority whose certificate `root` is. They know of no certificate yet. */
export async function openAuthority(dir: TempDir, root: TestIdentity): Promise<OpensslAuthority> {
  await dir.write("authority/root.pem", formatCertificates([root.certificate]));
  await dir.write("authority/root.key", formatPem({ label: "PRIVATE KEY", bytes: privateKeyToDer(root.key) }));
  await dir.write("authority/ca.cnf", CONFIG);
  await dir.write("authority/crlnumber", "01\n");
  const cwd = dir.join("authority");
  const port = await freePort();
  const lists = await serveLists(cwd);
  let responder: ChildProcess | undefined;
  const stopResponder = async (): Promise<void> => {
    if (responder === undefined || responder.exitCode !== null || responder.signalCode !== null) return;
    responder.kill("SIGKILL");
    await once(responder, "close");
  };
  const stop = async (): Promise<void> => {
    await stopResponder();
    lists.close();
    lists.closeAllConnections();
  };
  return {
    ocsp: `http://${HOST}:${port}/`,
    crl: (name) => `http://${HOST}:${(lists.address() as AddressInfo).port}/${name}`,
    issue: async (good, revoked) => {
      const lines = [...good.map((each) => indexLine(each, false)), ...revoked.map((each) => indexLine(each, true))];
      await dir.write("authority/index.txt", lines.join(""));
      await stopResponder();
      responder = await startResponder(cwd, port);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** A line of openssl's database of certificates. */
function indexLine({ serialDer, notAfterMs }: Certificate, isRevoked: boolean): string {
  const serial = Buffer.from(serialDer.subarray(2)).toString("hex").toUpperCase();
  const revoked = isRevoked ? timeText(Date.now() - 60_000) : "";
  return `${isRevoked ? "R" : "V"}\t${timeText(notAfterMs)}\t${revoked}\t${serial}\tunknown\t/CN=${serial}\n`;
}

function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+/, "").replace(/[-:T]/g, "").slice(2);
}

async function startResponder(cwd: string, port: number): Promise<ChildProcess> {
  const signer = ["-CA", "root.pem", "-rsigner", "root.pem", "-rkey", "root.key", "-rmd", "sha256"];
  const words = ["ocsp", "-port", String(port), "-index", "index.txt", "-nmin", "30", ...signer];
  const child = spawn("openssl", words, { cwd, stdio: ["ignore", "pipe", "ignore"] });
  const ended = once(child, "close").then(() => "");
  const heard = once(createInterface({ input: child.stdout }), "line").then(([line]) => String(line));
  const line = await Promise.race([heard, ended]);
  if (line.startsWith("ACCEPT")) return child;
  child.kill("SIGKILL");
  throw new Error(`openssl ocsp: ${JSON.stringify(line)}, expected that it accepts`);
}

async function serveLists(cwd: string): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume();
    const common = ["ca", "-config", "ca.cnf", "-gencrl", "-keyfile", "root.key", "-cert", "root.pem"];
    const pem = execFileSync("openssl", common, { cwd, stdio: ["ignore", "pipe", "ignore"], timeout: 20_000 });
    const der = execFileSync("openssl", ["crl", "-outform", "DER"], { cwd, input: pem, timeout: 20_000 });
    response.setHeader("content-type", "application/pkix-crl").end(der);
  });
  server.listen(0, HOST);
  await once(server, "listening");
  return server;
}
