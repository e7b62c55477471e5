/**
 * A registry of npm packages on the loopback interface, with packages made on the spot.
 * @module
 */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { concatBytes } from "@teu/std/bytes";
import { writeTarSync } from "@teu/tar/write-tar";

/** A package to be offered. Its files need not have a package.json; one is made of `manifest`. */
export interface FakePackage {
  readonly name: string;
  readonly version: string;
  readonly manifest?: Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
}

/** A package as a registry keeps it. */
export interface PackedPackage extends FakePackage {
  readonly archive: Uint8Array;
  readonly integrity: string;
}

/** Packs a package as npm does. */
export function packPackage(pkg: FakePackage): PackedPackage {
  const manifest = { name: pkg.name, version: pkg.version, ...pkg.manifest };
  const files = {
    "package.json": JSON.stringify(manifest),
    "index.js": `module.exports = "${pkg.name}@${pkg.version}";\n`,
    ...pkg.files,
  };
  const members = Object.entries(files).map(([path, text]) => {
    const content = typeof text === "string" ? new TextEncoder().encode(text) : text;
    return { entry: { name: `package/${path}`, size: content.length, mode: 0o644 }, content };
  });
  const archive = new Uint8Array(gzipSync(concatBytes([...writeTarSync(members)])));
  return { ...pkg, archive, integrity: `sha512-${createHash("sha512").update(archive).digest("base64")}` };
}

/** How a registry behaves. */
export interface FakeRegistryOptions {
  /** What the header Authorization has to be. */
  readonly authorization?: string;
  /** Gives other bytes for a package than were packed. */
  readonly tamper?: (name: string, archive: Uint8Array) => Uint8Array;
}

/** A registry that runs. */
export interface FakeNpmRegistry extends AsyncDisposable {
  /** Its address, with a slash at its end. */
  readonly url: string;
  /** Paths that were asked for, in order. */
  readonly asked: readonly string[];
}

/** Starts a registry that offers `packages`. */
export async function startFakeNpmRegistry(
  packages: readonly PackedPackage[],
  options: FakeRegistryOptions = {},
): Promise<FakeNpmRegistry> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    asked.push(path);
    if (options.authorization !== undefined && request.headers.authorization !== options.authorization) {
      response.writeHead(401).end();
      return;
    }
    const found = packages.find((pkg) => path === archivePath(pkg));
    const named = packages.filter(({ name }) => path === `/${name}`);
    if (found !== undefined) response.end(options.tamper?.(found.name, found.archive) ?? found.archive);
    else if (named.length > 0) response.end(JSON.stringify(packument(named)));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}

function archivePath({ name, version }: FakePackage): string {
  return `/${name}/-/${name.slice(name.lastIndexOf("/") + 1)}-${version}.tgz`;
}

function packument(packages: readonly PackedPackage[]): object {
  const versions = packages.map(({ version, integrity }) => [version, { dist: { integrity } }]);
  return { versions: Object.fromEntries(versions) };
}

/** What a lockfile says of an application. */
export interface FakeLock {
  /** The application's package.json. */
  readonly manifest: Readonly<Record<string, unknown>>;
  /** Packages by their places. */
  readonly packages: Readonly<Record<string, PackedPackage>>;
}

/** A `package-lock.json` of version 3. */
export function packageLock({ manifest, packages }: FakeLock): string {
  const entries = Object.entries(packages).map(([location, pkg]) => {
    const { os, cpu, libc, dependencies, optionalDependencies, bin } = pkg.manifest ?? {};
    return [
      location,
      { version: pkg.version, integrity: pkg.integrity, os, cpu, libc, dependencies, optionalDependencies, bin },
    ];
  });
  return JSON.stringify(
    { lockfileVersion: 3, packages: { "": manifest, ...Object.fromEntries(entries) } },
    undefined,
    2,
  );
}
