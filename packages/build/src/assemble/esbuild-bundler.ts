/**
 * Bundles with the esbuild that the application itself has installed: its author chose it and its version.
 * @module
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { TeuError } from "@teu/std/error";
import type { BuildErrorCode } from "../errors.ts";
import type { Bundler } from "./interfaces.ts";

interface Esbuild {
  build(
    options: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly outputFiles: readonly { readonly contents: Uint8Array }[] }>;
}

/** Bundles with the application's esbuild. @throws TeuError `ERR_BUILD_COMMAND` if it has none, or bundling fails. */
export const esbuildBundler: Bundler = {
  async bundle({ folder, entry, node }): Promise<Uint8Array> {
    const esbuild = await load(folder);
    try {
      const { outputFiles } = await esbuild.build({
        entryPoints: [entry],
        absWorkingDir: folder,
        bundle: true,
        platform: "node",
        format: "esm",
        target: `node${node}`,
        write: false,
        logLevel: "silent",
        legalComments: "inline",
        // Packages of CommonJS call require, which modules do not have.
        banner: {
          js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
        },
      });
      return outputFiles[0]?.contents ?? new Uint8Array();
    } catch (error) {
      throw new TeuError<BuildErrorCode>("ERR_BUILD_COMMAND", `Bundling "${entry}": ${(error as Error).message}`, {
        cause: error,
        detail: { code: 1 },
      });
    }
  },
};

async function load(folder: string): Promise<Esbuild> {
  try {
    const path = createRequire(join(folder, "package.json")).resolve("esbuild");
    const module = (await import(pathToFileURL(path).href)) as { readonly default?: Esbuild } & Esbuild;
    return module.default ?? module;
  } catch (error) {
    throw new TeuError<BuildErrorCode>(
      "ERR_BUILD_COMMAND",
      "Bundling the application: it has no esbuild, expected it to be installed there",
      {
        cause: error,
        detail: { code: 1 },
        hint: "npm install --save-dev esbuild",
      },
    );
  }
}
