import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { symlink } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { suite, test } from "node:test";
import { tempDir } from "@teu/testing/temp-dir";
import { STATIC_SERVER } from "./static-server.ts";

interface Page {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

/** Asks without tidying the path up, as fetch would. */
async function ask(port: number, path: string, method = "GET"): Promise<Page> {
  const sent = request({ port, path, method, agent: false, host: "127.0.0.1" }).end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return { status: response.statusCode, type: response.headers["content-type"], body: await text(response) };
}

suite("the server of static files", () => {
  test("serves files, and nothing else", async () => {
    await using dir = await tempDir();
    const script = await dir.write("serve.mjs", STATIC_SERVER);
    await dir.write("secret.txt", "canary");
    for (const name of ["index.html", "about.html", "docs/index.html", "a b.txt", ".env"])
      await dir.write(`site/${name}`, name);
    await symlink("../secret.txt", dir.join("site/out.txt"));
    const child = spawn(process.execPath, [script], {
      cwd: dir.join("site"),
      env: { PORT: "0" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
      const port = Number(/\d+$/.exec(line)?.[0]);
      const pages: readonly (readonly [string, string])[] = [
        ["/", "index.html"],
        ["/about", "about.html"],
        ["/docs/", "docs/index.html"],
        ["/a%20b.txt?x", "a b.txt"],
      ];
      for (const [path, body] of pages)
        assert.deepEqual([(await ask(port, path)).status, (await ask(port, path)).body], [200, body], path);
      for (const path of [
        "/none",
        "/.env",
        "/out.txt",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/%00",
        "/%",
        "//",
      ]) {
        const page = await ask(port, path);
        assert.ok(page.status === 404 || page.body === "index.html", `${path}: ${page.status} ${page.body}`);
      }
      assert.equal((await ask(port, "/", "POST")).status, 405);
      assert.deepEqual(await ask(port, "/", "HEAD"), { status: 200, type: "text/html; charset=utf-8", body: "" });
    } finally {
      child.kill();
      await once(child, "exit");
    }
  });
});
