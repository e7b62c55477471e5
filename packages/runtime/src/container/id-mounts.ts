/**
 * Bind mounts on which files have other owners: the options `idmap` and `ridmap`, and mappings of a mount.
 * https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config.md#mounts
 * @module
 */
import { ENOSYS, check } from "@teu/kernel/errno";
import { close } from "@teu/kernel/descriptors";
import { CWD, O_RDONLY, open } from "@teu/kernel/files";
import { MOUNT_ATTR_IDMAP, tryCloneTree, trySetAttributes } from "@teu/kernel/mounts";
import { CLONE_NEWUSER } from "@teu/kernel/namespaces";
import { clone, exitNow, signalProcess, wait } from "@teu/kernel/processes";
import { SIGKILL } from "@teu/kernel/signals";
import { receive, socketPair } from "@teu/kernel/sockets";
import type { Config } from "../config/config.ts";
import type { MountConfig } from "../config/mounts.ts";
import { attempt, failureWithHint, fieldFailure } from "../failure.ts";
import { isMadeBefore, sourceInside } from "../rootfs/attach.ts";
import type { MountStep } from "../rootfs/mounts.ts";
import type { Scene } from "../scene.ts";
import { type IdMaps, mapIds } from "./rootless.ts";

/** The ids of the container's own user namespace. */
export function idsOf({ uidMappings, gidMappings }: Config): IdMaps {
  return { field: "linux", uidMappings, gidMappings };
}

/** A mount whose source the container makes first: the runtime maps its ids when it is sent. */
export interface LateMount {
  readonly step: MountStep;
  readonly userNamespace: number;
}

/**
 * Opens the sources of mounts with mapped ids, which takes the rights of the runtime; returns those that are still to be
 * made, in their order. @throws Failure
 */
export function openMappedSources(config: Config, steps: readonly MountStep[], scene: Scene): LateMount[] {
  const late: LateMount[] = [];
  for (const [at, step] of steps.entries()) {
    const mount = config.mounts.find(({ field }) => field === step.field);
    if (step.mappedIds === "" || mount === undefined) continue;
    attempt(step.field, () => {
      const userNamespace = openUserNamespace(config, mount);
      if (isMadeBefore(steps.slice(0, at), sourceInside(step.source, scene.rootPath))) {
        late.push({ step, userNamespace });
        return;
      }
      const tree = scene.sources.get(step.field) ?? tryCloneTree(CWD, step.source, step.recursive);
      check(tree, "clone the mount of", step.source);
      scene.sources.set(step.field, tree);
      mapIdsOf(tree, { step, userNamespace });
    });
  }
  return late;
}

/** Maps the ids of a mount that is attached nowhere yet. @throws Failure */
export function mapIdsOf(tree: number, { step, userNamespace }: LateMount): void {
  const { mappedIds, source } = step;
  const change = { set: MOUNT_ATTR_IDMAP, clear: 0, propagation: 0, userNamespace };
  const result = trySetAttributes(tree, mappedIds === "ridmap", change);
  close(userNamespace);
  if (result === -ENOSYS) throw failureWithHint("mapped ids need a newer kernel", "Linux 5.12 has them");
  check(result, "map the ids of", source);
}

// The mappings of the mount, or else those of the container.
function openUserNamespace(config: Config, { uidMappings, gidMappings, field }: MountConfig): number {
  if (uidMappings.length > 0) return makeUserNamespace({ field, uidMappings, gidMappings });
  const own = config.namespaces.find(({ type }) => type === "user");
  if (own === undefined)
    throw fieldFailure(field, "mapped ids need uidMappings and gidMappings, or a user namespace of the container");
  return own.path === "" ? makeUserNamespace(idsOf(config)) : open(own.path, O_RDONLY);
}

// A namespace exists as long as somebody has it: a process is in it until it is open.
function makeUserNamespace(maps: IdMaps): number {
  const pair = socketPair();
  const holder = clone(CLONE_NEWUSER);
  if (holder.pid === 0) {
    close(pair.ours);
    receive(pair.theirs, 1);
    exitNow(0);
  }
  close(pair.theirs);
  try {
    mapIds(holder.pid, maps);
    return open(`/proc/${holder.pid}/ns/user`, O_RDONLY);
  } finally {
    close(pair.ours);
    signalProcess(holder.pidfd, SIGKILL, "the holder of a user namespace");
    close(holder.pidfd);
    wait(holder.pid);
  }
}
