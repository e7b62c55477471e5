/**
 * A file system that is made anew for each run, ext4 in memory: neither the speed of the disk is measured, nor what others
 * delete on it, which slows ext4 down for a while. It takes root.
 * @module
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const BYTES = 7 * 2 ** 30;
const INODES = 500_000;

/** A disk that is gone with this process. */
export class FreshDisk {
  /** Where it is mounted. */
  readonly path: string;
  readonly #device: string;
  #isMounted = false;

  constructor() {
    const folder = mkdtempSync("/dev/shm/teu-bench-");
    const file = join(folder, "disk");
    writeFileSync(file, "");
    truncateSync(file, BYTES);
    this.path = join(folder, "mount");
    mkdirSync(this.path);
    this.#device = run("losetup", "--show", "-f", file).trim();
    process.once("exit", () => {
      // Whatever still runs there after an interruption keeps it for as long.
      if (this.#isMounted) run("umount", "--lazy", this.path);
      run("losetup", "-d", this.#device);
      rmSync(folder, { recursive: true });
    });
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  }

  /** Takes everything away that is on it. */
  renew(): void {
    this.#unmount();
    run("mkfs.ext4", "-q", "-F", "-N", String(INODES), "-E", "lazy_itable_init=0,lazy_journal_init=0", this.#device);
    run("mount", this.#device, this.path);
    this.#isMounted = true;
  }

  #unmount(): void {
    if (this.#isMounted) run("umount", this.path);
    this.#isMounted = false;
  }
}

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: "utf8" });
}
