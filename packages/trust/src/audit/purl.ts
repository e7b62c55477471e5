/**
 * Package URLs, and the ecosystems of advisories.
 * @see {@link https://github.com/package-url/purl-spec/blob/v1.0.0/PURL-SPECIFICATION.rst}
 * @module
 */
import type { AuditPackage, OperatingSystem } from "./types.ts";

/** The URL of a package. */
export function packageUrl(
  { kind, name, version, architecture }: AuditPackage,
  system: OperatingSystem | undefined,
): string {
  const isOfSystem = kind === "deb" || kind === "apk" || kind === "rpm";
  const space = isOfSystem && system !== undefined && system.id !== "" ? `${encode(system.id)}/` : "";
  const path = kind === "npm" || kind === "golang" ? name.split("/").map(encode).join("/") : encode(name);
  const distro = space === "" ? undefined : `${system?.id ?? ""}-${system?.versionId ?? ""}`;
  return `pkg:${kind}/${space}${path}@${encode(version)}${qualifiers({ arch: architecture, distro })}`;
}

function qualifiers(values: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${encode(value)}`],
  );
  return given.length === 0 ? "" : `?${given.join("&")}`;
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll("%3A", ":");
}

const ECOSYSTEMS: Readonly<Record<string, string>> = { npm: "npm", pypi: "PyPI", golang: "Go" };
const SYSTEMS: Readonly<Record<string, string>> = {
  debian: "Debian",
  ubuntu: "Ubuntu",
  alpine: "Alpine",
  rocky: "Rocky Linux",
  almalinux: "AlmaLinux",
  wolfi: "Wolfi",
  chainguard: "Chainguard",
};

/**
 * The ecosystem whose advisories are for a package, with the release where it has one: `Debian:12`, `Alpine:v3.20`.
 * Nothing where there is none.
 * @see {@link https://ossf.github.io/osv-schema/#affectedpackage-field}
 */
export function ecosystemOf({ kind }: AuditPackage, system: OperatingSystem | undefined): string | undefined {
  const known = ECOSYSTEMS[kind];
  if (known !== undefined || system === undefined) return known;
  const name = SYSTEMS[system.id];
  if (name === undefined) return undefined;
  const [major = "", minor = ""] = system.versionId.split(".");
  if (name === "Alpine") return `Alpine:v${major}.${minor}`;
  if (name === "Ubuntu") return `Ubuntu:${system.versionId}`;
  return major === "" || name === "Wolfi" || name === "Chainguard" ? name : `${name}:${major}`;
}
