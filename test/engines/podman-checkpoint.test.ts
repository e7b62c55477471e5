import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { anyOf } from "@teu/testing/skip";
import { CRIU_PATH, needsCriu } from "../runtime/criu.ts";
import { command } from "./command.ts";
import { RUNTIMES, whySkip } from "./engine.ts";
import { IMAGE } from "./image.ts";
import { PodmanHome } from "./podman-home.ts";

const COUNT = "i=0; while :; do i=$((i+1)); echo $i; sleep 0.1; done";
const skip = anyOf(whySkip("podman"), needsCriu);

suite("podman's checkpoints", { skip }, () => {
  const home = new PodmanHome();
  const podman = async (runtime: string, ...args: readonly string[]): Promise<string> => {
    const env = { ...home.env, PATH: CRIU_PATH };
    const { code, stdout, stderr } = await command([...home.words, "--runtime", runtime, ...args], { env });
    assert.equal(code, 0, `podman ${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  before(async () => await home.load());
  after(async () => await home.remove());

  for (const [name, runtime] of Object.entries(RUNTIMES)) {
    test(`${name}: a container goes on where it was, from a file too`, async () => {
      const last = async (): Promise<number> => Number((await podman(runtime, "logs", "--tail=1", name)).trim());
      const countsOnFrom = async (number: number): Promise<void> => {
        const end = Date.now() + 20_000;
        while ((await last()) <= number) {
          assert.ok(Date.now() < end, `it does not count on from ${number}`);
          await sleep(100);
        }
        assert.ok((await last()) < number + 200, "it began anew, or counted while it was away");
      };
      const status = async (): Promise<string> => await podman(runtime, "inspect", "--format={{.State.Status}}", name);
      await podman(runtime, "run", "--detach", "--network=none", `--name=${name}`, IMAGE, "sh", "-c", COUNT);
      await countsOnFrom(2);

      await podman(runtime, "container", "checkpoint", name);
      assert.equal((await status()).trim(), "exited");
      const saved = await last();
      await podman(runtime, "container", "restore", name);
      await countsOnFrom(saved);
      assert.equal((await status()).trim(), "running");

      const file = join(home.folder, `${name}.tar`);
      await podman(runtime, "container", "checkpoint", `--export=${file}`, name);
      const exported = await last();
      await podman(runtime, "rm", name);
      await podman(runtime, "container", "restore", `--import=${file}`);
      await countsOnFrom(exported);
      await podman(runtime, "rm", "--force", "--time=0", name);
    });
  }
});
