/**
 * Which paths count as absolute on which platform. Written in the native subset, because the OCI runtime reads them too.
 * @module
 */

/** Tells whether `path` is absolute in the way of POSIX. */
export function isPosixAbsolute(path: string): boolean {
  return path.startsWith("/");
}

/** Tells whether `path` is absolute in the way of Windows: on a drive, a share, or a device. */
export function isWindowsAbsolute(path: string): boolean {
  return DRIVE.test(path) || path.startsWith("\\\\") || path.startsWith("//");
}

/**
 * Tells whether `path` names a volume of Windows by its GUID.
 * https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-volume
 */
export function isVolumePath(path: string): boolean {
  return VOLUME.test(path);
}

const DRIVE = /^[A-Za-z]:[\\/]/;
const VOLUME = /^\\\\\?\\Volume\{[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}\}\\?$/;
