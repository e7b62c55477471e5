/**
 * A bundle for tests that run containers: a root made from the machine's busybox, and a configuration to change.
 * @module
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

const BUSYBOX = "/bin/busybox";

/** Why containers cannot be run here; undefined where they can. */
export function whyNoContainers(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root";
  if (!existsSync(BUSYBOX)) return "needs busybox in /bin";
  return undefined;
}

/** Makes the root of a container at `path`: busybox with all its names, and the libraries it needs. */
export function makeRoot(path: string): void {
  for (const folder of ["bin", "dev", "etc", "proc", "sys", "tmp", "root"])
    mkdirSync(join(path, folder), { recursive: true });
  copyInto(path, BUSYBOX, "/bin/busybox");
  for (const library of librariesOf(BUSYBOX)) copyInto(path, library, library);
  for (const name of execFileSync(BUSYBOX, ["--list"], { encoding: "utf8" }).split("\n"))
    if (name !== "" && name !== "busybox") symlinkSync("busybox", join(path, "bin", basename(name)));
  writeFileSync(join(path, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nana:x:1000:1000::/home/ana:/bin/sh\n");
}

function copyInto(root: string, from: string, to: string): void {
  mkdirSync(join(root, dirname(to)), { recursive: true });
  copyFileSync(from, join(root, to));
}

// A static program has none: ldd then fails.
function librariesOf(program: string): string[] {
  try {
    const lines = execFileSync("ldd", [program], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return [...lines.matchAll(/(\/\S+) \(0x/gu)].map(([, path = ""]) => path);
  } catch {
    return [];
  }
}

type Json = Record<string, unknown>;

/** A configuration that runs `args`, with namespaces and mounts as usual; `patch` replaces whole fields. */
export function configFor(args: readonly string[], patch: Json = {}, linux: Json = {}, process: Json = {}): Json {
  const caps = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];
  return {
    ociVersion: "1.3.0",
    root: { path: "rootfs" },
    process: {
      user: { uid: 0, gid: 0 },
      args,
      env: ["PATH=/bin"],
      cwd: "/",
      capabilities: { bounding: caps, effective: caps, permitted: caps },
      noNewPrivileges: true,
      ...process,
    },
    hostname: "box",
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      {
        destination: "/dev",
        type: "tmpfs",
        source: "tmpfs",
        options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
      },
      {
        destination: "/dev/pts",
        type: "devpts",
        source: "devpts",
        options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
      },
      { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"] },
    ],
    linux: {
      namespaces: ["pid", "network", "ipc", "uts", "mount"].map((type) => ({ type })),
      maskedPaths: ["/proc/kcore", "/proc/keys", "/sys/firmware", "/proc/acpi"],
      readonlyPaths: ["/proc/sys", "/proc/bus"],
      ...linux,
    },
    ...patch,
  };
}

/** A folder for bundles and containers of one test file. */
export class Workshop {
  readonly path: string = mkdtempSync(join(tmpdir(), "teu-runtime-test-"));
  /** For `--root`. */
  readonly root: string = join(this.path, "run");
  #count = 0;

  constructor() {
    makeRoot(join(this.path, "rootfs"));
  }

  /** Writes a bundle that shares the root of all others; returns its path. */
  bundle(config: Json): string {
    const path = join(this.path, `bundle-${++this.#count}`);
    mkdirSync(path);
    symlinkSync(join(this.path, "rootfs"), join(path, "rootfs"));
    writeFileSync(join(path, "config.json"), JSON.stringify(config));
    return path;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
