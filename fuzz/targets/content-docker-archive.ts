/**
 * Archives of Docker around a foreign manifest.json: every image that is opened can be followed, and reading its content
 * gives that content or an error of ours.
 */
import { openDockerArchive } from "@teu/content/docker-archive";
import { walk } from "@teu/content/graph";
import { digestBytes } from "@teu/content/hash";
import { readVerified } from "@teu/content/verified-read";
import { isTeuError } from "@teu/std/error";
import { type NewMemberSync, writeTarSync } from "@teu/tar/write-tar";
import type { FuzzTarget } from "../target.ts";

export const target: FuzzTarget = {
  name: "content-docker-archive",
  *seeds() {
    for (const seed of SEEDS) yield new TextEncoder().encode(JSON.stringify(seed));
  },
  async run(input) {
    try {
      await check(input);
    } catch (error) {
      if (!isTeuError(error)) throw error;
    }
  },
};

async function check(input: Uint8Array): Promise<void> {
  await using archive = await openDockerArchive([...writeTarSync([...MEMBERS, fileOf("manifest.json", input)])]);
  for await (const { descriptor: root } of archive.roots()) {
    for await (const { descriptor } of walk(archive, root)) await readVerified(archive, descriptor);
  }
}

function fileOf(name: string, content: Uint8Array): NewMemberSync {
  return { entry: { name, size: content.length }, content };
}

const LAYER = new Uint8Array(1024);
const CONFIG = { rootfs: { type: "layers", diff_ids: [digestBytes(LAYER), digestBytes(LAYER)] } };
const MEMBERS: readonly NewMemberSync[] = [
  fileOf("c.json", new TextEncoder().encode(JSON.stringify(CONFIG))),
  fileOf("a.tar", LAYER),
  { entry: { name: "b/layer.tar", type: "symlink", linkname: "../a.tar" } },
  { entry: { name: "loop", type: "symlink", linkname: "loop" } },
  { entry: { name: "up", type: "symlink", linkname: "../../etc/passwd" } },
  { entry: { name: "folder/", type: "directory" } },
];

const IMAGE = { Config: "c.json", RepoTags: ["busybox:1"], Layers: ["a.tar", "b/layer.tar"] };

const SEEDS = [
  [IMAGE],
  [{ ...IMAGE, RepoTags: null }, IMAGE],
  [{ ...IMAGE, Layers: ["loop", "up"] }],
  [{ ...IMAGE, Config: "folder" }],
  [],
];
