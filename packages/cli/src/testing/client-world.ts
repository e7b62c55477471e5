/**
 * A registry that tests may do what they like with, and teu in this process with a home of its own.
 * @module
 */
import { openLayout } from "@teu/content/layout-store";
import { putAll } from "@teu/content/testing/samples";
import type { SampleGraph } from "@teu/content/testing/samples";
import { type FakeOptions, type FakeRegistry, startFakeRegistry } from "@teu/registry-client/testing/fake-registry";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { COMMANDS } from "../commands.ts";
import type { Host } from "../host.ts";
import { run } from "../run.ts";

/** What a test works with. */
export interface World extends AsyncDisposable {
  readonly dir: TempDir;
  readonly fake: FakeRegistry;
  /** Runs teu with a home of its own. */
  readonly teu: (
    words: readonly string[],
    input?: string,
  ) => Promise<{ readonly code: number; readonly out: string; readonly notes: string }>;
}

/** Makes one. `image` is in the folder `layout`, tagged `v1`. */
export async function clientWorld(image: SampleGraph, options: FakeOptions = {}): Promise<World> {
  const cleanup = new AsyncDisposableStack();
  const dir = cleanup.use(await tempDir());
  const fake = cleanup.use(await startFakeRegistry(options));
  const layout = await openLayout(dir.join("layout"), { create: true });
  await putAll(layout, image);
  await layout.tag("v1", image.root);
  const teu: World["teu"] = async (words, input = "") => {
    const seen = { out: "", notes: "" };
    const host: Host = {
      out: (text) => void (seen.out += text),
      bytes: async (chunk) => void (seen.out += new TextDecoder().decode(chunk)),
      note: (line) => void (seen.notes += `${line}\n`),
      env: { HOME: dir.path, TEU_ROOT: dir.join("teu") },
      cwd: dir.path,
      signal: new AbortController().signal,
      input: (async function* () {
        yield new TextEncoder().encode(input);
      })(),
    };
    return { code: await run(words, COMMANDS, host), ...seen };
  };
  return { dir, fake, teu, [Symbol.asyncDispose]: async () => await cleanup.disposeAsync() };
}
