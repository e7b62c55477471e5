/**
 * What checkpoint and restore are told, as options of the command line and as fields of CRIU's options.
 * @module
 */
import { ENOTDIR, errnoText, ENOENT } from "@teu/kernel/errno";
import { CWD, S_IFDIR, makeFolders, mkdirAt, realPath, stat } from "@teu/kernel/files";
import type { Args } from "../cli/args.ts";
import { UsageError } from "../cli/args.ts";
import type { Config } from "../config/config.ts";
import { Failure } from "../failure.ts";
import type { ImageFolders } from "./criu.ts";
import { WireWriter } from "./wire.ts";

/** The options without a value that both commands have. */
export const SHARED_FLAGS: readonly string[] = [
  "tcp-established",
  "tcp-close",
  "ext-unix-sk",
  "shell-job",
  "file-locks",
  "lazy-pages",
  "auto-dedup",
];
/** Those with a value. */
export const SHARED_VALUES: readonly string[] = ["image-path", "work-path", "manage-cgroups-mode", "empty-ns"];

/** Makes the folders that options name: `checkpoint` in the current one by default, for the images and for work. @throws SysError */
export function imageFolders(args: Args): ImageFolders {
  const path = args.value("image-path", "checkpoint");
  makeFolders(path, 0o700);
  const images = realPath(path);
  const work = args.value("work-path", "");
  if (work === "") return { images, work: images };
  mkdirAt(CWD, work, 0o700);
  return { images, work: realPath(work) };
}

/** The folder of an earlier pre-dump, from that of the images; empty for none. @throws UsageError, Failure */
export function parentPath(args: Args, images: string): string {
  const path = args.value("parent-path", "");
  if (path === "") return "";
  if (path.startsWith("/")) throw new UsageError("--parent-path must be relative");
  const full = `${images}/${path}`;
  const type = stat(full)?.type;
  if (type !== S_IFDIR)
    throw new Failure(`invalid --parent-path: stat ${full}: ${errnoText(type === undefined ? ENOENT : ENOTDIR)}`);
  return path;
}

const CGROUP_MODES: ReadonlyMap<string, number> = new Map<string, number>([
  ["", 6],
  ["ignore", 0],
  ["soft", 3],
  ["full", 4],
  ["strict", 5],
]);

const CLONE_NEWNET = 0x40000000;

/** The fields that both requests have. @throws UsageError */
export function sharedOptions(args: Args, config: Config): WireWriter {
  const mode = CGROUP_MODES.get(args.value("manage-cgroups-mode", ""));
  if (mode === undefined)
    throw new UsageError("invalid manage-cgroups-mode value: expected soft, full, strict or ignore");
  for (const name of args.values("empty-ns"))
    if (name !== "network") throw new UsageError(`namespace ${JSON.stringify(name)} is not supported`);
  return (
    new WireWriter()
      .flag(4, args.flag("ext-unix-sk"))
      .flag(5, args.flag("tcp-established"))
      .flag(7, args.flag("shell-job"))
      .flag(8, args.flag("file-locks"))
      .number(9, LOG_LEVEL)
      .flag(12, true)
      .flag(16, args.flag("auto-dedup"))
      .flag(24, true)
      .number(34, mode)
      // Interfaces and addresses are for whoever made the network.
      .number(38, CLONE_NEWNET)
      .flag(48, args.flag("lazy-pages"))
      .flag(50, true)
      .string(51, configFile(config))
      .flag(52, args.flag("tcp-close"))
  );
}

const LOG_LEVEL = 4;

// Where administrators keep what CRIU is to be told for containers; an annotation names another file, or none.
function configFile({ annotations }: Config): string {
  const own = annotations.find(({ name }) => name === "org.criu.config");
  return own === undefined ? "/etc/criu/runc.conf" : own.value;
}
