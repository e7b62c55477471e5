/**
 * Turns the nested packages of version 1 of `package-lock.json` into places, as later versions have them.
 * @see {@link https://docs.npmjs.com/cli/v6/configuring-npm/package-lock-json}
 * @module
 */
import { lockfileInvalid } from "./graph.ts";
import { isObject } from "./manifest.ts";

type Entry = Readonly<Record<string, unknown>>;

const MAX_DEPTH = 128;

/** The packages by their places, in the shape of version 3. @throws TeuError `ERR_LOCKFILE_INVALID` */
export function entriesOfVersion1(dependencies: Entry, file: string): Readonly<Record<string, Entry>> {
  const found: Record<string, Entry> = {};
  const visit = (children: Entry, folder: string, depth: number): void => {
    if (depth > MAX_DEPTH) throw lockfileInvalid(file, `packages are nested more than ${MAX_DEPTH} deep`);
    for (const [name, child] of Object.entries(children)) {
      if (!isObject(child)) throw lockfileInvalid(file, `package "${name}" is no object`);
      const location = `${folder}node_modules/${name}`;
      found[location] = modern(child);
      if (isObject(child["dependencies"])) visit(child["dependencies"], `${location}/`, depth + 1);
    }
  };
  visit(dependencies, "", 0);
  return found;
}

function modern(entry: Entry): Entry {
  const { version, resolved, integrity, bundled, optional, dev, requires } = entry;
  const base = { integrity, optional, dev, inBundle: bundled, dependencies: requires === true ? {} : requires };
  const text = typeof version === "string" ? version : "";
  const alias = /^npm:(.+)@([^@]+)$/.exec(text);
  if (alias !== null) return { ...base, resolved, name: alias[1], version: alias[2] };
  if (text.startsWith("file:") && !/\.(?:tgz|tar\.gz|tar)$/.test(text)) {
    return { ...base, link: true, resolved: text.slice("file:".length).replace(/^\.\//, "") };
  }
  // Elsewhere than at a registry, the version says where.
  if (/^[a-z+]+:/i.test(text)) return { ...base, resolved: text };
  return { ...base, resolved, version: text };
}
