/** Pushing and pulling an image, beside skopeo and crane. */
import { execFileSync, execSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { programPath } from "@teu/testing/skip";
import { projectRoot } from "../tools/project.ts";
import type { Bar, Bench, Case, Contender } from "./bench.ts";
import { packedTeu } from "./packed-teu.ts";
import { startDocker } from "./registry/docker.ts";
import { benchImage } from "./unpack/image.ts";

const PORT = 5913;
const HOST = `127.0.0.1:${PORT}`;
const SKOPEO_CACHE = "/var/lib/containers/cache/blob-info-cache-v1";
// Of eleven, the lowest CPU time of one program differed by a fifth from one benchmark to the next.
const LONG_ROUNDS = 21;
const MAX_PEAK_MB = 150;
const PEERS = join(projectRoot, ".setup/peers/bin");
const LEAST_PUSH = join(projectRoot, "bench/client/least-push.cjs");

export const bench: Bench = {
  name: "client",
  title: "Pushing to and pulling from a registry",
  about: `The image is the one of the unpacking benchmark, 262 MB in four gzip layers, in an OCI image layout. The registry is
Debian's docker-registry on the loopback interface, which shares the machine with its clients. Every push goes to a new
repository, every pull into a new folder; what we and skopeo pull is then on the disk, what crane does in the page cache.
skopeo hashes what it pushes, crane and we leave that to the registry. With nothing to do, all of the image is where it
should be already. Ours is the command as it is published and npm links it: a small script, which starts \`teu-front\`
(ADR 18). skopeo is measured twice: the machine's own, and that of Debian's newest suite, which \`tools/peers/install.sh\` unpacks
together with crane. skopeo's cache of what is where is removed before each run. Three rows are there to compare with, without a
bar: Node alone does nothing at all, the least push in Node reads the blobs and sends them, without a question, a digest or a
manifest (\`bench/client/least-push.cjs\`), and curl sends the largest layer alone, which is what the registry takes at least.`,
  prepare,
};

async function prepare(folder: string): Promise<readonly Case[]> {
  const { gzip } = benchImage();
  await startDocker(join(folder, "registry"), PORT);
  const world: World = { folder, layout: gzip, teu: await packedTeu(folder) };
  mkdirSync(join(folder, "out"));
  execSync(`${world.teu} push -q oci:${gzip}:v1 docker://${HOST}/bench/app:v1`, {
    stdio: "ignore",
    env: { ...process.env, HOME: folder },
  });
  const clients = clientsOf(world);
  return [
    toCase(world, "push", {
      clients,
      rounds: LONG_ROUNDS,
      skopeo: 0.7,
      crane: 1,
      run: ({ push }, at) => push(`${HOST}/new/${at}:v1`),
      beside: [
        {
          name: "least push in node",
          version: process.version,
          command: `${process.execPath} ${LEAST_PUSH} ${gzip} ${HOST} new/$1`,
        },
        ...largestAlone(gzip),
      ],
    }),
    toCase(world, "pull", {
      clients,
      rounds: LONG_ROUNDS,
      skopeo: 0.9,
      crane: 1,
      run: ({ pull }, at) => pull(join(folder, "out", at)),
    }),
    toCase(world, "push of what is there", {
      clients,
      rounds: 15,
      skopeo: 1,
      run: ({ push }) => push(`${HOST}/bench/app:v1`),
      beside: [NODE_ALONE],
    }),
    toCase(world, "pull of what is here", {
      // crane has no such thing: it would append the image to the layout again.
      clients: clients.filter(({ name }) => name !== "crane"),
      rounds: 15,
      skopeo: 1,
      run: ({ name, pull }) => pull(join(folder, "here", name.replaceAll(" ", "-"))),
      beside: [NODE_ALONE],
    }),
  ];
}

/** A program to compare with that no bar is about. */
interface Beside {
  readonly name: string;
  readonly version: string;
  /** A shell command. */
  readonly command: string;
}

/** curl sends the largest blob of a layout, where there is curl. */
function largestAlone(layout: string): readonly Beside[] {
  if (programPath("curl") === undefined) return [];
  const blobs = globSync(join(layout, "blobs/*/*"));
  const sizes = new Map(blobs.map((path) => [path, statSync(path).size]));
  const [largest = ""] = blobs.toSorted((a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0));
  const begin = `curl -s -D - -o /dev/null -X POST "http://${HOST}/v2/alone/$0/blobs/uploads/"`;
  const send = `curl -s -o /dev/null -X PATCH -T ${largest} "$(${begin} | tr -d "\\r" | sed -n "s/^[Ll]ocation: //p")"`;
  return [{ name: "the largest layer alone", version: versionOf("curl", "--version"), command: `sh -c '${send}' $1` }];
}

const NODE_ALONE: Beside = {
  name: "node alone",
  version: process.version,
  command: `${process.execPath} -e 0`,
};

interface World {
  readonly folder: string;
  readonly layout: string;
  /** The start of every command line of ours. */
  readonly teu: string;
}

interface Client {
  readonly name: string;
  readonly version: string;
  /** Shell commands. */
  readonly push: (image: string) => string;
  readonly pull: (layout: string) => string;
}

function clientsOf({ folder, layout, teu }: World): readonly [Client, ...Client[]] {
  const policy = join(folder, "policy.json");
  writeFileSync(policy, JSON.stringify({ default: [{ type: "insecureAcceptAnything" }] }));
  const skopeo = (name: string, program: string): Client => {
    const copy = `${program} --policy ${policy} copy -q`;
    return {
      name,
      version: versionOf(program, "--version"),
      push: (image) => `${copy} --dest-tls-verify=false oci:${layout}:v1 docker://${image}`,
      pull: (target) => `${copy} --src-tls-verify=false docker://${HOST}/bench/app:v1 oci:${target}:v1`,
    };
  };
  const crane = join(PEERS, "crane");
  const newest = join(PEERS, "skopeo");
  if (programPath("skopeo") === undefined || !existsSync(crane) || !existsSync(newest))
    throw new Error("The benchmark needs skopeo on PATH, and what tools/peers/install.sh unpacks");
  return [
    {
      name: "teu",
      version: "this tree",
      push: (image) => `${teu} push -q oci:${layout}:v1 docker://${image}`,
      pull: (target) => `${teu} pull -q --all-platforms ${HOST}/bench/app:v1 oci:${target}:v1`,
    },
    skopeo("skopeo", "skopeo"),
    skopeo("skopeo of sid", newest),
    {
      name: "crane",
      version: "of Debian's newest suite",
      push: (image) => `${crane} push --insecure ${layout} ${image}`,
      pull: (target) => `${crane} pull --insecure --format=oci ${HOST}/bench/app:v1 ${target}`,
    },
  ];
}

interface CaseOptions {
  readonly clients: readonly Client[];
  readonly rounds: number;
  /** The bar beside skopeo, in wall and CPU time. */
  readonly skopeo: number;
  /** The same beside crane. Default: none. */
  readonly crane?: number;
  /** The command of a client; `at` is another text each time. */
  readonly run: (client: Client, at: string) => string;
  readonly beside?: readonly Beside[];
}

function toCase(
  { folder }: World,
  name: string,
  { clients, rounds, skopeo, crane, run, beside = [] }: CaseOptions,
): Case {
  const peers = clients.slice(1).map((client) => client.name);
  const bars = peers.flatMap((peer): Bar[] => {
    const atMost = peer === "crane" ? crane : skopeo;
    if (atMost === undefined) return [];
    return [
      { peer, metric: "wall", atMost },
      { peer, metric: "cpu", atMost },
    ];
  });
  const commands = clients.map((client) => ({ ...client, command: run(client, "$1") }));
  const contenders = [...commands, ...beside].map((one): Contender => {
    const script = join(folder, `${name}-${one.name}.sh`.replaceAll(" ", "-"));
    // A name of its own for each run; the shell gives way to the program.
    writeFileSync(script, `set -- $$-$(date +%s%N)\nexec ${one.command}\n`);
    return {
      name: one.name,
      version: one.version,
      command: ["sh", script],
      env: { HOME: folder },
      before: () => {
        for (const ending of ["boltdb", "sqlite"]) rmSync(`${SKOPEO_CACHE}.${ending}`, { force: true });
        rmSync(join(folder, "out"), { recursive: true, force: true });
        mkdirSync(join(folder, "out"));
      },
    };
  });
  return { name, contenders: contenders as [Contender, ...Contender[]], rounds, bars, maxPeakMB: MAX_PEAK_MB };
}

function versionOf(program: string, word: string): string {
  return execFileSync(program, [word], { encoding: "utf8" }).split("\n")[0] ?? "";
}
