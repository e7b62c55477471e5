/**
 * Mounts of a configuration.
 * @module
 */
import type { Json } from "@teu/std/json";
import { quote } from "../issue.ts";
import { checkFields, listOf, object, string, strings } from "../shape.ts";
import { type RuntimeReport, checkAbsolute, checkString, fieldsOf, objectsIn } from "./fields.ts";
import { type IdMapping, checkIdMappings } from "./linux/id-mappings.ts";
import { IDMAP_MOUNT_OPTIONS } from "./mount-option-names.ts";
import { isPosixAbsolute, isWindowsAbsolute } from "./paths.ts";
import type { RuntimePlatform } from "./platforms.ts";

/**
 * A mount. It is a bind mount if its options have `bind` or `rbind`.
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config.md#mounts}
 */
export interface Mount {
  /** Place in the container; absolute, but for old Linux configurations. */
  readonly destination: string;
  /** A device, a file or directory (absolute or relative to the bundle), or a dummy. */
  readonly source?: string;
  readonly options?: readonly string[];
  /** Type of the file system; a dummy for bind mounts. */
  readonly type?: string;
  readonly uidMappings?: readonly IdMapping[];
  readonly gidMappings?: readonly IdMapping[];
}

/** Checks the mounts of a configuration. */
export function checkMounts(config: Json, platform: RuntimePlatform, report: RuntimeReport): void {
  const mounts = objectsIn(config.get("mounts"));
  const needsMappings = platform === "linux" && !hasUserNamespace(config.get("linux"));
  for (const mount of mounts) {
    checkFields(mount, MOUNT, report);
    checkDestination(mount.get("destination"), platform, report);
    checkMappings(mount, report);
    if (needsMappings) checkMapped(mount, report);
  }
  if (platform === "windows") checkNesting(mounts, report);
}

const MOUNT = fieldsOf(
  "runtime.mounts",
  { destination: string },
  { source: string, options: strings, type: string, uidMappings: listOf(object), gidMappings: listOf(object) },
);

function checkDestination(json: Json, platform: RuntimePlatform, report: RuntimeReport): void {
  if (platform === "windows") checkString(json, "runtime.mounts.destination.windows", WINDOWS_ABSOLUTE, report);
  else if (platform === "linux") checkString(json, "runtime.mounts.destination.linux", LINUX_ABSOLUTE, report);
  else if (platform === "solaris") checkAbsolute(json, "runtime.mounts.destination.solaris", report);
  else checkAbsolute(json, "runtime.mounts.destination.other", report);
}

const WINDOWS_ABSOLUTE = { test: isWindowsAbsolute, expected: "an absolute path" };
const LINUX_ABSOLUTE = { test: isPosixAbsolute, expected: "an absolute path, since others are deprecated" };

function checkMappings(mount: Json, report: RuntimeReport): void {
  const uids = mount.get("uidMappings");
  const gids = mount.get("gidMappings");
  checkIdMappings(uids, report);
  checkIdMappings(gids, report);
  if (uids.absent && gids.absent) return;
  if (uids.absent) report.add("runtime.mounts.mappings.pair", uids, "is required beside gidMappings");
  if (gids.absent) report.add("runtime.mounts.mappings.pair", gids, "is required beside uidMappings");
  if (isMapped(mount)) return;
  report.add("runtime.mounts.mappings.option", mount.get("options"), "expected idmap or ridmap beside the mappings");
}

/** Checks a mount of a container without a user namespace, whose mappings it could take. */
function checkMapped(mount: Json, report: RuntimeReport): void {
  if (!isMapped(mount) || !mount.get("uidMappings").absent || !mount.get("gidMappings").absent) return;
  report.add("runtime.mounts.idmap.user", mount, "expected mappings here or a user namespace for the container");
}

function isMapped(mount: Json): boolean {
  return mount.get("options").items.some(({ kind, text }) => kind === "string" && IDMAP_MOUNT_OPTIONS.includes(text));
}

function hasUserNamespace(linux: Json): boolean {
  if (linux.kind !== "object") return false;
  return objectsIn(linux.get("namespaces")).some((namespace) => namespace.get("type").text === "user");
}

/** Reports destinations within another. Windows tells paths apart by neither case nor kind of slash. */
function checkNesting(mounts: readonly Json[], report: RuntimeReport): void {
  const places = mounts.map((mount) => mount.get("destination")).filter(({ kind }) => kind === "string");
  const folders = places.map((place) => ({ place, key: windowsFolder(place.text) }));
  folders.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
  // In this order whatever is within a folder follows the folder.
  let [outer] = folders;
  for (const folder of folders) {
    if (outer === undefined || !folder.key.startsWith(outer.key)) outer = folder;
    if (folder.key === outer.key) continue;
    const message = `expected a place outside of ${quote(outer.place.text)}`;
    report.add("runtime.mounts.destination.nested", folder.place, message);
  }
}

function windowsFolder(path: string): string {
  const folder = path.replaceAll("/", "\\").toLowerCase();
  return folder.endsWith("\\") ? folder : `${folder}\\`;
}
