/**
 * The image of all containers here: the machine's static busybox under all its names, as `docker save` would write it.
 * @module
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { digestBytes } from "@teu/content/hash";
import { type NewMemberSync, writeTarSync } from "@teu/tar/write-tar";
import type { SkipReason } from "@teu/testing/skip";

/** The image's name. */
export const IMAGE = "docker.io/library/teu-busybox:test";

const BUSYBOX = "/bin/busybox";
const INTERPRETER = "/lib64/ld-linux-x86-64.so.2";

/** For tests that use the image. */
export function needsStaticBusybox(): SkipReason {
  const isStatic = existsSync(BUSYBOX) && !readFileSync(BUSYBOX).includes(INTERPRETER);
  return isStatic ? false : "needs a static busybox in /bin";
}

/** Another image than the usual. */
export interface ImageChoice {
  /** Default: {@link IMAGE}. */
  readonly name?: string;
  /** What it says of its processor, whatever its program is for. Default: this machine's. */
  readonly architecture?: string;
  /** What it runs. Default: a shell. */
  readonly command?: readonly string[];
}

/** Writes the image as an archive of Docker's. */
export async function writeImage(path: string, choice: ImageChoice = {}): Promise<void> {
  const { name = IMAGE, architecture, command = ["sh"] } = choice;
  const layer = archive(layerMembers());
  const config = json({
    architecture: architecture ?? (process.arch === "arm64" ? "arm64" : "amd64"),
    os: "linux",
    created: "2020-01-02T03:04:05Z",
    config: { Env: ["PATH=/bin"], Cmd: command },
    rootfs: { type: "layers", diff_ids: [digestBytes(layer)] },
    history: [{ created: "2020-01-02T03:04:05Z", created_by: "test" }],
  });
  const configName = `${digestBytes(config).slice("sha256:".length)}.json`;
  const manifest = json([{ Config: configName, RepoTags: [name], Layers: ["layer.tar"] }]);
  const members = [file("layer.tar", layer), file(configName, config), file("manifest.json", manifest)];
  await writeFile(path, archive(members));
}

function layerMembers(): NewMemberSync[] {
  const names = execFileSync(BUSYBOX, ["--list"], { encoding: "utf8" }).split("\n");
  const links = names
    .filter((name) => name !== "" && name !== "busybox")
    .map((name): NewMemberSync => {
      return { entry: { name: `bin/${basename(name)}`, type: "symlink", linkname: "busybox" } };
    });
  return [
    ...["bin", "dev", "etc", "proc", "root", "sys"].map((name): NewMemberSync => ({
      entry: { name, type: "directory" },
    })),
    { entry: { name: "tmp", type: "directory", mode: 0o1777 } },
    file("bin/busybox", readFileSync(BUSYBOX), 0o755),
    ...links,
    file("etc/passwd", Buffer.from("root:x:0:0:root:/root:/bin/sh\nana:x:1000:1000::/home/ana:/bin/sh\n")),
    file("etc/group", Buffer.from("root:x:0:\nana:x:1000:\n")),
  ];
}

function file(name: string, content: Uint8Array, mode = 0o644): NewMemberSync {
  return { entry: { name, mode, size: content.length }, content };
}

function archive(members: readonly NewMemberSync[]): Uint8Array {
  return Buffer.concat([...writeTarSync(members)]);
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
