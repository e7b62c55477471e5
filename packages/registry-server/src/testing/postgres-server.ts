/**
 * A PostgreSQL server of a test's own, in a temporary folder, on the loopback interface, without a password. As root it
 * runs as the user `nobody`, since it refuses to run as root.
 * @module
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import postgres from "postgres";

/** A server that runs. */
export interface PostgresServer extends AsyncDisposable {
  /** Makes an empty database and gives its address. */
  readonly database: () => Promise<string>;
}

const FOLDER = globSync("/usr/lib/postgresql/*/bin").findLast((folder) => existsSync(join(folder, "initdb")));

/** Why tests with it are skipped, if they are. */
export function needsPostgres(): string | false {
  return FOLDER === undefined && "needs PostgreSQL in /usr/lib/postgresql";
}

/** Starts a server. */
export async function startPostgres(): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), "teu-postgres-"));
  const user = process.geteuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  if (user.uid !== undefined) await chown(folder, user.uid, user.gid);
  const data = join(folder, "data");
  await promisify(execFile)(
    join(FOLDER ?? "", "initdb"),
    ["-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"],
    { ...user, cwd: folder },
  );
  const port = await freePort();
  const settings = ["fsync=on", "max_connections=200", `unix_socket_directories=${folder}`].flatMap((line) => [
    "-c",
    line,
  ]);
  const child = spawn(
    join(FOLDER ?? "", "postgres"),
    ["-D", data, "-h", "127.0.0.1", "-p", String(port), ...settings],
    {
      ...user,
      cwd: folder,
      stdio: "ignore",
    },
  );
  const url = `postgres://postgres@127.0.0.1:${port}`;
  await untilReady(url);
  return {
    database: () => makeDatabase(url),
    [Symbol.asyncDispose]: async () => {
      await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const ATTEMPTS = 200;

async function untilReady(url: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const sql = postgres(`${url}/postgres`, { max: 1, connect_timeout: 2 });
    try {
      await sql`SELECT 1`;
      return;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await sleep(25);
    } finally {
      await sql.end({ timeout: 0 });
    }
  }
}

async function makeDatabase(url: string): Promise<string> {
  const name = `teu_${crypto.randomUUID().replaceAll("-", "")}`;
  const sql = postgres(`${url}/postgres`, { max: 1 });
  await sql.unsafe(`CREATE DATABASE ${name} STRATEGY file_copy`);
  await sql.end();
  return `${url}/${name}`;
}

async function end(child: ChildProcess): Promise<void> {
  const exited = new Promise((resolve) => void child.once("exit", resolve));
  child.kill("SIGQUIT");
  await exited;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  return typeof address === "object" && address !== null ? address.port : 0;
}
