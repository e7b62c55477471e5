/**
 * The program's own file, out of reach of containers. A process of ours that enters a container shows its file there as
 * /proc/PID/exe; written through that, it would be the host's file (CVE-2019-5736). So whoever enters runs from a mount
 * that is read-only, or from a sealed copy in memory.
 * @module
 */
import { close } from "@teu/kernel/descriptors";
import { O_RDONLY, open, readFile, statFileSystem } from "@teu/kernel/files";
import { isSealed, sealedCopy } from "@teu/kernel/memory-files";
import { MOUNT_ATTR_RDONLY, tryCloneTree, trySetAttributes } from "@teu/kernel/mounts";
import { tryExecFd } from "@teu/kernel/processes";
import { SysError } from "@teu/kernel/errno";

const ST_RDONLY = 1;
const SELF = "/proc/self/exe";

// The commands whose processes enter containers.
const ENTERING: readonly string[] = ["create", "run", "exec"];

/** The words of this process as bytes that every build reads alike. */
export function commandLine(): string[] {
  // Each ends in NUL.
  return readFile("/proc/self/cmdline").split("\0").slice(1, -1);
}

/** Seals this process where one of its words is a command that enters a container. @throws SysError */
export function sealIfEntering(words: readonly string[]): void {
  if (words.some((word) => ENTERING.includes(word))) sealSelf(["teu-runtime", ...words]);
}

/** Makes sure that this process runs from a file that cannot be written, if need be by starting over. @throws SysError */
function sealSelf(words: readonly string[]): void {
  const own = open(SELF, O_RDONLY);
  if (isSealed(own) || (statFileSystem(own, SELF).flags & ST_RDONLY) !== 0) {
    close(own);
    return;
  }
  const env = readFile("/proc/self/environ").split("\0").slice(0, -1);
  const readonly = tryReadonlyMount(own);
  if (readonly >= 0) tryExecFd(readonly, words, env);
  const copy = sealedCopy(own, "teu-runtime");
  throw new SysError("run a sealed copy of", SELF, -tryExecFd(copy, words, env));
}

function tryReadonlyMount(own: number): number {
  const tree = tryCloneTree(own, "", false);
  if (tree < 0) return tree;
  const change = { set: MOUNT_ATTR_RDONLY, clear: 0, propagation: 0, userNamespace: -1 };
  if (trySetAttributes(tree, false, change) >= 0) return tree;
  close(tree);
  return -1;
}
