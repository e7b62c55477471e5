/**
 * Puts stand-ins in the place of Node's modules, for programs that run the sources of commands without Node: what a stand-in
 * does not have hands the command over to Node when it is used.
 * @module
 */
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import type { Plugin } from "esbuild";

const NAME = /^[A-Za-z_$][\w$]*$/;

/**
 * The plug-in for a folder of stand-ins, one file for each module of Node: `fs-promises.ts` for `node:fs/promises`. `absent`
 * of `absentFrom` stands for all that they lack.
 */
export function standIns(folder: string, absentFrom: string): Plugin {
  return {
    name: "stand-ins",
    setup: ({ onResolve, onLoad }) => {
      // Where there is no Node, hashes have an engine of their own; the stand-in for node:crypto is quicker.
      onResolve({ filter: /^#hash-engine$/ }, ({ resolveDir }) => ({
        path: join(resolveDir, "internal/hash-engine.ts"),
      }));
      onResolve({ filter: /^[a-z:_/]+$/ }, ({ path }) => {
        const name = path.replace(/^node:/, "");
        return isBuiltin(`node:${name}`) ? { path: name, namespace: "node" } : undefined;
      });
      onLoad({ filter: /.*/, namespace: "node" }, async ({ path }) => ({
        contents: await moduleFor(path, folder, absentFrom),
        resolveDir: folder,
      }));
    },
  };
}

async function moduleFor(name: string, folder: string, absentFrom: string): Promise<string> {
  const file = join(folder, `${name.replaceAll("/", "-")}.ts`);
  const source = readIfThere(file);
  const own = new Set(source === undefined ? [] : exportsOf(source));
  const real = (await import(`node:${name}`)) as Readonly<Record<string, unknown>>;
  const lacking = Object.keys(real).filter((each) => NAME.test(each) && each !== "default" && !own.has(each));
  return [
    `import { absent } from ${JSON.stringify(absentFrom)};`,
    ...(source === undefined ? [] : [`export * from ${JSON.stringify(file)};`]),
    ...lacking.map((each) => `export const ${each} = absent(${JSON.stringify(`node:${name} ${each}`)});`),
    `import * as self from "node:${name}";`,
    "export default self;",
  ].join("\n");
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** The names that a stand-in exports. */
function exportsOf(source: string): string[] {
  const declared = source
    .matchAll(/^export (?:async )?(?:function\*?|const|class) (\w+)/gm)
    .map(([, name = ""]) => name);
  const passedOn = source
    .matchAll(/^export \{([^}]*)\} from/gm)
    .flatMap(([, list = ""]) => list.split(",").map((each) => each.trim().split(" as ").at(-1) ?? ""));
  return [...declared, ...passedOn].filter((name) => name !== "");
}
