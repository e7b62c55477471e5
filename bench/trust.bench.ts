/** Verifying signatures, beside cosign and notation. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { copy } from "@teu/content/copy";
import { formatCertificates } from "@teu/pki/certificate";
import { formatPublicKey, generateKey } from "@teu/pki/keys";
import { keySigner } from "@teu/pki/signature";
import { Registry } from "@teu/registry-client/registry";
import type { Repository } from "@teu/registry-client/repository";
import type { Descriptor } from "@teu/spec/descriptor";
import { signImage } from "@teu/trust/sign/sign-image";
import { projectRoot } from "../tools/project.ts";
import { realImage } from "../test/content/peers.ts";
import { signingChain, strictPolicy } from "../test/trust/notation-trust.ts";
import type { Bench, Case, Contender } from "./bench.ts";
import { packedTeu } from "./packed-teu.ts";
import { startDocker } from "./registry/docker.ts";

const PORT = 5914;
const HOST = `127.0.0.1:${PORT}`;
const PEERS = join(projectRoot, ".setup/peers/bin");
const COUNT = 1000;
const LEAST = join(projectRoot, "bench/trust/least-verify.cjs");
const MANY = join(projectRoot, "bench/trust/verify-many.ts");
const SOURCES = ["--conditions=@teu/source", "--disable-warning=ExperimentalWarning"];

export const bench: Bench = {
  name: "trust",
  title: "Verifying signatures",
  about: `A small image in Debian's docker-registry on the loopback interface, which shares the machine. It is signed with an ECDSA
key once in each form that cosign knows, and once as the Notary Project has it. Nobody else is asked over the network. Ours
is the command as it is published and npm links it: a small script, which starts \`teu-front\` (ADR 18), or Node where certificates
are to be judged. cosign and notation are those of Debian's newest
suite, which \`tools/peers/install.sh\` unpacks. Node alone does nothing at all, and the least in Node makes one request and checks one
signature (\`bench/trust/least-verify.cjs\`). The library verifies from memory, one after
the other: each time the image's referrers and tags are read, hashed and judged anew, and starting Node is part of that figure
too.`,
  prepare,
};

async function prepare(folder: string): Promise<readonly Case[]> {
  for (const name of ["cosign", "notation"])
    if (!existsSync(join(PEERS, name)))
      throw new Error(`The benchmark needs ${name}: tools/peers/install.sh unpacks it`);
  await startDocker(join(folder, "registry"), PORT);
  const signed = await signAll(folder);
  const teu = await packedTeu(folder);
  const env = { HOME: folder, XDG_CONFIG_HOME: join(folder, "config") };
  const contender = (name: string, version: string, command: Contender["command"]): Contender => {
    return { name, version, command, env };
  };
  const ours = (...words: readonly string[]): Contender =>
    contender("teu", "this tree", [teu, "verify", "--insecure", HOST, ...words]);
  const theirs = (name: string, ...words: readonly string[]): Contender =>
    contender(name, "of Debian's newest suite", [join(PEERS, name), "verify", ...words]);
  const idle = contender("node alone", process.version, [process.execPath, "-e", "0"]);
  const least = contender("least in node", process.version, [process.execPath, LEAST, HOST, signed.key]);
  const cosign = ["--key", signed.key, "--insecure-ignore-tlog", "--allow-http-registry", signed.byKey];
  return [
    {
      name: "with a key",
      contenders: [ours("--key", signed.key, signed.byKey), theirs("cosign", ...cosign), least, idle],
      bars: [{ peer: "cosign", metric: "wall", atMost: 0.6 }],
      rounds: 21,
    },
    {
      name: "with the certificates of an authority",
      contenders: [
        ours("--ca", signed.authority, signed.byCertificate),
        theirs("notation", "--insecure-registry", signed.byCertificate),
        least,
        idle,
      ],
      rounds: 21,
    },
    {
      name: `${COUNT} times through the library`,
      contenders: [contender("teu", "this tree", [process.execPath, ...SOURCES, MANY, String(COUNT)])],
      work: [{ amount: COUNT, unit: "verifications" }],
    },
  ];
}

interface Signed {
  readonly key: string;
  readonly authority: string;
  readonly byKey: string;
  readonly byCertificate: string;
}

async function signAll(folder: string): Promise<Signed> {
  const key = await generateKey();
  const { leaf, root } = await signingChain(key);
  const store = join(folder, "config/notation/truststore/x509/ca/teu");
  mkdirSync(store, { recursive: true });
  const [publicKey, authority] = [join(folder, "key.pub"), join(store, "root.pem")];
  writeFileSync(publicKey, formatPublicKey(key));
  writeFileSync(authority, formatCertificates([root]));
  writeFileSync(join(folder, "config/notation/trustpolicy.json"), strictPolicy("ca:teu"));
  const byKey = await push("key", async (repository, image) => {
    const signing = { signer: keySigner(key), name: `${HOST}/key:v1` };
    await signImage({ store: repository }, image, signing);
  });
  const byCertificate = await push("certificate", async (repository, image) => {
    const chain = [leaf, root];
    await signImage({ store: repository }, image, { signer: keySigner(key), chain, forms: ["notation-jws"] });
  });
  return { key: publicKey, authority, byKey, byCertificate };
}

/** Pushes an image of its own, has it signed, and gives its name by digest. */
async function push(path: string, sign: (to: Repository, image: Descriptor) => Promise<void>): Promise<string> {
  const repository = new Registry(`http://${HOST}`).repository(path);
  const { root, store } = realImage(path);
  await copy(store, repository, root, { tags: ["v1"] });
  await sign(repository, root);
  return `${HOST}/${path}@${root.digest}`;
}
