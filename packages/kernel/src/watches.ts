/**
 * Being told of what happens: counters that the kernel raises, and changes of files.
 * @module
 */
import { check } from "./errno.ts";

/** A counter that becomes readable when the kernel raises it. Close it. @throws SysError */
export function openEventCounter(): number {
  return check(sys_eventfd(), "eventfd", "");
}

export const IN_MODIFY = 2;

/** A descriptor that becomes readable when one of the events `mask` happens to `path`. Close it. @throws SysError */
export function watchFile(path: string, mask: number): number {
  const fd = check(sys_inotify_init(), "inotify_init", "");
  const result = sys_inotify_add(fd, path, mask);
  if (result < 0) sys_close(fd);
  check(result, "watch", path);
  return fd;
}
