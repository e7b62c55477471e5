/**
 * Whether the kernel killed something of a container for want of memory.
 * @module
 */
import { tryReadFile } from "@teu/kernel/files";

/** The file that counts such kills for the cgroup of a process; empty where there is none. Found while the process lives. */
export function memoryEventsPath(pid: number): string {
  const lines = (tryReadFile(`/proc/${pid}/cgroup`) ?? "").split("\n");
  for (const line of lines) {
    const path = line.slice(line.indexOf(":", line.indexOf(":") + 1) + 1);
    const controllers = line.split(":")[1] ?? "";
    if (controllers.split(",").includes("memory")) return `/sys/fs/cgroup/memory${path}/memory.oom_control`;
    if (controllers === "" && lines.length <= 2) return `/sys/fs/cgroup${path}/memory.events`;
  }
  return "";
}

/** Tells whether the file counts any. */
export function wasOutOfMemory(path: string): boolean {
  if (path === "") return false;
  const line = (tryReadFile(path) ?? "").split("\n").find((text) => text.startsWith("oom_kill "));
  return line !== undefined && line !== "oom_kill 0";
}
