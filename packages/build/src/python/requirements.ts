/**
 * `requirements.txt` with digests, as pip-compile and uv write it.
 * @see {@link https://pip.pypa.io/en/stable/topics/secure-installs/#hash-checking-mode}
 * @module
 */
import { lockfileInvalid } from "../lock/graph.ts";
import { markerHolds } from "./markers.ts";
import { type PythonLockOptions, type PythonPackage, sha256Of } from "./python-package.ts";
import { normalName, readWheelName } from "./tags.ts";

const IGNORED_OPTIONS =
  /^(?:--(?:index-url|extra-index-url|trusted-host|no-binary|only-binary|prefer-binary|require-hashes|pre)|-i)\b/;

/** Reads the packages. @throws TeuError `ERR_LOCKFILE_INVALID` */
export function readRequirements(source: string, options: PythonLockOptions): readonly PythonPackage[] {
  const lines = source
    .replaceAll(/\\\r?\n/g, " ")
    .split(/\r?\n/)
    .map((line) => line.replace(/(?:^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
  return lines.flatMap((line) => readLine(line, options) ?? []);
}

function readLine(line: string, { file, environment }: PythonLockOptions): PythonPackage | undefined {
  if (IGNORED_OPTIONS.test(line)) return undefined;
  if (line.startsWith("-"))
    throw lockfileInvalid(file, `line "${line}" is not understood, expected packages with digests`);
  const hashes = [...line.matchAll(/\s--hash[= ](\S+)/g)].flatMap(([, hash = ""]) => sha256Of(hash) ?? []);
  const [requirement = "", marker] = line.replaceAll(/\s--hash[= ]\S+/g, "").split(/\s*;\s*/s);
  if (marker !== undefined && !markerHolds(marker, environment, file)) return undefined;
  const [, name, version] = /^([\w.-]+)\s*(?:\[[^\]]*\])?\s*===?\s*([\w.!+-]+)$/.exec(requirement.trim()) ?? [];
  if (name !== undefined && version !== undefined)
    return { name: normalName(name), version, files: [], sha256s: hashes };
  return readDirect(requirement.trim(), hashes, file);
}

/** A wheel by its address. */
function readDirect(requirement: string, hashes: readonly string[], file: string): PythonPackage {
  const direct = /^[\w.-]+\s*(?:\[[^\]]*\])?\s*@\s*(https?:\S+?)(?:#sha256=([0-9a-f]{64}))?$/.exec(requirement);
  const url = direct?.[1] ?? "";
  const filename = decodeURIComponent(url.split("/").at(-1) ?? "");
  const wheel = readWheelName(filename);
  if (wheel === undefined) throw lockfileInvalid(file, `"${requirement}" is not pinned, expected NAME==VERSION`);
  const digests = direct?.[2] === undefined ? hashes : [direct[2], ...hashes];
  return {
    name: wheel.name,
    version: wheel.version,
    files: digests.map((sha256) => ({ filename, url, sha256 })),
    sha256s: [],
  };
}
