import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type Socket, createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { suite, test } from "node:test";
import { BUILDS, skipContainers } from "./program.ts";
import { ContainerSession } from "./session.ts";

suite("the terminal of a container", { skip: skipContainers }, () => {
  const session = new ContainerSession();

  for (const [number, program] of BUILDS.entries())
    test(`create with a terminal ends its outputs (build ${number + 1})`, { timeout: 10_000 }, async () => {
      const bundle = session.bundle(["sh"], {}, {}, { terminal: true });
      const path = join(session.path, `console-${number}`);
      // The message that holds the terminal stays unread, so that the terminal stays open.
      const server = createServer({ pauseOnConnect: true }).listen(path);
      const connected = once(server, "connection") as Promise<[Socket]>;
      await once(server, "listening");
      const id = `terminal-${number}`;
      const args = ["--root", session.root, "create", "--console-socket", path, "-b", bundle, id];
      const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
      assert.deepEqual(await Promise.all([text(child.stdout), text(child.stderr)]), ["", ""]);
      assert.equal(session.status(program, id), "created");
      assert.equal(session.run(program, ["delete", "-f", id]).status, 0);
      const [connection] = await connected;
      connection.destroy();
      server.close();
    });
});
