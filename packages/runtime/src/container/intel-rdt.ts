/**
 * The resctrl group of a container.
 * https://docs.kernel.org/filesystems/resctrl.html
 * @module
 */
import { ENOENT, SysError } from "@teu/kernel/errno";
import { CWD, exists, mkdirAt, readFile, tryReadFile, tryRemoveFolder, writeFile } from "@teu/kernel/files";
import { unescapeMount } from "../cgroup/hierarchies.ts";
import type { IntelRdtConfig } from "../config/intel-rdt.ts";
import { attempt, fieldFailure } from "../failure.ts";
import { JsonFields } from "../json-writer.ts";

/** What is done about resctrl for a container. */
export interface IntelRdtPlan {
  readonly config: IntelRdtConfig;
  readonly group: string;
  /** Folder of the group that only watches; empty for none. */
  readonly monitor: string;
  /** Folders that are made for the container, and removed with it, the lower ones first. */
  readonly made: readonly string[];
}

/** Plans the group of the container `id`. @throws Failure where there is no resctrl, or not the group that is asked for */
export function planIntelRdt(config: IntelRdtConfig, id: string): IntelRdtPlan {
  const root = resctrlMount();
  if (root === undefined)
    throw fieldFailure(config.field, "this host has no resctrl", "mount it: mount -t resctrl resctrl /sys/fs/resctrl");
  const group = config.closId === "/" ? root : `${root}/${config.closId === "" ? id : config.closId}`;
  const monitor = config.monitoring ? `${group}/mon_groups/${id}` : "";
  const isThere = exists(group);
  if (config.closId !== "" && config.schemata.length === 0 && !isThere)
    throw fieldFailure(
      `${config.field}.closID`,
      `${JSON.stringify(group)} does not exist, and no schema tells how to make it`,
    );
  if (isThere && config.closId !== "") checkSchemata(config, group);
  return { config, group, monitor, made: (monitor === "" ? [] : [monitor]).concat(isThere ? [] : [group]) };
}

function resctrlMount(): string | undefined {
  const line = readFile("/proc/self/mountinfo")
    .split("\n")
    .find((text) => text.includes(" - resctrl "));
  return line === undefined ? undefined : unescapeMount(line.split(" ")[4] ?? "");
}

// A group of others is used as it is, or not at all.
function checkSchemata({ schemata, field }: IntelRdtConfig, group: string): void {
  const there = readFile(`${group}/schemata`).split("\n").map(plainSchema);
  for (const line of schemata)
    if (!there.includes(plainSchema(line)))
      throw fieldFailure(field, `${JSON.stringify(group)} exists and has other schemata than ${JSON.stringify(line)}`);
}

/** A line of schemata with no blanks, and with no zeros in front of its masks. */
export function plainSchema(line: string): string {
  const colon = line.indexOf(":");
  const domains = line
    .slice(colon + 1)
    .split(";")
    .map((domain) => {
      const [id = "", mask = ""] = domain.trim().split("=");
      return `${id.trim()}=${mask
        .trim()
        .toLowerCase()
        .replace(/^0+(?=.)/, "")}`;
    });
  return `${line.slice(0, colon).trim()}:${domains.join(";")}`;
}

/** Makes the group and puts a process into it. @throws Failure */
export function enterIntelRdt({ config, group, monitor, made }: IntelRdtPlan, pid: number): void {
  attempt(config.field, () => {
    const isNew = made.includes(group);
    if (isNew) mkdirAt(CWD, group, 0o755);
    if (isNew || config.closId === "") for (const line of config.schemata) writeFile(`${group}/schemata`, `${line}\n`);
    writeFile(`${group}/tasks`, String(pid));
    if (monitor === "") return;
    mkdirAt(CWD, monitor, 0o755);
    writeFile(`${monitor}/tasks`, String(pid));
  });
}

/** Changes the schemata of a group. @throws Failure */
export function writeSchemata({ schemata, field }: IntelRdtConfig, group: string): void {
  attempt(field, () => {
    for (const line of schemata) writeFile(`${group}/schemata`, `${line}\n`);
  });
}

/** Removes what was made for a container; what is gone already is fine. @throws SysError */
export function removeIntelRdt(made: readonly string[]): void {
  for (const folder of made) {
    const result = folder === "" ? 0 : tryRemoveFolder(CWD, folder);
    if (result < 0 && result !== -ENOENT) throw new SysError("remove the resctrl group", folder, -result);
  }
}

/** The schemata of a container's group as JSON for statistics. */
export function intelRdtStats(group: string): string {
  const text = group === "" ? undefined : tryReadFile(`${group}/schemata`);
  if (text === undefined) return "{}";
  const lines = text.split("\n").map((line) => line.trim());
  return new JsonFields()
    .texts(
      "schemata",
      lines.filter((line) => line !== ""),
    )
    .toText();
}
