import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { suite, test } from "node:test";
import { mutate } from "./mutate.ts";
import { Random } from "./random.ts";
import type { FuzzTarget } from "./target.ts";

const MUTANTS = 200;

for (const file of globSync("targets/*.ts", { cwd: import.meta.dirname })) {
  const name = basename(file, ".ts");
  suite(`fuzz target ${name}`, async () => {
    const { target } = (await import(join(import.meta.dirname, "targets", file.replace("targets/", "")))) as {
      readonly target: FuzzTarget;
    };
    test("takes its seeds and some mutants of them", async () => {
      const seeds = [...target.seeds()];
      for (const seed of seeds) await target.run(seed);
      const random = new Random(1);
      for (let i = 0; i < MUTANTS; i++)
        await target.run(mutate(random.pick(seeds), random.pick(seeds), random, 64 * 1024));
    });
    for (const found of globSync(join("found", name, "*"), { cwd: import.meta.dirname })) {
      test(`takes ${found}`, async () => target.run(readFileSync(join(import.meta.dirname, found))));
    }
  });
}
