/**
 * podman with everything that it keeps in a folder of its own.
 * @module
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command } from "./command.ts";
import { writeImage } from "./image.ts";

// Limits that any root may set: one without CAP_SYS_RESOURCE cannot raise those that podman wants by default.
const CONTAINERS_CONF = `[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n`;

/** podman in a new folder, which {@link PodmanHome.load} makes. */
export class PodmanHome {
  // Short: podman takes no folders whose paths have more than fifty characters.
  readonly folder: string = join(tmpdir(), `teu-podman-${randomBytes(4).toString("hex")}`);
  readonly env: NodeJS.ProcessEnv = { CONTAINERS_CONF: join(this.folder, "containers.conf") };

  /** The words that a command of podman begins with. */
  get words(): readonly string[] {
    const state = ["root", "runroot", "tmpdir"].map((name) => `--${name}=${join(this.folder, name)}`);
    return ["podman", ...state, "--storage-driver=vfs", "--cgroup-manager=cgroupfs", "--events-backend=file"];
  }

  /** Loads the image of all tests. */
  async load(): Promise<void> {
    await mkdir(this.folder, { mode: 0o700 });
    await writeFile(join(this.folder, "containers.conf"), CONTAINERS_CONF);
    await writeImage(join(this.folder, "image.tar"));
    const loaded = await command([...this.words, "load", "-i", join(this.folder, "image.tar")], { env: this.env });
    assert.equal(loaded.code, 0, loaded.stderr);
  }

  /** Removes all containers, and the folder. */
  async remove(): Promise<void> {
    await command([...this.words, "rm", "--all", "--force", "--time=0"], { env: this.env });
    await rm(this.folder, { recursive: true, force: true });
  }
}
