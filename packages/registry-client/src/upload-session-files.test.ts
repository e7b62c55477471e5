import assert from "node:assert/strict";
import { readdir, stat, utimes, writeFile } from "node:fs/promises";
import { suite, test } from "node:test";
import { tempDir } from "@teu/testing/temp-dir";
import { SessionFiles, uploadSessionFolder } from "./upload-session-files.ts";

suite("unfinished uploads in files", () => {
  test("are there for the next process, for their owner alone", async () => {
    await using dir = await tempDir();
    const folder = dir.join("state/uploads");
    {
      await using held = await new SessionFiles(folder).hold("a");
      assert.equal(await new SessionFiles(folder).knows("a"), false);
      await held?.save("https://r.example/upload?sig=x");
      assert.equal(await new SessionFiles(folder).knows("a"), true);
    }
    {
      await using held = await new SessionFiles(folder).hold("a");
      assert.equal(held?.location, "https://r.example/upload?sig=x");
      const [file = ""] = (await readdir(folder)).filter((name) => name.endsWith(".json"));
      assert.equal((await stat(`${folder}/${file}`)).mode & 0o777, 0o600);
      await held.forget();
    }
    await using held = await new SessionFiles(folder).hold("a");
    assert.equal(held?.location, undefined);
  });

  test("are held by one at a time", async () => {
    await using dir = await tempDir();
    const [one, two] = [new SessionFiles(dir.path), new SessionFiles(dir.path)];
    await using held = await one.hold("a");
    assert.notEqual(held, undefined);
    assert.equal(await two.hold("a"), undefined);
    await held?.[Symbol.asyncDispose]();
    await using again = await two.hold("a");
    assert.notEqual(again, undefined);
  });

  test("damaged ones hold nothing, and old ones go away", async () => {
    await using dir = await tempDir();
    await using held = await new SessionFiles(dir.path).hold("a");
    await held?.save("x");
    await held?.[Symbol.asyncDispose]();
    const [file = ""] = (await readdir(dir.path)).filter((name) => name.endsWith(".json"));
    await writeFile(dir.join(file), "{");
    await using damaged = await new SessionFiles(dir.path).hold("a");
    assert.equal(damaged?.location, undefined);
    await utimes(dir.join(file), 1, 1);
    await using _other = await new SessionFiles(dir.path).hold("b");
    assert.deepEqual(
      (await readdir(dir.path)).filter((name) => name.endsWith(".json")),
      [],
    );
  });

  test("are kept where the environment says", () => {
    assert.equal(uploadSessionFolder({}, "/h"), "/h/.local/state/teu/uploads");
    assert.equal(uploadSessionFolder({ XDG_STATE_HOME: "/s" }, "/h"), "/s/teu/uploads");
  });
});
