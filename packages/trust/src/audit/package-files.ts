/**
 * Reads the package databases and package files of images.
 * @module
 */
import { readJsonObject } from "./lenient-json.ts";
import type { AuditPackage } from "./types.ts";

/** A package before it is known which layer brought it. */
export type ReadPackage = Omit<AuditPackage, "layer" | "path">;

/** Stanzas of `Name: value` lines, one for each package. Lines that go on begin with a space. */
function* stanzas(text: string): Generator<ReadonlyMap<string, string>, void, undefined> {
  for (const part of text.split(/\n\s*\n/)) {
    const fields = new Map<string, string>();
    for (const line of part.split("\n")) {
      const [, name, value = ""] = /^([A-Za-z0-9-]+):\s*(.*)$/.exec(line) ?? [];
      if (name !== undefined && !fields.has(name)) fields.set(name, value.trim());
    }
    if (fields.size > 0) yield fields;
  }
}

/** dpkg's `status`, and files of `status.d`. Packages that are not installed are left out. */
export function readDpkg(text: string): readonly ReadPackage[] {
  return [...stanzas(text)].flatMap((fields) => {
    const [name, version] = [fields.get("Package"), fields.get("Version")];
    const status = fields.get("Status");
    if (name === undefined || version === undefined) return [];
    if (status !== undefined && !/\binstalled$/.test(status)) return [];
    const [, source = name, sourceVersion = version] = /^(\S+)(?:\s+\((.+)\))?$/.exec(fields.get("Source") ?? "") ?? [];
    const architecture = fields.get("Architecture");
    return [
      {
        kind: "deb",
        name,
        version,
        source: { name: source, version: sourceVersion },
        ...(architecture === undefined ? {} : { architecture }),
      },
    ];
  });
}

/** apk's `installed`. */
export function readApk(text: string): readonly ReadPackage[] {
  return text.split("\n\n").flatMap((part) => {
    const field = (letter: string): string | undefined => new RegExp(`^${letter}:(.*)$`, "m").exec(part)?.[1];
    const [name, version] = [field("P"), field("V")];
    if (name === undefined || version === undefined) return [];
    const [architecture, licence] = [field("A"), field("L")];
    return [
      {
        kind: "apk",
        name,
        version,
        source: { name: field("o") ?? name, version },
        ...(architecture === undefined ? {} : { architecture }),
        ...(licence === undefined ? {} : { licence }),
      },
    ];
  });
}

/** A `package.json` of an installed package. */
export function readNpm(text: string): readonly ReadPackage[] {
  const json = readJsonObject(text);
  if (json === undefined) return [];
  const { name, version, license } = json;
  if (typeof name !== "string" || typeof version !== "string" || name === "" || version === "") return [];
  return [{ kind: "npm", name, version, ...(typeof license === "string" ? { licence: license } : {}) }];
}

/** The `METADATA` or `PKG-INFO` of an installed package. */
export function readPython(text: string): readonly ReadPackage[] {
  const [fields] = stanzas(text);
  const [name, version] = [fields?.get("Name"), fields?.get("Version")];
  if (name === undefined || version === undefined) return [];
  const licence = fields?.get("License-Expression") ?? fields?.get("License");
  // Names are the same whatever stands between their parts.
  const canonical = name.toLowerCase().replace(/[-_.]+/g, "-");
  return [{ kind: "pypi", name: canonical, version, ...(licence === undefined || licence === "" ? {} : { licence }) }];
}
