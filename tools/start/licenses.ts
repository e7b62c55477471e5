/**
 * The licences of other people's packages in a bundle, as these ask to go with it.
 * @module
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import { projectRoot } from "../project.ts";

/** All licences, each with the name of its package. */
export function licensesOf({ inputs }: Metafile): string {
  const packages = new Set(
    Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []),
  );
  return [...packages].toSorted().map(licenseOf).join("\n\n");
}

function licenseOf(folder: string): string {
  const place = join(projectRoot, folder);
  const { name, version, license } = JSON.parse(readFileSync(join(place, "package.json"), "utf8")) as Record<
    string,
    string
  >;
  const [file] = globSync("{LICENSE,LICENCE,license}*", { cwd: place });
  const text = file === undefined ? "The package has no file with the text." : readFileSync(join(place, file), "utf8");
  if (license === undefined) throw new Error(`Packing "${name}": its package.json names no licence`);
  return `${name} ${version}: ${license}\n\n${text}`;
}
