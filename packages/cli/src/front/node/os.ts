/** `node:os`. @module */
import { tryReadFile } from "@teu/kernel/files";
import { handOver } from "../hand-over.ts";

export const EOL = "\n";

export function homedir(): string {
  const home = process.env["HOME"];
  if (home !== undefined && home !== "") return home;
  const own = `:${sys_geteuid()}:`;
  const line = (tryReadFile("/etc/passwd") ?? "")
    .split("\n")
    .find((text) => text.split(":").length === 7 && text.includes(own) && `:${text.split(":")[2]}:` === own);
  return line?.split(":")[5] ?? handOver("the home of a user");
}

export function tmpdir(): string {
  const folder = process.env["TMPDIR"] ?? process.env["TMP"] ?? process.env["TEMP"] ?? "/tmp";
  return folder.length > 1 && folder.endsWith("/") ? folder.slice(0, -1) : folder;
}

export function hostname(): string {
  return (tryReadFile("/proc/sys/kernel/hostname") ?? "").trim();
}

export function availableParallelism(): number {
  return sys_processors();
}
