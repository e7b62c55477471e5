/**
 * Pulling from and pushing to registries.
 * @module
 */
import { join } from "node:path";
import type { Bench, Case, Contender } from "./bench.ts";
import { type Filled, type RunningRegistry, fill, startDocker, startOurs } from "./registry/contenders.ts";

const LOAD = join(import.meta.dirname, "registry/load.ts");

/** The benchmark. */
export const bench: Bench = {
  name: "registry",
  title: "Registries",
  about: `One client sends requests over kept connections to registries on the loopback interface, which share the machine with
it; wall times are those of the client. Ours has users, rules, a log of each request and metrics, Docker's registry none of
them. Both keep their data in files on the same disk, and answer a push when it is stored; ours when it is on the disk.
CPU time and memory are those of the client and say nothing here.`,
  prepare: async (folder) => {
    const registries = [await startOurs(join(folder, "ours"), 5911), await startDocker(join(folder, "docker"), 5912)];
    const filled = await Promise.all(registries.map(fill));
    const [first] = filled;
    return first === undefined ? [] : [...pulls(registries, first), ...pushes(registries)];
  },
};

function pulls(registries: readonly RunningRegistry[], { manifest, blobs }: Filled): Case[] {
  const rows = [
    { name: "manifest by tag", path: "manifests/latest", count: 2000, atMost: 1 / 8 },
    { name: "manifest by digest", path: `manifests/${manifest}`, count: 2000, atMost: 1 / 8 },
    { name: "blob of 10 KB", path: `blobs/${blobs["10 KB"]}`, count: 2000, atMost: 1 / 8 },
    { name: "blob of 1 MB", path: `blobs/${blobs["1 MB"]}`, count: 300, atMost: 1 / 2.5 },
    { name: "blob of 100 MB", path: `blobs/${blobs["100 MB"]}`, count: 20, atMost: 1 },
  ];
  return rows.map(({ name, path, count, atMost }) =>
    toCase(`pull of a ${name}`, registries, { words: ["get", path, count, count > 100 ? 16 : 4], count, atMost }),
  );
}

function pushes(registries: readonly RunningRegistry[]): Case[] {
  const rows = [
    { name: "10 KB", bytes: 10_000, count: 1000, connections: 16, atMost: 1 / 2 },
    { name: "1 MB", bytes: 1_000_000, count: 200, connections: 8, atMost: 1 / 1.5 },
    { name: "10 MB", bytes: 10_000_000, count: 40, connections: 4, atMost: 1 / 1.2 },
  ];
  return rows.map(({ name, bytes, count, connections, atMost }) =>
    toCase(`push of ${name}`, registries, {
      words: ["push", "blobs/uploads/", count, connections, bytes],
      count,
      atMost,
    }),
  );
}

function toCase(
  name: string,
  registries: readonly RunningRegistry[],
  { words, count, atMost }: { words: readonly (string | number)[]; count: number; atMost: number },
): Case {
  const [work, path, ...rest] = words.map(String);
  const contenders = registries.map(({ name: registry, version, url }): Contender => ({
    name: registry,
    version,
    command: [process.execPath, LOAD, work ?? "", `${url}/v2/bench/${path}`, ...rest],
  }));
  return {
    name,
    contenders: contenders as [Contender, ...Contender[]],
    rounds: 5,
    bars: [{ peer: "docker-registry", metric: "wall", atMost }],
    work: [{ amount: count, unit: "requests" }],
  };
}
