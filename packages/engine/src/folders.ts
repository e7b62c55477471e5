/**
 * Where the engine keeps things. What must outlast a boot is below `root`, the rest below `run`.
 * @module
 */
import { join } from "node:path";

/** The folders of one engine. */
export interface EngineFolders {
  /** Images, as a layout. */
  readonly images: string;
  /** What is known of images whose layers are unpacked. */
  readonly imageRecords: string;
  /** Layers, each unpacked in a folder named after its ChainID. */
  readonly layers: string;
  /** One folder a container, named by its id. */
  readonly containers: string;
  /** Links from names to ids of containers. */
  readonly names: string;
  readonly volumes: string;
  /** Networks of the engine's own, and what plug-ins keep of them. */
  readonly networks: string;
  /** One folder a container that was started since the last boot. */
  readonly run: string;
  /** The runtime's own records. */
  readonly runtime: string;
  /** Whether an ordinary user runs the engine. */
  readonly rootless: boolean;
  /** Whether this process is root of an ordinary user's namespace already. */
  readonly inside: boolean;
}

/** Tells processes in a user namespace who they are outside of it. */
export const OUTER_USER = "TEU_OUTER_UID";

/** What decides where the folders are. */
export interface FolderChoice {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default: the effective user. */
  readonly uid?: number | undefined;
}

/** The folders: those of the system for root, of XDG for others, all below `TEU_ROOT` where that is set. */
export function engineFolders({ env, uid = userOf(env) }: FolderChoice): EngineFolders {
  const rootless = uid !== 0;
  const [root, run] = roots(env, uid);
  return {
    images: join(root, "images"),
    imageRecords: join(root, "image-records"),
    layers: join(root, "layers"),
    containers: join(root, "containers"),
    names: join(root, "names"),
    volumes: join(root, "volumes"),
    networks: join(root, "networks"),
    run: join(run, "containers"),
    runtime: join(run, "runtime"),
    rootless,
    inside: rootless && process.geteuid?.() === 0,
  };
}

function userOf(env: FolderChoice["env"]): number {
  return Number(env[OUTER_USER] ?? process.geteuid?.() ?? 0);
}

function roots(env: FolderChoice["env"], uid: number): readonly [root: string, run: string] {
  const chosen = env["TEU_ROOT"];
  if (chosen !== undefined && chosen !== "") return [chosen, join(chosen, "run")];
  if (uid === 0) return ["/var/lib/teu", "/run/teu"];
  const data =
    env["XDG_DATA_HOME"] ?? join(env["HOME"] ?? process.getBuiltinModule("node:os").homedir(), ".local/share");
  return [join(data, "teu"), join(env["XDG_RUNTIME_DIR"] ?? `/tmp/teu-run-${uid}`, "teu")];
}
