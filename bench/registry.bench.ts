/**
 * Pulling from and pushing to registries.
 * @module
 */
import { join } from "node:path";
import type { Bench, Case, Contender } from "./bench.ts";
import { type Filled, type RunningRegistry, fill } from "./registry/contenders.ts";
import { type Load, buildLoad, loadCommand } from "./registry/load.ts";
import { startDocker } from "./registry/docker.ts";
import { startOurs } from "./registry/ours.ts";
import { makeKeys } from "./registry/tls-keys.ts";

const PEER = "docker-registry";

/** The benchmark. */
export const bench: Bench = {
  name: "registry",
  title: "Registries",
  about: `A small program in C (bench/registry/load.c) sends requests over kept connections to registries on the loopback
interface, which share the machine with it. Wall times and p99 are those of the client; CPU time and peak memory are those of
the registry alone. Ours asks for a user's token with each request, applies rules, writes a line of log for each and keeps
metrics; Docker's registry does none of these and caches descriptors in memory. Both keep their data in files on the same
disk, and answer a push when it is stored; ours when it is on the disk with the names of its folders.`,
  prepare: async (folder) => {
    buildLoad();
    const keys = makeKeys(folder);
    const plain = [await startOurs(join(folder, "ours"), 5921), await startDocker(join(folder, "docker"), 5922)];
    const tls = [
      await startOurs(join(folder, "ours-tls"), 5923, keys),
      await startDocker(join(folder, "docker-tls"), 5924, keys),
    ];
    let filled: Filled | undefined;
    // The same content in all of them.
    for (const registry of [...plain, ...tls]) filled = await fill(registry);
    if (filled === undefined) return [];
    const rows = pullsOf(filled);
    return [
      ...pulls(plain, rows),
      ...pulls(
        tls,
        rows.filter(({ byTls }) => byTls),
      ),
      ...pushes(plain),
    ];
  },
};

interface Pull {
  readonly name: string;
  readonly work?: Load["work"];
  readonly path: string;
  readonly count: number;
  readonly connections?: number;
  readonly atMost: number;
  readonly maxP99Ms?: number;
  readonly byTls?: boolean;
}

function pullsOf({ manifest, blobs }: Filled): readonly Pull[] {
  return [
    {
      name: "GET of a manifest by tag",
      path: "manifests/latest",
      count: 10_000,
      atMost: 1 / 8,
      maxP99Ms: 20,
      byTls: true,
    },
    { name: "GET of a manifest by digest", path: `manifests/${manifest}`, count: 10_000, atMost: 1 / 8, maxP99Ms: 20 },
    { name: "HEAD of a blob", work: "HEAD", path: `blobs/${blobs["10 KB"]}`, count: 10_000, atMost: 1 / 10 },
    { name: "GET of a blob of 10 KB", path: `blobs/${blobs["10 KB"]}`, count: 5000, atMost: 1 / 8, byTls: true },
    { name: "GET of a blob of 1 MB", path: `blobs/${blobs["1 MB"]}`, count: 500, atMost: 1 / 2.5, byTls: true },
    {
      name: "GET of a blob of 100 MB",
      path: `blobs/${blobs["100 MB"]}`,
      count: 20,
      connections: 4,
      atMost: 1,
      byTls: true,
    },
  ];
}

function pulls(registries: readonly RunningRegistry[], rows: readonly Pull[]): Case[] {
  const suffix = registries[0]?.keys === undefined ? "" : ", TLS";
  return rows.map(({ name, work = "GET", path, count, connections = 16, atMost, maxP99Ms }) => {
    const load: Load = { work, path, count, connections };
    return {
      ...toCase(`${name}${suffix}`, registries, { load, atMost }),
      ...(maxP99Ms === undefined ? {} : { maxP99Ms }),
    };
  });
}

function pushes(registries: readonly RunningRegistry[]): Case[] {
  const rows = [
    { name: "10 KB", bytes: 10_000, count: 1000, connections: 16, atMost: 1 / 2 },
    { name: "1 MB", bytes: 1_000_000, count: 200, connections: 8, atMost: 1 / 1.5 },
    { name: "10 MB", bytes: 10_000_000, count: 40, connections: 4, atMost: 1 / 1.2 },
  ];
  return rows.map(({ name, bytes, count, connections, atMost }) => {
    const load: Load = { work: "PUSH", bytes, path: "blobs/uploads/", count, connections };
    return toCase(`push of a blob of ${name}`, registries, { load, atMost });
  });
}

function toCase(
  name: string,
  registries: readonly RunningRegistry[],
  { load, atMost }: { readonly load: Load; readonly atMost: number },
): Case {
  const contenders = registries.map((registry): Contender => ({
    name: registry.name,
    version: registry.version,
    command: loadCommand(registry, load),
    server: registry.pid,
  }));
  return {
    name,
    contenders: contenders as [Contender, ...Contender[]],
    rounds: 5,
    bars: [{ peer: PEER, metric: "wall", atMost }],
    maxPeakMB: 128,
    work: [{ amount: load.count, unit: "requests" }],
  };
}
