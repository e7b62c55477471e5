/**
 * Lockfiles of Python as one list: the packages that an application needs in an environment, and digests of their files.
 * @see {@link https://pip.pypa.io/en/stable/reference/requirements-file-format/}
 * @module
 */
import { parse } from "smol-toml";
import { TeuError } from "@teu/std/error";
import type { BuildErrorCode } from "../errors.ts";
import { lockfileInvalid } from "../lock/graph.ts";
import { type JsonRecord, isObject } from "../lock/manifest.ts";
import type { LockKind } from "../plan/plan.ts";
import { markerHolds } from "./markers.ts";
import { type PythonLockOptions, type PythonPackage, sha256Of } from "./python-package.ts";
import { readRequirements } from "./requirements.ts";
import { normalName } from "./tags.ts";

const MAX_BYTES = 64 * 1024 * 1024;

/** Reads a lockfile. @throws TeuError `ERR_LOCKFILE_INVALID`, `ERR_PACKAGE_INTEGRITY`, `ERR_PACKAGE_SOURCE` */
export function readPythonLock(kind: LockKind, source: string, options: PythonLockOptions): readonly PythonPackage[] {
  if (source.length > MAX_BYTES) throw lockfileInvalid(options.file, `it is larger than ${MAX_BYTES} bytes`);
  const packages = read(kind, source, options);
  for (const { name, version, files, sha256s } of packages) {
    if (files.length > 0 || sha256s.length > 0) continue;
    throw new TeuError<BuildErrorCode>(
      "ERR_PACKAGE_INTEGRITY",
      `Reading lockfile "${options.file}": package "${name}==${version}" has no sha256 digest, expected one`,
      { hint: "pip-compile --generate-hashes and uv export write digests" },
    );
  }
  return [...packages].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function read(kind: LockKind, source: string, options: PythonLockOptions): readonly PythonPackage[] {
  switch (kind) {
    case "uv":
      return readUvLock(source, options);
    case "poetry":
      return readPoetryLock(source, options);
    case "pipenv":
      return readPipfileLock(source, options);
    default:
      return readRequirements(source, options);
  }
}

/** A package and who it needs, before it is known whether it is needed. */
interface Candidate extends PythonPackage {
  readonly needs: readonly Need[];
  readonly extras: Readonly<Record<string, readonly Need[]>>;
  readonly where: string | undefined;
}

interface Need {
  readonly name: string;
  readonly version?: string;
  readonly marker?: string;
  readonly extras: readonly string[];
}

/** Follows needs from their start through those whose conditions hold. */
function reach(
  start: readonly Need[],
  all: readonly Candidate[],
  { file, environment }: PythonLockOptions,
): readonly PythonPackage[] {
  const found = new Map<string, Candidate>();
  const done = new Set<string>();
  const waiting = start.map((need) => ({ need, extra: "" }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { need, extra } = next;
    if (need.marker !== undefined && !markerHolds(need.marker, { ...environment, extra }, file)) continue;
    const candidates = all.filter(({ name, version }) => name === need.name && (need.version ?? version) === version);
    const candidate = candidates[0];
    if (candidate === undefined) throw lockfileInvalid(file, `"${need.name}" is needed, and is not in it`);
    if (candidate.where !== undefined) throw elsewhere(candidate, file);
    found.set(candidate.name, candidate);
    for (const one of ["", ...need.extras]) {
      const key = `${candidate.name} ${candidate.version} ${one}`;
      if (done.has(key)) continue;
      done.add(key);
      const needs = one === "" ? candidate.needs : (candidate.extras[one] ?? []);
      waiting.push(...needs.map((inner) => ({ need: inner, extra: one })));
    }
  }
  return [...found.values()].map(({ name, version, files, sha256s }) => ({ name, version, files, sha256s }));
}

function elsewhere({ name, version, where = "" }: Candidate, file: string): TeuError<BuildErrorCode> {
  const message = `Reading lockfile "${file}": package "${name}==${version}" comes from "${where}", expected an index of wheels`;
  return new TeuError("ERR_PACKAGE_SOURCE", message, { hint: "Only wheels with a digest can be had" });
}

function readUvLock(source: string, options: PythonLockOptions): readonly PythonPackage[] {
  const all: Candidate[] = [];
  const start: Need[] = [];
  for (const one of records(toml(source, options.file)["package"])) {
    const from = isObject(one["source"]) ? one["source"] : {};
    const needs = records(one["dependencies"]).map(uvNeed);
    if (from["virtual"] === "." || from["editable"] === ".") {
      start.push(...needs);
      continue;
    }
    const [[kind, where] = ["", ""]] = Object.entries(from);
    const extras = isObject(one["optional-dependencies"]) ? one["optional-dependencies"] : {};
    all.push({
      name: normalName(text(one["name"])),
      version: text(one["version"]),
      files: records(one["wheels"]).flatMap(uvFile),
      sha256s: [],
      needs,
      extras: Object.fromEntries(Object.entries(extras).map(([extra, list]) => [extra, records(list).map(uvNeed)])),
      where: kind === "registry" ? undefined : `${kind} ${text(where)}`,
    });
  }
  const reached = reach(start, all, options);
  const compiled = reached.find(({ files }) => files.length === 0);
  if (compiled !== undefined) throw noWheel(compiled, options.file);
  return reached;
}

function uvNeed(one: JsonRecord): Need {
  const { name, version, marker, extra } = one;
  return {
    name: normalName(text(name)),
    extras: Array.isArray(extra) ? extra.map(text) : [],
    ...(typeof version === "string" ? { version } : {}),
    ...(typeof marker === "string" ? { marker } : {}),
  };
}

function uvFile({ url, hash }: JsonRecord): PythonPackage["files"] {
  const sha256 = sha256Of(text(hash));
  const filename = decodeURIComponent(
    text(url)
      .replace(/[?#].*$/s, "")
      .split("/")
      .at(-1) ?? "",
  );
  return sha256 === undefined || filename === "" ? [] : [{ filename, url: text(url), sha256 }];
}

function readPoetryLock(source: string, options: PythonLockOptions): readonly PythonPackage[] {
  const all = records(toml(source, options.file)["package"]).map((one): Candidate => {
    const from = isObject(one["source"]) ? text(one["source"]["type"]) : "";
    const dependencies = isObject(one["dependencies"]) ? one["dependencies"] : {};
    return {
      name: normalName(text(one["name"])),
      version: text(one["version"]),
      files: records(one["files"]).flatMap(({ file, hash }) => {
        const sha256 = sha256Of(text(hash));
        return sha256 === undefined ? [] : [{ filename: text(file), sha256 }];
      }),
      sha256s: [],
      needs: Object.entries(dependencies).flatMap(([name, value]) => poetryNeeds(name, value)),
      extras: {},
      where: ["", "legacy"].includes(from) ? undefined : from,
    };
  });
  return reach(projectNeeds(options), all, options);
}

function poetryNeeds(name: string, value: unknown): readonly Need[] {
  if (normalName(name) === "python") return [];
  return (Array.isArray(value) ? value : [value]).flatMap((one: unknown): Need[] => {
    if (!isObject(one)) return [{ name: normalName(name), extras: [] }];
    if (one["optional"] === true) return [];
    const extras = Array.isArray(one["extras"]) ? one["extras"].map(text) : [];
    const { markers } = one;
    return [{ name: normalName(name), extras, ...(typeof markers === "string" ? { marker: markers } : {}) }];
  });
}

/** What the project itself needs, as poetry or the standard has it. */
function projectNeeds({ project, file }: PythonLockOptions): readonly Need[] {
  const { project: standard, tool } = toml(project ?? "", "pyproject.toml");
  const poetry = isObject(tool) && isObject(tool["poetry"]) ? tool["poetry"]["dependencies"] : undefined;
  const own = isObject(poetry) ? Object.entries(poetry).flatMap(([name, value]) => poetryNeeds(name, value)) : [];
  const listed =
    isObject(standard) && Array.isArray(standard["dependencies"]) ? standard["dependencies"].map(text) : [];
  return [...own, ...listed.map((line) => requirementNeed(line, file))];
}

function requirementNeed(line: string, file: string): Need {
  const [, name, extras, marker] = /^\s*([\w.-]+)\s*(?:\[([^\]]*)\])?[^;]*(?:;(.*))?$/s.exec(line) ?? [];
  if (name === undefined) throw lockfileInvalid(file, `"${line}" in pyproject.toml is no requirement`);
  return {
    name: normalName(name),
    extras: (extras ?? "")
      .split(",")
      .map((one) => one.trim())
      .filter((one) => one !== ""),
    ...(marker === undefined ? {} : { marker }),
  };
}

function readPipfileLock(source: string, { file, environment }: PythonLockOptions): readonly PythonPackage[] {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    throw lockfileInvalid(file, (error as Error).message);
  }
  const packages = isObject(value) && isObject(value["default"]) ? value["default"] : undefined;
  if (packages === undefined) throw lockfileInvalid(file, "it has no packages below default");
  return Object.entries(packages).flatMap(([name, one]): PythonPackage[] => {
    if (!isObject(one)) throw lockfileInvalid(file, `"${name}" is no package`);
    const { version, hashes, markers } = one;
    if (typeof markers === "string" && !markerHolds(markers, environment, file)) return [];
    const plain = text(version).replace(/^==/, "");
    const known = { name: normalName(name), version: plain, files: [] };
    if (plain === "") throw elsewhere({ ...known, sha256s: [], needs: [], extras: {}, where: "no version" }, file);
    return [{ ...known, sha256s: (Array.isArray(hashes) ? hashes : []).flatMap((hash) => sha256Of(text(hash)) ?? []) }];
  });
}

/** A package that is there as source only. */
export function noWheel({ name, version }: PythonPackage, where: string): TeuError<BuildErrorCode> {
  return new TeuError(
    "ERR_PACKAGE_PLATFORM",
    `Choosing a wheel of "${name}==${version}" in ${where}: none is for the Python and platform of the image, expected one`,
    { hint: "Another version of the package or of Python may have one; what is to be compiled cannot be had" },
  );
}

function toml(source: string, file: string): JsonRecord {
  try {
    return parse(source);
  } catch (error) {
    throw lockfileInvalid(file, (error as Error).message.split("\n")[0] ?? "");
  }
}

function records(value: unknown): readonly JsonRecord[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
