/**
 * containerd in a folder of its own, with Kubernetes' half or without.
 * @module
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { command } from "./command.ts";
import { Daemon } from "./daemon.ts";

/** Where containerd of `folder` listens. */
export function containerdSocket(folder: string): string {
  return join(folder, "containerd.sock");
}

/** How containerd is to be. */
export interface ContainerdOptions {
  /** Serve pods, as for Kubernetes: with the image that holds a pod together, and paths of runtimes by name. */
  readonly pods?: { readonly pause: string; readonly runtimes: Readonly<Record<string, string>> };
}

/** Starts containerd with its state in `folder`; without pods, where none are asked for. */
export async function startContainerd(folder: string, { pods }: ContainerdOptions = {}): Promise<Daemon> {
  const file = join(folder, "containerd.toml");
  await mkdir(join(folder, "state"), { recursive: true });
  await writeFile(file, configuration(folder, await majorVersion(), pods));
  return await Daemon.start(["containerd", "--config", file], join(folder, "containerd.log"), [
    "ctr",
    "--address",
    containerdSocket(folder),
    "--connect-timeout",
    "1s",
    "version",
  ]);
}

/** Loads the images of an archive. @param namespace As containerd has it: `default`, or `k8s.io` for pods. */
export async function loadImages(folder: string, archive: string, namespace = "default"): Promise<void> {
  // The daemon's own way to import takes no snapshotter but its usual one.
  const local = (await majorVersion()) >= 2 ? ["--local"] : [];
  const ctr = ["ctr", "--address", containerdSocket(folder), "--namespace", namespace];
  const loaded = await command([...ctr, "image", "import", ...local, "--snapshotter=native", archive]);
  if (loaded.code !== 0) throw new Error(`containerd took no images: ${loaded.stderr}`);
}

async function majorVersion(): Promise<number> {
  const { stdout } = await command(["containerd", "--version"]);
  return Number(/\s[v]?(\d+)\.\d+/u.exec(stdout)?.[1] ?? "1");
}

function configuration(folder: string, major: number, pods: ContainerdOptions["pods"]): string {
  const plugins =
    major >= 2
      ? ["io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime", "io.containerd.grpc.v1.cri"]
      : ["io.containerd.grpc.v1.cri"];
  return [
    `version = ${major >= 2 ? 3 : 2}`,
    `root = ${JSON.stringify(join(folder, "root"))}`,
    `state = ${JSON.stringify(join(folder, "state"))}`,
    `disabled_plugins = ${JSON.stringify(pods === undefined ? plugins : [])}`,
    "[grpc]",
    `  address = ${JSON.stringify(containerdSocket(folder))}`,
    ...(pods === undefined ? [] : podConfiguration(folder, major, pods)),
    "",
  ].join("\n");
}

function podConfiguration(
  folder: string,
  major: number,
  { pause, runtimes }: NonNullable<ContainerdOptions["pods"]>,
): string[] {
  const runtime = `[plugins."${major >= 2 ? "io.containerd.cri.v1.runtime" : "io.containerd.grpc.v1.cri"}"`;
  const cni = `conf_dir = ${JSON.stringify(join(folder, "cni"))}`;
  const images =
    major >= 2
      ? [
          '[plugins."io.containerd.cri.v1.images"]',
          'snapshotter = "native"',
          '[plugins."io.containerd.cri.v1.images".pinned_images]',
          `sandbox = "${pause}"`,
        ]
      : [`${runtime}.containerd]`, 'snapshotter = "native"'];
  return [
    `${runtime}]`,
    ...(major >= 2 ? [] : [`sandbox_image = "${pause}"`]),
    // Nobody here may go below the value that they have.
    "restrict_oom_score_adj = true",
    `${runtime}.cni]`,
    cni,
    ...images,
    ...Object.entries(runtimes).flatMap(([name, path]) => [
      `${runtime}.containerd.runtimes.${name}]`,
      'runtime_type = "io.containerd.runc.v2"',
      `${runtime}.containerd.runtimes.${name}.options]`,
      `BinaryName = ${JSON.stringify(path)}`,
    ]),
  ];
}
