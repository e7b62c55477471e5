/**
 * The files that statistics of a container are read from.
 * @module
 */
import { listFolder, tryReadFile } from "@teu/kernel/files";
import { JsonFields } from "../json-writer.ts";
import { type CgroupFolders, folderOf } from "./folders.ts";

/** Files of a container's cgroups by their controllers. */
export class StatFiles {
  private readonly folders: CgroupFolders;

  constructor(folders: CgroupFolders) {
    this.folders = folders;
  }

  text(controller: string, file: string): string {
    const folder = folderOf(this.folders, controller);
    return folder === undefined ? "" : (tryReadFile(`${folder}/${file}`) ?? "").trim();
  }

  /** The digits of a file that holds one number; `0` for none, or for another text such as `max`. */
  number(controller: string, file: string): string {
    return digits(this.text(controller, file));
  }

  lines(controller: string, file: string): string[] {
    return this.text(controller, file)
      .split("\n")
      .filter((line) => line !== "");
  }

  /** As {@link field}, multiplied. */
  scaled(controller: string, name: string, factor: bigint): string {
    const value = this.field(controller, controller === "cpu" ? "cpu.stat" : "cpuacct.stat", name);
    return String(BigInt(value) * factor);
  }

  /** The digits behind a word at the start of a line. */
  field(controller: string, file: string, name: string): string {
    for (const line of this.lines(controller, file))
      if (line.startsWith(`${name} `)) return digits(line.slice(name.length + 1));
    return "0";
  }

  names(controller: string): string[] {
    const folder = folderOf(this.folders, controller);
    try {
      return folder === undefined ? [] : listFolder(folder);
    } catch {
      return [];
    }
  }
}

/** The digits of a number; `0` for another text. */
export function digits(text: string): string {
  const trimmed = text.trim();
  return /^[0-9]+$/.test(trimmed) ? trimmed : "0";
}

/** A list of JSON texts. */
export function list(items: readonly string[]): string {
  return `[${items.join(",")}]`;
}

/** Adds what processes wait for a resource, where the kernel tells. */
export function withPressure(fields: JsonFields, files: StatFiles, controller: string): JsonFields {
  // A line is `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`. Kernels without it have no file.
  const pressure = new JsonFields();
  const lines = files.lines(controller, `${controller}.pressure`);
  for (const line of lines) {
    const [kind = "", ...pairs] = line.split(" ");
    const numbers = new JsonFields();
    for (const pair of pairs) {
      const [name = "", value = ""] = pair.split("=");
      if (/^[0-9]+(\.[0-9]+)?$/.test(value)) numbers.json(name, name === "total" ? value : String(Number(value)));
    }
    pressure.json(kind, numbers.toText());
  }
  return lines.length === 0 ? fields : fields.json("psi", pressure.toText());
}
