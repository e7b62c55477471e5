/**
 * A Ceph cluster of one monitor and one storage daemon in memory, with its S3 gateway, all of them on the loopback
 * interface. Debian has them as ceph-mon, ceph-osd and radosgw. It takes some ten seconds to come up.
 * @module
 */
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import { S3Client, type S3Options } from "@teu/registry-server/storage/s3/client";
import { type SkipReason, anyOf, needsProgram, needsRoot } from "@teu/testing/skip";
import { tempDir } from "@teu/testing/temp-dir";

const run = promisify(execFile);

/** A gateway that runs. */
export interface Ceph extends AsyncDisposable {
  /** How to reach an empty bucket; a new one for each call. */
  readonly bucket: () => Promise<S3Options & { readonly endpoint: string }>;
}

/** Why tests with it are skipped, if they are. */
export function needsCeph(): SkipReason {
  const wanted = process.env["TEU_TEST_S3"] === undefined && "needs TEU_TEST_S3=1, for some 20 seconds";
  return anyOf(wanted, needsRoot(), needsProgram("ceph", "ceph-mon", "ceph-osd", "radosgw", "monmaptool"));
}

const KEYS = { accessKey: "access", secretKey: "secretsecret" };

/** Starts one. */
export async function startCeph(): Promise<Ceph> {
  await using cleanup = new AsyncDisposableStack();
  const dir = cleanup.use(await tempDir());
  const [monitor, gateway] = [await freePort(), await freePort()];
  const [fsid, osd] = [crypto.randomUUID(), crypto.randomUUID()];
  for (const name of ["mon", "osd", "rgw", "run"]) await mkdir(dir.join(name));
  const config = dir.join("ceph.conf");
  await writeFile(config, configuration({ folder: dir.path, fsid, monitor, gateway }));
  const ceph = (program: string, ...words: string[]): Promise<unknown> =>
    run(program, [...words, "-c", config], { timeout: 60_000 });
  await run("monmaptool", ["--create", "--addv", "a", `[v1:127.0.0.1:${monitor}]`, "--fsid", fsid, dir.join("map")]);
  cleanup.defer(async () => {
    for (const name of ["client.rgw", "osd.0", "mon.a"]) await endProcess(dir.join(`run/${name}.pid`));
  });
  await ceph("ceph-mon", "--mkfs", "-i", "a", "--monmap", dir.join("map"));
  await ceph("ceph-mon", "-i", "a");
  await onceReady(() => ceph("ceph", "osd", "new", osd));
  await ceph("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd);
  await onceReady(() => ceph("ceph-osd", "-i", "0"));
  await ceph("radosgw", "-n", "client.rgw");
  const keys = [`--access-key=${KEYS.accessKey}`, `--secret-key=${KEYS.secretKey}`];
  await ceph("radosgw-admin", "user", "create", "--uid=teu", "--display-name=teu", ...keys);
  const endpoint = `http://127.0.0.1:${gateway}`;
  let buckets = 0;
  const rest = cleanup.move();
  return {
    bucket: async () => {
      const options = { endpoint, bucket: `bucket-${(buckets += 1)}`, credentials: () => KEYS };
      using client = new S3Client(options);
      await client.sendForStatus({ method: "PUT", key: "" });
      return options;
    },
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

/** On a busy machine the monitor may be asked before it knows what it can do and which cluster this is. */
async function onceReady(action: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await action();
      return;
    } catch (error) {
      const { stderr = "" } = error as { readonly stderr?: string };
      if (attempt === ATTEMPTS || !NOT_READY.test(String(error) + stderr)) throw error;
      await sleep(attempt * STEP_MS);
    }
  }
}

const NOT_READY = /wrong fsid|problem getting command descriptions/;
const ATTEMPTS = 8;
const STEP_MS = 250;

function configuration({
  folder,
  fsid,
  monitor,
  gateway,
}: {
  readonly folder: string;
  readonly fsid: string;
  readonly monitor: number;
  readonly gateway: number;
}): string {
  return `[global]
fsid = ${fsid}
mon host = v1:127.0.0.1:${monitor}
ms bind msgr2 = false
public addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon data = ${folder}/mon
osd data = ${folder}/osd
osd objectstore = memstore
memstore device bytes = 4294967296
run dir = ${folder}/run
admin socket = ${folder}/run/$name.sock
pid file = ${folder}/run/$name.pid
log file = ${folder}/$name.log
rgw data = ${folder}/rgw
rgw frontends = beast endpoint=127.0.0.1:${gateway}
rgw enable apis = s3
`;
}

async function endProcess(pidFile: string): Promise<void> {
  const pid = Number(await readFile(pidFile, "utf8").catch(() => "0"));
  if (pid > 0) process.kill(pid, "SIGKILL");
}

async function freePort(): Promise<number> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  return typeof address === "object" && address !== null ? address.port : 0;
}
