/**
 * A registry that tests may do what they like with, and teu in this process with a home of its own.
 * @module
 */
import { join } from "node:path";
import { openLayout } from "@teu/content/layout-store";
import { type SampleGraph, putAll } from "@teu/content/testing/samples";
import { type FakeOptions, type FakeRegistry, startFakeRegistry } from "@teu/registry-client/testing/fake-registry";
import { COMMANDS } from "../commands.ts";
import type { Host } from "../host.ts";
import { run } from "../run.ts";

/** What a test works with. */
export interface ClientWorld extends AsyncDisposable {
  readonly fake: FakeRegistry;
  /** Runs teu with a home of its own. */
  readonly teu: (
    words: readonly string[],
    input?: string,
  ) => Promise<{ readonly code: number; readonly out: string; readonly notes: string }>;
}

/** Makes one. `image` is in the folder `layout` of `home`, tagged `v1`. */
export async function clientWorld(home: string, image: SampleGraph, options: FakeOptions = {}): Promise<ClientWorld> {
  const fake = await startFakeRegistry(options);
  const layout = await openLayout(join(home, "layout"), { create: true });
  await putAll(layout, image);
  await layout.tag("v1", image.root);
  const teu: ClientWorld["teu"] = async (words, input = "") => {
    const seen = { out: "", notes: "" };
    const host: Host = {
      out: (text) => void (seen.out += text),
      bytes: async (chunk) => void (seen.out += new TextDecoder().decode(chunk)),
      note: (line) => void (seen.notes += `${line}\n`),
      env: { HOME: home, TEU_ROOT: join(home, "teu") },
      cwd: home,
      signal: new AbortController().signal,
      input: (async function* () {
        yield new TextEncoder().encode(input);
      })(),
    };
    return { code: await run(words, COMMANDS, host), ...seen };
  };
  return { fake, teu, [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose]() };
}
