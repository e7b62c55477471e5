/**
 * Several nodes of a registry on one PostgreSQL and one bucket, in the S3 gateway of Ceph where TEU_TEST_S3 asks for it.
 * @module
 */
import { once } from "node:events";
import type { S3Options } from "@teu/registry-server/storage/s3/client";
import { fakeS3 } from "@teu/registry-server/testing/fake-s3";
import { startPostgres } from "@teu/registry-server/testing/postgres-server";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { needsCeph, startCeph } from "./ceph.ts";
import { type Server, startServiceNode } from "./server.ts";

/** Nodes that run. */
export interface Cluster extends AsyncDisposable {
  readonly dir: TempDir;
  readonly nodes: Server[];
  /** Kills a node at once and starts it again. */
  readonly restart: (index: number) => Promise<void>;
  /** Collections that removed something, and what they removed. */
  readonly collected: { collections: number; blobs: number };
}

/** How many nodes there are. */
export const NODES = 3;

/**
 * Starts them.
 * @param more Lines of their configuration.
 */
export async function startCluster(more = ""): Promise<Cluster> {
  await using cleanup = new AsyncDisposableStack();
  const dir = cleanup.use(await tempDir());
  const [database, bucket] = [cleanup.use(await startPostgres()), await openBucket(cleanup)];
  const { accessKey, secretKey } = bucket.credentials();
  const s3 = { bucket: bucket.bucket, endpoint: bucket.endpoint, accessKey, secretKey };
  const config = `database: ${await database.database()}\ns3: ${JSON.stringify(s3)}\n${more}\n`;
  const file = await dir.write("registry.yaml", config);
  const collected = { collections: 0, blobs: 0 };
  const nodes: Server[] = [];
  const start = async (index: number): Promise<void> => {
    const node = await startServiceNode(file, dir.join(`node-${index}`));
    node.process.stderr?.on("data", (chunk: Buffer) => readCollections(chunk.toString(), collected));
    nodes[index] = node;
  };
  cleanup.defer(() => Promise.all(nodes.map((node) => node[Symbol.asyncDispose]())).then(() => undefined));
  await Promise.all(Array.from({ length: NODES }, (_, index) => start(index)));
  const restart = async (index: number): Promise<void> => {
    const { process: child } = nodeOf({ nodes }, index);
    child.kill("SIGKILL");
    await once(child, "exit");
    await start(index);
  };
  const rest = cleanup.move();
  return { dir, nodes, restart, collected, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}

/** A node by its number, of any size. */
export function nodeOf({ nodes }: Pick<Cluster, "nodes">, index: number): Server {
  const node = nodes[index % NODES];
  if (node === undefined) throw new Error("no such node");
  return node;
}

async function openBucket(cleanup: AsyncDisposableStack): Promise<S3Options & { readonly endpoint: string }> {
  if (needsCeph() === false) return cleanup.use(await startCeph()).bucket();
  return cleanup.use(await fakeS3());
}

function readCollections(log: string, collected: Cluster["collected"]): void {
  for (const [line] of log.matchAll(/\{[^\n]*"event":"collected"[^\n]*\}/g)) {
    const { blobs } = JSON.parse(line) as { blobs: number };
    if (blobs === 0) continue;
    collected.collections += 1;
    collected.blobs += blobs;
  }
}
